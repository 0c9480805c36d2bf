"""Who visited whom: visits in both directions, seen together."""
