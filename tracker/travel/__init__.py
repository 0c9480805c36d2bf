"""When can we travel? Weeks that could do, what speaks against each, and whom they suit."""
