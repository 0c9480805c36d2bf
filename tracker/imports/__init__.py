"""The office's spreadsheets become data: read, matched, looked through line by line, taken over, and taken back."""
