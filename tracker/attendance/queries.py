"""Who comes to an event, as far as somebody may see it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload
from sqlalchemy.orm.attributes import set_committed_value

from tracker.attendance.models import Answer, Attendance
from tracker.attendance.rules import THERE, heads_of
from tracker.db import db
from tracker.events.models import Event
from tracker.events.queries import visible_events
from tracker.folding import fold
from tracker.organisations.models import Organisation
from tracker.participants.models import Participant, ParticipantRole
from tracker.participants.queries import SHOWN
from tracker.participants.rules import country_of, sees_name
from tracker.web.access import Somebody

_WHO = (contains_eager(Attendance.participant).options(*SHOWN),)


@dataclass(frozen=True)
class Guests:
    """A line of the list of an event: a name, or heads where there is none or it is not for this reader."""

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
    #: What edit needs; None where several stand in one line.
    attendance_id: int | None


def lines(rows: Iterable[Attendance], reader: Somebody) -> list[Guests]:
    """Return who comes, as far as somebody may read names; the others are counted together."""
    seen: list[Guests] = []
    counted: dict[tuple[object, ...], Guests] = {}
    for row in rows:
        line = _line(row)
        if sees_name(reader, row.participant):
            seen.append(line)
            continue
        key = (line.answer, line.role, row.participant.organisation_id, row.participant.via_id, line.country)
        before = counted[key].heads if key in counted else 0
        counted[key] = _nobody(line, before + line.heads)
    return sorted([*seen, *counted.values()], key=_order)


def _nobody(line: Guests, heads: int) -> Guests:
    """Return a line that counts several, so that nobody sees who stands behind a number."""
    alone = {"name": None, "person_id": None, "arrives_on": None, "leaves_on": None, "room": None}
    return replace(line, heads=heads, attendance_id=None, **alone)  # type: ignore[arg-type] # by their names


def _line(row: Attendance) -> Guests:
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


def _order(line: Guests) -> tuple[int, int, str, str]:
    place = fold(str(line.organisation.name)) if line.organisation else ""
    return (list(Answer).index(line.answer), list(ParticipantRole).index(line.role), place, fold(line.name or "~"))


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


def elsewhere(participant: Participant, event: Event) -> Sequence[Event]:
    """Return the other events that a person comes to; heads without names are nobody who could be in two places."""
    if participant.person_id is None:
        return []
    query = (
        sa.select(Event)
        .join(Attendance, Attendance.event_id == Event.id)
        .join(Participant, Participant.id == Attendance.participant_id)
        .where(
            Participant.person_id == participant.person_id,
            Attendance.archived_at.is_(None),
            Attendance.answer.in_(THERE),
            Event.archived_at.is_(None),
            Event.id != event.id,
        )
    )
    return db.session.scalars(query.order_by(Event.begins_on, Event.id)).all()


def of(event: Event, participant: Participant) -> Attendance | None:
    """Return the row of a participant at an event, wherever it is kept."""
    query = sa.select(Attendance).where(Attendance.event_id == event.id, Attendance.participant_id == participant.id)
    return db.session.scalar(query)
