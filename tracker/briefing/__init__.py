"""What one has to know before a visit."""
