"""Who comes to which event, and from when to when."""
