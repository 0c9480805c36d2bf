"""What everybody who has something open is told of regularly: the overview letter."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, select, union_all
from sqlalchemy import literal as constant

from tracker.db import db
from tracker.language import _, ngettext
from tracker.log.models import LogEntry
from tracker.milestones.models import Milestone
from tracker.people.models import Contact, MailRhythm, Person
from tracker.projects.models import Project, ProjectCoordinator
from tracker.reminders.journeys import TRAVEL, questions
from tracker.reminders.matters import (
    Asked,
    DefaultRule,
    Group,
    Matter,
    Part,
    Recipient,
    Section,
    Sender,
    Source,
    Subject,
    Why,
)
from tracker.reminders.models import ReminderSubject
from tracker.reminders.next_steps import NEXT_STEP, is_open, steps
from tracker.reminders.promises import DUE, OVERDUE, is_wanted, milestones
from tracker.reminders.queries import is_current, portions
from tracker.reminders.requests import STATUS_REQUEST, requests
from tracker.reminders.rules import CATCH_UP, DAY, is_overview_day, on_each_day, reach_everything
from tracker.travel.models import TravelAsked, TravelQuestion
from tracker.updates.models import StatusRequest

#: Of each sort an overview lists so many; of the others it says how many there are.
LINES = 15
#: What has no date of its own is open since ever.
EVER = datetime(1970, 1, 1, tzinfo=UTC)


def _nothing(_matter: Matter, _recipient: Recipient, _office: Sender, _today: date) -> list[str]:
    return []


def things_open(number: int) -> str:
    """Say how many things are open."""
    return ngettext("Overview: %(num)s thing is open", "Overview: %(num)s things are open", number)


OVERVIEW = Subject(
    word=ReminderSubject.OVERVIEW,
    default=DefaultRule(()),
    when=on_each_day,
    reaching=reach_everything,
    section=Section.OPEN,
    say=_nothing,
    headline=lambda matter, _today: things_open(len(matter.parts) + matter.more),
    headlines=lambda _number: _("Overview"),
    is_undated=True,
)


def _within(asked: Asked) -> list[Matter]:
    rhythms = [MailRhythm.DAILY, MailRhythm.WEEKLY] if _has_weekly_day(asked) else [MailRhythm.DAILY]
    if asked.changed_since is not None:
        # It comes on its day, not because something has changed.
        return []
    readers = select(Person.id).where(
        Person.mail_rhythm.in_(rhythms),
        Person.archived_at.is_(None),
        Person.locked_at.is_(None),
        Person.email.is_not(None),
    )
    return _overviews(readers, asked.last, since=max(asked.first, asked.today - CATCH_UP))


def _has_weekly_day(asked: Asked) -> bool:
    days = [asked.first + number * DAY for number in range(min((asked.last - asked.first).days, 14) + 1)]
    return any(is_overview_day(day, MailRhythm.WEEKLY, calendar) for day in days for calendar in asked.calendars)


def _of(ids: list[str], today: date) -> list[Matter]:
    return [
        matter
        for portion in portions(int(one) for one in ids)
        for matter in _overviews(select(Person.id).where(Person.id.in_(portion)), today, since=today - CATCH_UP)
    ]


def _overviews(readers: Select[Any], today: date, *, since: date) -> list[Matter]:
    """Return the overview of each of these readers who has something open on a day, in a fixed number of queries."""
    parts: dict[int, list[Part]] = defaultdict(list)
    more: Counter[int] = Counter()
    for found in (_asked_of(readers, today), _promised(readers, today), _to_do(readers), _owed_to(readers, today)):
        for person_id, part in found:
            if len([one for one in parts[person_id] if one.group is part.group]) < LINES:
                parts[person_id].append(part)
            else:
                more[person_id] += 1
    return [
        Matter(
            key=f"overview:{person_id}",
            subjects=(OVERVIEW,),
            title=None,
            project_id=None,
            project_title=None,
            due_on=since,
            since=EVER,
            responsible_id=person_id,
            as_what=Why.SUBSCRIBER,
            reply_ids=_coordinators(found),
            parts=tuple(found),
            more=more[person_id],
        )
        for person_id, found in sorted(parts.items())
    ]


def _coordinators(parts: Iterable[Part]) -> tuple[int, ...]:
    """Return whom an answer to the letter goes to: those who coordinate what stands first."""
    first = next((ids for part in parts if (ids := part.matter.reply_ids or part.matter.coordinator_ids)), ())
    return tuple(first)


Found = list[tuple[int, Part]]


def _asked_of(readers: Select[Any], today: date) -> Found:
    open_ones = and_(StatusRequest.ended_at.is_(None), StatusRequest.person_id.in_(readers))
    journeys = and_(
        TravelAsked.answered_at.is_(None), TravelQuestion.answer_until >= today, TravelAsked.person_id.in_(readers)
    )
    asked = [(matter, STATUS_REQUEST) for matter in requests(open_ones, today)]
    asked += [(matter, TRAVEL) for matter in questions(journeys, today)]
    return [
        (matter.responsible_id, Part(matter, subject, Group.MINE))
        for matter, subject in asked
        if matter.over is None and matter.responsible_id is not None
    ]


def _owed_to(readers: Select[Any], today: date) -> Found:
    """Return the answers that those who coordinate still wait for."""
    theirs = select(ProjectCoordinator.project_id).where(ProjectCoordinator.person_id.in_(readers))
    late = and_(StatusRequest.ended_at.is_(None), StatusRequest.answer_by < today, StatusRequest.project_id.in_(theirs))
    readers_of = _coordinated(readers, late)
    return [
        (person_id, Part(matter, STATUS_REQUEST, Group.OWED, matter.facts["person"], matter.due_on + DAY))
        for matter in requests(late, today)
        if matter.over is None
        for person_id in readers_of.get(matter.project_id or 0, ())
        if person_id != matter.responsible_id
    ]


def _coordinated(readers: Select[Any], late: ColumnElement[bool]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = defaultdict(list)
    asked = select(ProjectCoordinator.project_id, ProjectCoordinator.person_id).where(
        ProjectCoordinator.person_id.in_(readers),
        ProjectCoordinator.project_id.in_(select(StatusRequest.project_id).where(late)),
    )
    for project_id, person_id in db.session.execute(asked.order_by(ProjectCoordinator.person_id)):
        found[project_id].append(person_id)
    return found


def _to_do(readers: Select[Any]) -> Found:
    return [
        (matter.responsible_id, Part(matter, NEXT_STEP, Group.MINE))
        for matter in sorted(steps(and_(is_open(), LogEntry.by_id.in_(readers))), key=lambda one: (one.due_on, one.key))
        if matter.responsible_id is not None
    ]


def _promised(readers: Select[Any], today: date) -> Found:
    """Return the milestones that are a reader's own, and the late ones of their projects; the earliest of each."""
    placed = _placed(readers, today).subquery()
    rows = db.session.execute(
        select(placed).where(placed.c.place <= LINES + 1).order_by(placed.c.due_on, placed.c.milestone_id)
    ).all()
    matters = {
        f"{matter.key}": matter
        for portion in portions({row.milestone_id for row in rows})
        for matter in milestones(Milestone.id.in_(portion), today)
    }
    names = _names(matters.values())
    own = {(row.person_id, row.milestone_id) for row in rows if row.is_own}
    return [
        (row.person_id, _part(matters[f"milestone:{row.milestone_id}"], today, names, is_own=bool(row.is_own)))
        for row in rows
        if row.is_own or (row.person_id, row.milestone_id) not in own
    ]


