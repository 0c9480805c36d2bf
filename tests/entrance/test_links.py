"""Mailed links and new passwords, over HTTP."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.conftest import WHO, Cast, account_of, change, newcomer, person_id
from tracker import clock
from tracker.accounts import passwords
from tracker.accounts.models import AccountLink
from tracker.db import db
from tracker.mail.models import Message

PASSWORD = "Apfelkuchen am Herkules"
Browse = Callable[..., Any]
Look = Callable[[Callable[[], Any]], Any]


#: Address, and what nobody, the partner of a project, a partner of another one, reader, coordinator, administrator get.
ASKED = {
    "/settings/password": (302, 200, 200, 200, 200, 200),
    "/forgotten": (200, 200, 200, 200, 200, 200),
    "/sign-in": (200, 302, 302, 302, 302, 302),
    "/welcome/unknown": (404, 404, 404, 404, 404, 404),
    "/new-password/unknown": (404, 404, 404, 404, 404, 404),
}


@pytest.mark.parametrize("path", ASKED)
def test_each_page_knows_who_may_see_it(cast: Cast, browse: Browse, path: str) -> None:
    answers = tuple(browse(person_id(cast, who)).get(path).status_code for who in WHO)

    assert answers == ASKED[path]


def letter() -> Message:
    """Return the newest letter."""
    return db.session.scalars(sa.select(Message).order_by(Message.id.desc())).first() or Message(text="")


def path_in(look: Look) -> str:
    """Return the path of the link in the newest letter."""
    found = re.search(r"http://127\.0\.0\.1:\d+(/\S+)", look(lambda: letter().text))
    assert found
    return found[1]


def test_an_invited_partner_chooses_a_password_and_is_in(app: Flask, cast: Cast, browse: Browse, look: Look) -> None:
    person = newcomer(app, language="ro")
    sent = {"email": "Nora@example.org", "role": "partner"}
    assert browse(cast.coordinator).post(f"/people/{person}/invite", data=sent).location == f"/people/{person}"
    path, browser = path_in(look), browse()

    page = browser.get(path)
    assert (page.status_code, page.headers["Referrer-Policy"]) == (200, "no-referrer")
    assert "nora@example.org" in page.get_data(as_text=True)
    refused = browser.post(f"{path}?lang=en", data={"password": "Nora Neu Nora Neu"}).get_data(as_text=True)
    assert "<span>This password is made of your name, your address or the office’s." in refused
    answer = browser.post(path, data={"password": PASSWORD})

    assert answer.location == "/"
    assert browser.get("/settings/").status_code == 200
    assert look(lambda: passwords.is_right(PASSWORD, account_of(person).password_hash))
    again = browse().get(f"{path}?lang=en")
    assert (again.status_code, "This link has been used already" in again.get_data(as_text=True)) == (410, True)
    assert browse().post(path, data={"password": "Zwetschgenkuchen am See"}).status_code == 410


def test_looking_at_a_link_uses_nothing_up(app: Flask, cast: Cast, browse: Browse, look: Look) -> None:
    person = newcomer(app)
    browse(cast.coordinator).post(f"/people/{person}/invite", data={"email": "nora@example.org", "role": "partner"})
    path = path_in(look)

    for _time in range(3):
        browse().get(path)
        browse().head(path)

    assert look(lambda: db.session.scalars(sa.select(AccountLink.used_at)).all()) == [None]


def test_an_invitation_lasts_three_days(app: Flask, cast: Cast, browse: Browse, look: Look) -> None:
    browse(cast.coordinator).post(f"/people/{newcomer(app)}/invite", data={"email": "n@example.org", "role": "partner"})
    path = path_in(look)

    clock.shift_by(timedelta(hours=71))
    assert browse().get(path).status_code == 200
    clock.shift_by(timedelta(hours=72))
    page = browse().get(f"{path}?lang=en")
    assert (page.status_code, "open for 72 hours and has expired" in page.get_data(as_text=True)) == (410, True)


def test_a_forgotten_password_is_answered_alike_and_sent_to_who_is_there(
    app: Flask, cast: Cast, browse: Browse, look: Look, letters: Callable[[], list[Message]]
) -> None:
    change(app, lambda: setattr(account_of(cast.partner), "password_hash", passwords.hash_password("before before")))
    address, other = look(lambda: account_of(cast.partner).email), browse(cast.partner)

    answers = [browse().post("/forgotten", data={"email": email}) for email in ("nobody@example.org", address)]

    assert [(answer.status_code, answer.location) for answer in answers] == [(302, "/sign-in")] * 2
    assert [letter.address for letter in letters()] == [address]
    path, browser = path_in(look), browse()
    assert path.startswith("/new-password/")
    assert browse().get(path.replace("/new-password/", "/welcome/")).status_code == 404
    assert browser.post(path, data={"password": PASSWORD}).location == "/"
    assert browser.get("/settings/").status_code == 200
    assert other.get("/settings/").status_code == 302


def test_a_password_is_changed_by_who_knows_the_old_one(app: Flask, cast: Cast, browse: Browse, look: Look) -> None:
    change(app, lambda: setattr(account_of(cast.partner), "password_hash", passwords.hash_password(PASSWORD)))
    browser, other = browse(cast.partner), browse(cast.partner)
    new = "Zwetschgenkuchen am See"

    wrong = browser.post("/settings/password?lang=en", data={"old": "guessed", "password": new}).get_data(as_text=True)
    assert "<span>This is not your present password.</span>" in wrong
    short = browser.post("/settings/password?lang=en", data={"old": PASSWORD, "password": "short"}).get_data(
        as_text=True
    )
    assert "<span>This password is too short" in short
    assert browser.post("/settings/password", data={"old": PASSWORD, "password": new}).location == "/settings/"

    assert look(lambda: passwords.is_right(new, account_of(cast.partner).password_hash))
    assert [one.get("/settings/").status_code for one in (browser, other)] == [200, 302]
