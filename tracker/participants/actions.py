"""What people do with participants."""

from datetime import datetime
from typing import Any

from tracker.db import db
from tracker.events.models import Event
from tracker.history.actions import change, record
from tracker.history.rules import Verb
from tracker.language import _
from tracker.participants.models import Participant, ParticipantRole
from tracker.participants.queries import takes_part
from tracker.people.models import Person
from tracker.projects.models import Project
from tracker.refusal import Refused

#: What somebody takes part in: a project, or an event that belongs to none.
Home = Project | Event


def _at(home: Home) -> dict[str, int]:
    return {"project_id": home.id} if isinstance(home, Project) else {"event_id": home.id}


def name_person(*, name: str, language: str, country: str | None, by_id: int, now: datetime) -> Person:
    """Enter a person of whom no more is known than what a list of participants needs."""
    person = Person(name=name, language=language, country=country, created_at=now)
    db.session.add(person)
    record(Verb.PERSON_CREATED, person, by_id=by_id, now=now)
    return person


def add_person(
    home: Home,
    person: Person,
    *,
    role: ParticipantRole,
    by_id: int,
    now: datetime,
    **values: Any,
) -> Participant:
    """Add somebody by name. Raises Refused if they take part in this role."""
    if takes_part(home, person, role):
        raise Refused(_("%(name)s takes part in this role already.", name=person.name))
    participant = Participant(**_at(home), person=person, role=role, added_by_id=by_id, created_at=now, **values)
    db.session.add(participant)
    record(Verb.PARTICIPANT_ADDED, participant, by_id=by_id, now=now, within=home, role=role)
    return participant


def add_heads(
    home: Home,
    heads: int,
    *,
    role: ParticipantRole,
    by_id: int,
    now: datetime,
    **values: Any,
) -> Participant:
    """Add a number of heads without names."""
    participant = Participant(**_at(home), heads=heads, role=role, added_by_id=by_id, created_at=now, **values)
    db.session.add(participant)
    record(Verb.HEADS_ADDED, participant, by_id=by_id, now=now, within=home, heads=heads, role=role)
    return participant


def change_participant(
    participant: Participant,
    home: Home,
    *,
    by_id: int,
    now: datetime,
    **values: Any,
) -> bool:
    """Change what differs; return whether anything did."""
    changes = change(participant, values)
    if not changes:
        return False
    record(Verb.PARTICIPANT_CHANGED, participant, by_id=by_id, now=now, within=home, changes=changes)
    return True


def archive_participant(participant: Participant, home: Home, *, by_id: int, now: datetime) -> None:
    """Take somebody off the list."""
    participant.archived_at = now
    record(Verb.PARTICIPANT_ARCHIVED, participant, by_id=by_id, now=now, within=home)


def restore_participant(participant: Participant, home: Home, *, by_id: int, now: datetime) -> None:
    """Put somebody back on the list."""
    participant.archived_at = None
    record(Verb.PARTICIPANT_RESTORED, participant, by_id=by_id, now=now, within=home)
