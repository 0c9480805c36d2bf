"""The way in: signing in and out, and the passwords that open it."""
