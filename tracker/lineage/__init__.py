"""What led to what: visits, projects, partnerships and organisations, over the years."""
