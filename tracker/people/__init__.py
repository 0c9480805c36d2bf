"""Persons and their functions."""
