"""Put many on the list of an event at once: as many statements for a hundred as for one.

What is new goes to the database as values, not as rows of the session: SQLite would be asked once for each of them.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from tracker.attendance.models import Answer, Attendance
from tracker.db import Model, db
from tracker.events.models import Event
from tracker.folding import fold
from tracker.guestlists.rules import Entry, Known
from tracker.history.actions import record_each
from tracker.history.rules import Verb
from tracker.participants.models import Participant, ParticipantRole
from tracker.people.models import Person


def enter_guests(
    event: Event, entries: Sequence[Entry], known: Known, *, answer: Answer, language: str, by_id: int, now: datetime
) -> None:
    """Put those on the list whom lines name, all of them right. `language`: of who has none, and is sent by nobody."""
    by: dict[str, Any] = {"by_id": by_id, "now": now}
    unknown = [entry for entry in entries if not entry.who]
    ids = _insert_persons([_person(entry, language, now) for entry in unknown])
    record_each(Verb.PERSON_CREATED, [(f"person:{id_}", {}) for alike in ids.values() for id_ in alike], **by)
    # Of those who are called alike each is somebody else.
    takes_part = [(entry.who or ids[entry.name, entry.email].pop(), entry) for entry in entries]

    before = {(one.person_id or 0, one.role): one.id for ones in known.participants.values() for one in ones}
    missing = [
        _participant(event, id_, entry, by_id, now) for id_, entry in takes_part if (id_, entry.role) not in before
    ]
    added: dict[tuple[int, ParticipantRole], int] = _insert(Participant, missing, ("person_id", "role"))
    told = [(f"participant:{id_}", {"role": role}) for (_person_id, role), id_ in added.items()]
    record_each(Verb.PARTICIPANT_ADDED, told, within=event.project or event, **by)
    participants = before | added

    guests = {participants[id_, entry.role]: entry for id_, entry in takes_part}
    listed = _brought_back(event, guests, answer)
    new = [
        _days(entry)
        | {"event_id": event.id, "participant_id": participant_id, "answer": answer, "version": 1, "created_at": now}
        for participant_id, entry in guests.items()
        if participant_id not in listed
    ]
    listed |= _insert(Attendance, new, ("participant_id",))
    record_each(Verb.ATTENDANCE_ADDED, [(f"attendance:{id_}", {}) for id_ in listed.values()], within=event, **by)


def _insert_persons(rows: Sequence[dict[str, Any]]) -> dict[tuple[str, str | None], list[int]]:
    """Insert persons and return name and address to the ids of those who are called so."""
    found: dict[tuple[str, str | None], list[int]] = {}
    if rows:
        query = sa.insert(Person).returning(Person.id, Person.name, Person.email)
        for id_, name, email in db.session.execute(query, rows):
            found.setdefault((name, email), []).append(id_)
    return found


def _insert(model: type[Model], rows: Sequence[dict[str, Any]], names: tuple[str, ...]) -> dict[Any, int]:
    """Insert rows and return what they are told apart by (a tuple, where there are several names) to their ids."""
    if not rows:
        return {}
    columns = [getattr(model, name) for name in names]
    found = db.session.execute(sa.insert(model).returning(model.id, *columns), rows)
    return {tuple(key) if len(names) > 1 else key[0]: id_ for id_, *key in found}


def _brought_back(event: Event, guests: dict[int, Entry], answer: Answer) -> dict[int, int]:
    """Put those on the list again who were taken off it; return participant id to its row."""
    gone = sa.select(Attendance).where(Attendance.event_id == event.id, Attendance.archived_at.is_not(None))
    rows = [row for row in db.session.scalars(gone) if row.participant_id in guests]
    for row in rows:
        row.archived_at, row.answer = None, answer
        for name, day in _days(guests[row.participant_id]).items():
            setattr(row, name, day)
    return {row.participant_id: row.id for row in rows}


def _days(entry: Entry) -> dict[str, Any]:
    return {"arrives_on": entry.arrives_on, "leaves_on": entry.leaves_on}


def _person(entry: Entry, language: str, now: datetime) -> dict[str, Any]:
    sender = entry.sender
    return {
        "name": entry.name,
        "folded": fold(entry.name),
        "language": entry.language or (sender.language if sender else language),
        "country": None if sender and sender.country == entry.country else entry.country,
        "email": entry.email,
        "version": 1,
        "created_at": now,
    }


def _participant(event: Event, person_id: int, entry: Entry, by_id: int, now: datetime) -> dict[str, Any]:
    return {
        "project_id": event.project_id,
        "event_id": None if event.project_id else event.id,
        "person_id": person_id,
        "role": entry.role,
        "organisation_id": entry.sender.id if entry.sender else None,
        "country": None if entry.sender else entry.country,
        "added_by_id": by_id,
        "version": 1,
        "created_at": now,
    }
