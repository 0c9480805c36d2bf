"""Who takes guests in, and who stays with whom."""
