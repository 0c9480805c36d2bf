"""What the start page tells: what is late, who owes an answer, what comes, what was said, what has gone quiet."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import defer, joinedload

from tracker.db import db
from tracker.log import queries as log
from tracker.log.models import LogEntry
from tracker.milestones import queries as milestones
from tracker.milestones.models import Milestone
from tracker.milestones.rules import Which
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
from tracker.projects.models import Project
from tracker.projects.rules import ENDED
from tracker.updates.models import StatusRequest, StatusUpdate
from tracker.updates.queries import Waiting, is_waiting
from tracker.updates.rules import Step
from tracker.web.access import Somebody

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


def _expected(reader: Somebody, today: date) -> sa.Select[Milestone]:
    """Start here: what somebody still waits for, in the projects that this person may see."""
    return milestones.listed(reader, today, which=Which.OPEN).where(Project.status.not_in(ENDED))


#: The earliest first.
_BY_DATE = (Milestone.due_on, Milestone.id)


def earliest(query: sa.Select[Milestone], limit: int = LINES, *, before: Sequence[Any] = ()) -> Some:
    """Return the first milestones by date, or by something before that, with the number of all; one query."""
    number = sa.select(sa.func.count()).select_from(query.with_only_columns(Milestone.id).subquery()).scalar_subquery()
    rows = db.session.execute(
        first_of(Milestone, query, (*before, *_BY_DATE), *MILESTONE_SHOWN, limit=limit).add_columns(number)
    ).unique()
    found = rows.all()
    return Some([milestone for milestone, _total in found], found[0][1] if found else 0)


def late(reader: Somebody, today: date) -> Some:
    """Return what is past its date."""
    return earliest(_expected(reader, today).where(Milestone.due_on < today))


def coming(reader: Somebody, today: date) -> Some:
    """Return what is due from today on."""
    return earliest(_expected(reader, today).where(Milestone.due_on.between(today, today + SOON)))


def _answered(now: datetime) -> sa.ColumnElement[bool]:
    """Match milestones about which somebody has said something lately."""
    said = (StatusUpdate.milestone_id == Milestone.id, StatusUpdate.taken_back_at.is_(None))
    return sa.exists().where(*said, StatusUpdate.at >= now - ANSWER_LASTS)


def _asked() -> sa.ColumnElement[bool]:
    """Match milestones about which somebody was asked, and may still answer."""
    return sa.exists().where(StatusRequest.milestone_id == Milestone.id, is_waiting())


def owed(reader: Somebody, today: date, now: datetime) -> list[Owed]:
    """Return who has lately said nothing about what is theirs and was not asked, the longest overdue first; one query.

    The office does not owe itself an answer.
    """
    ours = sa.select(Office.organisation_id).where(Office.organisation_id.is_not(None))
    query = _expected(reader, today).where(
        Milestone.due_on <= today + ASKED_BEFORE,
        Milestone.responsible_organisation_id.is_not(None),
        Milestone.responsible_organisation_id.not_in(ours),
        ~_answered(now),
        ~_asked(),
    )
    groups: dict[tuple[int | None, int | None], list[Milestone]] = {}
    for row in db.session.scalars(first_of(Milestone, query, _BY_DATE, *MILESTONE_SHOWN, limit=LINES * 3)).unique():
        groups.setdefault((row.responsible_organisation_id, row.responsible_person_id), []).append(row)
    return [
        Owed(group[0].responsible_person, group[0].responsible_organisation, tuple(group)) for group in groups.values()
    ][:LINES]


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
    mine = sa.and_(LogEntry.by_id == reader.id, LogEntry.next_step_on.is_(None))
    query = log.listed(reader, open_steps=True).where(sa.or_(LogEntry.next_step_on <= today + SOON, mine))
    return db.session.scalars(first_of(LogEntry, query, log.SORTS["next"], *STEP_SHOWN, limit=LINES * 3)).all()


def agenda(coming: Sequence[Milestone], steps: Sequence[LogEntry]) -> list[tuple[str, Milestone | LogEntry]]:
    """Return milestones and next steps in the order of their dates, each with what it is."""
    lines: list[tuple[date, str, Milestone | LogEntry]] = [(row.due_on, "milestone", row) for row in coming]
    lines += [(entry.next_step_on, "step", entry) for entry in steps if entry.next_step_on]
    return [(kind, row) for _on, kind, row in sorted(lines, key=lambda line: line[:2])]
