"""What a guest reads and says through the link in their letter, without an account."""
