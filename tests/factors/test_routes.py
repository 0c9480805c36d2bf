"""Setting up, removing, helping out: over HTTP."""

import html
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import Cast, account_of, change, sign_in, told
from tests.factors.things import SETTINGS, Phone, SecurityKey, phone_of, scan
from tracker import clock
from tracker.accounts.models import SignIn
from tracker.db import db
from tracker.factors.models import AuthenticatorApp, Passkey, RecoveryCode
from tracker.mail.models import Message, MessageKind

Browse = Callable[..., FlaskClient]
Look = Callable[[Callable[[], Any]], Any]


@pytest.fixture
def named(app: Flask) -> Iterator[None]:
    """Let the site have a name, as passkeys need one."""
    before = app.config["SETTINGS"]
    app.config["SETTINGS"] = replace(before, public_url="http://localhost")
    yield
    app.config["SETTINGS"] = before


def stale(app: Flask) -> None:
    """Let everybody's last proof lie ten minutes back."""
    ago = clock.now() - timedelta(minutes=10)
    change(app, lambda: db.session.execute(sa.update(SignIn).values(confirmed_at=ago)))


def ask_to_confirm(app: Flask, browser: FlaskClient) -> str:
    """Return the page that asks for a proof."""
    stale(app)
    return browser.get("/confirm?next=/people/").text


def set_up(browser: FlaskClient) -> Phone:
    """Set up an app, as the page says."""
    phone, form = scan(browser)
    answer = browser.post(f"{SETTINGS}/app", data=form | {"code": phone.code()})
    assert answer.status_code == 302
    return phone


def letters() -> list[tuple[str, str]]:
    """Return whom was written about their account, and what."""
    rows = db.session.scalars(sa.select(Message).where(Message.kind == MessageKind.ACCOUNT).order_by(Message.id))
    return [(row.address, str(row.text).split("\n")[2]) for row in rows]


# ---- an app


@pytest.mark.both
def test_an_app_is_set_up_recorded_and_told(cast: Cast, browse: Browse, look: Look) -> None:
    browser = browse(cast.partner)

    set_up(browser)

    address = look(lambda: account_of(cast.partner).email)
    assert [line[0] for line in look(told)] == ["FACTOR_ADDED"]
    assert look(letters) == [
        (address, "A fost configurată o aplicație de autentificare: de acum înainte conectarea cere un cod din ea.")
    ]
    assert "Last used:" in browser.get(f"{SETTINGS}?lang=en").text


def test_the_picture_and_the_key_are_one_secret_and_the_database_holds_none(
    cast: Cast, browse: Browse, look: Look
) -> None:
    browser = browse(cast.partner)
    page = browser.get(f"{SETTINGS}/app").text
    address = re.search(r'href="(otpauth://[^"]+)"', page)
    key = re.search(r'<code class="key">([A-Z2-7 ]+)</code>', page)
    assert address
    assert key
    secret = key[1].replace(" ", "")

    set_up(browser)

    assert f"secret={secret}&" in html.unescape(address[1])
    assert "<svg" in page
    assert "style=" not in page.partition("<svg")[2].partition("</svg>")[0]
    row = look(lambda: db.session.scalars(sa.select(AuthenticatorApp)).one())
    assert secret not in {str(getattr(row, column.name)) for column in AuthenticatorApp.__table__.columns}


def test_the_form_that_comes_back_keeps_its_secret(cast: Cast, browse: Browse) -> None:
    browser = browse(cast.partner)
    phone, form = scan(browser)

    page = browser.post(f"{SETTINGS}/app", data=form | {"code": "000000"}).text

    assert " ".join(phone.secret[at : at + 4] for at in range(0, 32, 4)) in page
    assert browser.post(f"{SETTINGS}/app", data=form | {"code": phone.code()}).status_code == 302


def test_a_secret_shown_to_somebody_else_is_not_taken(cast: Cast, browse: Browse, look: Look) -> None:
    phone, form = scan(browse(cast.stranger))

    answer = browse(cast.partner).post(f"{SETTINGS}/app", data=form | {"code": phone.code()})

    assert answer.status_code == 200
    assert look(lambda: db.session.scalars(sa.select(AuthenticatorApp)).all()) == []


