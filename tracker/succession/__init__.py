"""Somebody leaves, an organisation ends, a partnership is continued: what is open goes to a successor."""
