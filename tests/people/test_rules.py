"""Which password will do, how long a sign-in lasts, and what a link opens."""

from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask

from tracker.people import passwords
from tracker.people.models import Account, AccountLink, Contact, LinkPurpose, Person, Role
from tracker.people.rules import (
    KEPT_SIGNED_IN,
    address_kept,
    check_function,
    is_current,
    is_over,
    link_address,
    may_archive,
    may_invite,
    overlap,
    roles_to_invite,
    sign_in_lengths,
    why_void,
)
from tracker.refusal import Refused
from tracker.web.access import Somebody

NOW = datetime(2027, 3, 2, 9, 0, tzinfo=UTC)
NAMES = ("Radu Partener", "radu.partener@bistrita.example.org", "Landkreis Kassel")


def reader_as(role: Role) -> Somebody:
    """Return somebody with a role."""
    return Somebody(
        id=1,
        name="Somebody",
        role=role.value,
        language="de",
        zone="Europe/Berlin",
        organisation_ids=frozenset(),
        sign_in_id=1,
        account_id=1,
        seen_until=None,
        noted_at=NOW,
    )


@pytest.mark.parametrize(
    "password",
    [
        "Apfelkuchen am Herkules",
        "csütörtökön halászlé",
        "Zăpadă pe munte în mai",
        "vK7!pQ2#mZ9$xL4",
        "дорога вдоль реки летом",
        "ein radu kommt selten allein",
    ],
)
def test_a_long_password_of_any_letters_will_do(app: Flask, password: str) -> None:
    with app.app_context():
        passwords.check_password(password, names=NAMES)


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("kurz", "This password is too short: it needs at least 15 characters. Several words in a row are fine."),
        ("x" * 257, "This password is too long: at most 256 characters are possible."),
        ("aaaaaaaaaaaaaaaaaaaa", "This password repeats itself. Please choose one that does not."),
        ("abc1abc1abc1abc1", "This password repeats itself. Please choose one that does not."),
        ("!!!!!!!!!!!!!!!!!!!!", "This password repeats itself. Please choose one that does not."),
        (
            "123456789012345678",
            "This password is a row of the alphabet, of numbers or of the keyboard. Please choose another one.",
        ),
        (
            "qwertzuiopasdfghjkl",
            "This password is a row of the alphabet, of numbers or of the keyboard. Please choose another one.",
        ),
        (
            "Landkreis Kassel 2027",
            "This password is made of your name, your address or the office’s. Please choose another one.",
        ),
        (
            "PartenerRaduPartener",
            "This password is made of your name, your address or the office’s. Please choose another one.",
        ),
        ("Passwort2027Passwort!", "This password is one of the first that anybody tries. Please choose another one."),
        ("Password123456789", "This password is one of the first that anybody tries. Please choose another one."),
        ("sommer2026sommer2027", "This password is one of the first that anybody tries. Please choose another one."),
    ],
)
def test_a_password_that_is_guessed_soon_is_refused_with_the_reason(app: Flask, password: str, reason: str) -> None:
    with app.test_request_context("/?lang=en"), pytest.raises(Refused) as refusal:
        passwords.check_password(password, names=NAMES)

    assert refusal.value.sentence == reason


def test_a_password_is_the_same_however_a_keyboard_composes_it() -> None:
    kept = passwords.hash_password("csu\u0308to\u0308rto\u0308ko\u0308n halaszle")

    assert passwords.is_right("csütörtökön halaszle", kept)
    assert not passwords.is_right("Csütörtökön halaszle", kept)


def test_a_hash_is_argon2id_and_a_weaker_one_is_old() -> None:
    kept = passwords.hash_password("Apfelkuchen am Herkules")

    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert not passwords.is_old_hash(kept)
    assert passwords.is_old_hash(kept.replace("m=19456", "m=9216"))


@pytest.mark.parametrize("kept", [None, "", "not a hash"])
def test_no_password_is_right_where_there_is_none(kept: str | None) -> None:
    assert not passwords.is_right("", kept)
    assert not passwords.is_right("Apfelkuchen am Herkules", kept)


def test_only_partners_are_kept_signed_in() -> None:
    assert sign_in_lengths(Role.PARTNER, kept=True) == (KEPT_SIGNED_IN, KEPT_SIGNED_IN)
    assert sign_in_lengths(Role.PARTNER, kept=False) == (timedelta(minutes=60), timedelta(hours=12))
    assert sign_in_lengths(Role.ADMINISTRATOR, kept=True) == (timedelta(minutes=15), timedelta(hours=8))


