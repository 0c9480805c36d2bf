"""Asked once more: the second step of signing in, and again before a sensitive act."""
