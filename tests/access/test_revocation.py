"""What is taken from somebody is gone at their next request, and the letters that waited for them do not leave."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from tests import builders
from tests.conftest import Cast, account_of, change, mornings, person_of
from tracker import clock
from tracker.accounts.actions import archive_person, change_account, lock
from tracker.accounts.models import Role
from tracker.answers.links import AnswerLink
from tracker.db import db
from tracker.mail.models import Message, MessageKind, MessageState
from tracker.mail.rules import Cancel
from tracker.milestones.models import Milestone
from tracker.people.models import Contact
from tracker.postbox.waiting import reconsider
from tracker.projects.models import Project
from tracker.reminders.actions import plan_reminders
from tracker.updates.models import StatusUpdate

Browse = Callable[..., FlaskClient]
SITE = "http://localhost"


def project_of(cast: Cast) -> Project:
    return db.session.get_one(Project, cast.project)


def end_their_function(cast: Cast) -> None:
    contact = db.session.scalars(sa.select(Contact).where(Contact.person_id == cast.partner)).one()
    contact.until_on = clock.today("Europe/Berlin") - timedelta(days=1)


def leave_the_project(cast: Cast) -> None:
    project = project_of(cast)
    project.organisations = [one for one in project.organisations if one.organisation_id != cast.here]


#: What is taken from the partner, and what they are answered at their project from then on.
TAKEN: dict[str, tuple[Callable[[Cast], object], int]] = {
    "their function has ended": (end_their_function, 404),
    "their organisation has left the project": (leave_the_project, 404),
    "they are locked out": (lambda cast: lock(person_of(cast.partner), by_id=cast.administrator, now=clock.now()), 302),
    "they are in the archive": (
        lambda cast: archive_person(person_of(cast.partner), by_id=cast.coordinator, now=clock.now()),
        302,
    ),
    "they have another role": (
        lambda cast: change_account(
            account_of(cast.partner),
            email="radu@example.org",
            role=Role.READER,
            by_id=cast.administrator,
            now=clock.now(),
        ),
        302,
    ),
}


@pytest.mark.parametrize("what", TAKEN)
def test_what_is_taken_is_gone_at_the_next_request(app: Flask, cast: Cast, browse: Browse, what: str) -> None:
    act, answered = TAKEN[what]
    browser, path = browse(cast.partner), f"/projects/{cast.project}"

    before = browser.get(path)
    change(app, lambda: act(cast))
    after, change_asked = browser.get(path), browser.post(f"{path}/updates/new", data={"text": "Noch etwas"})

    assert (before.status_code, after.status_code, change_asked.status_code) == (200, answered, answered)


def test_a_browser_that_is_signed_in_to_a_lower_role_signs_in_anew(app: Flask, cast: Cast, browse: Browse) -> None:
    browser = browse(cast.coordinator)

    before = browser.get("/projects/new")
    change(
        app,
        lambda: change_account(
            account_of(cast.coordinator),
            email="karla@example.org",
            role=Role.PARTNER,
            by_id=cast.administrator,
            now=clock.now(),
        ),
    )

    assert (before.status_code, browser.get("/projects/new").status_code) == (200, 302)


#: Who is asked or responsible by name stays that when their organisation leaves: the coordinators say who it is then.
GONE = ("their function has ended", "they are locked out", "they are in the archive")


@pytest.mark.parametrize("what", GONE)
def test_a_letter_that_waits_does_not_leave(app: Flask, cast: Cast, what: str) -> None:
    def write() -> int:
        milestone = db.session.get_one(Milestone, cast.milestone)
        builders.request(project_of(cast), person_of(cast.partner), milestone_id=milestone.id)
        for morning in mornings(10):
            plan_reminders(morning, public_url=SITE)
        letters = sa.select(Message).where(Message.person_id == cast.partner, Message.kind == MessageKind.LETTER)
        return db.session.scalars(letters.order_by(Message.id)).first().id  # type: ignore[union-attr] # one was written

    letter = change(app, write)
    change(app, lambda: TAKEN[what][0](cast))

    with app.app_context():
        waiting = db.session.get_one(Message, letter)
        decision = reconsider([waiting], waiting.send_at, public_url=SITE)[letter]

    assert waiting.state in {MessageState.QUEUED, MessageState.CANCELLED}
    assert waiting.state is MessageState.CANCELLED or isinstance(decision, Cancel)


@pytest.mark.parametrize("what", GONE)
def test_a_link_in_a_letter_says_nothing_any_more(app: Flask, cast: Cast, browse: Browse, what: str) -> None:
    link = AnswerLink(f"milestone:{cast.milestone}", cast.partner, clock.today("Europe/Berlin"))
    path, nobody = f"/answer/{link.token(app.config['SIGNING_KEYS'])}", browse()

    before = nobody.get(path).get_data(as_text=True)
    change(app, lambda: TAKEN[what][0](cast))
    after = nobody.get(path).get_data(as_text=True)
    nobody.post(path, data={"assessment": "delayed", "say": "delayed"})

    with app.app_context():
        said = db.session.scalars(sa.select(StatusUpdate)).all()

    assert ("Künstler benannt" in before, "Künstler benannt" in after) == (True, False)
    assert said == []
