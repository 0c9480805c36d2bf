"""The log as a file."""

from collections.abc import Iterable, Sequence
from functools import partial

from sqlalchemy.orm import defer, joinedload, selectinload

from tracker.language import _
from tracker.log.models import LogEntry
from tracker.log.rules import may_see_people
from tracker.organisations.models import Organisation
from tracker.partnerships.models import Partnership
from tracker.people.models import Person
from tracker.projects.models import Project
from tracker.web.access import Somebody
from tracker.web.sheets import Sheet, Value

#: What a line tells, and nothing else of what it is about.
_TOLD = (
    defer(LogEntry.folded),
    joinedload(LogEntry.project).load_only(Project.title),
    joinedload(LogEntry.partnership).load_only(Partnership.title),
    joinedload(LogEntry.organisation).load_only(Organisation.name, Organisation.former_names),
    joinedload(LogEntry.at).load_only(Organisation.name, Organisation.former_names),
    selectinload(LogEntry.people).load_only(Person.name),
    joinedload(LogEntry.by).load_only(Person.name),
    selectinload(LogEntry.organisations).load_only(Organisation.id),
)


def log(reader: Somebody) -> Sheet[LogEntry]:
    """Return what this reader downloads of the log."""
    sees = may_see_people(reader)
    headings = (
        *(_("Date"), _("Kind"), _("What happened"), _("Details"), _("Project"), _("Partnership"), _("Organisation")),
        *(_("Where"), _("Who was there") if sees else None, _("Next step"), _("Next step on"), _("Next step done")),
    )
    return Sheet(_("Log"), headings, partial(_cells, sees_people=sees), _TOLD)


def _cells(rows: Sequence[LogEntry], *, sees_people: bool) -> Iterable[Sequence[Value]]:
    for one in rows:
        day = one.happened_on
        about = (one.project.title if one.project else None, one.partnership.title if one.partnership else None)
        organisation, where = (body.name_on(day) if body else None for body in (one.organisation, one.at))
        there = "; ".join(person.name for person in one.people) if sees_people else None
        is_done = one.next_step_done_at is not None if one.next_step else None
        then = (one.next_step, one.next_step_on, is_done)
        yield day, one.kind, one.summary, one.details, *about, organisation, where, there, *then
