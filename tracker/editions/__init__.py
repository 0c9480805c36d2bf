"""Projects that come back: the next edition is started from the last one, and a page looks over all of them."""
