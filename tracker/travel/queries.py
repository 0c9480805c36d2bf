"""Which questions when one can travel there are, who can be asked, and what speaks against a week."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from tracker.attendance.models import Answer, Attendance
from tracker.calendar import queries as calendar
from tracker.calendar.queries import Narrowed
from tracker.calendar.rules import Entry, EntryKind
from tracker.db import db
from tracker.events.models import Event, EventStatus
from tracker.events.queries import visible_events
from tracker.mail.models import Message
from tracker.organisations.models import Office, Organisation
from tracker.participants.models import Participant
from tracker.partnerships.models import Partnership, PartnershipParty
from tracker.people.models import Contact, Person
from tracker.people.queries import current_on
from tracker.projects.models import Project, ProjectOrganisation
from tracker.projects.queries import visible_projects
from tracker.travel.links import TravelLink
from tracker.travel.models import TravelAsked, TravelPeriod, TravelQuestion
from tracker.travel.rules import KEY, Span, Standing, is_open, standing_of
from tracker.web.access import OfficeSeen, Somebody
from tracker.workdays.rules import local_day

_SHOWN = (joinedload(TravelQuestion.project), joinedload(TravelQuestion.partnership))
_WHOLE = (
    *_SHOWN,
    joinedload(TravelQuestion.by),
    selectinload(TravelQuestion.periods),
    selectinload(TravelQuestion.asked).options(
        joinedload(TravelAsked.person),
        joinedload(TravelAsked.organisation),
        joinedload(TravelAsked.entered_by),
        selectinload(TravelAsked.answers),
    ),
)


def visible_questions(reader: Somebody) -> sa.Select[TravelQuestion]:
    """Start every query here: partners see those of the projects that they may know of."""
    query = sa.select(TravelQuestion)
    if reader.sees_all:
        return query
    return query.where(TravelQuestion.project_id.in_(visible_projects(reader).with_only_columns(Project.id)))


def whole(reader: Somebody, question_id: int) -> TravelQuestion | None:
    """Return the question with its periods, who was asked and what they say; four queries."""
    query = visible_questions(reader).where(TravelQuestion.id == question_id)
    return db.session.scalar(query.options(*_WHOLE))


def period(reader: Somebody, period_id: int) -> TravelPeriod | None:
    """Return a period, if this person may know of its question."""
    known = visible_questions(reader).with_only_columns(TravelQuestion.id)
    return db.session.scalar(
        sa.select(TravelPeriod).where(TravelPeriod.id == period_id, TravelPeriod.question_id.in_(known))
    )


def listed(
    reader: Somebody, *, project: int | None = None, partnership: int | None = None
) -> sa.Select[TravelQuestion]:
    """Return the questions that a list is narrowed to; those of a partnership with those of its projects."""
    query = visible_questions(reader)
    if project:
        query = query.where(TravelQuestion.project_id == project)
    if partnership:
        query = query.where(TravelQuestion.partnership_id == partnership)
    return query.options(*_SHOWN, selectinload(TravelQuestion.periods), selectinload(TravelQuestion.asked))


#: What the list can be sorted by.
SORTS = {"asked": (TravelQuestion.asked_at, TravelQuestion.id)}


def hold(question_id: int) -> None:
    """Let nobody else answer, choose or close the same question until this unit ends."""
    db.session.execute(sa.select(TravelQuestion.id).where(TravelQuestion.id == question_id).with_for_update())


def hold_of(asked_id: int) -> None:
    """Hold the question of somebody who was asked."""
    of = sa.select(TravelAsked.question_id).where(TravelAsked.id == asked_id).scalar_subquery()
    db.session.execute(sa.select(TravelQuestion.id).where(TravelQuestion.id == of).with_for_update())


def waiting_for(reader: Somebody, today: date) -> Sequence[TravelQuestion]:
    """Return the open questions that somebody was asked and has not answered, by their last day; one query."""
    theirs = sa.select(TravelAsked.question_id).where(
        TravelAsked.person_id == reader.id, TravelAsked.answered_at.is_(None)
    )
    query = visible_questions(reader).where(
        TravelQuestion.id.in_(theirs), TravelQuestion.closed_at.is_(None), TravelQuestion.answer_until >= today
    )
    query = query.options(*_SHOWN, joinedload(TravelQuestion.by))
    rows = db.session.scalars(query.order_by(TravelQuestion.answer_until, TravelQuestion.id))
    return [one for one in rows if is_open(one, today)]


# ---- who can be asked


def contacts_of(home: Project | Partnership, today: date) -> Sequence[Contact]:
    """Return the functions that people have today at the organisations of all sides, by organisation; one query."""
    query = (
        sa.select(Contact)
        .join(Contact.person)
        .join(Contact.organisation)
        .where(
            Contact.organisation_id.in_(_bodies_of(home)),
            current_on(today),
            Person.archived_at.is_(None),
            Person.locked_at.is_(None),
        )
        .options(contains_eager(Contact.person), contains_eager(Contact.organisation))
    )
    return db.session.scalars(query.order_by(Organisation.folded, Person.folded, Contact.id)).all()


def _bodies_of(home: Project | Partnership) -> sa.Select[int]:
    if isinstance(home, Project):
        return sa.select(ProjectOrganisation.organisation_id).where(ProjectOrganisation.project_id == home.id)
    return sa.select(PartnershipParty.organisation_id).where(PartnershipParty.partnership_id == home.id)


def place_of(question: TravelQuestion, reader: Somebody) -> int | None:
    """Return for which of a partner's organisations they answer: one that takes part."""
    there = _bodies_of(question.home).order_by(sa.literal_column("1"))
    return next((id_ for id_ in db.session.scalars(there) if id_ in reader.organisation_ids), None)


