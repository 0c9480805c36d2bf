"""Documents: files that hang on what the office works with, each kept once, with what they are in words."""
