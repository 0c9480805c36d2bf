"""What a project promised, and by when."""
