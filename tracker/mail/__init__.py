"""The outbox: messages, their letters, and how they leave."""
