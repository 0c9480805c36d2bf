"""What people do with persons, functions and accounts, on a real database."""

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from tests import builders
from tracker.db import db
from tracker.history.models import HistoryLine
from tracker.mail.models import Message, MessageKind
from tracker.organisations.models import Office
from tracker.people import actions, passwords, queries
from tracker.people.models import Account, AccountLink, Contact, LinkPurpose, Person, Role, SignIn
from tracker.people.rules import hash_of
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


def told() -> list[tuple[str, str, str | None, dict[str, object]]]:
    """Return verb, subject, page and facts of every line of the history."""
    db.session.flush()
    lines = db.session.scalars(sa.select(HistoryLine).order_by(HistoryLine.id))
    return [(line.verb, line.subject, line.within, line.facts) for line in lines]


def with_password(person: Person) -> Account:
    """Return the account of a person, who has a password now."""
    account = queries.account_of(person.id)
    assert account is not None
    account.password_hash = passwords.hash_password("Apfelkuchen am Herkules")
    db.session.flush()
    return account


def signed_in(account: Account, now: datetime, secret: str = "s") -> SignIn:
    """Return a sign-in of an account."""
    sign_in = actions.begin_sign_in(account, secret=secret, kept=False, device="Firefox, Windows", now=now)
    db.session.flush()
    return sign_in


# ---- persons


def test_a_person_is_entered_and_changed_without_personal_data_in_the_history(karla: Person, now: datetime) -> None:
    person = actions.create_person(name="Radu", language="ro", email="radu@example.org", by_id=karla.id, now=now)
    actions.change_person(person, by_id=karla.id, now=now, email="r@example.org", language="hu", name="Radu")
    changed = actions.change_person(person, by_id=karla.id, now=now, email="r@example.org")

    assert not changed
    assert told() == [
        ("PERSON_CREATED", f"person:{person.id}", None, {}),
        ("PERSON_CHANGED", f"person:{person.id}", None, {"changes": {"email": [None, None], "language": [None, None]}}),
    ]


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


# ---- functions


def test_there_is_one_first_contact_at_a_time(karla: Person, now: datetime) -> None:
    here = builders.organisation()
    radu, ana, vlad = (builders.person(name) for name in ("Radu", "Ana", "Vlad"))
    gone = actions.add_function(
        vlad, organisation_id=here.id, is_first=True, until_on=date(2026, 12, 31), by_id=karla.id, now=now
    )
    old = actions.add_function(
        radu, organisation_id=here.id, is_first=True, from_on=date(2027, 1, 1), by_id=karla.id, now=now
    )

    new = actions.add_function(
        ana, organisation_id=here.id, is_first=True, from_on=date(2027, 2, 1), by_id=karla.id, now=now
    )

    db.session.flush()
    assert (gone.is_first, old.is_first, new.is_first) == (True, False, True)
    assert queries.first_contact(here.id, date(2027, 3, 2)) is new
    assert told()[-1] == (
        "CONTACT_CHANGED",
        f"contact:{old.id}",
        f"person:{radu.id}",
        {"changes": {"is_first": [None, None]}},
    )


def test_a_function_ends_today_or_is_taken_back(karla: Person, now: datetime) -> None:
    here, radu, today = builders.organisation(), builders.person("Radu"), date(2027, 3, 2)
    held = actions.add_function(radu, organisation_id=here.id, by_id=karla.id, now=now)
    coming = actions.add_function(
        radu, organisation_id=here.id, from_on=today + timedelta(days=1), by_id=karla.id, now=now
    )

    actions.end_function(held, today=today, by_id=karla.id, now=now)
    actions.end_function(coming, today=today, by_id=karla.id, now=now)

    assert (held.until_on, held.archived_at) == (today, None)
    assert coming.archived_at == now
    assert [verb for verb, *_rest in told()][-2:] == ["CONTACT_CHANGED", "CONTACT_ARCHIVED"]


def test_a_changed_function_names_what_changed(karla: Person, now: datetime) -> None:
    here, radu, ana = builders.organisation(), builders.person("Radu"), builders.person("Ana")
    contact = actions.add_function(radu, organisation_id=here.id, function="șef", by_id=karla.id, now=now)
    same: dict[str, Any] = {"organisation_id": here.id, "function": "șef", "from_on": None, "is_first": False}

    actions.change_function(contact, **same, deputy_id=ana.id, until_on=date(2027, 3, 31), by_id=karla.id, now=now)

    assert told()[-1][3] == {"changes": {"deputy": [None, None], "until_on": [None, {"day": "2027-03-31"}]}}


# ---- accounts


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
    found = queries.link_of(secret, LinkPurpose.INVITATION)
    assert found is not None
    assert (found.account, found.expires_at - found.created_at, len(secret)) == (account, timedelta(hours=72), 43)
    assert queries.link_of(secret, LinkPurpose.RESET) is None
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


def test_a_link_sets_a_password_once_and_ends_what_was_open(karla: Person, now: datetime) -> None:
    radu = builders.person("Radu", role=Role.PARTNER)
    account = with_password(radu)
    sign_in = signed_in(account, now)
    url = actions.invitation_link(account, public_url=URL, by_id=karla.id, now=now)
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
    account = queries.account_of(radu.id)
    assert account is not None
    url = actions.invitation_link(account, public_url=URL, by_id=karla.id, now=now)

    actions.change_account(account, email=account.email, role=Role.READER, by_id=karla.id, now=now)

    link = queries.link_of(url.rpartition("/")[2], LinkPurpose.INVITATION)
    assert link is not None
    with pytest.raises(Refused, match="The role of this account was changed"):
        actions.use_link(link, password_hash="hash", now=now)
    assert account.password_hash is None


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
    unused = queries.account_of(builders.person("Ana", role=Role.PARTNER).id)
    radu = builders.person("Radu", role=Role.PARTNER)
    locked = with_password(radu)
    actions.lock(radu, by_id=karla.id, now=now)

    sent = [
        actions.ask_for_reset(account, office=office, public_url=URL, now=now)
        for account in (unused, locked)
        if account
    ]

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


def test_coordinators_are_those_who_may(now: datetime) -> None:
    people = {role: builders.person(f"{role.value} one", role=role) for role in Role}
    locked = builders.person("Locked", role=Role.COORDINATOR, locked_at=now)

    assert queries.coordinators_choices() == [
        (people[role].id, people[role].name) for role in (Role.ADMINISTRATOR, Role.COORDINATOR)
    ]
    assert (locked.id, "Locked") in queries.coordinators_choices(besides=[locked.id])


def test_contacts_of_an_organisation_come_with_deputies_in_one_query(
    count_queries: Callable[[], Any], now: datetime
) -> None:
    here, ana = builders.organisation(), builders.person("Ana")
    for number in range(5):
        person = builders.person(f"Person {number}", at=here if number else None)
        if number == 0:
            db.session.add(
                Contact(organisation_id=here.id, person_id=person.id, deputy_id=ana.id, created_at=now, is_first=True)
            )
    builders.person("Archived", at=here, archived_at=now)
    db.session.flush()
    db.session.expunge_all()

    with count_queries() as asked:
        found = [
            (contact.person.name, contact.deputy and contact.deputy.name)
            for contact in queries.contacts_at(here.id, now.date())
        ]

    assert len(asked) == 1
    assert len(found) == 5
    assert ("Person 0", "Ana") in found
