"""What is open with somebody who leaves goes to their successor, by one act."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from tests import builders
from tests.conftest import Cast, change, mornings, person_of
from tracker import clock
from tracker.db import db
from tracker.history.models import HistoryLine
from tracker.mail.models import Message, MessageState
from tracker.mail.rules import Cancel
from tracker.milestones.models import Milestone
from tracker.organisations.models import Organisation
from tracker.people.models import Contact
from tracker.projects.models import Project
from tracker.reminders.actions import ensure_site_rules, plan_reminders, reconsider
from tracker.updates.models import EndedBecause, StatusRequest

Browse = Callable[..., FlaskClient]
Look = Callable[[Callable[[], Any]], Any]


@pytest.fixture
def successor(app: Flask, cast: Cast) -> int:
    """Enter a colleague of the partner who stands in for them, and ask the partner something."""

    def enter() -> int:
        colleague = builders.person("Maria Pop", at=db.session.get_one(Organisation, cast.here), language="ro")
        contact = db.session.scalars(sa.select(Contact).where(Contact.person_id == cast.partner)).one()
        contact.deputy_id = colleague.id
        builders.request(db.session.get_one(Project, cast.project), person_of(cast.partner))
        return colleague.id

    return int(change(app, enter))


def stands(look: Look, cast: Cast) -> tuple[int | None, list[tuple[int, EndedBecause | None]]]:
    """Return who is responsible for the milestone, and who is or was asked."""

    def kept() -> tuple[int | None, list[tuple[int, EndedBecause | None]]]:
        asked = db.session.scalars(sa.select(StatusRequest).order_by(StatusRequest.id))
        responsible = db.session.get_one(Milestone, cast.milestone).responsible_person_id
        return responsible, [(one.person_id, one.ended_because) for one in asked]

    return look(kept)  # type: ignore[no-any-return] # what is asked


def test_one_act_hands_over_all_that_is_open(browse: Browse, cast: Cast, successor: int, look: Look) -> None:
    client = browse(cast.coordinator)
    page = client.get(f"/people/{cast.partner}/hand-over").text

    answer = client.post(f"/people/{cast.partner}/hand-over", data={"successor": str(successor)})

    assert f'<option selected value="{successor}">' in page
    assert answer.status_code == 302
    assert stands(look, cast) == (successor, [(cast.partner, EndedBecause.PASSED_ON), (successor, None)])
    told = look(lambda: db.session.scalars(sa.select(HistoryLine.verb).order_by(HistoryLine.id)).all())
    assert told == ["REQUEST_PASSED_ON", "MILESTONE_CHANGED", "HANDED_OVER"]
    assert "Nothing is open with this person." in client.get(f"/people/{cast.partner}/hand-over?lang=en").text


def test_a_stranger_takes_nothing_over(browse: Browse, cast: Cast, successor: int, look: Look) -> None:
    answer = browse(cast.coordinator).post(f"/people/{cast.partner}/hand-over", data={"successor": str(cast.stranger)})

    assert answer.status_code == 200
    assert stands(look, cast) == (cast.partner, [(cast.partner, None)])


def test_a_letter_that_waits_is_no_longer_sent(app: Flask, browse: Browse, cast: Cast, successor: int) -> None:
    next_days = mornings(8)

    def plan() -> None:
        ensure_site_rules(clock.now() - timedelta(days=400))
        for morning in next_days:
            plan_reminders(morning, public_url="http://localhost")

    change(app, plan)
    browse(cast.coordinator).post(f"/people/{cast.partner}/hand-over", data={"successor": str(successor)})

    with app.app_context():
        waiting = sa.select(Message).where(Message.person_id == cast.partner, Message.state == MessageState.QUEUED)
        letters = db.session.scalars(waiting).all()
        decisions = reconsider(letters, next_days[-1], public_url="http://localhost")
    assert all(isinstance(decision, Cancel) for decision in decisions.values())
    assert decisions


def test_whom_they_named_themselves_can_take_over(app: Flask, browse: Browse, cast: Cast) -> None:
    def name() -> int:
        named = builders.person("Ana Nou")
        project = db.session.get_one(Project, cast.project)
        builders.request(project, named, asked_before_id=cast.partner)
        return named.id

    named = change(app, name)

    assert f'value="{named}"' in browse(cast.coordinator).get(f"/people/{cast.partner}/hand-over").text


@pytest.mark.parametrize(("who", "status"), [("reader", 403), ("partner", 403), ("stranger", 404)])
def test_others_hand_nothing_over(browse: Browse, cast: Cast, who: str, status: int) -> None:
    assert browse(getattr(cast, who)).get(f"/people/{cast.partner}/hand-over").status_code == status
