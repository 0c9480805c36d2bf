"""What people do with participants: rows and history without personal data."""

from datetime import datetime
from typing import Any

import pytest
import sqlalchemy as sa

from tests import builders
from tracker.db import db
from tracker.history.models import HistoryLine
from tracker.participants.actions import (
    add_heads,
    add_person,
    archive_participant,
    change_participant,
    name_person,
    restore_participant,
)
from tracker.participants.models import ParticipantRole
from tracker.refusal import Refused


def lines() -> list[tuple[str, str, str | None, dict[str, Any]]]:
    """Return what the history tells, the oldest first."""
    db.session.flush()
    rows = db.session.scalars(sa.select(HistoryLine).order_by(HistoryLine.id))
    return [(row.verb, row.subject, row.within, row.facts) for row in rows]


@pytest.mark.both
def test_somebody_new_becomes_a_person_and_takes_part(unit: None, now: datetime) -> None:
    project, here, by = builders.project(), builders.organisation(country="RO"), builders.person()

    person = name_person(name="Ana Artistă", language="ro", country=None, by_id=by.id, now=now)
    participant = add_person(project, person, role=ParticipantRole.ARTIST, organisation=here, by_id=by.id, now=now)

    told = lines()
    assert told == [
        ("PERSON_CREATED", f"person:{person.id}", None, {}),
        (
            "PARTICIPANT_ADDED",
            f"participant:{participant.id}",
            f"project:{project.id}",
            {"role": {"word": "ParticipantRole.artist"}},
        ),
    ]
    assert (participant.person, participant.heads, participant.added_by_id) == (person, None, by.id)
    assert (person.name, person.language, person.email) == ("Ana Artistă", "ro", None)


@pytest.mark.both
def test_heads_take_part_without_names(unit: None, now: datetime) -> None:
    project, by = builders.project(), builders.person()

    participant = add_heads(project, 12, role=ParticipantRole.YOUTH, country="HU", by_id=by.id, now=now)

    facts = {"heads": 12, "role": {"word": "ParticipantRole.youth"}}
    assert lines() == [("HEADS_ADDED", f"participant:{participant.id}", f"project:{project.id}", facts)]
    assert (participant.person_id, participant.heads, participant.country) == (None, 12, "HU")


def test_nobody_takes_part_twice_in_one_role(unit: None, now: datetime) -> None:
    project, person, by = builders.project(), builders.person(), builders.person()
    add_person(project, person, role=ParticipantRole.ARTIST, by_id=by.id, now=now)

    add_person(project, person, role=ParticipantRole.SPEAKER, by_id=by.id, now=now)
    with pytest.raises(Refused):
        add_person(project, person, role=ParticipantRole.ARTIST, by_id=by.id, now=now)


def test_who_was_taken_off_the_list_can_be_added_again(unit: None, now: datetime) -> None:
    project, person, by = builders.project(), builders.person(), builders.person()
    first = add_person(project, person, role=ParticipantRole.ARTIST, by_id=by.id, now=now)
    archive_participant(first, project, by_id=by.id, now=now)
    db.session.flush()

    second = add_person(project, person, role=ParticipantRole.ARTIST, by_id=by.id, now=now)
    db.session.flush()

    assert second.id != first.id


def test_a_change_names_fields_and_tells_no_personal_data(unit: None, now: datetime) -> None:
    project, here, by = builders.project(), builders.organisation(), builders.person()
    participant = builders.participant(project, heads=3)

    values = {"role": ParticipantRole.ARTIST, "heads": 4, "organisation": here, "country": None}
    changed = change_participant(participant, project, **values, by_id=by.id, now=now)
    again = change_participant(participant, project, **values, by_id=by.id, now=now)

    assert (changed, again) == (True, False)
    facts = {"changes": {"heads": [None, None], "organisation": [None, None]}}
    assert lines() == [("PARTICIPANT_CHANGED", f"participant:{participant.id}", f"project:{project.id}", facts)]


def test_somebody_is_put_back_on_the_list(unit: None, now: datetime) -> None:
    project, by = builders.project(), builders.person()
    participant = builders.participant(project)

    archive_participant(participant, project, by_id=by.id, now=now)
    archived_at = participant.archived_at
    restore_participant(participant, project, by_id=by.id, now=now)

    assert (archived_at, participant.archived_at) == (now, None)
    assert [verb for verb, *_rest in lines()] == ["PARTICIPANT_ARCHIVED", "PARTICIPANT_RESTORED"]
