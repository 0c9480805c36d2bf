"""Organisations with their names and aliases, and the office itself."""
