"""What the start page tells: what is late, who owes an answer, what comes, what was said, what has gone quiet."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import defer, joinedload

from tracker.db import Instant, PartialDate, db
from tracker.log import queries as log
from tracker.log.models import LogEntry
from tracker.milestones import queries as milestones
from tracker.milestones.models import Milestone
from tracker.organisations.models import Office, Organisation
from tracker.overview.queries import (
    MILESTONE_SHOWN,
    ORGANISATION_NAMED,
    PARTNERSHIP_NAMED,
    PERSON_NAMED,
    PROJECT_NAMED,
    first_of,
)
from tracker.overview.rules import ANSWER_LASTS, ASKED_BEFORE, LINES, SOON
from tracker.people.models import Person
from tracker.people.queries import to_look_at as to_be_looked_at
from tracker.projects.models import Project, Series
from tracker.projects.returning import Return, awaited, returns
from tracker.reminders import requests
from tracker.reminders.models import ReminderRule
from tracker.reminders.returning import EDITION
from tracker.reminders.rules import months_before
from tracker.updates import queries as updates
from tracker.updates.models import StatusRequest, StatusUpdate
from tracker.updates.queries import Waiting, is_waiting
from tracker.updates.rules import Step
from tracker.web.access import OfficeSeen, Somebody
from tracker.web.statements import written_once

_TODAY: sa.ColumnElement[date] = sa.bindparam("today", type_=sa.Date)
_UNTIL: sa.ColumnElement[date] = sa.bindparam("until", type_=sa.Date)
_SINCE: sa.ColumnElement[datetime] = sa.bindparam("since", type_=Instant())
_EVER = datetime.min.replace(tzinfo=UTC)
#: What a line about a next step shows.
STEP_SHOWN = (
    defer(LogEntry.folded),
    defer(LogEntry.details),
    joinedload(LogEntry.project).options(PROJECT_NAMED),
    joinedload(LogEntry.partnership).options(PARTNERSHIP_NAMED),
    joinedload(LogEntry.organisation).options(ORGANISATION_NAMED),
    joinedload(LogEntry.by).options(PERSON_NAMED),
)


@dataclass(frozen=True)
class Some:
    """The first lines of a section, and how many there are in all."""

    rows: Sequence[Milestone]
    total: int


@dataclass(frozen=True)
class Owed:
    """The dates about which one person, or an organisation without a named one, has said nothing."""

    person: Person | None
    organisation: Organisation | None
    milestones: tuple[Milestone, ...]


#: The earliest first.
_BY_DATE = (Milestone.due_on, Milestone.id)


def earliest(
    query: sa.Select[Milestone], limit: int = LINES, *, before: Sequence[Any] = ()
) -> sa.Select[Milestone, int]:
    """Write the query for the first milestones by date, or by something before that, with the number of all."""
    number = sa.select(sa.func.count()).select_from(query.with_only_columns(Milestone.id).subquery()).scalar_subquery()
    return first_of(Milestone, query, (*before, *_BY_DATE), *MILESTONE_SHOWN, limit=limit).add_columns(number)


def some(query: sa.Select[Milestone, int], values: dict[str, Any]) -> Some:
    """Ask what `earliest` wrote."""
    found = db.session.execute(query, values).unique().all()
    return Some([milestone for milestone, _total in found], found[0][1] if found else 0)


def late(reader: Somebody, today: date) -> Some:
    """Return what is past its date; one query."""
    return some(_late(reader), {"today": today})


@written_once
def _late(reader: Somebody) -> sa.Select[Milestone, int]:
    return earliest(milestones.expected(reader).where(Milestone.due_on < _TODAY))


def coming(reader: Somebody, today: date) -> Some:
    """Return what is due from today on; one query."""
    return some(_coming(reader), {"today": today, "until": today + SOON})


@written_once
def _coming(reader: Somebody) -> sa.Select[Milestone, int]:
    return earliest(milestones.expected(reader).where(Milestone.due_on.between(_TODAY, _UNTIL)))


def _answered() -> sa.ColumnElement[bool]:
    """Match milestones about which somebody has said something lately."""
    said = (StatusUpdate.milestone_id == Milestone.id, StatusUpdate.taken_back_at.is_(None))
    return sa.exists().where(*said, StatusUpdate.at >= _SINCE)


def _asked() -> sa.ColumnElement[bool]:
    """Match milestones about which somebody was asked, and may still answer."""
    return sa.exists().where(StatusRequest.milestone_id == Milestone.id, is_waiting())


def owed(reader: Somebody, today: date, now: datetime) -> list[Owed]:
    """Return who has lately said nothing about what is theirs and was not asked, the longest overdue first; one query.

    The office does not owe itself an answer.
    """
    values = {"until": today + ASKED_BEFORE, "since": now - ANSWER_LASTS}
    groups: dict[tuple[int | None, int | None], list[Milestone]] = {}
    for row in db.session.scalars(_owed(reader), values).unique():
        groups.setdefault((row.responsible_organisation_id, row.responsible_person_id), []).append(row)
    return [
        Owed(group[0].responsible_person, group[0].responsible_organisation, tuple(group)) for group in groups.values()
    ][:LINES]


@written_once
def _owed(reader: Somebody) -> sa.Select[Milestone]:
    ours = sa.select(Office.organisation_id).where(Office.organisation_id.is_not(None))
    query = milestones.expected(reader).where(
        Milestone.due_on <= _UNTIL,
        Milestone.responsible_organisation_id.is_not(None),
        Milestone.responsible_organisation_id.not_in(ours),
        ~_answered(),
        ~_asked(),
    )
    return first_of(Milestone, query, _BY_DATE, *MILESTONE_SHOWN, limit=LINES * 3)


def news(
    reader: Somebody, office: OfficeSeen, *, now: datetime, today: date
) -> tuple[list[StatusUpdate], list[Waiting]]:
    """Return what partners said since somebody last looked, and what waits for an answer; one query."""
    values = {"since": reader.seen_until or _EVER}
    return updates.said_and_asked(_news(reader), values, office, now=now, today=today)


@written_once
def _news(reader: Somebody) -> sa.Select[*tuple[Any, ...]]:
    return updates.together(updates.news(reader, _SINCE, LINES), updates.waiting(reader), requests.steps_in)


def waiting(reader: Somebody, office: OfficeSeen, *, now: datetime, today: date) -> list[Waiting]:
    """Return what waits for an answer, as far as somebody may know of it; one query."""
    query = updates.together(None, updates.waiting(reader), requests.steps_in)
    return updates.said_and_asked(query, {}, office, now=now, today=today)[1]


@dataclass(frozen=True)
class Debt:
    """A question that nobody has answered, and what a coordinator needs for a call."""

    waiting: Waiting
    #: The clock on the wall of the person asked.
    local: datetime
    is_call: bool


def debts(waiting: Sequence[Waiting], today: date, now: datetime) -> list[Debt]:
    """Return the questions that are past their date or come to nothing by mail: those to be called about first."""
    found = [
        Debt(one, now.astimezone(ZoneInfo(one.there.zone)), one.stage.step is Step.CALL)
        for one in waiting
        if one.stage.step is Step.CALL or one.request.answer_by < today
    ]
    return sorted(found, key=lambda debt: not debt.is_call)


def is_asked(milestone: Milestone, said_at: datetime | None, today: date, now: datetime) -> bool:
    """Whether a partner is asked about what is theirs: soon due or late, and nothing was said lately."""
    return milestone.due_on <= today + ASKED_BEFORE and (said_at is None or said_at < now - ANSWER_LASTS)


def steps(reader: Somebody, today: date) -> Sequence[LogEntry]:
    """Return the open next steps until soon, and those of this person without a date; one query."""
    return db.session.scalars(_steps(reader), {"until": today + SOON, "by": reader.id}).all()


@written_once
def _steps(reader: Somebody) -> sa.Select[LogEntry]:
    mine = sa.and_(LogEntry.by_id == sa.bindparam("by", type_=sa.Integer), LogEntry.next_step_on.is_(None))
    query = log.listed(reader, open_steps=True).where(sa.or_(LogEntry.next_step_on <= _UNTIL, mine))
    return first_of(LogEntry, query, log.SORTS["next"], *STEP_SHOWN, limit=LINES * 3)


def to_look_at(reader: Somebody, today: date) -> tuple[list[Person], list[tuple[Return, PartialDate]]]:
    """Return whom a coordinator should look at, and of which series it is time to start the next edition; one query.

    It is time from the month on in which a reminder says so first.
    """
    rows = db.session.execute(_to_look_at(reader)).all()
    editions = awaited(returns(project for _person, project, _steps in rows if project))
    months = max((rows[0].steps if rows else None) or EDITION.default.steps)
    due = [(one, on) for one, on in editions if months_before(on.earliest, months) <= today]
    return [person for person, _project, _steps in rows if person], due


@written_once
def _to_look_at(reader: Somebody) -> sa.Select[*tuple[Any, ...]]:
    nothing = sa.cast(sa.null(), sa.Integer)
    people = to_be_looked_at(reader).with_only_columns(Person.id.label("person_id"), nothing.label("project_id"))
    again = sa.select(nothing, Project.id).join(Project.series)
    again = again.where(Series.every_years.is_not(None), Project.archived_at.is_(None))
    found = sa.union_all(people, again).subquery()
    of_site = (ReminderRule.project_id.is_(None), ReminderRule.archived_at.is_(None))
    rule = sa.select(ReminderRule.steps).where(ReminderRule.subject == EDITION.word, *of_site)
    return (
        sa.select(Person, Project, rule.scalar_subquery().label("steps"))
        .select_from(found)
        .outerjoin(Person, Person.id == found.c.person_id)
        .outerjoin(Project, Project.id == found.c.project_id)
        .options(joinedload(Project.series))
        .order_by(Person.folded, Person.id, Project.id)
    )


def agenda(coming: Sequence[Milestone], steps: Sequence[LogEntry]) -> list[tuple[str, Milestone | LogEntry]]:
    """Return milestones and next steps in the order of their dates, each with what it is."""
    lines: list[tuple[date, str, Milestone | LogEntry]] = [(row.due_on, "milestone", row) for row in coming]
    lines += [(entry.next_step_on, "step", entry) for entry in steps if entry.next_step_on]
    return [(kind, row) for _on, kind, row in sorted(lines, key=lambda line: line[:2])]
