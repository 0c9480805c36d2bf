"""Many who plan at once, and more for one person than anybody should get."""

import os
from collections import Counter
from datetime import timedelta
from functools import partial
from itertools import pairwise

import pytest
import sqlalchemy as sa

from tests import builders
from tests.chaos.conftest import DUE_ON, LONG_AGO, Place
from tests.chaos.sizes import size
from tracker import clock, scheduler
from tracker.app import create_app
from tracker.db import db
from tracker.mail import queries
from tracker.mail.models import Message, MessageKind, MessageState
from tracker.mail.outbox import enqueue, unit
from tracker.mail.smtp import post_of
from tracker.people.models import MailRhythm
from tracker.reminders.models import PlannedDay, Reminder, ReminderRule, ReminderState
from tracker.reminders.subjects import DEFAULT_RULES

PROCESSES = 8


def plan_again_and_again(turns: int) -> None:
    """Be a process that plans so often, and ends."""
    app = create_app()
    for _turn in range(turns):
        with app.app_context():
            scheduler.plan(app.config["SETTINGS"])
    os._exit(0)


@pytest.mark.both
def test_eight_processes_that_plan_the_same_days_again_and_again_make_each_row_once(place: Place) -> None:
    people = size(50, 500)
    with place.app.app_context(), unit():
        project = builders.project(de="Radweg")
        for _number in range(people):
            person = builders.person(mail_rhythm=MailRhythm.NEVER)
            builders.milestone(project, due_on=DUE_ON, person=person, due_since=LONG_AGO, responsible_since=LONG_AGO)

    planners = [place.work(partial(plan_again_and_again, size(8, 50))) for _process in range(PROCESSES)]
    for planner in planners:
        planner.join(size(120, 600))

    with place.app.app_context():
        letters = list(db.session.scalars(sa.select(Message.person_id)))
        states = Counter(db.session.scalars(sa.select(Reminder.state)))
        tables = (PlannedDay, ReminderRule)
        counts = [db.session.scalar(sa.select(sa.func.count()).select_from(table)) for table in tables]
    assert [planner.exitcode for planner in planners] == [0] * PROCESSES
    # The partner of the fixture is one more; the office and the partner live in two zones.
    assert (len(letters), len(set(letters))) == (people + 1, people + 1)
    assert states == {ReminderState.IN_LETTER: people + 1}
    assert counts == [2, len(DEFAULT_RULES)]


# ---- caps


def put(place: Place, person_id: int, kind: MessageKind, number: int) -> None:
    """Put so many messages to one person into the outbox."""
    with place.app.app_context(), unit():
        for one in range(number):
            enqueue(
                key=f"{kind.value}|{person_id}|{one}",
                kind=kind,
                person_id=person_id,
                address="radu@example.org",
                language="ro",
                zone="Europe/Bucharest",
                subject=f"Euarca – Nr. {one}",
                text="Bună ziua\n",
                html=None,
                now=clock.now(),
            )


def deliver_for(place: Place, hours: int) -> list[int]:
    """Deliver once an hour, and return how many came to the one address in each of them."""
    arrived = [0]
    for _hour in range(hours):
        with place.app.app_context():
            scheduler.deliver(place.settings, post_of(place.server.url, host="localhost"))
        arrived.append(place.server.taken.people["radu@example.org"])
        clock.shift_by(place.shift + timedelta(hours=1, seconds=1))
    return [later - earlier for earlier, later in pairwise(arrived)]


def states(place: Place, kind: MessageKind) -> dict[tuple[MessageState, str | None], int]:
    """Count messages by state and reason."""
    with place.app.app_context():
        rows = db.session.execute(sa.select(Message.state, Message.reason).where(Message.kind == kind))
        return dict(Counter((state, reason) for state, reason in rows))


@pytest.mark.parametrize(
    ("kind", "most_in_a_day"), [(MessageKind.NOTICE, 20), (MessageKind.INVITATION, 5 * 24)], ids=["notices", "links"]
)
def test_nobody_gets_more_than_five_mails_an_hour_and_what_is_over_it_waits_and_is_shown(
    place: Place, kind: MessageKind, most_in_a_day: int
) -> None:
    messages, hours = size(100, 300), size(6, 24)
    with place.app.app_context(), unit():
        person_id = builders.person().id
    put(place, person_id, kind, messages)
    place.put(20)

    arrived = deliver_for(place, hours)

    sent = min(most_in_a_day, 5 * hours)
    assert (max(arrived), sum(arrived)) == (5, sent)
    assert {state: number for (state, _reason), number in states(place, kind).items()} == {
        MessageState.SENT: sent,
        MessageState.QUEUED: messages - sent,
    }
    assert {reason for state, reason in states(place, kind) if state is MessageState.QUEUED} <= {
        "over_hour",
        "over_day",
    }
    # The others do not wait for them.
    assert states(place, MessageKind.UPDATE) == {(MessageState.SENT, "taken"): 20}
    with place.app.app_context():
        assert queries.counts()[MessageState.QUEUED] > 0


@pytest.mark.both
def test_however_much_is_due_to_one_person_is_one_letter(place: Place) -> None:
    milestones = size(300, 2_000)
    with place.app.app_context(), unit():
        project, person = builders.project(de="Radweg"), builders.person(mail_rhythm=MailRhythm.NEVER)
        for _number in range(milestones):
            builders.milestone(project, due_on=DUE_ON, person=person, due_since=LONG_AGO, responsible_since=LONG_AGO)
        address = str(person.email)

    place.plan()
    place.work()
    place.until(lambda: place.is_done and place.server.taken.people[address])

    with place.app.app_context():
        named = sa.select(sa.func.count()).where(Reminder.state == ReminderState.IN_LETTER)
        assert db.session.scalar(named) == milestones + 1
    assert place.server.taken.people[address] == 1
