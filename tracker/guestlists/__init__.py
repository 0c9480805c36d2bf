"""The guests of an event by the hundred: pasted, paged, counted, printed to be signed."""