def test_a_sign_in_ends_after_a_pause_and_after_its_length() -> None:
    later = NOW + timedelta(hours=12)

    assert not is_over(NOW, 3600, later, NOW + timedelta(minutes=59))
    assert is_over(NOW, 3600, later, NOW + timedelta(minutes=60))
    assert is_over(later, 3600, later, later)


def test_coordinators_invite_partners_and_administrators_anybody() -> None:
    assert roles_to_invite(reader_as(Role.ADMINISTRATOR)) == tuple(Role)
    assert roles_to_invite(reader_as(Role.COORDINATOR)) == (Role.PARTNER,)
    assert roles_to_invite(reader_as(Role.READER)) == roles_to_invite(reader_as(Role.PARTNER)) == ()
    assert may_invite(reader_as(Role.COORDINATOR), None)
    assert not may_invite(reader_as(Role.COORDINATOR), Account(role=Role.READER))
    assert not may_invite(reader_as(Role.COORDINATOR), Account(role=Role.PARTNER, password_hash="x"))
    assert not may_invite(reader_as(Role.READER), None)


def test_coordinators_do_not_close_the_accounts_of_the_office() -> None:
    assert may_archive(reader_as(Role.COORDINATOR), None)
    assert may_archive(reader_as(Role.COORDINATOR), Account(role=Role.PARTNER))
    assert not may_archive(reader_as(Role.COORDINATOR), Account(role=Role.ADMINISTRATOR))
    assert may_archive(reader_as(Role.ADMINISTRATOR), Account(role=Role.ADMINISTRATOR))
    assert not may_archive(reader_as(Role.READER), None)


def test_a_function_is_held_from_its_first_day_to_its_last() -> None:
    contact = Contact(from_on=date(2027, 3, 1), until_on=date(2027, 3, 31))

    days = [date(2027, 2, 28), date(2027, 3, 1), date(2027, 3, 31), date(2027, 4, 1)]
    assert [is_current(contact, day) for day in days] == [False, True, True, False]
    assert is_current(Contact(), days[0])
    assert not is_current(Contact(archived_at=NOW), days[0])


def test_functions_overlap_if_they_share_a_day() -> None:
    march = Contact(from_on=date(2027, 3, 1), until_on=date(2027, 3, 31))

    assert overlap(march, Contact(from_on=date(2027, 3, 31)))
    assert not overlap(march, Contact(from_on=date(2027, 4, 1)))
    assert overlap(march, Contact())


def test_a_function_ends_after_it_begins_and_has_another_deputy(app: Flask) -> None:
    with app.test_request_context("/?lang=en"):
        with pytest.raises(Refused):
            check_function(person_id=1, deputy_id=2, from_on=date(2027, 3, 2), until_on=date(2027, 3, 1))
        with pytest.raises(Refused):
            check_function(person_id=1, deputy_id=1, from_on=None, until_on=None)
        check_function(person_id=1, deputy_id=2, from_on=date(2027, 3, 1), until_on=date(2027, 3, 1))


def test_addresses_are_kept_in_lower_case() -> None:
    assert address_kept(" Radu@Example.ORG ") == "radu@example.org"


def link_for(purpose: LinkPurpose, **more: object) -> AccountLink:
    """Return a link that opens something for an hour."""
    account = Account(role=Role.PARTNER, person=Person(name="Radu"))
    values = {"role": Role.PARTNER, "purpose": purpose, "expires_at": NOW + timedelta(hours=1), "used_at": None}
    return AccountLink(account=account, **(values | more))


def test_a_link_is_void_once_used_or_late_or_when_the_role_is_another(app: Flask) -> None:
    purpose = LinkPurpose.INVITATION
    locked = link_for(purpose)
    locked.account.person.locked_at = NOW

    with app.test_request_context("/?lang=en"):
        assert why_void(link_for(purpose), purpose, NOW) is None
        assert [
            why_void(link_for(purpose, used_at=NOW), purpose, NOW),
            why_void(link_for(purpose, expires_at=NOW), purpose, NOW),
            why_void(link_for(LinkPurpose.RESET, expires_at=NOW), LinkPurpose.RESET, NOW),
            why_void(link_for(purpose, role=Role.READER), purpose, NOW),
            why_void(locked, purpose, NOW),
        ] == [
            "This link has been used already, or a newer one has taken its place.",
            "This link was open for 72 hours and has expired. Please ask the office for a new invitation.",
            "This link was open for 2 hours and has expired. Please ask for a new one.",
            "The role of this account was changed after the link was sent. Please ask the office for a new one.",
            "This account is closed. Please ask the office.",
        ]


def test_a_link_is_an_address_of_this_site() -> None:
    assert link_address("https://p.example.org", LinkPurpose.RESET, "x") == "https://p.example.org/new-password/x"
