"""Days on one page: milestones, events and days off, and the same as a calendar that other programs read."""
