"""Accounts: who may do what here, invited by whom, locked out by whom."""
