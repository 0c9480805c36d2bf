"""Pages that look across: start, project, search."""
