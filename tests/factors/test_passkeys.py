"""Passkeys: what a key answers, and what is no answer; with an authenticator of our own."""

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.factors.things import SecurityKey, site
from tracker.factors import passkeys
from tracker.factors.models import Passkey
from tracker.factors.passkeys import Site
from tracker.refusal import Refused

NOW = datetime(2027, 3, 2, 9, 0, tzinfo=UTC)
HERE = site(("k" * 32,))
Wrong = Callable[[str], dict[str, Any]]

pytestmark = pytest.mark.usefixtures("unit")


def asked_to_make(at: Site = HERE, account_id: int = 1, now: datetime = NOW) -> str:
    return passkeys.to_register(
        at, account_id, address="karla@example.org", name="Karla", office="Kassel", known=[], now=now
    )


def known(key: SecurityKey, account_id: int = 1) -> Passkey:
    """Return what the database keeps of a key."""
    made, _question = passkeys.registered(HERE, account_id, key.make(asked_to_make(account_id=account_id)), NOW)
    return Passkey(
        account_id=account_id,
        credential=made.credential,
        public_key=made.public_key,
        uses=made.uses,
        transports=made.transports,
    )


def test_a_key_is_made_and_shown() -> None:
    key = SecurityKey()
    row = known(key)

    answer = key.show(passkeys.to_prove(HERE, 1, known=[row], now=NOW))
    uses, question = passkeys.shown(HERE, row, answer, NOW + timedelta(minutes=9))

    assert (uses, row.transports, passkeys.credential_of(answer)) == (1, "usb", row.credential)
    assert len(question) > 32


def test_a_browser_is_asked_for_the_keys_that_are_known() -> None:
    row = known(SecurityKey())

    question = json.loads(passkeys.to_prove(HERE, 1, known=[row], now=NOW))
    again = json.loads(
        passkeys.to_register(HERE, 1, address="a@example.org", name="Karla", office="Kassel", known=[row], now=NOW)
    )

    assert [one["id"] for one in question["allowCredentials"]] == [row.credential]
    assert [one["id"] for one in again["excludeCredentials"]] == [row.credential]
    assert (again["rp"]["id"], question["rpId"]) == ("partners.example.org", "partners.example.org")


@pytest.mark.parametrize(
    "wrong",
    [
        {"origin": "https://example.com"},
        {"host": "example.com"},
        {"challenge": "bm9uZQ"},
        {"signature": b"no signature"},
    ],
    ids=str,
)
def test_what_is_wrong_in_an_answer_is_refused(wrong: dict[str, Any]) -> None:
    key = SecurityKey()
    row = known(key)

    with pytest.raises(Refused):
        passkeys.shown(HERE, row, key.show(passkeys.to_prove(HERE, 1, known=[row], now=NOW), **wrong), NOW)
    if "signature" not in wrong:
        with pytest.raises(Refused):
            passkeys.registered(HERE, 1, SecurityKey().make(asked_to_make(), **wrong), NOW)


def test_a_question_is_for_one_account_one_act_and_ten_minutes() -> None:
    key = SecurityKey()
    row = known(key)
    of_another = passkeys.to_prove(HERE, 2, known=[row], now=NOW)
    to_make = json.loads(asked_to_make())["challenge"]
    old = passkeys.to_prove(HERE, 1, known=[row], now=NOW - timedelta(minutes=10))
    foreign = passkeys.to_prove(site(("l" * 32,)), 1, known=[row], now=NOW)
    good = passkeys.to_prove(HERE, 1, known=[row], now=NOW)

    for asked, more in ((of_another, {}), (good, {"challenge": to_make}), (old, {}), (foreign, {})):
        with pytest.raises(Refused):
            passkeys.shown(HERE, row, key.show(asked, **more), NOW)
    assert passkeys.shown(HERE, row, key.show(good), NOW)


def test_a_key_whose_count_goes_back_is_a_copy() -> None:
    key = SecurityKey()
    row = known(key)
    row.uses = 7

    with pytest.raises(Refused):
        passkeys.shown(HERE, row, key.show(passkeys.to_prove(HERE, 1, known=[row], now=NOW)), NOW)


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "no JSON",
        "[]",
        "{}",
        '{"id": 1}',
        json.dumps({"id": "a", "rawId": "é", "type": "public-key", "response": {}}),
    ],
)
def test_what_is_no_answer_is_refused(answer: str) -> None:
    row = known(SecurityKey())

    for read in (
        lambda: passkeys.registered(HERE, 1, answer, NOW),
        lambda: passkeys.shown(HERE, row, answer, NOW),
        lambda: passkeys.credential_of(answer),
    ):
        with pytest.raises(Refused):
            read()


@pytest.mark.parametrize(
    ("host", "possible"), [("partners.example.org", True), ("localhost", True), ("127.0.0.1", False), ("::1", False)]
)
def test_passkeys_need_a_name(host: str, possible: bool) -> None:  # noqa: FBT001 - a case
    assert Site(host, "", ()).has_passkeys is possible


def test_without_the_extra_the_program_starts_and_offers_none() -> None:
    asked = """
import importlib.util, sys
find = importlib.util.find_spec
importlib.util.find_spec = lambda name, *more: None if name == "webauthn" else find(name, *more)
sys.modules["webauthn"] = None
import tracker.app
from tracker.factors.passkeys import Site
print(Site("partners.example.org", "", ()).has_passkeys)
"""
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=False)

    assert (done.stdout, done.returncode) == ("False\n", 0), done.stderr
