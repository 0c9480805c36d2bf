"""Persons, contacts, accounts and how they sign in."""
