"""What happened, and the next step."""
