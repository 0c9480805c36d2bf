"""The example office, and large invented ones."""
