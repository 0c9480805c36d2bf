"""Several planners at once, on both databases: every row exactly once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests import builders
from tracker.db import db, writing
from tracker.mail.models import Message
from tracker.milestones.models import Milestone
from tracker.people.models import MailRhythm
from tracker.reminders.actions import ensure_site_rules, plan_reminders
from tracker.reminders.models import PlannedDay, Reminder, ReminderRule, ReminderState
from tracker.reminders.subjects import DEFAULT_RULES

NIGHT = datetime(2027, 3, 1, 23, 30, tzinfo=UTC)
TODAY = date(2027, 3, 2)
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
PLANNERS, TICKS, PEOPLE, EACH = 4, 13, 6, 5


def plan_many_times(app: Flask, begin: Barrier, number: int) -> int:
    """Plan again and again, as a worker of its own would."""
    made = 0
    for tick in range(TICKS):
        begin.wait()
        now = NIGHT + tick * timedelta(minutes=1) + number * timedelta(seconds=1)
        with app.app_context(), writing():
            made += plan_reminders(now, public_url="https://partners.example.org")
            db.session.commit()
    return made


@pytest.fixture
def busy(app: Flask) -> None:
    """Have people in two zones, with milestones that are due, and rules that are on for long."""
    with app.app_context(), writing():
        ensure_site_rules(LONG_AGO)
        kassel = builders.organisation(de="Landkreis Kassel", subdivision="DE-HE")
        here = builders.organisation(de="Forlì-Cesena", country="IT", zone="Europe/Rome", language="it")
        project = builders.project(
            de="Euarca",
            organisations=[kassel, here],
            coordinators=[builders.person("Karla", at=kassel, mail_rhythm=MailRhythm.NEVER)],
        )
        for number in range(PEOPLE):
            person = builders.person(f"Person{number}", at=here if number % 2 else kassel, mail_rhythm=MailRhythm.NEVER)
            for _one in range(EACH):
                builders.milestone(project, due_on=TODAY, person=person)
        for row in db.session.scalars(select(Milestone)):
            row.due_since = row.responsible_since = LONG_AGO
        db.session.commit()


@pytest.mark.both
def test_several_planners_write_every_row_once(app: Flask, busy: None) -> None:
    begin = Barrier(PLANNERS, timeout=60)

    with ThreadPoolExecutor(PLANNERS) as planners:
        made = list(planners.map(lambda number: plan_many_times(app, begin, number), range(PLANNERS)))

    with app.app_context():
        reminders = db.session.scalars(select(Reminder)).all()
        messages = db.session.scalars(select(Message)).all()
        per_letter = db.session.execute(select(Reminder.message_id, func.count()).group_by(Reminder.message_id)).all()
        days = db.session.execute(select(PlannedDay.zone, PlannedDay.local_date)).all()
        rules = db.session.scalar(select(func.count()).select_from(ReminderRule))
    assert sum(made) == len(reminders) == PEOPLE * EACH
    assert {reminder.state for reminder in reminders} == {ReminderState.IN_LETTER}
    assert sorted(count for _message, count in per_letter) == [EACH] * PEOPLE
    assert len(messages) == PEOPLE
    assert sorted(map(tuple, days)) == [("Europe/Berlin", TODAY), ("Europe/Rome", TODAY)]
    assert rules == len(DEFAULT_RULES)
