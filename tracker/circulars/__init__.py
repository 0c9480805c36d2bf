"""Letters about an event to those who come: that it changed."""
