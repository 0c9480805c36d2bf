"""A programme pasted as somebody wrote it, a line a point."""
