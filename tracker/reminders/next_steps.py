"""What somebody wanted to do next: the next steps of log entries."""

from datetime import date

from sqlalchemy import ColumnElement, and_, exists, select
from sqlalchemy.orm import joinedload

from tracker.db import Translated, db
from tracker.language import _, ngettext
from tracker.log.models import LogEntry
from tracker.projects.models import Project
from tracker.reminders.matters import (
    Asked,
    DefaultRule,
    Matter,
    Recipient,
    Section,
    Sender,
    Source,
    Subject,
    Why,
)
from tracker.reminders.models import ReminderSubject
from tracker.reminders.queries import coordinators_of, portions
from tracker.reminders.rules import before, reach_ahead
from tracker.reminders.wording import full_day, title_of


def _say(matter: Matter, _recipient: Recipient, _office: Sender, _today: date) -> list[str]:
    return [_("You noted it for %(date)s.", date=full_day(matter.due_on))] if matter.facts["is_dated"] else []


NEXT_STEP = Subject(
    word=ReminderSubject.NEXT_STEP,
    default=DefaultRule((0,)),
    when=before,
    reaching=reach_ahead,
    section=Section.UPCOMING,
    say=_say,
    headline=lambda matter, _today: _("Next step: “%(title)s”", title=title_of(matter)),
    headlines=lambda number: ngettext("%(num)s next step", "%(num)s next steps", number),
    gathers=True,
    listed="/log/?open_steps=y",
)


def is_open() -> ColumnElement[bool]:
    """Match entries whose next step is still to be done, where nothing is paused."""
    paused = exists().where(Project.id == LogEntry.project_id, Project.reminders_paused.is_(True))
    return and_(
        LogEntry.archived_at.is_(None), LogEntry.next_step.is_not(None), LogEntry.next_step_done_at.is_(None), ~paused
    )


def _within(asked: Asked) -> list[Matter]:
    condition = and_(is_open(), LogEntry.next_step_on <= asked.reach.latest)
    if asked.reach.earliest is not None:
        condition = and_(condition, LogEntry.next_step_on >= asked.reach.earliest)
    if asked.changed_since is not None:
        condition = and_(condition, LogEntry.created_at >= asked.changed_since)
    return steps(condition)


def _of(ids: list[str], _today: date) -> list[Matter]:
    return [matter for portion in portions(int(one) for one in ids) for matter in steps(LogEntry.id.in_(portion))]


def steps(condition: ColumnElement[bool]) -> list[Matter]:
    """Return the next steps of entries that match; two queries."""
    about = (joinedload(LogEntry.project), joinedload(LogEntry.partnership), joinedload(LogEntry.organisation))
    entries = db.session.scalars(select(LogEntry).where(condition).options(*about).order_by(LogEntry.id)).all()
    coordinators = coordinators_of({entry.project_id for entry in entries if entry.project_id})
    return [_matter(entry, coordinators.get(entry.project_id or 0, ())) for entry in entries]


def _matter(entry: LogEntry, coordinators: tuple[int, ...]) -> Matter:
    words = entry.next_step or str(entry.summary)
    path, about = _about(entry)
    return Matter(
        key=f"step:{entry.id}",
        subjects=(NEXT_STEP,),
        title=Translated.of(entry.language, entry.created_at, **{entry.language: words}),
        project_id=entry.project_id,
        project_title=about,
        path=path,
        due_on=entry.next_step_on or date.max,
        since=entry.created_at,
        responsible_id=entry.by_id,
        as_what=Why.AUTHOR,
        coordinator_ids=coordinators,
        over=_over(entry),
        facts={"is_dated": entry.next_step_on is not None},
    )


def _about(entry: LogEntry) -> tuple[str, Translated | None]:
    if entry.project:
        return f"/projects/{entry.project.id}", entry.project.title
    if entry.partnership:
        return f"/partnerships/{entry.partnership.id}", entry.partnership.title
    if entry.organisation:
        return f"/organisations/{entry.organisation.id}", entry.organisation.name
    return "/log/", None


def _over(entry: LogEntry) -> str | None:
    if entry.next_step_done_at is not None:
        return "step_done"
    is_gone = entry.archived_at is not None or entry.next_step is None or entry.next_step_on is None
    if is_gone:
        return "step_withdrawn"
    return "project_paused" if entry.project and entry.project.reminders_paused else None


NEXT_STEPS = Source("step", (NEXT_STEP,), _within, _of)
