"""Whoever tries addresses learns nothing of who has an account: not by words, status, length or the work done."""

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import Cast, account_of, change
from tracker import clock
from tracker.accounts import passwords
from tracker.db import db
from tracker.mail.models import Message
from tracker.people.models import Person

PASSWORD = "Apfelkuchen am Herkules"
Browse = Callable[..., Any]

#: What is sent to which page: the same by each of those below.
ASKED: dict[str, tuple[str, dict[str, str]]] = {
    "password": ("/sign-in", {"password": PASSWORD[:-1]}),
    "code": ("/sign-in", {"password": "", "way": "code"}),
    "forgotten": ("/forgotten", {}),
}


@pytest.fixture
def addresses(app: Flask, cast: Cast) -> dict[str, str]:
    """Give addresses of one length: of an account, a locked and an unused one, one without password, and nobody's."""

    def enter() -> dict[str, str]:
        kept = passwords.hash_password(PASSWORD)
        people = {"known": cast.partner, "locked": cast.stranger, "unused": cast.reader, "without": cast.coordinator}
        for number, (who, person_id) in enumerate(people.items()):
            account = account_of(person_id)
            account.email = f"account{number}@example.org"
            if who in {"known", "locked"}:
                account.password_hash = kept
            if who in {"known", "without"}:
                account.last_sign_in_at = clock.now()
        db.session.get_one(Person, cast.stranger).locked_at = clock.now()
        return {who: f"account{number}@example.org" for number, who in enumerate((*people, "nobody"))}

    return dict(change(app, enter))


@pytest.fixture
def hashings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Give a list that grows by what is compared with a password."""
    compared: list[str] = []
    verify = PasswordHasher.verify

    def counting(self: PasswordHasher, kept: str, password: str) -> bool:
        compared.append(kept[:20])
        return bool(verify(self, kept, password))

    monkeypatch.setattr(PasswordHasher, "verify", counting)
    return compared


@pytest.mark.both
@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.parametrize("device", ["", "s" * 43], ids=["new browser", "used browser"])
def test_every_address_is_answered_alike(  # noqa: PLR0917 - fixtures
    addresses: dict[str, str],
    browse: Browse,
    count_queries: Callable[[], Any],
    hashings: list[str],
    asked: str,
    device: str,
) -> None:
    path, sent = ASKED[asked]
    seen = {}
    for who, address in addresses.items():
        browser: FlaskClient = browse()
        browser.set_cookie("tracker-device", device)
        hashings.clear()
        with count_queries() as statements:
            answer = browser.post(path, data={"email": address} | sent)
        page = browser.get(answer.location) if answer.location else answer
        seen[who] = (
            answer.status_code,
            answer.location,
            len(answer.data),
            len(page.data),
            sorted(name for name, _value in answer.headers),
            len(statements),
            hashings.copy(),
        )

    assert len({repr(one) for one in seen.values()}) == 1, seen
    assert len(seen) == 5


@pytest.mark.both
def test_a_wrong_code_is_answered_alike(
    addresses: dict[str, str],
    browse: Browse,
    count_queries: Callable[[], Any],
    letters: Callable[[], list[Message]],
) -> None:
    browsers = {}
    for who, address in addresses.items():
        browsers[who] = browse()
        browsers[who].post("/sign-in", data={"email": address, "password": "", "way": "code"})
    assert sorted(letter.address for letter in letters()) == sorted(addresses[who] for who in ("known", "without"))

    for _time in range(6):
        seen = {}
        for who, browser in browsers.items():
            with count_queries() as statements:
                answer = browser.post("/sign-in/code", data={"code": "wrong"})
            seen[who] = (answer.status_code, len(answer.data), len(statements))
        assert len(set(seen.values())) == 1, seen


@pytest.mark.both
def test_only_the_worker_looks_who_is_to_get_a_letter(
    app: Flask, addresses: dict[str, str], browse: Browse, letters: Callable[[], list[Message]]
) -> None:
    for address in addresses.values():
        browse().post("/forgotten", data={"email": address})

    with app.app_context():
        assert db.session.scalars(sa.select(Message)).all() == []
    assert sorted(letter.address for letter in letters()) == sorted(addresses[who] for who in ("known", "without"))
