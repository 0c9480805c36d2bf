"""Files that take long to make: ordered, made by the worker, kept for a day, fetched by who asked alone."""