def test_a_double_click_sets_up_one(cast: Cast, browse: Browse, look: Look) -> None:
    browser = browse(cast.partner)
    phone, form = scan(browser)

    answers = [browser.post(f"{SETTINGS}/app", data=form | {"code": phone.code()}) for _click in range(2)]

    assert [answer.location for answer in answers] == [f"{SETTINGS}/codes"] * 2
    assert len(look(letters)) == 1


def test_another_app_takes_the_place_of_the_first(cast: Cast, browse: Browse, look: Look) -> None:
    browser = browse(cast.partner)
    set_up(browser)
    nonce = look(lambda: db.session.scalars(sa.select(AuthenticatorApp.nonce)).one())

    set_up(browser)

    assert look(lambda: db.session.scalars(sa.select(AuthenticatorApp.nonce)).one()) != nonce


def test_a_change_signs_out_every_other_browser(app: Flask, cast: Cast, browse: Browse, look: Look) -> None:
    for act in (set_up, lambda one: one.post(f"{SETTINGS}/app/remove")):
        browser, other = browse(cast.partner), app.test_client()
        other.set_cookie("tracker", sign_in(app, cast.partner))

        act(browser)

        assert (browser.get("/").status_code, other.get("/").status_code) == (200, 302)


def test_removing_the_last_one_removes_the_recovery_codes(cast: Cast, browse: Browse, look: Look) -> None:
    browser = browse(cast.partner)
    set_up(browser)
    browser.post(f"{SETTINGS}/codes", data={"submission": "form"})

    browser.post(f"{SETTINGS}/app/remove")

    assert look(lambda: db.session.scalars(sa.select(RecoveryCode)).all()) == []
    assert browser.get(f"{SETTINGS}/codes").status_code == 404


# ---- recovery codes


@pytest.mark.both
def test_recovery_codes_are_shown_once(cast: Cast, browse: Browse, look: Look) -> None:
    browser = browse(cast.partner)
    set_up(browser)

    before = browser.get(f"{SETTINGS}/codes").text
    shown = browser.post(f"{SETTINGS}/codes", data={"submission": "form"}).text
    twice = browser.post(f"{SETTINGS}/codes", data={"submission": "form"}).text
    after = browser.get(f"{SETTINGS}/codes").text

    codes = re.findall(r"<code>([0-9a-z-]{19})</code>", shown)
    assert len(set(codes)) == 10
    assert re.findall(r"<code>([0-9a-z-]{19})</code>", twice) == codes
    assert not any(code in before + after for code in codes)
    assert look(lambda: db.session.scalar(sa.select(sa.func.count()).select_from(RecoveryCode))) == 10
    assert [line[0] for line in look(told)].count("RECOVERY_CODES_MADE") == 1


def test_who_has_no_second_factor_gets_no_recovery_codes(cast: Cast, browse: Browse, look: Look) -> None:
    answer = browse(cast.partner).post(f"{SETTINGS}/codes", data={"submission": "form"})

    assert answer.status_code == 404
    assert look(lambda: db.session.scalars(sa.select(RecoveryCode)).all()) == []


# ---- passkeys


def asked(page: str) -> str:
    """Return what a page asks a passkey."""
    found = re.search(r'data-asked="([^"]+)"', page)
    assert found
    return html.unescape(found[1])


def add(browser: FlaskClient, key: SecurityKey, name: str = "Telefon") -> Any:  # noqa: ANN401 - an answer
    """Add a passkey, as the page and its script do."""
    page = browser.get(f"{SETTINGS}/passkey").text
    return browser.post(
        f"{SETTINGS}/passkey",
        data={"name": name, "answer": key.make(asked(page)), "submission": f"{name} {time.monotonic_ns()}"},
    )


@pytest.mark.both
@pytest.mark.usefixtures("named")
def test_several_passkeys_are_added_with_names_and_removed(cast: Cast, browse: Browse, look: Look) -> None:
    browser = browse(cast.partner)
    phone, desk = SecurityKey("http://localhost"), SecurityKey("http://localhost")

    answers = [add(browser, phone, "Mein Telefon"), add(browser, desk, "Büro")]
    page = browser.get(SETTINGS).text
    gone = look(lambda: db.session.scalars(sa.select(Passkey.id).where(Passkey.name == "Büro")).one())
    browser.post(f"{SETTINGS}/passkeys/{gone}/remove")

    assert [answer.status_code for answer in answers] == [302, 302]
    assert ("Mein Telefon" in page, "Büro" in page) == (True, True)
    assert look(lambda: db.session.scalars(sa.select(Passkey.name)).all()) == ["Mein Telefon"]
    assert [line[0] for line in look(told)] == ["FACTOR_ADDED", "FACTOR_ADDED", "FACTOR_REMOVED"]
    assert len(look(letters)) == 3


