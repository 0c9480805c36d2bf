"""Which letters somebody wants, until when none, and to which address."""
