"""What happens at the entrance, on a real database."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from tests import builders
from tests.conftest import account_of, told, with_password
from tracker.accounts.actions import change_account, invitation_link, lock
from tracker.accounts.models import Account, LinkPurpose, Role, SignIn
from tracker.accounts.rules import hash_of
from tracker.db import db
from tracker.entrance import actions, queries
from tracker.mail.models import Message, MessageKind
from tracker.organisations.models import Office
from tracker.people.models import Person
from tracker.refusal import Refused

URL = "https://partners.example.org"

pytestmark = [pytest.mark.usefixtures("unit"), pytest.mark.both]


@pytest.fixture
def office() -> Office:
    """Give the office."""
    row = db.session.get(Office, 1)
    assert row is not None
    return row


@pytest.fixture(autouse=True)
def _in_english(app: Flask, unit: None) -> Iterator[None]:
    with app.test_request_context("/?lang=en"):
        yield


@pytest.fixture
def karla() -> Person:
    """Give a coordinator."""
    return builders.person("Karla Koordination", role=Role.COORDINATOR)


def signed_in(account: Account, now: datetime, secret: str = "s") -> SignIn:
    """Return a sign-in of an account."""
    sign_in = actions.begin_sign_in(account, secret=secret, kept=False, device="Firefox, Windows", now=now)
    db.session.flush()
    return sign_in


def test_a_link_sets_a_password_once_and_ends_what_was_open(karla: Person, now: datetime) -> None:
    radu = builders.person("Radu", role=Role.PARTNER)
    account = with_password(radu)
    sign_in = signed_in(account, now)
    url = invitation_link(account, public_url=URL, by_id=karla.id, now=now)
    link = queries.link_of(url.rpartition("/")[2], LinkPurpose.INVITATION)
    assert link is not None

    actions.use_link(link, password_hash="hash", now=now)

    db.session.flush()
    db.session.expire_all()
    assert (account.password_hash, sign_in.ended_at, link.used_at) == ("hash", now, now)
    with pytest.raises(Refused, match="This link has been used already"):
        actions.use_link(link, password_hash="other", now=now)
    assert told()[-1] == ("PASSWORD_SET", f"account:{account.id}", f"person:{radu.id}", {})


def test_a_role_given_meanwhile_makes_the_invitation_void(karla: Person, now: datetime) -> None:
    radu = builders.person("Radu", role=Role.PARTNER)
    account = account_of(radu.id)
    url = invitation_link(account, public_url=URL, by_id=karla.id, now=now)

    change_account(account, email=account.email, role=Role.READER, by_id=karla.id, now=now)

    link = queries.link_of(url.rpartition("/")[2], LinkPurpose.INVITATION)
    assert link is not None
    with pytest.raises(Refused, match="The role of this account was changed"):
        actions.use_link(link, password_hash="hash", now=now)
    assert account.password_hash is None


def test_a_new_password_is_sent_three_times_an_hour(office: Office, now: datetime) -> None:
    account = with_password(builders.person("Radu", role=Role.PARTNER, language="ro"))

    sent = [actions.ask_for_reset(account, office=office, public_url=URL, now=now) for _time in range(4)]
    later = actions.ask_for_reset(account, office=office, public_url=URL, now=now + timedelta(hours=1))

    assert (sent, later) == ([True, True, True, False], True)
    messages = db.session.scalars(sa.select(Message)).all()
    assert {(message.kind, message.secret, message.language) for message in messages} == {
        (MessageKind.RESET, True, "ro")
    }
    assert len(messages) == 4


def test_no_new_password_for_closed_or_unused_accounts(karla: Person, office: Office, now: datetime) -> None:
    unused = account_of(builders.person("Ana", role=Role.PARTNER).id)
    radu = builders.person("Radu", role=Role.PARTNER)
    locked = with_password(radu)
    lock(radu, by_id=karla.id, now=now)

    sent = [actions.ask_for_reset(account, office=office, public_url=URL, now=now) for account in (unused, locked)]

    assert sent == [False, False]
    assert db.session.scalars(sa.select(Message)).all() == []


def test_a_sign_in_remembers_the_one_before(now: datetime) -> None:
    account = with_password(builders.person("Radu", role=Role.PARTNER))
    signed_in(account, now - timedelta(days=30), "first")
    second = signed_in(account, now, "second")

    db.session.refresh(account)
    assert (account.seen_until, account.last_sign_in_at) == (now - timedelta(days=30), now)
    assert (second.idle_seconds, second.expires_at) == (3600, now + timedelta(hours=12))
    assert second.secret_hash == hash_of("second")
