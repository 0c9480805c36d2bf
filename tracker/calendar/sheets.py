"""A month of the calendar as a file."""

from collections.abc import Iterable, Sequence

from tracker.calendar.rules import Entry
from tracker.language import _
from tracker.web.sheets import Sheet, Value


def month(name: str) -> Sheet[Entry]:
    """Return what is downloaded of a month."""
    headings = (_("What"), _("Begin"), _("End"), _("Kind"), _("Belongs to"), _("Status"))
    return Sheet(f"{_('Calendar')} {name}", headings, _cells)


def _cells(rows: Sequence[Entry]) -> Iterable[Sequence[Value]]:
    for one in rows:
        yield one.title, one.first, one.last, one.kind, one.about, one.state
