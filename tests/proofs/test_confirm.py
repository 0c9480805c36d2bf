"""Sensitive acts ask again for a proof; what was typed is carried on."""

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from tests.conftest import Cast, account_of, change
from tests.factors.things import Phone
from tests.proofs.conftest import PASSWORD, mailed, phone_for
from tracker import clock
from tracker.accounts.models import Account, Role, SignIn
from tracker.db import db
from tracker.preferences.models import AddressChange

Browse = Callable[..., FlaskClient]
Look = Callable[[Callable[[], Any]], Any]
#: What asks again. A route that becomes sensitive, or is so no longer, changes this list.
SENSITIVE = {
    "accounts.account",
    "accounts.invite",
    "accounts.lock",
    "calendar.of_project",
    "calendar.own",
    "factors.app",
    "factors.codes",
    "factors.of_person",
    "factors.passkey",
    "factors.remove_app",
    "factors.remove_passkey",
    "portability.index",
    "preferences.address",
}
ADDRESS = "/settings/address"


def sensitive(app: Flask) -> list[Rule]:
    """Return the routes that are marked."""
    views = app.view_functions
    return [rule for rule in app.url_map.iter_rules() if getattr(views[rule.endpoint], "is_sensitive", False)]


def stale(app: Flask) -> None:
    """Let everybody's last proof lie ten minutes back."""
    ago = clock.now() - timedelta(minutes=10)
    change(app, lambda: db.session.execute(sa.update(SignIn).values(confirmed_at=ago)))


@pytest.fixture
def partner(app: Flask, cast: Cast, addresses: dict[str, str], browse: Browse) -> FlaskClient:
    """Give the partner's browser, whose last proof is old."""
    browser = browse(cast.partner)
    stale(app)
    return browser


def is_asked(answer: TestResponse) -> bool:
    """Whether a page asks for a proof."""
    return answer.status_code == 200 and "Is it you?" in answer.text


def carried(page: str) -> dict[str, str]:
    """Return what the page that asks carries on; the token of forms is of no matter here."""
    page = page.partition("<main")[2]
    found_ones = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page)
    return {name: unescape(value) for name, value in found_ones}


def test_the_list_of_sensitive_routes_is_the_right_one(app: Flask) -> None:
    assert {rule.endpoint for rule in sensitive(app)} == SENSITIVE


@pytest.mark.parametrize("who", ["administrator", "coordinator", "partner"])
@pytest.mark.usefixtures("addresses")
def test_no_sensitive_route_answers_without_a_fresh_proof(
    app: Flask, cast: Cast, browse: Browse, look: Look, who: str
) -> None:
    browser = browse(getattr(cast, who))
    stale(app)
    before = look(
        lambda: [
            (row.version, row.email, row.role, row.person.locked_at) for row in db.session.scalars(sa.select(Account))
        ]
    )
    known: dict[str, Any] = {"person_id": cast.reader, "passkey_id": 1, "project_id": cast.project}
    answers = {}
    for rule in sensitive(app):
        with app.test_request_context():
            path = app.url_for(rule.endpoint, **{name: known[name] for name in rule.arguments})
        for method in ("GET", "POST"):
            if method in (rule.methods or ()):
                answer = browser.open(
                    path,
                    method=method,
                    query_string={"lang": "en"},
                    data={"email": "a@example.org", "role": "administrator"} if method == "POST" else None,
                )
                asked = answer.location == f"/confirm?next={path}?lang%3Den" if method == "GET" else is_asked(answer)
                answers[rule.endpoint, method] = asked

    assert len(answers) == 23
    assert [asked for asked, refused in answers.items() if not refused] == []
    after = look(
        lambda: [
            (row.version, row.email, row.role, row.person.locked_at) for row in db.session.scalars(sa.select(Account))
        ]
    )
    assert after == before


