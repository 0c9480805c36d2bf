"""The list of events as a file."""

from collections.abc import Iterable, Sequence
from functools import partial

from tracker.events import queries
from tracker.events.models import Event
from tracker.language import _
from tracker.web.sheets import Sheet, Value


def events(*, sees_partnerships: bool) -> Sheet[Event]:
    """Return what this reader downloads of events; hours are those of the place."""
    headings = (
        *(_("Title"), _("Kind"), _("Begin"), _("from (hour)"), _("End"), _("until (hour)"), _("Time zone")),
        *(_("Place"), _("Project"), _("Partnership") if sees_partnerships else None, _("Guests"), _("Status")),
    )
    return Sheet(_("Events"), headings, partial(_cells, sees_partnerships=sees_partnerships))


def _cells(rows: Sequence[Event], *, sees_partnerships: bool) -> Iterable[Sequence[Value]]:
    heads = queries.heads_of(one.id for one in rows)
    for one in rows:
        began, ended = (f"{at:%H:%M}" if at else None for at in (one.begins_at, one.ends_at))
        under = one.partnership.title if one.partnership and sees_partnerships else None
        about = (one.place, one.project.title if one.project else None, under)
        known = heads.get(one.id)
        counted = known.said if known else None
        yield one.title, one.kind, one.begins_on, began, one.ends_on, ended, one.zone, *about, counted, one.status
