"""Two who press the same button at the same moment, on both databases."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.conftest import Cast
from tracker import clock
from tracker.answers import actions, queries
from tracker.answers.links import AnswerLink
from tracker.db import db, writing
from tracker.milestones.models import Assessment, Milestone, MilestoneState
from tracker.organisations.models import Office
from tracker.updates.models import StatusRequest, StatusUpdate
from tracker.updates.rules import Said

PRESSING = 4
pytestmark = pytest.mark.both


def press(app: Flask, link: AnswerLink, begin: Barrier, act: str) -> None:
    """Open the page of a link, wait for the others, and press a button."""
    now = clock.now()
    with app.app_context():
        question = queries.question(link, now)
        assert question is not None
        db.session.rollback()
        begin.wait()
        with writing():
            office = db.session.get_one(Office, 1)
            if act == "answer":
                said = Said(assessment=Assessment.DONE)
                actions.answer(question, said, office=office, public_url="http://x", now=now, today=now.date())
            elif act == "take back":
                assert question.said is not None
                actions.take_back(question.said, office=office, public_url="http://x", by_id=link.person_id, now=now)
            else:
                new = {"name": "Maria Pop", "address": "maria@example.org", "language": "ro"}
                actions.pass_on(question, **new, office=office, public_url="http://x", now=now)
            db.session.commit()


def all_press(app: Flask, link: AnswerLink, act: str) -> None:
    """Let several press the same button at once; none of them meets an error."""
    begin = Barrier(PRESSING, timeout=60)
    with ThreadPoolExecutor(PRESSING) as people:
        list(people.map(lambda _number: press(app, link, begin, act), range(PRESSING)))


def test_a_link_says_and_takes_back_one_thing(app: Flask, cast: Cast) -> None:
    link = AnswerLink(f"milestone:{cast.milestone}", cast.partner, clock.now().date())

    all_press(app, link, "answer")
    with app.app_context():
        said = len(db.session.scalars(sa.select(StatusUpdate)).all())
        finished = db.session.get_one(Milestone, cast.milestone).state
    all_press(app, link, "take back")

    with app.app_context():
        taken_back = db.session.scalars(sa.select(StatusUpdate)).one().taken_back_at
        state = db.session.get_one(Milestone, cast.milestone).state
    assert (said, finished) == (1, MilestoneState.DONE)
    assert taken_back is not None
    assert state is MilestoneState.OPEN


def test_a_question_is_passed_on_once(app: Flask, cast: Cast) -> None:
    link = AnswerLink(f"milestone:{cast.milestone}", cast.partner, clock.now().date())

    all_press(app, link, "pass on")

    with app.app_context():
        asked = [one.person.name for one in db.session.scalars(sa.select(StatusRequest))]
    assert asked == ["Maria Pop"]
