"""Who writes to those whom an event concerns."""

from tracker.web.access import Somebody


def may_write(reader: Somebody) -> bool:
    """Whether they write to all of them at once, and see what was written."""
    return reader.is_coordinator
