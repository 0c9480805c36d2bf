"""Signing in by a code from a letter, over HTTP."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask, Response
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.conftest import Cast, account_of, change, newcomer
from tests.entrance.conftest import code_in, path_in
from tracker import clock
from tracker.accounts import passwords
from tracker.accounts.models import Account, Device, SignIn
from tracker.accounts.queries import account_with
from tracker.app import create_app
from tracker.config import load
from tracker.db import db
from tracker.mail.models import Message, MessageKind
from tracker.web.access import found, know_browser

PASSWORD = "Apfelkuchen am Herkules"
Browse = Callable[..., Any]
Look = Callable[[Callable[[], Any]], Any]
Letters = Callable[[], list[Message]]


@pytest.fixture
def address(app: Flask, cast: Cast) -> str:
    """Give the address of the partner, who was here before and has no password."""

    def enter() -> str:
        account = account_of(cast.partner)
        account.last_sign_in_at = clock.now() - timedelta(days=180)
        return account.email

    return str(change(app, enter))


def ask(browser: FlaskClient, address: str, **more: str) -> TestResponse:
    """Ask for a code as a browser does."""
    return browser.post("/sign-in?lang=en", data={"email": address, "password": "", "way": "code", **more})


def test_a_code_by_mail_lets_in_without_a_password(address: str, browse: Browse, letters: Letters, look: Look) -> None:
    browser = browse()

    answer = ask(browser, f" {address.upper()} ", next="/people/")
    assert (answer.status_code, answer.location) == (302, "/sign-in/code?lang=en")
    page = browser.get("/sign-in/code?lang=en").get_data(as_text=True)
    assert f"If {address} belongs to an account" in page
    code = letters()[0]
    assert (code.kind, code.address, code.secret, code.language) == (MessageKind.CODE, address, True, "ro")
    answer = browser.post("/sign-in/code", data={"code": code_in(code)})

    assert (answer.status_code, answer.location) == (302, "/people/")
    assert browser.get("/settings/").status_code == 200
    assert look(lambda: db.session.scalars(sa.select(SignIn.ended_at)).all()) == [None]


def test_the_code_works_in_no_other_browser(address: str, browse: Browse, letters: Letters) -> None:
    browser, other = browse(), browse()
    ask(browser, address)
    ask(other, address)
    first, second = (code_in(letter) for letter in letters())

    wrong = other.post("/sign-in/code?lang=en", data={"code": first})
    assert "This is not the code of the newest letter." in wrong.get_data(as_text=True)
    assert browse().post("/sign-in/code", data={"code": first}).location == "/sign-in"
    assert browser.post("/sign-in/code", data={"code": second}).status_code == 200
    assert browser.post("/sign-in/code", data={"code": first}).location == "/"


def test_after_five_wrong_codes_a_new_one_is_offered(address: str, browse: Browse, letters: Letters) -> None:
    browser = browse()
    ask(browser, address)
    code = code_in(letters()[0])

    pages = [browser.post("/sign-in/code?lang=en", data={"code": "1"}).get_data(as_text=True) for _time in range(5)]
    assert ["This code has expired" in page for page in pages] == [False] * 4 + [True]
    assert browser.post("/sign-in/code", data={"code": code}).status_code == 200
    ask(browser, address)
    assert browser.post("/sign-in/code", data={"code": code_in(letters()[1])}).location == "/"


def test_a_code_is_void_after_ten_minutes_and_for_who_is_unknown_as_well(
    address: str, browse: Browse, letters: Letters
) -> None:
    known, unknown = browse(), browse()
    ask(known, address)
    ask(unknown, "nobody@example.org")
    code = code_in(letters()[0])

    clock.shift_by(timedelta(minutes=10))
    pages = [one.get("/sign-in/code?lang=en").get_data(as_text=True) for one in (known, unknown)]
    assert ["This code has expired" in page for page in pages] == [True, True]
    assert known.post("/sign-in/code", data={"code": code}).status_code == 200


def test_only_a_partner_stays_signed_in_by_code(
    app: Flask, cast: Cast, browse: Browse, letters: Letters, look: Look
) -> None:
    def enter() -> list[str]:
        found = [account_of(one) for one in (cast.partner, cast.reader)]
        for account in found:
            account.last_sign_in_at = clock.now()
        return [account.email for account in found]

    for address in change(app, enter):
        browser = browse()
        ask(browser, address, keep="y")
        browser.post("/sign-in/code", data={"code": code_in(letters()[-1])})

    lengths = look(lambda: [one.expires_at - one.created_at for one in db.session.scalars(sa.select(SignIn))])
    assert lengths == [timedelta(days=30), timedelta(hours=12)]


def test_who_was_invited_may_do_without_a_password(
    app: Flask, cast: Cast, browse: Browse, letters: Letters, look: Look
) -> None:
    person = newcomer(app, language="ro")
    browse(cast.coordinator).post(f"/people/{person}/invite", data={"email": "nora@example.org", "role": "partner"})
    browser = browse()

    answer = browser.post(path_in(letters()[0]), data={"password": "", "way": "code"})

    assert answer.location == "/"
    assert browser.get("/settings/").status_code == 200
    assert look(lambda: account_of(person).password_hash) is None
    told = letters()[1]
    assert (told.kind, told.person_id) == (MessageKind.ACCOUNT, cast.coordinator)
    browser.post("/sign-out")
    ask(browser, "nora@example.org")
    assert browser.post("/sign-in/code", data={"code": code_in(letters()[2])}).location == "/"


def test_before_the_invitation_is_accepted_no_code_is_sent(
    app: Flask, cast: Cast, browse: Browse, letters: Letters
) -> None:
    person = newcomer(app)
    browse(cast.coordinator).post(f"/people/{person}/invite", data={"email": "nora@example.org", "role": "partner"})

    ask(browse(), "nora@example.org")

    assert [one.kind for one in letters()] == [MessageKind.INVITATION]


def test_a_password_is_asked_for_unless_a_code_is_wanted(address: str, browse: Browse) -> None:
    page = browse().post("/sign-in?lang=en", data={"email": address, "password": ""}).get_data(as_text=True)

    assert "Please enter your password, or have a code sent to you." in page


def test_who_has_no_password_sets_one_after_a_fresh_proof(
    app: Flask, address: str, browse: Browse, letters: Letters, look: Look
) -> None:
    browser = browse()
    ask(browser, address)
    browser.post("/sign-in/code", data={"code": code_in(letters()[0])})
    new = {"password": "Zwetschgenkuchen am See"}

    page = browser.get("/settings/password?lang=en").text
    assert ("Set a password" in page, 'name="old"' in page) == (True, False)
    clock.shift_by(timedelta(minutes=11))
    assert browser.get("/settings/password").location == "/confirm?next=/settings/password"
    assert browser.post("/settings/password?lang=en", data=new).status_code == 200
    assert look(lambda: found(account_with(address)).password_hash) is None
    clock.shift_by(timedelta(minutes=0))
    assert browser.post("/settings/password", data=new).location == "/settings/"

    assert look(lambda: passwords.is_right(new["password"], found(account_with(address)).password_hash))


def test_nothing_of_the_code_stands_in_the_outbox(cast: Cast, address: str, browse: Browse, letters: Letters) -> None:
    ask(browse(), address)
    code = code_in(letters()[0])

    page = browse(cast.administrator).get("/outbox/").get_data(as_text=True)
    assert "Radu Partener" in page
    assert code not in page
    assert f"{code[:4]} {code[4:]}" not in page


# ---- a browser that is not known


def in_by_password(browser: FlaskClient, address: str) -> TestResponse:
    """Sign in with the password."""
    return browser.post(
        "/sign-in", data={"email": address, "password": PASSWORD}, headers={"User-Agent": "Firefox/128"}
    )


@pytest.fixture
def with_password(app: Flask, cast: Cast) -> str:
    """Give the address of the partner, who has a password and was never here."""

    def enter() -> str:
        account = account_of(cast.partner)
        account.password_hash = passwords.hash_password(PASSWORD)
        return account.email

    return str(change(app, enter))


def test_one_hears_of_a_sign_in_with_a_new_browser_only(
    with_password: str, browse: Browse, letters: Letters, look: Look
) -> None:
    browser, other = browse(), browse()

    in_by_password(browser, with_password)
    in_by_password(browser, with_password)
    assert letters() == []
    in_by_password(other, with_password)
    in_by_password(other, with_password)

    (letter,) = letters()
    assert (letter.kind, letter.secret, letter.language) == (MessageKind.ACCOUNT, True, "ro")
    assert "Firefox" in (letter.text or "")
    assert look(lambda: len(db.session.scalars(sa.select(Device)).all())) == 2


def test_a_browser_is_known_by_a_cookie_that_no_script_and_no_other_site_gets(
    with_password: str, browse: Browse, tmp_path: Path
) -> None:
    answer = in_by_password(browse(), with_password)
    set_here = [one for one in answer.headers.getlist("Set-Cookie") if one.startswith("tracker-device=")]
    assert [one.partition("; ")[2].split("; ")[1:] for one in set_here] == [
        ["Max-Age=34560000", "HttpOnly", "Path=/", "SameSite=Lax"]
    ]

    under_tls = create_app(load({}, instance=str(tmp_path), public_url="https://partners.example.org"))
    with under_tls.test_request_context():
        response = Response()
        know_browser(response, "s" * 43)
    name, *rest = response.headers["Set-Cookie"].split("; ")
    assert name == f"__Host-tracker-device={'s' * 43}"
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(rest)
    assert not any(one.startswith("Domain") for one in rest)


def test_two_who_share_a_browser_are_both_known_in_it(
    app: Flask, cast: Cast, with_password: str, browse: Browse, letters: Letters
) -> None:
    def enter() -> str:
        account = account_of(cast.stranger)
        account.password_hash = passwords.hash_password(PASSWORD)
        return account.email

    other, browser = change(app, enter), browse()
    for _time in range(2):
        for address in (with_password, other):
            in_by_password(browser, address)

    assert letters() == []


def test_it_was_not_me_ends_all_after_a_click(
    cast: Cast, with_password: str, browse: Browse, letters: Letters, look: Look
) -> None:
    mine, thief = browse(), browse()
    in_by_password(mine, with_password)
    in_by_password(thief, with_password)
    path = path_in(letters()[0])

    for _time in range(2):
        page = browse().get(f"{path}?lang=en")
        assert (page.status_code, page.headers["Referrer-Policy"]) == (200, "no-referrer")
        browse().head(path)
    assert thief.get("/settings/").status_code == 200
    done = browse().post(f"{path}?lang=en", data={})

    assert "All sign-ins have ended" in done.get_data(as_text=True)
    assert [one.get("/settings/").status_code for one in (mine, thief)] == [302, 302]
    assert in_by_password(thief, with_password).status_code == 200
    assert browse().get(path).status_code == 410
    reset = letters()[1]
    assert (reset.kind, reset.address) == (MessageKind.RESET, with_password)
    assert browse().post(path_in(reset), data={"password": "Zwetschgenkuchen am See"}).location == "/"
    assert look(lambda: db.session.scalars(sa.select(Account.is_accepted).where(Account.email == with_password)).one())
