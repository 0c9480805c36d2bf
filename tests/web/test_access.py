"""Who may come in: private unless public, no foreign sites, no leading astray."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import Cast
from tracker import clock
from tracker.accounts.models import Account, SignIn
from tracker.db import db, writing
from tracker.people.models import Person
from tracker.web.access import path_of_ours

Browse = Callable[..., FlaskClient]

#: Views that anybody may ask for. Every other one is private.
PUBLIC = {
    "answers.answer",
    "answers.ask_deputy",
    "answers.new_link",
    "answers.pass_on",
    "answers.take_back",
    "calendar.feed",
    "entrance.code",
    "entrance.forgotten",
    "entrance.new_password",
    "entrance.not_me",
    "entrance.sign_in",
    "entrance.welcome",
    "guests.consents",
    "guests.guest",
    "guests.take_back",
    "hosting.host",
    "organisations.statement",
    "overview.healthz",
    "preferences.new_address",
    "preferences.unsubscribe",
    "proofs.second",
    "publishing.page",
    "publishing.start",
    "reminders.promise",
    "static",
    "travel.by_link",
}


def test_the_public_views_are_these(app: Flask) -> None:
    found = {name for name, view in app.view_functions.items() if getattr(view, "is_public", False)} | {"static"}

    assert found == PUBLIC


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        ("/projects/42?tab=log", "/projects/42?tab=log"),
        ("/", "/"),
        (None, None),
        ("", None),
        ("projects", None),
        ("//evil.example", None),
        ("/\\evil.example", None),
        ("/a\\b", None),
        ("/\n/evil.example", None),
        ("https://evil.example", None),
        ("javascript:alert(1)", None),
        ("/\tevil", None),
    ],
)
def test_only_a_path_of_ours_is_followed(path: str | None, kept: str | None) -> None:
    assert path_of_ours(path) == kept


@given(st.text())
def test_no_text_leads_elsewhere(path: str) -> None:
    kept = path_of_ours(path)

    assert kept is None or (kept.startswith("/") and not kept.startswith(("//", "/\\")))


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 302),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost"}, 302),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "http://localhost:8001"}, 403),
    ],
)
def test_other_sites_send_nothing(browse: Browse, cast: Cast, headers: dict[str, str], status: int) -> None:
    answer = browse(cast.coordinator).post(f"/organisations/{cast.elsewhere}/archive", headers=headers)

    assert answer.status_code == status


def test_a_form_without_its_token_is_refused(app: Flask, browse: Browse, cast: Cast) -> None:
    browser = browse(cast.coordinator)
    app.config["WTF_CSRF_ENABLED"] = True

    answer = browser.post(f"/organisations/{cast.elsewhere}/archive?lang=en")

    assert answer.status_code == 400
    assert "This form has expired" in answer.text


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "localhost@evil.example"])
def test_other_host_names_are_refused(browse: Browse, host: str) -> None:
    assert browse().get("/sign-in", headers={"Host": host}).status_code == 400


@pytest.mark.parametrize("hours", [(2,), (0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9)])
def test_a_sign_in_ends_when_idle_and_after_twelve_hours(browse: Browse, cast: Cast, hours: tuple[float, ...]) -> None:
    browser = browse(cast.coordinator)
    passed, statuses = timedelta(0), []
    for pause in hours:
        passed += timedelta(hours=pause)
        clock.shift_by(passed)
        statuses.append(browser.get("/organisations/").status_code)

    assert statuses[-1] == 302
    assert set(statuses[:-1]) <= {200}


def test_use_is_written_down_at_most_every_five_minutes(app: Flask, browse: Browse, cast: Cast, look: Any) -> None:  # noqa: ANN401 - the fixture
    browser = browse(cast.coordinator)

    def used() -> object:
        return look(lambda: db.session.scalars(sa.select(SignIn.used_at)).one())

    first = used()
    clock.shift_by(timedelta(minutes=4))
    browser.get("/organisations/")
    second = used()
    clock.shift_by(timedelta(minutes=6))
    browser.get("/organisations/")

    assert second == first
    assert used() > first  # type: ignore[operator] # instants


@pytest.mark.parametrize("how", ["locked", "archived", "ended"])
def test_who_is_locked_out_is_out_at_once(app: Flask, browse: Browse, cast: Cast, how: str) -> None:
    browser = browse(cast.coordinator)
    before = browser.get("/organisations/").status_code
    with app.app_context(), writing():
        person = db.session.get_one(Person, cast.coordinator)
        if how == "locked":
            person.locked_at = clock.now()
        elif how == "archived":
            person.archived_at = clock.now()
        else:
            db.session.execute(sa.update(SignIn).values(ended_at=clock.now()))
        db.session.commit()

    assert (before, browser.get("/organisations/").status_code) == (200, 302)


def test_who_left_sees_nothing_any_more(app: Flask, browse: Browse, cast: Cast) -> None:
    browser = browse(cast.partner)
    before = browser.get("/organisations/").text
    with app.app_context(), writing():
        person = db.session.get_one(Person, cast.partner)
        person.contacts[0].until_on = clock.today("Europe/Berlin") - timedelta(days=1)
        db.session.commit()

    assert "Landkreis Kassel" in before
    assert "Bistrița" not in browser.get("/organisations/").text.partition("<main")[2].partition("<footer")[0]


@pytest.mark.parametrize("number", [2**31, 10**25])
@pytest.mark.parametrize(
    "path",
    [
        "/projects/{}",
        "/organisations/{}/edit",
        "/participants/{}/edit",
        "/log/new?project={}",
        "/projects/{project}/updates/new?milestone={}",
    ],
)
def test_an_id_that_no_database_counts_up_to_is_not_found(browse: Browse, cast: Cast, path: str, number: int) -> None:
    answer = browse(cast.coordinator).get(path.format(number, project=cast.project))

    assert answer.status_code == 404


@pytest.mark.both
@pytest.mark.parametrize(
    "path",
    [
        "/milestones/?project={0}&organisation={0}",
        "/people/?organisation={0}",
        "/log/?project={0}",
        "/reminders/?person={0}",
        "/projects/{project}/ask?milestone={0}",
        "/people/new?organisation={0}",
        "/outbox/?person={0}",
    ],
)
def test_a_filter_that_names_no_row_is_left_out(browse: Browse, cast: Cast, path: str) -> None:
    answer = browse(cast.coordinator).get(path.format(10**25, project=cast.project))

    assert answer.status_code == 200


def test_a_wrong_secret_is_nobody(browse: Browse, cast: Cast, app: Flask) -> None:
    browser = browse()
    browser.set_cookie("tracker", "guessed")

    assert browser.get("/organisations/").status_code == 302
    with app.app_context():
        assert db.session.scalar(sa.select(sa.func.count()).select_from(Account)) == 5
