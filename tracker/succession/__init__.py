"""Somebody leaves: what is open with them goes to their successor."""
