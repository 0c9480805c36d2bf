"""What people do with the outbox, and what keeps a message from leaving."""
