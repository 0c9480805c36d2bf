"""The way in and out, over HTTP."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher
from flask import Flask
from werkzeug.test import TestResponse

from tests.conftest import Cast
from tracker import clock
from tracker.accounts import passwords
from tracker.accounts.models import Account, SignIn
from tracker.accounts.rules import hash_of
from tracker.db import db, writing
from tracker.people.models import Person

PASSWORD = "Apfelkuchen am Herkules"
Browse = Callable[..., Any]
Look = Callable[[Callable[[], Any]], Any]


def set_password(app: Flask, person_id: int, kept: str) -> str:
    """Give a person of the cast a password and return the address of the account."""
    with app.app_context(), writing():
        account = db.session.scalars(sa.select(Account).where(Account.person_id == person_id)).one()
        account.password_hash = kept
        db.session.commit()
        return account.email


@pytest.fixture(scope="module")
def kept() -> str:
    """Give the hash of the password."""
    return passwords.hash_password(PASSWORD)


@pytest.fixture
def address(app: Flask, cast: Cast, kept: str) -> str:
    """Give the address of the partner, who has a password."""
    return set_password(app, cast.partner, kept)


def sign_ins() -> list[SignIn]:
    """Return all sign-ins."""
    return list(db.session.scalars(sa.select(SignIn).order_by(SignIn.id)))


def cookie_of(answer: TestResponse) -> str:
    """Return the cookie that signs in, as the browser gets it."""
    return next((one for one in answer.headers.getlist("Set-Cookie") if one.startswith("tracker=")), "")


def test_address_and_password_let_in(address: str, browse: Browse, look: Look) -> None:
    browser = browse()

    answer = browser.post("/sign-in", data={"email": f" {address.upper()}", "password": PASSWORD})

    assert (answer.status_code, answer.location) == (302, "/")
    assert browser.get("/settings/").status_code == 200
    secret = cookie_of(answer).partition(";")[0].removeprefix("tracker=")
    assert cookie_of(answer).partition("; ")[2] == "HttpOnly; Path=/; SameSite=Lax"
    assert look(lambda: [one.secret_hash for one in sign_ins()]) == [hash_of(secret)]


def test_one_comes_back_to_the_page_one_wanted(address: str, browse: Browse) -> None:
    browser = browse()
    sent = browser.get("/people/?country=RO")
    assert sent.location == "/sign-in?next=/people/?country%3DRO"

    for asked, led in (
        ("/people/?country=RO", "/people/?country=RO"),
        ("https://example.com/", "/"),
        ("//example.com/", "/"),
        ("/\\example.com", "/"),
        ("", "/"),
    ):
        answer = browse().post("/sign-in", data={"email": address, "password": PASSWORD, "next": asked})
        assert answer.location == led


def test_a_new_secret_at_each_sign_in_ends_the_one_before(address: str, browse: Browse, look: Look) -> None:
    browser = browse()
    for _time in range(2):
        browser.post("/sign-in", data={"email": address, "password": PASSWORD})

    assert look(lambda: [one.ended_at is None for one in sign_ins()]) == [False, True]


def test_a_planted_form_cookie_is_dropped_at_sign_in(app: Flask, address: str, browse: Browse) -> None:
    browser = browse()
    with browser.session_transaction() as session:
        session["csrf_token"] = "planted"

    browser.post("/sign-in", data={"email": address, "password": PASSWORD})

    with browser.session_transaction() as session:
        assert "csrf_token" not in session


def test_the_form_needs_its_token(app: Flask, address: str, browse: Browse) -> None:
    browser = browse()
    app.config["WTF_CSRF_ENABLED"] = True

    assert browser.post("/sign-in", data={"email": address, "password": PASSWORD}).status_code == 400
    page = browser.get("/sign-in").get_data(as_text=True)
    token = page.split('name="csrf_token" type="hidden" value="')[1].partition('"')[0]
    answer = browser.post("/sign-in", data={"email": address, "password": PASSWORD, "csrf_token": token})
    assert answer.status_code == 302


def test_whatever_is_wrong_the_answer_is_the_same(
    app: Flask, cast: Cast, address: str, kept: str, browse: Browse
) -> None:
    locked = set_password(app, cast.stranger, kept)
    with app.app_context(), writing():
        db.session.execute(sa.update(Person).where(Person.id == cast.stranger).values(locked_at=clock.now()))
        unused = db.session.scalars(sa.select(Account.email).where(Account.person_id == cast.reader)).one()
        db.session.commit()

    answers = [
        browse().post("/sign-in?lang=en", data={"email": email, "password": password})
        for email, password in (
            (address, "another password"),
            ("nobody@example.org", PASSWORD),
            (locked, PASSWORD),
            (unused, PASSWORD),
            ("no address", PASSWORD),
        )
    ]

    said = "Address and password do not fit together, or this account is not open. Please try again."
    assert [answer.get_data(as_text=True).count(said) for answer in answers] == [1] * 5
    assert {answer.status_code for answer in answers} == {200}
    lengths = {
        len(answer.data) - len(email)
        for answer, email in zip(answers, (address, "nobody@example.org", locked, unused, "no address"), strict=True)
    }
    assert len(lengths) == 1
    assert all(cookie_of(answer) == "" for answer in answers)


def test_an_old_hash_is_made_anew(app: Flask, cast: Cast, browse: Browse, look: Look) -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    address = set_password(app, cast.partner, weak)

    assert browse().post("/sign-in", data={"email": address, "password": PASSWORD}).status_code == 302

    made = look(lambda: db.session.scalars(sa.select(Account.password_hash).where(Account.email == address)).one())
    assert made != weak
    assert not passwords.is_old_hash(made)
    assert passwords.is_right(PASSWORD, made)


def test_only_partners_stay_signed_in(app: Flask, cast: Cast, kept: str, browse: Browse, look: Look) -> None:
    address, coordinator = (set_password(app, one, kept) for one in (cast.partner, cast.coordinator))

    answers = [
        browse().post("/sign-in", data={"email": email, "password": PASSWORD, "keep": "y"})
        for email in (address, coordinator)
    ]

    assert ["Max-Age=2592000" in cookie_of(answer) for answer in answers] == [True, False]
    assert look(lambda: [one.expires_at - one.created_at for one in sign_ins()]) == [
        timedelta(days=30),
        timedelta(hours=12),
    ]


def test_signing_out_ends_the_sign_in(address: str, browse: Browse, look: Look) -> None:
    browser = browse()
    browser.post("/sign-in", data={"email": address, "password": PASSWORD})
    stolen = browser.get_cookie("tracker").value

    answer = browser.post("/sign-out")

    assert (answer.location, answer.headers["Clear-Site-Data"]) == ("/sign-in", '"cache"')
    assert browser.get_cookie("tracker") is None
    thief = browse()
    thief.set_cookie("tracker", stolen)
    assert thief.get("/settings/").location == "/sign-in?next=/settings/"
    assert browser.get("/sign-out").status_code == 405


def test_a_sign_in_idles_out(address: str, browse: Browse) -> None:
    browser = browse()
    browser.post("/sign-in", data={"email": address, "password": PASSWORD})

    clock.shift_by(timedelta(minutes=59))
    assert browser.get("/settings/").status_code == 200
    clock.shift_by(timedelta(minutes=59 + 61))
    assert browser.get("/settings/").status_code == 302


def test_whoever_is_signed_in_is_led_on(address: str, browse: Browse) -> None:
    browser = browse()
    browser.post("/sign-in", data={"email": address, "password": PASSWORD})

    assert browser.get("/sign-in?next=/people/").location == "/people/"


AGENTS = {
    "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0": "Firefox, Linux",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Version/17.5 Safari/604.1": (
        "Safari, iPhone"
    ),
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0": (
        "Edge, Windows"
    ),
    "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/126.0.0.0 Mobile Safari/537.36": "Chrome, Android",
    "curl/8.0": "",
}


def test_the_device_is_named_in_a_few_words(address: str, browse: Browse, look: Look) -> None:
    for agent in AGENTS:
        browse().post("/sign-in", data={"email": address, "password": PASSWORD}, headers={"User-Agent": agent})

    assert look(lambda: [one.device for one in sign_ins()]) == list(AGENTS.values())