@pytest.mark.usefixtures("named")
def test_a_passkey_proves_in_the_second_step_once_per_question(
    app: Flask, cast: Cast, browse: Browse, look: Look
) -> None:
    key = SecurityKey("http://localhost")
    browser = browse(cast.partner)
    add(browser, key)
    page = ask_to_confirm(app, browser)

    answer = key.show(asked(page))
    first = browser.post("/confirm", data={"again-answer": answer, "again-next": "/people/"})
    stale(app)
    replayed = browser.post("/confirm", data={"again-answer": answer, "again-next": "/people/"})

    assert first.location == "/people/"
    assert replayed.status_code == 200
    assert look(lambda: db.session.scalars(sa.select(Passkey.uses)).one()) == 1


@pytest.mark.usefixtures("named")
def test_a_passkey_of_somebody_else_proves_nothing(app: Flask, cast: Cast, browse: Browse) -> None:
    mine, theirs = SecurityKey("http://localhost"), SecurityKey("http://localhost")
    browser = browse(cast.partner)
    add(browser, mine)
    add(browse(cast.stranger), theirs)

    page = ask_to_confirm(app, browser)
    answer = browser.post("/confirm", data={"again-answer": theirs.show(asked(page)), "again-next": "/people/"})

    assert answer.status_code == 200


@pytest.mark.usefixtures("named")
def test_the_same_passkey_is_added_once(cast: Cast, browse: Browse, look: Look) -> None:
    key = SecurityKey("http://localhost")
    browser = browse(cast.partner)

    answers = [add(browser, key), add(browser, key), add(browse(cast.stranger), key)]

    assert [answer.status_code for answer in answers] == [302, 200, 200]
    assert len(look(lambda: db.session.scalars(sa.select(Passkey)).all())) == 1


@pytest.mark.usefixtures("named")
def test_only_pages_with_passkeys_may_run_the_script(app: Flask, cast: Cast, browse: Browse) -> None:
    browser = browse(cast.partner)
    policies = {
        path: browser.get(path).headers["Content-Security-Policy"] for path in (SETTINGS, f"{SETTINGS}/app", "/")
    }
    policies[f"{SETTINGS}/passkey"] = browser.get(f"{SETTINGS}/passkey").headers["Content-Security-Policy"]
    add(browser, SecurityKey("http://localhost"))
    stale(app)
    policies["/confirm"] = browser.get("/confirm").headers["Content-Security-Policy"]

    assert {path for path, policy in policies.items() if "script-src 'self'" in policy} == {
        f"{SETTINGS}/passkey",
        "/confirm",
    }
    assert not any("unsafe" in policy for policy in policies.values())


def test_where_the_site_has_no_name_none_is_offered(cast: Cast, browse: Browse) -> None:
    browser = browse(cast.partner)

    assert "/passkey" not in browser.get(SETTINGS).text
    assert browser.get(f"{SETTINGS}/passkey").status_code == 404


# ---- somebody who has lost theirs


@pytest.mark.both
def test_an_administrator_helps_somebody_who_has_lost_theirs(
    app: Flask, cast: Cast, browse: Browse, look: Look
) -> None:
    with app.test_request_context():
        change(app, lambda: phone_of(cast.coordinator, app.config["SIGNING_KEYS"]))
    theirs, browser = browse(cast.coordinator), browse(cast.administrator)
    path = f"/people/{cast.coordinator}/second-factor"

    page = browser.get(f"{path}?lang=en").text
    answer = browser.post(path, data={"submission": "form"})
    again = browser.post(f"{path}?lang=en", data={"submission": "another"})

    assert "Authenticator app" in page
    assert answer.location == f"/people/{cast.coordinator}/account"
    assert "This person has no second factor." in again.text
    assert theirs.get("/").status_code == 302
    assert look(lambda: db.session.scalars(sa.select(AuthenticatorApp)).all()) == []
    assert look(told)[-1][:3] == (
        "FACTORS_REMOVED",
        look(lambda: f"account:{account_of(cast.coordinator).id}"),
        f"person:{cast.coordinator}",
    )
    assert look(letters)[-1][1].startswith("Die Dienststelle hat Ihren zweiten Faktor entfernt.")
