"""Who takes spreadsheets over."""

from tracker.web.access import Somebody


def may_import(reader: Somebody) -> bool:
    """Whether they take spreadsheets over."""
    return reader.is_coordinator
