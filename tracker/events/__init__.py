"""Events: what people attend, its programme, and who sends how many."""
