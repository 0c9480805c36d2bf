"""The log as a file."""

from collections.abc import Iterable, Sequence
from functools import partial

from tracker.language import _
from tracker.log.models import LogEntry
from tracker.log.rules import may_see_people
from tracker.web.access import Somebody
from tracker.web.formats import plain
from tracker.web.sheets import Sheet, Value


def log(reader: Somebody) -> Sheet[LogEntry]:
    """Return what this reader downloads of the log."""
    sees = may_see_people(reader)
    headings = (
        *(_("Date"), _("Kind"), _("What happened"), _("Details"), _("Project"), _("Partnership"), _("Organisation")),
        *(_("Where"), _("Who was there") if sees else None, _("Next step"), _("Next step on"), _("Next step done")),
    )
    return Sheet(_("Log"), headings, partial(_cells, sees_people=sees))


def _cells(rows: Sequence[LogEntry], *, sees_people: bool) -> Iterable[Sequence[Value]]:
    for one in rows:
        day = one.happened_on
        about = (one.project.title if one.project else None, one.partnership.title if one.partnership else None)
        organisation, where = (body.name_on(day) if body else None for body in (one.organisation, one.at))
        there = "; ".join(person.name for person in one.people) if sees_people else None
        is_done = one.next_step_done_at is not None if one.next_step else None
        then = (one.next_step, one.next_step_on, is_done)
        yield day, one.kind, plain(one.summary), one.details, *about, organisation, where, there, *then
