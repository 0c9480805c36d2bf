"""Mail to projects comes in: fetched, looked at once, and put into the log."""
