"""Answering by a link in a letter: no password, no session, one question."""
