"""The whole office as files that any program reads, and an empty installation filled from them again."""
