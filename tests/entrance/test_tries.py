"""How often one may try at the entrance, over HTTP: others wait, a victim gets in."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.conftest import Cast, account_of, change, newcomer
from tests.entrance.conftest import code_in
from tracker import clock
from tracker.accounts import passwords
from tracker.accounts.rules import INVITATIONS
from tracker.entrance.rules import LETTERS, LINKS, PROOFS
from tracker.mail.models import Message, MessageKind

PASSWORD = "Apfelkuchen am Herkules"
HOME, AFAR = "192.0.2.1", "203.0.113.9"
Browse = Callable[..., Any]
Letters = Callable[[], list[Message]]


@pytest.fixture
def address(app: Flask, cast: Cast) -> str:
    """Give the address of the partner, who has a password."""

    def enter() -> str:
        account = account_of(cast.partner)
        account.password_hash = passwords.hash_password(PASSWORD)
        return account.email

    return str(change(app, enter))


def sign_in(
    browser: FlaskClient, address: str, password: str = "wrong", *, at: str = HOME, **more: str
) -> TestResponse:
    """Try to sign in from somewhere."""
    data = {"email": address, "password": password}
    return browser.post("/sign-in?lang=en", data=data, environ_base={"REMOTE_ADDR": at}, headers=more)


def test_who_tries_passwords_out_is_asked_to_wait(address: str, browse: Browse) -> None:
    answers = [sign_in(browse(), address) for _time in range(PROOFS.each + 1)]

    assert [answer.status_code for answer in answers] == [200] * PROOFS.each + [429]
    assert "This was tried too often. Please wait for 15 minutes, until" in answers[-1].get_data(as_text=True)
    assert sign_in(browse(), address, PASSWORD).status_code == 429
    clock.shift_by(PROOFS.within)
    assert sign_in(browse(), address, PASSWORD).status_code == 302


def test_a_victim_gets_in_while_somebody_tries_their_passwords_out(address: str, browse: Browse) -> None:
    answers = [sign_in(browse(), address, at=AFAR) for _time in range(60)]

    assert answers[-1].status_code == 429
    assert sign_in(browse(), address, PASSWORD, at=HOME).status_code == 302


def test_a_victim_gets_in_from_the_same_house_with_the_browser_they_use(address: str, browse: Browse) -> None:
    mine = browse()
    assert sign_in(mine, address, PASSWORD).status_code == 302
    mine.post("/sign-out")
    for _time in range(60):
        sign_in(browse(), address)

    assert sign_in(browse(), address, PASSWORD).status_code == 429
    assert sign_in(mine, address, PASSWORD).status_code == 302


def test_an_attack_from_everywhere_leaves_those_in_whose_browser_is_known(
    monkeypatch: pytest.MonkeyPatch, address: str, browse: Browse
) -> None:
    monkeypatch.setattr("tracker.entrance.routes.PROOFS", replace(PROOFS, site=6))
    mine = browse()
    assert sign_in(mine, address, PASSWORD).status_code == 302
    mine.post("/sign-out")

    answers = [sign_in(browse(), f"{number}@example.org", at=f"198.51.100.{number}") for number in range(10)]

    assert [answer.status_code for answer in answers] == [200] * 6 + [429] * 4
    assert sign_in(mine, address, PASSWORD).status_code == 302


def test_no_header_makes_somebody_another(address: str, browse: Browse) -> None:
    answers = [
        sign_in(
            browse(),
            address,
            **{"X-Forwarded-For": f"198.51.100.{number}", "Forwarded": f"for=198.51.100.{number}", "X-Real-IP": HOME},
        )
        for number in range(50)
    ]

    assert [answer.status_code for answer in answers] == [200] * PROOFS.each + [429] * (50 - PROOFS.each)


def test_right_passwords_are_not_counted(address: str, browse: Browse) -> None:
    answers = [sign_in(browse(), address, PASSWORD) for _time in range(PROOFS.each + 2)]

    assert {answer.status_code for answer in answers} == {302}


@pytest.mark.parametrize(("path", "more"), [("/sign-in", {"password": "", "way": "code"}), ("/forgotten", {})])
def test_so_many_letters_are_asked_for(
    address: str, browse: Browse, letters: Letters, path: str, more: dict[str, str]
) -> None:
    def ask(at: str) -> int:
        data = {"email": address} | more
        return int(browse().post(path, data=data, environ_base={"REMOTE_ADDR": at}).status_code)

    assert [ask(AFAR) for _time in range(LETTERS.each + 1)] == [302] * LETTERS.each + [429]
    assert len(letters()) == LETTERS.each
    assert ask(HOME) == 302
    assert len(letters()) == LETTERS.each + 1


def test_no_code_of_a_victim_waits_for_those_that_others_asked_for(
    address: str, browse: Browse, letters: Letters
) -> None:
    for _time in range(LETTERS.each):
        browse().post(
            "/sign-in",
            data={"email": address, "password": "", "way": "code"},
            environ_base={"REMOTE_ADDR": AFAR},
        )
    mine = browse()
    mine.post("/sign-in", data={"email": address, "password": "", "way": "code"})

    own = letters()[-1]
    assert own.kind is MessageKind.CODE
    assert mine.post("/sign-in/code", data={"code": code_in(own)}).location == "/"


def test_a_coordinator_sends_so_many_invitations(app: Flask, cast: Cast, browse: Browse) -> None:
    people, browser = [newcomer(app) for _number in range(INVITATIONS.each + 1)], browse(cast.coordinator)

    answers = [
        browser.post(f"/people/{person}/invite?lang=en", data={"email": f"n{person}@example.org", "role": "partner"})
        for person in people
    ]

    assert [answer.status_code for answer in answers] == [302] * INVITATIONS.each + [429]
    assert "Please wait for 60 minutes" in answers[-1].get_data(as_text=True)
    assert 3500 < int(answers[-1].headers["Retry-After"]) <= 3600


def test_a_form_behind_a_link_takes_so_many_passwords(address: str, browse: Browse, letters: Letters) -> None:
    browse().post("/forgotten", data={"email": address})
    path = (letters()[0].text or "").split("http://127.0.0.1:8000")[1].split()[0]

    answers = [browse().post(path, data={"password": "short"}).status_code for _time in range(LINKS.each + 1)]

    assert answers == [200] * LINKS.each + [429]
