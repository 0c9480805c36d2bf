"""What people do with participants."""

from datetime import datetime
from typing import Any

from tracker.db import db
from tracker.history.actions import change, record
from tracker.history.rules import Verb
from tracker.language import _
from tracker.participants.models import Participant, ParticipantRole
from tracker.participants.queries import takes_part
from tracker.people.models import Person
from tracker.projects.models import Project
from tracker.refusal import Refused


def name_person(*, name: str, language: str, country: str | None, by_id: int, now: datetime) -> Person:
    """Enter a person of whom no more is known than what a list of participants needs."""
    person = Person(name=name, language=language, country=country, created_at=now)
    db.session.add(person)
    record(Verb.PERSON_CREATED, person, by_id=by_id, now=now)
    return person


def add_person(
    project: Project,
    person: Person,
    *,
    role: ParticipantRole,
    by_id: int,
    now: datetime,
    **values: Any,
) -> Participant:
    """Add somebody by name. Raises Refused if they take part in this role."""
    if takes_part(project, person, role):
        raise Refused(_("%(name)s takes part in this role already.", name=person.name))
    participant = Participant(
        project_id=project.id, person=person, role=role, added_by_id=by_id, created_at=now, **values
    )
    db.session.add(participant)
    record(Verb.PARTICIPANT_ADDED, participant, by_id=by_id, now=now, within=project, role=role)
    return participant


def add_heads(
    project: Project,
    heads: int,
    *,
    role: ParticipantRole,
    by_id: int,
    now: datetime,
    **values: Any,
) -> Participant:
    """Add a number of heads without names."""
    participant = Participant(
        project_id=project.id, heads=heads, role=role, added_by_id=by_id, created_at=now, **values
    )
    db.session.add(participant)
    record(Verb.HEADS_ADDED, participant, by_id=by_id, now=now, within=project, heads=heads, role=role)
    return participant


def change_participant(
    participant: Participant,
    project: Project,
    *,
    by_id: int,
    now: datetime,
    **values: Any,
) -> bool:
    """Change what differs; return whether anything did."""
    changes = change(participant, values)
    if not changes:
        return False
    record(Verb.PARTICIPANT_CHANGED, participant, by_id=by_id, now=now, within=project, changes=changes)
    return True


def archive_participant(participant: Participant, project: Project, *, by_id: int, now: datetime) -> None:
    """Take somebody off the list."""
    participant.archived_at = now
    record(Verb.PARTICIPANT_ARCHIVED, participant, by_id=by_id, now=now, within=project)


def restore_participant(participant: Participant, project: Project, *, by_id: int, now: datetime) -> None:
    """Put somebody back on the list."""
    participant.archived_at = None
    record(Verb.PARTICIPANT_RESTORED, participant, by_id=by_id, now=now, within=project)
