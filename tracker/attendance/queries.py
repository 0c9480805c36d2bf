"""Who comes to an event, as far as somebody may see it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload
from sqlalchemy.orm.attributes import set_committed_value

from tracker.attendance.models import Answer, Attendance
from tracker.attendance.rules import THERE, Stay, heads_of
from tracker.db import PartialDate, Translated, db, holding
from tracker.events.models import Event
from tracker.events.queries import visible_events
from tracker.folding import fold
from tracker.organisations.models import Organisation
from tracker.participants.models import Participant, ParticipantRole
from tracker.participants.queries import SHOWN
from tracker.participants.rules import country_of
from tracker.people.models import Person
from tracker.web.access import Somebody

_WHO = (contains_eager(Attendance.participant).options(*SHOWN),)


#: How many heads a row stands for.
HEADS = sa.func.coalesce(Attendance.heads, Participant.heads, 1)
#: Where they come from: the country of who sends them, else their own. Person and organisation have to be joined.
COUNTRY = sa.case(
    (Participant.organisation_id.is_not(None), Organisation.country),
    else_=sa.func.coalesce(Person.country, Participant.country),
)
#: What a list of guests can be sorted by.
SORTS = {
    "name": (Person.folded, Attendance.id),
    "organisation": (Organisation.folded, Person.folded, Attendance.id),
    "role": (Participant.role, Person.folded, Attendance.id),
    "answer": (Attendance.answer, Person.folded, Attendance.id),
}


@dataclass(frozen=True)
class Guests:
    """A line of the list of an event: a name, or heads where there is none."""

    name: str | None
    person_id: int | None
    heads: int
    answer: Answer
    role: ParticipantRole
    organisation: Organisation | None
    via: Organisation | None
    country: str | None
    arrives_on: date | None
    leaves_on: date | None
    room: str | None
    attendance_id: int


def line_of(row: Attendance) -> Guests:
    """Return a row as a list shows it."""
    who = row.participant
    return Guests(
        name=who.person.name if who.person else None,
        person_id=who.person_id,
        heads=heads_of(row),
        answer=row.answer,
        role=who.role,
        organisation=who.organisation,
        via=who.via,
        country=country_of(who),
        arrives_on=row.arrives_on,
        leaves_on=row.leaves_on,
        room=row.room,
        attendance_id=row.id,
    )


def visible_attendance(reader: Somebody) -> sa.Select[Attendance]:
    """Start every query about single rows here: partners see those whom their organisations send."""
    query = sa.select(Attendance).join(Attendance.participant)
    query = query.where(Attendance.event_id.in_(visible_events(reader).with_only_columns(Event.id)))
    return query if reader.sees_all else query.where(Participant.organisation_id.in_(reader.organisation_ids))


def one(reader: Somebody, attendance_id: int) -> Attendance | None:
    """Return who comes to which event, if this person may know of them."""
    query = visible_attendance(reader).where(Attendance.id == attendance_id)
    return db.session.scalar(query.options(*_WHO, joinedload(Attendance.event)))


def at(event: Event) -> Sequence[Attendance]:
    """Return all who were invited to an event, in the order of entering; one query."""
    query = sa.select(Attendance).join(Attendance.participant)
    query = query.where(Attendance.event_id == event.id, Attendance.archived_at.is_(None))
    rows = db.session.scalars(query.options(*_WHO).order_by(Attendance.id)).all()
    for row in rows:
        # They are asked for their days one by one, and it is the same event.
        set_committed_value(row, "event", event)
    return rows


def listed(
    reader: Somebody,
    event: Event,
    *,
    q: str = "",
    answer: Answer | None = None,
    organisation: int | None = None,
    country: str | None = None,
) -> sa.Select[Attendance]:
    """Return the guests of an event that a list is narrowed to, those that this reader may know by name."""
    query = visible_attendance(reader).outerjoin(Participant.person)
    query = query.outerjoin(Organisation, Organisation.id == Participant.organisation_id)
    query = query.where(Attendance.event_id == event.id, Attendance.archived_at.is_(None))
    if q:
        query = query.where(holding(Person.folded, fold(q)))
    if answer:
        query = query.where(Attendance.answer == answer)
    if organisation:
        query = query.where(Participant.organisation_id == organisation)
    if country:
        query = query.where(COUNTRY.in_([country]))
    shown = (contains_eager(Participant.person), contains_eager(Participant.organisation), joinedload(Participant.via))
    return query.options(contains_eager(Attendance.participant).options(*shown))


def first(reader: Somebody, event: Event, number: int) -> list[Guests]:
    """Return the first guests by name; one query."""
    query = listed(reader, event).order_by(*SORTS["name"]).limit(number)
    return [line_of(row) for row in db.session.scalars(query).unique()]


def expected(reader: Somebody, event: Event) -> sa.Select[Attendance]:
    """Return those who did not say no, of whom this reader may know."""
    return listed(reader, event).where(Attendance.answer != Answer.NOT_COMING).order_by(Attendance.id)


def stays(event: Event) -> list[Stay]:
    """Return how many of those who come are there from when to when, by country; one query."""
    query = (
        sa.select(COUNTRY, Attendance.arrives_on, Attendance.leaves_on, sa.func.sum(HEADS))
        .select_from(Attendance)
        .join(Attendance.participant)
        .outerjoin(Participant.person)
        .outerjoin(Organisation, Organisation.id == Participant.organisation_id)
        .where(Attendance.event_id == event.id, Attendance.archived_at.is_(None), Attendance.answer.in_(THERE))
        .group_by(COUNTRY, Attendance.arrives_on, Attendance.leaves_on)
    )
    return [Stay(country, first, last, int(heads)) for country, first, last, heads in db.session.execute(query)]


def not_asked_yet(event: Event, reader: Somebody) -> Sequence[Participant]:
    """Return who takes part in the project and was not invited to this event, in the order of entering."""
    invited = sa.select(Attendance.participant_id).where(
        Attendance.event_id == event.id, Attendance.archived_at.is_(None)
    )
    where = Participant.project_id == event.project_id if event.project_id else Participant.event_id == event.id
    query = sa.select(Participant).where(where, Participant.archived_at.is_(None), Participant.id.not_in(invited))
    if not reader.sees_all:
        query = query.where(Participant.organisation_id.in_(reader.organisation_ids))
    return db.session.scalars(query.options(*SHOWN).order_by(Participant.id)).all()


def elsewhere(person_ids: Iterable[int], event: Event) -> dict[int, list[Attendance]]:
    """Return person id to where else they come, with the events; one query."""
    query = (
        sa.select(Participant.person_id, Attendance)
        .join(Attendance, Attendance.participant_id == Participant.id)
        .join(Event, Event.id == Attendance.event_id)
        .options(contains_eager(Attendance.event))
        .where(
            Participant.person_id.in_(list(person_ids)),
            Attendance.archived_at.is_(None),
            Attendance.answer.in_(THERE),
            Event.archived_at.is_(None),
            Event.id != event.id,
        )
    )
    found: dict[int, list[Attendance]] = {}
    for person_id, row in db.session.execute(query.order_by(Event.begins_on, Event.id)):
        found.setdefault(person_id or 0, []).append(row)
    return found


def heads_there(event: Event, *, besides: int | None = None) -> int:
    """Return how many come, as far as one knows; one query. `besides`: a row that is not counted."""
    query = (
        sa.select(sa.func.coalesce(sa.func.sum(HEADS), 0))
        .select_from(Attendance)
        .join(Attendance.participant)
        .where(
            Attendance.event_id == event.id,
            Attendance.archived_at.is_(None),
            Attendance.answer.in_(THERE),
            Attendance.id.is_distinct_from(besides),
        )
    )
    return int(db.session.scalar(query) or 0)


@dataclass(frozen=True)
class Attended:
    """An event that somebody is or was invited to, as their page shows it."""

    id: int
    title: Translated
    begins_on: PartialDate
    ends_on: PartialDate | None
    answer: Answer
    role: ParticipantRole


def attended_by(person_id: int, reader: Somebody) -> list[Attended]:
    """Return the events that somebody came to, comes to or may come to, the last first; one query.

    A partner reads of those only to whom their own organisations send them.
    """
    query = (
        visible_attendance(reader)
        .join(Attendance.event)
        .where(Participant.person_id == person_id, Attendance.archived_at.is_(None), Event.archived_at.is_(None))
        .order_by(Event.begins_on.desc(), Event.id.desc())
        .with_only_columns(Event.id, Event.title, Event.begins_on, Event.ends_on, Attendance.answer, Participant.role)
    )
    return [Attended(*row) for row in db.session.execute(query)]


def of(event: Event, participant: Participant) -> Attendance | None:
    """Return the row of a participant at an event, wherever it is kept."""
    query = sa.select(Attendance).where(Attendance.event_id == event.id, Attendance.participant_id == participant.id)
    return db.session.scalar(query)