def _part(matter: Matter, today: date, names: dict[int, str], *, is_own: bool) -> Part:
    subject = OVERDUE if matter.due_on < today else DUE
    if is_own:
        return Part(matter, subject, Group.MINE)
    return Part(matter, subject, Group.LATE, names.get(matter.responsible_id or 0), matter.due_on + DAY)


def _placed(readers: Select[Any], today: date) -> Select[Any]:
    """Return whose each milestone is, and which one of theirs, by date."""
    shown = (Milestone.id.label("milestone_id"), Milestone.due_on)
    named = select(Milestone.responsible_person_id.label("person_id"), *shown, constant(1).label("is_own")).where(
        Milestone.responsible_person_id.in_(readers)
    )
    first = (
        select(Contact.person_id, *shown, constant(1))
        .join(Contact, Contact.organisation_id == Milestone.responsible_organisation_id)
        .where(
            Milestone.responsible_person_id.is_(None),
            Contact.person_id.in_(readers),
            Contact.is_first,
            is_current(today),
        )
    )
    late = (
        select(ProjectCoordinator.person_id, *shown, constant(0))
        .join(ProjectCoordinator, ProjectCoordinator.project_id == Milestone.project_id)
        .where(ProjectCoordinator.person_id.in_(readers), Milestone.due_on < today)
    )
    every = union_all(
        *(one.join(Project, Project.id == Milestone.project_id).where(is_wanted()) for one in (named, first, late))
    ).subquery()
    place = func.row_number().over(
        partition_by=(every.c.person_id, every.c.is_own), order_by=(every.c.due_on, every.c.milestone_id)
    )
    return select(every, place.label("place"))


def _names(matters: Iterable[Matter]) -> dict[int, str]:
    """Return who is responsible, by name."""
    found: dict[int, str] = {}
    for portion in portions({one.responsible_id for one in matters if one.responsible_id}):
        found |= {
            row.id: row.name for row in db.session.execute(select(Person.id, Person.name).where(Person.id.in_(portion)))
        }
    return found


OVERVIEWS = Source("overview", (OVERVIEW,), _within, _of)
