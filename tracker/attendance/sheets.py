"""The guests of an event as a file."""

from collections.abc import Iterable, Sequence

from tracker.attendance.models import Attendance
from tracker.attendance.queries import line_of
from tracker.events.models import Event
from tracker.language import _
from tracker.web.formats import country_name, plain
from tracker.web.sheets import Sheet, Value


def guests(event: Event) -> Sheet[Attendance]:
    """Return what is downloaded of those who come to an event."""
    headings = (
        *(_("Name"), _("Heads"), _("Answer"), _("Role"), _("Sent by"), _("Via"), _("Country"), _("Arrival")),
        *(_("Departure"), _("Room")),
    )
    return Sheet(f"{_('Guests')} {plain(event.title)}", headings, _cells)


def _cells(rows: Sequence[Attendance]) -> Iterable[Sequence[Value]]:
    for line in map(line_of, rows):
        sent = (line.organisation.name if line.organisation else None, line.via.name if line.via else None)
        stay = (country_name(line.country), line.arrives_on, line.leaves_on, line.room)
        yield line.name, line.heads, line.answer, line.role, *sent, *stay
