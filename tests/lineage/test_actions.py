"""Saying that one thing led to another, and taking it back."""

from datetime import datetime
from itertools import pairwise

import pytest
import sqlalchemy as sa

from tests import builders
from tests.conftest import Cast, person_of, told
from tracker.db import PartialDate, db
from tracker.lineage.actions import note_that_led_to, take_back
from tracker.lineage.models import LedTo
from tracker.lineage.queries import links_around
from tracker.lineage.rules import Thing, ThingKind
from tracker.refusal import Refused

pytestmark = [pytest.mark.both, pytest.mark.usefixtures("unit")]


def ends(cast: Cast) -> tuple[Thing, Thing, Thing]:
    """Return a project, another one and an organisation."""
    words = builders.text(de="Etwas")
    return (
        Thing(ThingKind.PROJECT, cast.project, words),
        Thing(ThingKind.PROJECT, cast.other_project, words),
        Thing(ThingKind.ORGANISATION, cast.here, words),
    )


def say(origin: Thing, outcome: Thing, cast: Cast, now: datetime, **more: object) -> bool:
    """Say that one led to the other."""
    values = {"happened_on": None, "note": None} | more
    return note_that_led_to(origin, outcome, by_id=person_of(cast.coordinator).id, now=now, **values)  # type: ignore[arg-type] # each has its type


def rows() -> list[tuple[str, str, str, str]]:
    """Return every statement."""
    found = db.session.scalars(sa.select(LedTo).order_by(LedTo.id))
    return [(row.origin, row.outcome, str(row.happened_on or ""), str(row.note or "")) for row in found]


def test_what_is_said_is_kept_and_told_on_both_sides(cast: Cast, now: datetime) -> None:
    project, _other, body = ends(cast)

    assert say(project, body, cast, now, happened_on=PartialDate("2007"), note=builders.text(de="Beim Besuch"))

    assert rows() == [(project.key, body.key, "2007", "Beim Besuch")]
    assert told() == [("OUTCOME_NOTED", project.key, None, {}), ("ORIGIN_NOTED", body.key, None, {})]


def test_the_same_twice_is_one(cast: Cast, now: datetime) -> None:
    project, _other, body = ends(cast)
    say(project, body, cast, now, note=builders.text(de="Zuerst"))

    assert not say(project, body, cast, now, note=builders.text(de="Noch einmal"))

    assert rows() == [(project.key, body.key, "", "Zuerst")]
    assert len(told()) == 2


def test_a_circle_over_several_steps_is_refused(cast: Cast, now: datetime) -> None:
    project, other, body = ends(cast)
    say(project, other, cast, now)
    say(other, body, cast, now)

    with pytest.raises(Refused):
        say(body, project, cast, now)

    assert len(rows()) == 2


def test_what_is_taken_back_is_gone_and_the_history_says_so(cast: Cast, now: datetime) -> None:
    project, _other, body = ends(cast)
    say(project, body, cast, now)

    take_back(db.session.scalars(sa.select(LedTo)).one(), project, body, by_id=cast.coordinator, now=now)

    assert rows() == []
    assert told()[2:] == [("OUTCOME_TAKEN_BACK", project.key, None, {}), ("ORIGIN_TAKEN_BACK", body.key, None, {})]


def test_what_is_around_is_found_over_any_number_of_steps_and_in_circles(cast: Cast) -> None:
    keys = [f"project:{cast.project}", *(f"organisation:{number}" for number in range(900, 905))]
    for origin, outcome in pairwise(keys):
        builders.led_to(origin, outcome)
    builders.led_to(keys[-1], keys[0])
    builders.led_to("organisation:1000", "organisation:1001")

    assert len(links_around(keys[2])) == len(keys)
