"""Who may what with organisations and the office."""

from tracker.web.access import Somebody


def may_edit(reader: Somebody) -> bool:
    """Whether they enter and change organisations."""
    return reader.is_coordinator


def may_edit_office(reader: Somebody) -> bool:
    """Whether they change the office itself."""
    return reader.is_administrator