def is_there(today: date) -> sa.ColumnElement[bool]:
    """Match those who were asked and still have a function where they answer for: who has left says nothing more."""
    function = (Contact.person_id == TravelAsked.person_id, Contact.organisation_id == TravelAsked.organisation_id)
    return sa.exists().where(*function, current_on(today))


def gone(question: TravelQuestion, today: date) -> set[int]:
    """Return the ids of those who were asked and have left; one query."""
    left = sa.select(TravelAsked.id).where(TravelAsked.question_id == question.id, ~is_there(today))
    return set(db.session.scalars(left))


def written_to(question: TravelQuestion) -> dict[int, datetime]:
    """Return the id of who was asked to when they were last sent their link; one query."""
    about = sa.literal("travel_asked:").concat(sa.cast(TravelAsked.id, sa.String))
    query = (
        sa.select(TravelAsked.id, sa.func.max(Message.created_at))
        .join(Message, Message.subject_key == about)
        .where(TravelAsked.question_id == question.id, Message.key.startswith(KEY))
        .group_by(TravelAsked.id)
    )
    return {asked_id: at for asked_id, at in db.session.execute(query)}  # noqa: C416 - a row is no pair to mypy


# ---- what speaks against a week


def entries(
    reader: Somebody,
    office: OfficeSeen,
    home: Project | Partnership,
    spans: Iterable[Span | TravelPeriod],
    person_ids: Collection[int],
) -> list[Entry]:
    """Return what lies in some days: holidays and closed days of all sides, and events; at most four queries.

    Who sees everybody sees as well where those who are asked are already.
    """
    days = list(spans)
    if not days:
        return []
    first, last = min(one.first_on for one in days), max(one.last_on for one in days)
    is_project = isinstance(home, Project)
    narrowed = Narrowed(
        besides=EntryKind.MILESTONE,
        project=home.id if is_project else None,
        partnership=None if is_project else home.id,
    )
    found = _together(calendar.between(reader, office, first, last, narrowed))
    if reader.sees_all:
        known = {one.id for one in found if one.kind is EntryKind.EVENT}
        found += [one for one in _elsewhere(reader, person_ids, first, last) if one.id not in known]
    return sorted(found, key=lambda one: one.first)


