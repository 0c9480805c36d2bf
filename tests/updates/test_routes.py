"""The page on which people say how things stand, asked as each of the cast and as nobody."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from tests import builders
from tests.conftest import Cast
from tracker import clock
from tracker.db import db, writing
from tracker.milestones.models import Milestone
from tracker.organisations.models import Organisation
from tracker.projects.models import Project
from tracker.updates.models import StatusUpdate

Browse = Callable[..., FlaskClient]
Look = Callable[[Callable[[], Any]], Any]


def page(cast: Cast, milestone: int | None = None) -> str:
    """Return the address of the form about the project or one of its milestones."""
    return f"/projects/{cast.project}/updates/new" + (f"?milestone={milestone}" if milestone else "")


def good(**more: str) -> dict[str, str]:
    """Return a form about a milestone that is right."""
    later = (clock.today("Europe/Berlin") + timedelta(days=40)).isoformat()
    sent = {"assessment": "delayed", "new_due_on": later, "text": "Întârzie puțin.", "language": "ro"}
    return sent | {"submission": "key-1"} | more


def updates() -> list[tuple[str | None, str | None, str, int]]:
    """Return assessment, text, language and author of everything that was said."""
    rows = db.session.scalars(sa.select(StatusUpdate).order_by(StatusUpdate.id))
    return [(row.assessment, row.text, row.language, row.by_id) for row in rows]


def foreign_milestone(app: Flask, cast: Cast) -> int:
    """Add a milestone of the other side to the partner's project."""
    with app.app_context(), writing():
        project, organisation = db.session.get(Project, cast.project), db.session.get(Organisation, cast.office)
        assert project is not None
        milestone = builders.milestone(project, organisation=organisation)
        db.session.commit()
        return milestone.id


def test_nobody_is_sent_to_sign_in(browse: Browse, cast: Cast) -> None:
    answer = browse().get(page(cast))

    assert (answer.status_code, answer.location) == (302, f"/sign-in?next={page(cast)}")


@pytest.mark.parametrize(
    ("who", "status"),
    [("administrator", 200), ("coordinator", 200), ("reader", 403), ("partner", 200), ("stranger", 404)],
)
def test_each_of_the_cast_gets_their_pages(browse: Browse, cast: Cast, who: str, status: int) -> None:
    browser = browse(getattr(cast, who))

    assert browser.get(page(cast)).status_code == status
    assert browser.get(page(cast, cast.milestone)).status_code == status
    sent = browser.post(page(cast, cast.milestone), data=good())
    assert sent.status_code == (302 if status == 200 else status)


def test_a_partner_says_delayed_with_a_new_date_in_their_language(browse: Browse, cast: Cast, look: Look) -> None:
    answer = browse(cast.partner).post(page(cast, cast.milestone), data=good())

    assert answer.location == f"/projects/{cast.project}"
    assert look(updates) == [("delayed", "Întârzie puțin.", "ro", cast.partner)]


def test_the_form_starts_in_the_language_of_its_reader(browse: Browse, cast: Cast) -> None:
    assert '<option selected value="ro">Română</option>' in browse(cast.partner).get(page(cast)).text


def test_a_double_click_says_it_once(browse: Browse, cast: Cast, look: Look) -> None:
    browser = browse(cast.partner)

    first = browser.post(page(cast, cast.milestone), data=good())
    second = browser.post(page(cast, cast.milestone), data=good())

    assert first.location == second.location == f"/projects/{cast.project}"
    assert len(look(updates)) == 1


def test_a_link_chooses_the_answer_but_says_nothing(browse: Browse, cast: Cast, look: Look) -> None:
    answer = browse(cast.partner).get(page(cast, cast.milestone) + "&assessment=at_risk")

    assert 'value="at_risk" checked' in answer.text
    assert look(updates) == []


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        (
            {"assessment": "", "new_due_on": "", "text": " "},
            "Please say something: how it stands, a new date, or a few words.",
        ),
        ({"assessment": "done"}, "What is done needs no new date. Please leave one of the two out."),
        ({"new_due_on": "1.1.2020"}, "The new date has gone by already. Please choose a later one."),
        ({"new_due_on": "soon"}, "This is not a date. Please write day, month and year, such as 16.4.2027."),
        ({"text": "a" * 4001}, "This is too long: 4001 characters, at most 4000 are possible."),
        ({"assessment": "splendid"}, "Please choose something from the list."),
    ],
)
def test_what_is_wrong_gets_a_sentence(
    browse: Browse, cast: Cast, look: Look, sent: dict[str, str], sentence: str
) -> None:
    answer = browse(cast.partner).post(page(cast, cast.milestone) + "&lang=en", data=good(**sent))

    assert answer.status_code == 200
    assert sentence in answer.text
    assert look(updates) == []


def test_a_project_has_no_date_to_move(browse: Browse, cast: Cast, look: Look) -> None:
    browser = browse(cast.partner)

    assert 'name="new_due_on"' in browser.get(page(cast, cast.milestone)).text
    assert 'name="new_due_on"' not in browser.get(page(cast)).text
    assert browser.post(page(cast), data=good()).status_code == 400


def test_a_partner_says_nothing_about_what_others_promised(browse: Browse, app: Flask, cast: Cast, look: Look) -> None:
    milestone = foreign_milestone(app, cast)

    assert browse(cast.coordinator).get(page(cast, milestone)).status_code == 200
    assert browse(cast.partner).get(page(cast, milestone)).status_code == 403
    assert browse(cast.partner).post(page(cast, milestone), data=good()).status_code == 403
    assert look(updates) == []


def test_a_milestone_of_another_project_is_not_found(browse: Browse, cast: Cast) -> None:
    path = f"/projects/{cast.other_project}/updates/new?milestone={cast.milestone}"

    assert browse(cast.coordinator).get(path).status_code == 404
    assert browse(cast.stranger).get(path).status_code == 404
    assert browse(cast.coordinator).get(page(cast) + "?milestone=first").status_code == 404


def test_the_page_of_a_project_offers_the_milestones_that_are_theirs(browse: Browse, app: Flask, cast: Cast) -> None:
    foreign = foreign_milestone(app, cast)

    page_of_partner = browse(cast.partner).get(page(cast)).text

    assert f"milestone={cast.milestone}" in page_of_partner
    assert f"milestone={foreign}" not in page_of_partner
    assert f"milestone={foreign}" in browse(cast.coordinator).get(page(cast)).text


def test_the_page_costs_at_most_eight_queries(
    browse: Browse, app: Flask, cast: Cast, count_queries: Callable[[], Any]
) -> None:
    browser = browse(cast.partner)
    with count_queries() as one:
        browser.get(page(cast))
    for _each in range(5):
        foreign_milestone(app, cast)
    with count_queries() as six:
        browser.get(page(cast))

    assert len(six) == len(one) <= 8


def test_the_milestone_keeps_what_was_said_last(browse: Browse, cast: Cast, look: Look) -> None:
    browser = browse(cast.partner)

    browser.post(page(cast, cast.milestone), data=good())
    browser.post(page(cast, cast.milestone), data=good(submission="key-2", assessment="on_track", new_due_on=""))

    def milestone() -> tuple[str | None, int]:
        row = db.session.get(Milestone, cast.milestone)
        assert row is not None
        return row.assessment, len(row.moves)

    assert look(milestone) == ("on_track", 1)
