"""Days without a worker: one late letter for each person, and what is too old is shown and not sent."""

from collections import Counter
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from tests import builders
from tests.chaos.conftest import LONG_AGO, PATIENCE, Place
from tests.chaos.sizes import size
from tracker import clock
from tracker.db import db
from tracker.mail.outbox import unit
from tracker.people.models import MailRhythm, Person
from tracker.reminders.models import Reminder, ReminderState

PEOPLE = size(50, 5_000)
MARCH = {day: date(2027, 3, day) for day in range(1, 32)}
IN_LETTER, MISSED = ReminderState.IN_LETTER, ReminderState.MISSED


def people_with(place: Place, *due_on: date) -> None:
    """Enter people, each with a milestone on each of these days."""
    with place.app.app_context(), unit():
        project = builders.project(de="Radweg")
        for number in range(PEOPLE):
            person = builders.person(f"Reiner {number}", email=f"late{number}@example.org")
            person.mail_rhythm = MailRhythm.NEVER
            for day in due_on:
                builders.milestone(project, due_on=day, person=person, due_since=LONG_AGO, responsible_since=LONG_AGO)


def stand_still(place: Place, days: int) -> None:
    """Plan on Tuesday, 2 March, and then not for some days; the first worker that comes does all of it."""
    place.plan()
    clock.shift_by(place.shift + timedelta(days=days))
    # Planning for thousands takes longer than a deadline that is shortened for dozens.
    place.work(patience=size(PATIENCE, 0.05))
    place.until(lambda: len(letters(place)) == PEOPLE and place.is_done)


def reminders(place: Place) -> dict[tuple[str, str, ReminderState, str | None], int]:
    """Count what was planned for them: day, step, state and reason."""
    with place.app.app_context():
        asked = sa.select(Reminder.local_date, Reminder.step, Reminder.state, Reminder.reason)
        rows = db.session.execute(asked.join(Person).where(Person.email.like("late%")))
        return dict(Counter((f"{day:%d}", step, state, reason) for day, step, state, reason in rows))


def letters(place: Place) -> dict[str, int]:
    """Count the letters that arrived at each of their addresses."""
    return {address: number for address, number in place.server.taken.people.items() if address.startswith("late")}


@pytest.mark.both
def test_after_three_days_everybody_gets_one_late_letter(place: Place) -> None:
    people_with(place, MARCH[4], MARCH[9], MARCH[10])

    stand_still(place, days=3)

    assert reminders(place) == {
        ("04", "0", MISSED, "date_passed"): PEOPLE,
        ("04", "3", IN_LETTER, None): PEOPLE,
        ("05", "3", IN_LETTER, None): PEOPLE,
    }
    assert letters(place) == {f"late{number}@example.org": 1 for number in range(PEOPLE)}


@pytest.mark.both
def test_after_ten_days_what_is_older_than_a_week_is_missed_and_shown(place: Place) -> None:
    people_with(place, MARCH[4], MARCH[9])

    stand_still(place, days=10)

    assert reminders(place) == {
        ("04", "0", MISSED, "too_old"): PEOPLE,
        ("04", "3", MISSED, "too_old"): PEOPLE,
        ("09", "0", MISSED, "date_passed"): PEOPLE,
        ("09", "1", IN_LETTER, None): PEOPLE,
        ("12", "1", IN_LETTER, None): PEOPLE,
    }
    assert letters(place) == {f"late{number}@example.org": 1 for number in range(PEOPLE)}
