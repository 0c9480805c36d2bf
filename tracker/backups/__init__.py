"""Backups: everything in one file, each night and by hand, and back again without a letter sent twice."""
