"""Whom an event concerns: who comes, who leads a delegation, whose organisation sends guests or receives them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from typing import Any

import sqlalchemy as sa

from tracker.attendance.models import Answer, Attendance
from tracker.db import db
from tracker.events.models import Delegation, Event
from tracker.language import _l
from tracker.participants.models import Participant
from tracker.people.models import Contact, Person
from tracker.people.queries import current_on


class Part(Enum):
    """As what an event concerns somebody; what comes first goes before the others."""

    GUEST = "guest"
    HEAD = "head"
    #: The first contact of an organisation that sends a delegation.
    SENDER = "sender"
    #: That of the organisation that receives the guests.
    HOST = "host"


#: Why somebody gets a letter.
BECAUSE: Mapping[Part, str] = {
    Part.GUEST: _l("You get this letter because you are on the list of this event."),
    Part.HEAD: _l("You get this letter because you lead a delegation to this event."),
    Part.SENDER: _l("You get this letter because your organisation sends guests to this event."),
    Part.HOST: _l("You get this letter because your organisation receives the guests of this event."),
}
#: Who is told of changes: those who travel, and those who send them.
TRAVELLING = (Part.GUEST, Part.HEAD, Part.SENDER)
#: Who did not say no.
EXPECTED = (Answer.INVITED, Answer.COMING, Answer.CAME)


@dataclass(frozen=True)
class Concerned:
    """A person, and as what an event concerns them first."""

    person_id: int
    part: Part
    #: Since when.
    since: datetime
    #: What a guest answered, and the row that says so.
    answer: Answer | None = None
    attendance_id: int | None = None


def concerned(
    events: Collection[int] | sa.Select[int], today: date, parts: Collection[Part] = tuple(Part)
) -> dict[int, dict[int, Concerned]]:
    """Return event id to those whom it concerns, by their ids; one query, however many events."""
    chosen = [_OF[part](events, today) for part in Part if part in parts]
    found: dict[int, dict[int, Concerned]] = {}
    places = {part: place for place, part in enumerate(Part)}
    rows = db.session.execute(sa.union_all(*chosen)).all()
    for event_id, person_id, part, *more in sorted(rows, key=lambda row: (places[Part(row[2])], row[1])):
        found.setdefault(event_id, {}).setdefault(person_id, Concerned(person_id, Part(part), *more))
    return found


def names(event: Event, today: date) -> list[tuple[str, bool]]:
    """Return the names of those who are told of a change, and whether mail reaches them; two queries."""
    ids = concerned([event.id], today, TRAVELLING).get(event.id, {})
    query = sa.select(Person.name, Person.email).where(
        Person.id.in_(list(ids)), Person.archived_at.is_(None), Person.locked_at.is_(None)
    )
    return [(name, email is not None) for name, email in db.session.execute(query.order_by(Person.folded, Person.id))]


Chosen = Collection[int] | sa.Select[int]


def _line(event: Any, person: Any, part: Part, since: Any) -> sa.Select[Any]:  # noqa: ANN401 - columns
    is_guest = part is Part.GUEST
    answer = Attendance.answer if is_guest else sa.cast(sa.null(), Attendance.answer.type)
    row = Attendance.id if is_guest else sa.cast(sa.null(), sa.Integer)
    query: sa.Select[Any] = sa.select(event, person, sa.literal(part.value), since, answer, row)
    return query


def _guests(events: Chosen, _today: date) -> sa.Select[Any]:
    query = _line(Attendance.event_id, Participant.person_id, Part.GUEST, Attendance.created_at)
    return query.join(Participant, Participant.id == Attendance.participant_id).where(
        Attendance.event_id.in_(events),
        Attendance.archived_at.is_(None),
        Attendance.answer.in_(EXPECTED),
        Participant.archived_at.is_(None),
        Participant.person_id.is_not(None),
    )


def _heads(events: Chosen, _today: date) -> sa.Select[Any]:
    query = _line(Delegation.event_id, Delegation.head_id, Part.HEAD, Delegation.created_at)
    there = (Delegation.event_id.in_(events), Delegation.archived_at.is_(None))
    return query.where(*there, Delegation.head_id.is_not(None))


def _senders(events: Chosen, today: date) -> sa.Select[Any]:
    query = _line(Delegation.event_id, Contact.person_id, Part.SENDER, Delegation.created_at)
    query = query.join(Contact, Contact.organisation_id == Delegation.organisation_id)
    there = (Delegation.event_id.in_(events), Delegation.archived_at.is_(None))
    return query.where(*there, Contact.is_first.is_(True), current_on(today))


def _hosts(events: Chosen, today: date) -> sa.Select[Any]:
    query = _line(Event.id, Contact.person_id, Part.HOST, Event.created_at)
    query = query.join(Contact, Contact.organisation_id == Event.host_id)
    return query.where(Event.id.in_(events), Contact.is_first.is_(True), current_on(today))


_OF = {Part.GUEST: _guests, Part.HEAD: _heads, Part.SENDER: _senders, Part.HOST: _hosts}
