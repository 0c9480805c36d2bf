"""Who has to have a second factor, and what is open to them before they do."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from tests.conftest import Cast, account_of, change
from tests.factors.things import SETTINGS, scan
from tests.proofs.conftest import PASSWORD
from tracker import clock
from tracker.accounts.actions import invitation_link
from tracker.accounts.models import Role

Browse = Callable[..., FlaskClient]
ROLES = [role.value for role in Role]


@pytest.fixture
def wants(app: Flask) -> Iterator[Callable[[str], None]]:
    """Set what the installation wants, and put it back."""
    before = app.config["SETTINGS"]

    def setting(word: str) -> None:
        app.config["SETTINGS"] = replace(before, second_factor=word)

    yield setting
    app.config["SETTINGS"] = before


def signed_in(browse: Browse, address: str) -> FlaskClient:
    """Sign in with the password."""
    browser = browse()
    answer = browser.post("/sign-in", data={"email": address, "password": PASSWORD})
    assert answer.location == "/"
    return browser


def reaches(browser: FlaskClient) -> str:
    """Return whether somebody gets to a page, or where they are led."""
    answer = browser.get("/projects/")
    return answer.location or str(answer.status_code)


@pytest.mark.parametrize("who", ROLES)
@pytest.mark.parametrize("word", ["required", "offered"])
def test_the_office_needs_one_from_the_second_sign_in_on(
    addresses: dict[str, str], browse: Browse, wants: Callable[[str], None], who: str, word: str
) -> None:
    wants(word)

    first, second = (reaches(signed_in(browse, addresses[who])) for _time in range(2))

    due = word == "required" and who in {"administrator", "coordinator"}
    assert (first, second) == ("200", SETTINGS if due else "200")


@pytest.fixture
def due(addresses: dict[str, str], browse: Browse) -> FlaskClient:
    """Give the browser of a coordinator who has signed in for the second time without a second factor."""
    signed_in(browse, addresses["coordinator"])
    return signed_in(browse, addresses["coordinator"])


def path_of(app: Flask, rule: Rule) -> str | None:
    """Return a path of a route, or None for one that is of certain words only."""
    numbers: dict[str, Any] = dict.fromkeys(rule.arguments, 1)
    try:
        with app.test_request_context():
            return app.url_for(rule.endpoint, **numbers)
    except ValueError:
        return None


def test_nothing_else_is_open_before_it_is_set_up(app: Flask, due: FlaskClient) -> None:
    answers = {}
    for rule in app.url_map.iter_rules():
        if rule.endpoint == "static" or getattr(app.view_functions[rule.endpoint], "is_public", False):
            continue
        if rule.endpoint != "entrance.sign_out" and (path := path_of(app, rule)):
            for method in {"GET", "POST"} & (rule.methods or set()):
                answers[rule.endpoint, method] = due.open(path, method=method).location == SETTINGS

    assert len(answers) > 80
    assert {endpoint for (endpoint, _method), led in answers.items() if not led} == {
        "factors.index",
        "factors.app",
        "factors.passkey",
        "proofs.confirm",
    }


def test_one_can_sign_out(due: FlaskClient) -> None:
    answer = due.post("/sign-out")

    assert answer.location == "/sign-in"


def test_the_pages_on_the_way_show_nothing_of_the_office(due: FlaskClient) -> None:
    page = due.get(f"{SETTINGS}?lang=en").text

    assert "Your role needs a second factor" in page
    assert "/outbox/" not in page
    assert 'href="/projects/"' not in page


def test_with_an_app_the_rest_is_open(due: FlaskClient) -> None:
    phone, form = scan(due)

    answer = due.post(f"{SETTINGS}/app", data=form | {"code": phone.code()})

    assert answer.location == f"{SETTINGS}/codes"
    assert reaches(due) == "200"


def test_a_wrong_code_opens_nothing(due: FlaskClient) -> None:
    _phone, form = scan(due)

    answer = due.post(f"{SETTINGS}/app?lang=en", data=form | {"code": "000000"})

    assert "This code is not right." in answer.text
    assert reaches(due) == SETTINGS


def test_who_was_let_in_by_an_invitation_may_look_around_first(app: Flask, cast: Cast, browse: Browse) -> None:
    def invited() -> str:
        account = account_of(cast.coordinator)
        return invitation_link(account, public_url="", by_id=None, now=clock.now())

    path, browser = change(app, invited), browse()
    browser.post(path, data={"password": "Drei Laster nach Bistritz"})

    assert reaches(browser) == "200"


def test_the_last_factor_of_somebody_who_needs_one_stays(
    cast: Cast, addresses: dict[str, str], browse: Browse, wants: Callable[[str], None], app: Flask
) -> None:
    for who, word, left in (
        ("coordinator", "required", True),
        ("coordinator", "offered", False),
        ("partner", "required", False),
    ):
        wants(word)
        browser = browse(getattr(cast, who))
        phone, form = scan(browser)
        browser.post(f"{SETTINGS}/app", data=form | {"code": phone.code()})

        browser.post(f"{SETTINGS}/app/remove?lang=en")

        page = browser.get(f"{SETTINGS}?lang=en").text
        assert ("Set up another app" in page) is left
        assert ("Please set up another one before you remove this one." in page) is left
