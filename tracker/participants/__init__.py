"""Who takes part in what, as whom, sent by whom."""
