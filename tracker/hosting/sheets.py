"""Who stays with whom at an event, as a file; what guests eat and need stays on the page."""

from collections.abc import Iterable, Sequence

from tracker.attendance.rules import called, first_of, heads_of, last_of
from tracker.events.models import Event
from tracker.hosting.rules import Placed
from tracker.language import _
from tracker.web.formats import plain
from tracker.web.sheets import Sheet, Value


def stays(event: Event) -> Sheet[Placed]:
    """Return what is downloaded of hosts: a line for each stay, or for a host with whom nobody stays."""
    headings = (*(_("Host"), _("Places"), _("from"), _("until"), _("Guest"), _("Heads"), _("Arrival"), _("Departure")),)
    return Sheet(f"{_('Hosts')} {plain(event.title)}", headings, _cells)


def _cells(rows: Sequence[Placed]) -> Iterable[Sequence[Value]]:
    for row in rows:
        offer = row.offer
        host = offer.person.name if offer.person else offer.organisation.name if offer.organisation else None
        takes = (host, offer.places, offer.from_on, offer.until_on)
        if not row.guests:
            yield *takes, None, None, None, None
        for guest in row.guests:
            yield *takes, called(guest.participant), heads_of(guest), first_of(guest), last_of(guest)
