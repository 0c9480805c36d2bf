"""What becomes of a line, for each kind of spreadsheet."""