def _together(found: Iterable[Entry]) -> list[Entry]:
    """Return the entries with each public holiday once, however many countries keep it under one name."""
    kept: dict[object, Entry] = {}
    for number, entry in enumerate(found):
        key = (entry.first, entry.title) if entry.kind is EntryKind.HOLIDAY else number
        before = kept.get(key)
        kept[key] = replace(before, about=f"{before.about}, {entry.about}") if before else entry
    return list(kept.values())


def _elsewhere(reader: Somebody, person_ids: Collection[int], first: date, last: date) -> list[Entry]:
    """Return the other events that these people come to, with their names."""
    query = (
        visible_events(reader)
        .join(Attendance, Attendance.event_id == Event.id)
        .join(Participant, Participant.id == Attendance.participant_id)
        .join(Person, Person.id == Participant.person_id)
        .where(
            Person.id.in_(person_ids),
            Attendance.archived_at.is_(None),
            Attendance.answer != Answer.NOT_COMING,
            Event.archived_at.is_(None),
            Event.status != EventStatus.CANCELLED,
        )
        .order_by(Event.id, Person.folded)
        .with_only_columns(Event.id, Event.title, Event.begins_on, Event.ends_on, Event.status, Person.name)
    )
    names: dict[int, list[str]] = {}
    events = {}
    for row in db.session.execute(query):
        names.setdefault(row.id, []).append(row.name)
        events[row.id] = row
    found = []
    for id_, row in events.items():
        begins, ends = row.begins_on.earliest, (row.ends_on or row.begins_on).latest
        if row.begins_on.day is not None and begins <= last and ends >= first:
            about = ", ".join(names[id_])
            found.append(Entry(EntryKind.EVENT, begins, ends, row.title, id_, id_, about, state=row.status))
    return found


# ---- behind a link


@dataclass(frozen=True)
class Traveller:
    """What a link is about."""

    asked: TravelAsked
    question: TravelQuestion
    standing: Standing
    #: Its holder, as far as permissions go: a partner of the organisation that they answer for.
    reader: Somebody


def traveller(link: TravelLink, office: OfficeSeen, now: datetime) -> Traveller | None:
    """Return what a link is about, or None if that was never there."""
    today = local_day(now, office.zone)
    query = (
        sa.select(TravelAsked, is_there(today))
        .where(TravelAsked.id == link.row_id, TravelAsked.person_id == link.person_id)
        .options(
            joinedload(TravelAsked.person),
            joinedload(TravelAsked.organisation),
            joinedload(TravelAsked.entered_by),
            selectinload(TravelAsked.answers),
            joinedload(TravelAsked.question).options(
                *_SHOWN, joinedload(TravelQuestion.by), selectinload(TravelQuestion.periods)
            ),
        )
    )
    found = db.session.execute(query).one_or_none()
    if found is None:
        return None
    asked, has_function = found
    person = asked.person
    reader = Somebody(
        id=person.id,
        name=person.name,
        role="partner",
        language=person.language,
        zone=person.zone or asked.organisation.zone,
        organisation_ids=frozenset({asked.organisation_id}),
        sign_in_id=0,
        account_id=0,
        seen_until=None,
        noted_at=now,
    )
    return Traveller(asked, asked.question, standing_of(asked, today, is_there=has_function), reader)


def unwanted(messages: Iterable[Message], now: datetime) -> set[int]:
    """Return the ids of letters that ask when somebody can travel, though nobody is asked any more."""
    about = {one.id: int((one.subject_key or ":0").partition(":")[2]) for one in messages if one.key.startswith(KEY)}
    if not about:
        return set()
    today = local_day(now, db.session.get_one(Office, 1).zone)
    query = (
        sa.select(TravelAsked)
        .where(TravelAsked.id.in_(set(about.values())), is_there(today))
        .options(joinedload(TravelAsked.question).options(*_SHOWN))
    )
    wanted = {asked.id for asked in db.session.scalars(query) if is_open(asked.question, today)}
    return {message_id for message_id, asked_id in about.items() if asked_id not in wanted}