def test_ten_minutes_long_nothing_is_asked(app: Flask, cast: Cast, addresses: dict[str, str], browse: Browse) -> None:
    browser = browse(cast.partner)
    clock.shift_by(timedelta(minutes=9, seconds=55))
    fresh = browser.get(ADDRESS).status_code
    clock.shift_by(timedelta(minutes=10, seconds=1))

    assert (fresh, browser.get(ADDRESS).location) == (200, f"/confirm?next={ADDRESS}")


@pytest.mark.both
def test_the_password_leads_back_and_counts_for_ten_minutes(app: Flask, partner: FlaskClient) -> None:
    page = partner.get(f"/confirm?next={ADDRESS}&lang=en")
    wrong = partner.post("/confirm?lang=en", data={"again-password": "Something else", "again-next": ADDRESS})
    right = partner.post("/confirm", data={"again-password": PASSWORD, "again-next": ADDRESS})

    assert is_asked(page)
    assert 'value="/settings/address"' in page.text
    assert "This is not your present password." in wrong.text
    assert (right.status_code, right.location) == (302, ADDRESS)
    assert partner.get(ADDRESS).status_code == 200
    assert partner.get("/confirm?next=/people/").location == "/people/"


@pytest.mark.parametrize(
    "elsewhere", ["https://example.com/", "//example.com", "/\\example.com", "javascript:alert(1)"]
)
def test_one_is_led_to_no_other_site(partner: FlaskClient, elsewhere: str) -> None:
    answer = partner.post("/confirm", data={"again-password": PASSWORD, "again-next": elsewhere})

    assert answer.location == "/"


def test_what_was_typed_is_carried_on_and_saved(partner: FlaskClient, look: Look) -> None:
    typed = {"email": "radu+neu@example.ro", "submission": "key & <more>"}

    asking = partner.post(f"{ADDRESS}?lang=en", data=typed)
    again = partner.post(f"{ADDRESS}?lang=en", data=carried(asking.text) | {"again-password": "wrong"})
    between = look(lambda: db.session.scalars(sa.select(AddressChange)).all())
    done = partner.post(ADDRESS, data=carried(again.text) | {"again-password": PASSWORD})

    assert is_asked(asking)
    assert carried(asking.text) == typed
    assert (is_asked(again), carried(again.text), between) == (True, typed, [])
    assert (done.status_code, done.location) == (302, "/settings/")
    assert look(lambda: [row.address for row in db.session.scalars(sa.select(AddressChange))]) == [
        "radu+neu@example.ro"
    ]


def test_a_button_alone_is_carried_on_too(
    app: Flask, cast: Cast, addresses: dict[str, str], browse: Browse, look: Look
) -> None:
    browser = browse(cast.administrator)
    stale(app)
    path = f"/people/{cast.partner}/lock"

    asking = browser.post(f"{path}?lang=en")
    done = browser.post(path, data={"again-password": PASSWORD})

    assert is_asked(asking)
    assert done.status_code == 302
    assert look(lambda: account_of(cast.partner).person.locked_at) is not None


def test_a_list_of_values_is_carried_on_whole(partner: FlaskClient) -> None:
    asking = partner.post(f"{ADDRESS}?lang=en", data={"email": ["a@example.org", "b@example.org"]})

    assert re.findall(r'name="email" value="([^"]*)"', asking.text) == ["a@example.org", "b@example.org"]


def test_what_is_carried_on_needs_its_token(app: Flask, partner: FlaskClient, look: Look) -> None:
    app.config["WTF_CSRF_ENABLED"] = True

    answer = partner.post(ADDRESS, data={"email": "a@example.org", "again-password": PASSWORD})

    assert answer.status_code == 400
    assert look(lambda: db.session.scalars(sa.select(AddressChange)).all()) == []


