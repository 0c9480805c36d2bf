"""What people do with accounts, on a real database."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from tests import builders
from tests.conftest import account_of, told, with_password
from tracker.accounts import actions, queries
from tracker.accounts.models import Account, AccountLink, LinkPurpose, Role, SignIn
from tracker.accounts.queries import known_device
from tracker.accounts.rules import hash_of
from tracker.db import db
from tracker.entrance.actions import begin_sign_in
from tracker.entrance.queries import link_of
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
    sign_in = begin_sign_in(account, secret=secret, kept=False, device="Firefox, Windows", needs_factor=False, now=now)
    db.session.flush()
    return sign_in


def test_a_locked_person_is_signed_out_and_their_links_open_nothing(karla: Person, now: datetime) -> None:
    radu = builders.person("Radu", role=Role.PARTNER)
    account = with_password(radu)
    sign_in = signed_in(account, now)
    actions.invitation_link(account, public_url=URL, by_id=karla.id, now=now)

    actions.lock(radu, by_id=karla.id, now=now)

    db.session.flush()
    db.session.refresh(sign_in)
    assert (radu.locked_at, sign_in.ended_at) == (now, now)
    assert db.session.scalars(sa.select(AccountLink.used_at)).all() == [now]
    actions.unlock(radu, by_id=karla.id, now=now)
    assert radu.locked_at is None
    assert [verb for verb, *_rest in told()] == ["PERSON_LOCKED", "PERSON_UNLOCKED"]


def test_the_last_administrator_stays(karla: Person, now: datetime) -> None:
    anna = builders.person("Anna", role=Role.ADMINISTRATOR)
    account = with_password(anna)
    builders.person("Never signed in", role=Role.ADMINISTRATOR)

    for act in (
        lambda: actions.lock(anna, by_id=karla.id, now=now),
        lambda: actions.archive_person(anna, by_id=karla.id, now=now),
        lambda: actions.change_account(account, email=account.email, role=Role.READER, by_id=karla.id, now=now),
    ):
        with pytest.raises(Refused, match="This is the last administrator"):
            act()
    assert (anna.locked_at, anna.archived_at, account.role) == (None, None, Role.ADMINISTRATOR)


def test_one_of_two_administrators_may_go(karla: Person, now: datetime) -> None:
    anna, bert = (builders.person(name, role=Role.ADMINISTRATOR) for name in ("Anna", "Bert"))
    with_password(anna)
    with_password(bert)

    actions.archive_person(anna, by_id=karla.id, now=now)

    with pytest.raises(Refused):
        actions.archive_person(bert, by_id=karla.id, now=now)


def test_an_account_is_opened_for_the_command_line(now: datetime) -> None:
    here = builders.organisation()

    account = actions.create_account(
        email="Anna@Example.org", role=Role.ADMINISTRATOR, name="Anna", organisation_id=here.id, by_id=None, now=now
    )
    link = actions.invitation_link(account, public_url=URL, by_id=None, now=now)

    assert (account.email, account.role, account.password_hash) == ("anna@example.org", Role.ADMINISTRATOR, None)
    assert (account.person.name, [contact.organisation_id for contact in account.person.contacts]) == (
        "Anna",
        [here.id],
    )
    secret = link.removeprefix(f"{URL}/welcome/")
    found = link_of(secret, LinkPurpose.INVITATION)
    assert found is not None
    assert (found.account, found.expires_at - found.created_at, len(secret)) == (account, timedelta(hours=72), 43)
    assert link_of(secret, LinkPurpose.RESET) is None
    with pytest.raises(Refused, match="Somebody already signs in with this address"):
        actions.create_account(email="anna@example.org ", role=Role.READER, by_id=None, now=now)


def test_an_invitation_is_a_letter_in_the_recipients_language(karla: Person, office: Office, now: datetime) -> None:
    here = builders.organisation(zone="Europe/Bucharest")
    radu = builders.person("Radu Partener", at=here, language="ro", form_of_address="domnule Partener")

    account = actions.invite(
        radu,
        email="Radu@example.org",
        role=Role.PARTNER,
        office=office,
        public_url=URL,
        by_id=karla.id,
        reply_to=karla.email,
        now=now,
    )

    message = db.session.scalars(sa.select(Message)).one()
    link = db.session.scalars(sa.select(AccountLink)).one()
    assert (message.kind, message.address, message.language, message.zone, message.secret) == (
        MessageKind.INVITATION,
        "radu@example.org",
        "ro",
        "Europe/Bucharest",
        True,
    )
    assert (message.key, message.useful_until, message.reply_to) == (
        f"invitation|{link.id}",
        link.expires_at,
        karla.email,
    )
    secret = re.findall(rf"^{URL}/welcome/(\S+)$", message.text or "", re.MULTILINE)
    assert [hash_of(one) for one in secret] == [link.secret_hash]
    assert f'<a href="{URL}/welcome/{secret[0]}">' in (message.html or "")
    assert "domnule Partener" in (message.text or "")
    assert told() == [
        ("ACCOUNT_INVITED", f"account:{account.id}", f"person:{radu.id}", {"role": {"word": "Role.partner"}})
    ]


def test_a_second_invitation_voids_the_first_one(karla: Person, office: Office, now: datetime) -> None:
    radu = builders.person("Radu Partener")
    invite: dict[str, Any] = {"office": office, "public_url": URL, "by_id": karla.id, "reply_to": None, "now": now}
    actions.invite(radu, email="radu@example.org", role=Role.READER, **invite)

    account = actions.invite(radu, email="other@example.org", role=Role.PARTNER, **invite)

    links = db.session.scalars(sa.select(AccountLink).order_by(AccountLink.id)).all()
    assert [(link.role, link.used_at) for link in links] == [(Role.READER, now), (Role.PARTNER, None)]
    assert (account.email, account.role) == ("other@example.org", Role.PARTNER)
    with_password(radu)
    with pytest.raises(Refused, match="This person has an account already"):
        actions.invite(radu, email="radu@example.org", role=Role.PARTNER, **invite)


def test_another_role_or_address_signs_out(karla: Person, now: datetime) -> None:
    radu = builders.person("Radu", role=Role.PARTNER)
    account = with_password(radu)
    first = signed_in(account, now, "first")

    assert not actions.change_account(account, email=account.email, role=Role.PARTNER, by_id=karla.id, now=now)
    db.session.refresh(first)
    assert first.ended_at is None
    assert actions.change_account(account, email="new@example.org", role=Role.READER, by_id=karla.id, now=now)

    db.session.flush()
    db.session.refresh(first)
    assert first.ended_at == now
    assert told() == [
        (
            "ACCOUNT_ROLE_CHANGED",
            f"account:{account.id}",
            f"person:{radu.id}",
            {"old": {"word": "Role.partner"}, "new": {"word": "Role.reader"}},
        ),
        ("ACCOUNT_ADDRESS_CHANGED", f"account:{account.id}", f"person:{radu.id}", {}),
    ]


def test_coordinators_are_those_who_may(now: datetime) -> None:
    people = {role: builders.person(f"{role.value} one", role=role) for role in Role}
    locked = builders.person("Locked", role=Role.COORDINATOR, locked_at=now)

    assert queries.coordinators_choices() == [
        (people[role].id, people[role].name) for role in (Role.ADMINISTRATOR, Role.COORDINATOR)
    ]
    assert (locked.id, "Locked") in queries.coordinators_choices(besides=[locked.id])


def test_a_browser_is_forgotten_when_its_cookie_must_be_gone(karla: Person, now: datetime) -> None:
    account = account_of(karla.id)
    actions.know_device(account.id, "old", name="Firefox", now=now - timedelta(days=401))
    actions.know_device(account.id, "used", name="Firefox", now=now - timedelta(days=401))
    assert not actions.know_device(account.id, "used", name="Firefox", now=now - timedelta(days=400))

    assert actions.forget_unused_devices(now) == 1
    assert [known_device(account.id, secret) is None for secret in ("old", "used", "never")] == [True, False, True]
