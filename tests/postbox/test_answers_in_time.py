"""From a question to its letter, and an answer that comes before the letter leaves; up to the mail server."""

from datetime import date, timedelta
from functools import partial

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.conftest import Cast, change
from tests.mail.conftest import Box
from tracker.db import db, writing
from tracker.language import speaking
from tracker.mail.models import Message, MessageState
from tracker.milestones.models import Assessment
from tracker.organisations.queries import office
from tracker.people.models import MailRhythm, Person
from tracker.postbox.telling import why
from tracker.postbox.waiting import reconsider, too_many
from tracker.projects.models import Project
from tracker.reminders.actions import ensure_site_rules, plan_reminders
from tracker.reminders.models import Reminder, ReminderState
from tracker.updates.actions import ask, submit_update
from tracker.updates.rules import Said

URL = "https://partners.example.org"
pytestmark = pytest.mark.both


@pytest.fixture
def asked(box: Box, app: Flask, cast: Cast) -> Box:
    """Have the partner asked, and the letter about it in the outbox; it is three in the morning there."""

    def begin() -> None:
        for person in db.session.scalars(sa.select(Person)):
            person.mail_rhythm = MailRhythm.NEVER
        ensure_site_rules(box.clock() - timedelta(days=500))
        plan_reminders(box.clock(), public_url=URL)
        ask(
            db.session.get_one(Project, cast.project),
            None,
            [cast.partner],
            answer_by=date(2027, 3, 16),
            question=None,
            language="de",
            by_id=cast.coordinator,
            now=box.clock(),
            today=date(2027, 3, 2),
        )

    change(app, begin)
    box.clock.wait(hours=16)
    plan(box)
    return box


def plan(box: Box) -> None:
    """Plan as the worker does."""
    with box.app.app_context(), writing():
        plan_reminders(box.clock(), public_url=URL)
        db.session.commit()


def deliver(box: Box) -> dict[MessageState, int]:
    """Run a round as the worker does, and return what became of the messages."""
    looks, many = partial(reconsider, public_url=URL), partial(too_many, per_day=0)
    return dict(box.deliver(looks=looks, too_many=many).counts)


def letters(box: Box, person: int) -> list[tuple[MessageState, str]]:
    """Return what became of the letters to a person, with the sentence that the outbox shows."""
    with box.app.app_context(), speaking("en"):
        rows = db.session.scalars(sa.select(Message).where(Message.person_id == person).order_by(Message.id))
        return [(row.state, why(row, box.clock())) for row in rows]


def reminders(box: Box) -> list[tuple[ReminderState, str | None]]:
    """Return what became of the reminders."""
    with box.app.app_context():
        rows = db.session.execute(sa.select(Reminder.state, Reminder.reason).order_by(Reminder.id))
        return [(state, reason) for state, reason in rows]


def answer(box: Box, cast: Cast) -> None:
    """Let the partner say how the project stands."""

    def say() -> None:
        seat = office()
        assert seat is not None
        submit_update(
            db.session.get_one(Project, cast.project),
            None,
            Said(assessment=Assessment.ON_TRACK),
            office=seat,
            public_url=URL,
            by_id=cast.partner,
            now=box.clock(),
            today=date(2027, 3, 3),
        )

    change(box.app, say)


def test_an_answer_stops_the_letter_that_waits_and_all_that_would_follow(asked: Box, cast: Cast) -> None:
    waiting = letters(asked, cast.partner)
    asked.clock.wait(hours=3)
    answer(asked, cast)

    asked.clock.wait(hours=5)
    became = deliver(asked)
    for _day in range(40):
        plan(asked)
        asked.clock.wait(days=1)

    assert [state for state, _sentence in waiting] == [MessageState.QUEUED]
    # The other one tells the coordinator what was said.
    assert became == {MessageState.CANCELLED: 1, MessageState.SENT: 1}
    assert letters(asked, cast.partner) == [(MessageState.CANCELLED, "It was answered.")]
    assert reminders(asked) == [(ReminderState.CANCELLED, "request_answered")]


def test_without_an_answer_the_letter_leaves_and_others_follow(asked: Box, cast: Cast) -> None:
    asked.clock.wait(hours=8)
    became = deliver(asked)
    for _day in range(10):
        asked.clock.wait(days=1)
        plan(asked)

    assert became == {MessageState.SENT: 1}
    assert [state for state, _sentence in letters(asked, cast.partner)] == [MessageState.SENT, MessageState.QUEUED]