def test_who_has_a_second_factor_is_asked_for_it(app: Flask, cast: Cast, phone: Phone, browse: Browse) -> None:
    browser = browse(cast.coordinator)
    stale(app)
    page = browser.get(f"/confirm?next={ADDRESS}&lang=en").text

    by_password = browser.post("/confirm", data={"again-password": PASSWORD, "again-next": ADDRESS})
    by_code = browser.post("/confirm", data={"again-code": phone.code(), "again-next": ADDRESS})
    stale(app)
    again = browser.post("/confirm", data={"again-code": phone.code(), "again-next": ADDRESS})

    assert ("Code from the app" in page, "Your password" in page) == (True, False)
    assert [by_password.status_code, by_code.status_code, again.status_code] == [200, 302, 200]


def test_a_code_of_signing_in_does_not_confirm(
    app: Flask, addresses: dict[str, str], phone: Phone, browse: Browse
) -> None:
    browser, code = browse(), phone.code()
    browser.post("/sign-in", data={"email": addresses["coordinator"], "password": PASSWORD})
    browser.post("/sign-in/second", data={"code": code})
    stale(app)

    assert browser.post("/confirm", data={"again-code": code, "again-next": ADDRESS}).status_code == 200


def test_who_has_neither_gets_a_code_by_mail(
    app: Flask, cast: Cast, partner: FlaskClient, browse: Browse, look: Look
) -> None:
    change(app, lambda: without_password(cast.partner))
    typed = {"email": "radu+neu@example.ro", "submission": "key"}
    asking = partner.post(f"{ADDRESS}?lang=en", data=typed)
    sending = partner.post(f"{ADDRESS}?lang=en", data=carried(asking.text) | {"again-send": "1"})
    code = mailed(app)

    elsewhere = browse(cast.partner)
    stale(app)
    foreign = elsewhere.post(f"{ADDRESS}?lang=en", data=typed | {"again-code": code})
    done = partner.post(ADDRESS, data=carried(sending.text) | {"again-code": code})

    assert ("Send me a code" in asking.text, "on its way" in sending.text) == (True, True)
    assert carried(sending.text) == typed
    assert is_asked(foreign)
    assert (done.status_code, done.location) == (302, "/settings/")
    assert look(lambda: [row.address for row in db.session.scalars(sa.select(AddressChange))]) == [
        "radu+neu@example.ro"
    ]


def without_password(person_id: int) -> None:
    """Let somebody have signed in by codes alone."""
    account = account_of(person_id)
    account.password_hash, account.last_sign_in_at = None, clock.now()


def test_after_ten_wrong_tries_one_waits(partner: FlaskClient) -> None:
    typed = {"email": "radu+neu@example.ro", "submission": "key"}
    answers = [partner.post(f"{ADDRESS}?lang=en", data=typed | {"again-password": "wrong"}) for _try in range(11)]

    assert [answer.status_code for answer in answers] == [200] * 10 + [429]
    assert "This was tried too often." in answers[-1].text
    assert carried(answers[-1].text) == typed


def test_a_proof_is_of_one_browser(app: Flask, cast: Cast, partner: FlaskClient, browse: Browse) -> None:
    other = browse(cast.partner)
    stale(app)
    partner.post("/confirm", data={"again-password": PASSWORD, "again-next": ADDRESS})

    assert [partner.get(ADDRESS).status_code, other.get(ADDRESS).status_code] == [200, 302]


def test_a_role_is_not_given_without_a_fresh_proof(
    app: Flask, cast: Cast, addresses: dict[str, str], browse: Browse, look: Look
) -> None:
    phone = phone_for(app, cast.administrator)
    browser = browse(cast.administrator)
    stale(app)
    path, row = f"/people/{cast.partner}/account", look(lambda: account_of(cast.partner))
    typed = {"email": row.email, "role": "coordinator", "version": str(row.version), "submission": "key"}

    asking = browser.post(f"{path}?lang=en", data=typed)
    between = look(lambda: account_of(cast.partner).role)
    done = browser.post(path, data=carried(asking.text) | {"again-code": phone.code()})

    assert (is_asked(asking), between) == (True, Role.PARTNER)
    assert done.status_code == 302
    assert look(lambda: account_of(cast.partner).role) is Role.COORDINATOR
