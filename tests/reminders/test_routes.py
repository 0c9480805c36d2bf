"""The page of the coming days, asked as each of the cast."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from tests import builders
from tests.conftest import Cast, change
from tracker import clock
from tracker.db import db, writing
from tracker.people.models import Person
from tracker.projects.models import Project
from tracker.reminders.actions import ensure_site_rules
from tracker.reminders.models import ReminderRule, ReminderSubject

Browse = Callable[..., FlaskClient]


@pytest.fixture
def rules(app: Flask) -> None:
    """Have the default rules on for long."""
    with app.app_context(), writing():
        ensure_site_rules(clock.now() - timedelta(days=500))
        db.session.commit()


@pytest.mark.parametrize(
    ("who", "status"),
    [(None, 302), ("partner", 403), ("stranger", 403), ("reader", 200), ("coordinator", 200), ("administrator", 200)],
)
def test_who_may_see_it(cast: Cast, browse: Browse, rules: None, who: str | None, status: int) -> None:
    person_id = getattr(cast, who) if who else None

    assert browse(person_id).get("/reminders/").status_code == status


def test_it_shows_who_what_when_and_in_which_language(cast: Cast, browse: Browse, rules: None) -> None:
    page = browse(cast.coordinator).get("/reminders/?lang=en").get_data(as_text=True)

    for words in ("Radu Partener", "Künstler benannt", "Romanian", "milestone due", "Eastern European"):
        assert words in page


def test_it_is_narrowed_in_the_address(cast: Cast, browse: Browse, rules: None) -> None:
    client = browse(cast.coordinator)

    mine = client.get(f"/reminders/?person={cast.partner}&lang=en").get_data(as_text=True)
    others = client.get(f"/reminders/?project={cast.other_project}&lang=en").get_data(as_text=True)

    assert "<td" in mine
    assert "<td" not in others


def test_a_gap_is_shown(app: Flask, cast: Cast, browse: Browse, rules: None) -> None:
    with app.app_context(), writing():
        orphan = builders.project(de="Niemandsland")
        builders.milestone(orphan, de="Verwaist")
        db.session.commit()

    page = browse(cast.coordinator).get("/reminders/?lang=en").get_data(as_text=True)

    assert "Nobody can be reminded" in page


def test_thirty_rows_cost_as_many_queries_as_one(
    app: Flask, cast: Cast, browse: Browse, rules: None, count_queries: Callable[[], Any]
) -> None:
    client = browse(cast.coordinator)
    client.get("/reminders/")
    with count_queries() as first:
        client.get("/reminders/")
    with app.app_context(), writing():
        project, person = db.session.get_one(Project, cast.project), db.session.get_one(Person, cast.partner)
        for _one in range(30):
            builders.milestone(project, person=person)
        db.session.commit()

    with count_queries() as second:
        client.get("/reminders/")

    assert len(second) == len(first)


@pytest.mark.parametrize("path", ["/reminders/", "/reminders/past"])
def test_what_nobody_is_reminded_of_is_named(browse: Browse, app: Flask, cast: Cast, path: str) -> None:
    def rest() -> None:
        ensure_site_rules(clock.now() - timedelta(days=9))
        overdue = sa.select(ReminderRule).where(ReminderRule.subject == ReminderSubject.MILESTONE_OVERDUE)
        db.session.scalars(overdue).one().active_since = None
        db.session.get_one(Project, cast.other_project).reminders_paused = True

    change(app, rest)
    page = browse(cast.reader).get(f"{path}?lang=en").get_data(as_text=True)

    assert "Switched off: milestone overdue." in page
    assert re.search(rf'Reminders paused: <a href="/projects/{cast.other_project}">', page)
