"""Links in letters, as the bytes that leave hold them."""

import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests import builders
from tests.conftest import Cast, change
from tracker import clock
from tracker.answers.links import AnswerLink
from tracker.db import db
from tracker.milestones.models import Milestone
from tracker.people.models import Person
from tracker.projects.models import Project
from tracker.reminders.actions import ensure_site_rules

Token = Callable[..., str]


@pytest.fixture
def rules(app: Flask, cast: Cast) -> None:
    """Switch on what a new installation reminds of, long ago."""
    change(app, lambda: ensure_site_rules(clock.now() - timedelta(days=400)))


@pytest.fixture
def token(app: Flask, cast: Cast) -> Token:
    """Give the token of a link; unless told otherwise that of the partner's letter of today about their milestone."""

    def of(subject: str = "", *, person: int | None = None, days_ago: int = 0) -> str:
        day = clock.now().date() - timedelta(days=days_ago)
        link = AnswerLink(subject or f"milestone:{cast.milestone}", person or cast.partner, day)
        return link.token(app.config["SIGNING_KEYS"])

    return of


@pytest.fixture
def asked(app: Flask, cast: Cast) -> int:
    """Ask the partner about their milestone and return the id of the question."""

    def ask() -> int:
        project, person = db.session.get_one(Project, cast.project), db.session.get_one(Person, cast.partner)
        return builders.request(project, person, milestone_id=cast.milestone).id

    return int(change(app, ask))


@pytest.fixture
def anybody(app: Flask) -> FlaskClient:
    """Give a browser that has never been here, whose forms need the token of their page."""
    app.config["WTF_CSRF_ENABLED"] = True
    return app.test_client()


def hidden(page: str) -> dict[str, str]:
    """Return what the first form of a page carries along."""
    form = page[page.index('<form class="form"') :]
    fields = re.findall(
        r'<input id="([a-z_]+)" name="[a-z_]+" type="hidden" value="([^"]*)">', form.partition("</form>")[0]
    )
    return dict(fields)


def due_on(milestone_id: int) -> date:
    """Return the date of a milestone."""
    return db.session.get_one(Milestone, milestone_id).due_on
