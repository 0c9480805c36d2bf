"""One line for everything that changed, told in every language."""
