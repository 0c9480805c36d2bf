"""Who is reminded of what, when, and in which letter."""
