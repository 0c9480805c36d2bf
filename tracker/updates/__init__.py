"""What somebody says about how things stand."""
