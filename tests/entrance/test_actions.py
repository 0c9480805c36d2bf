"""What happens at the entrance, on a real database."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from tests import builders
from tests.conftest import account_of, told, with_password
from tracker.accounts.actions import change_account, invitation_link, know_device, lock, set_password
from tracker.accounts.models import Account, LinkPurpose, Role, SignIn
from tracker.accounts.queries import known_device
from tracker.accounts.rules import hash_of
from tracker.db import db
from tracker.entrance import actions, queries
from tracker.entrance.models import WayIn, WayKind
from tracker.mail.models import Message, MessageKind
from tracker.organisations.models import Office
from tracker.people.models import Person
from tracker.refusal import Refused

URL, KEY = "https://partners.example.org", "the key of the installation"

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
    return builders.person("Karla Koordination", role=Role.COORDINATOR, language="en")


def signed_in(account: Account, now: datetime, secret: str = "s") -> SignIn:
    """Return a sign-in of an account."""
    sign_in = actions.begin_sign_in(
        account, secret=secret, kept=False, device="Firefox, Windows", needs_factor=False, now=now
    )
    db.session.flush()
    return sign_in


def test_a_link_sets_a_password_once_and_ends_what_was_open(karla: Person, office: Office, now: datetime) -> None:
    radu = builders.person("Radu", role=Role.PARTNER)
    account = with_password(radu)
    sign_in = signed_in(account, now)
    url = invitation_link(account, public_url=URL, by_id=karla.id, now=now)
    link = queries.link_of(url.rpartition("/")[2], LinkPurpose.INVITATION)
    assert link is not None

    actions.use_link(link, password_hash="hash", office=office, now=now)

    db.session.flush()
    db.session.expire_all()
    assert (account.password_hash, sign_in.ended_at, link.used_at) == ("hash", now, now)
    with pytest.raises(Refused, match="This link has been used already"):
        actions.use_link(link, password_hash="other", office=office, now=now)
    assert told()[-1] == ("PASSWORD_SET", f"account:{account.id}", f"person:{radu.id}", {})


def test_a_role_given_meanwhile_makes_the_invitation_void(karla: Person, office: Office, now: datetime) -> None:
    radu = builders.person("Radu", role=Role.PARTNER)
    account = account_of(radu.id)
    url = invitation_link(account, public_url=URL, by_id=karla.id, now=now)

    change_account(account, email=account.email, role=Role.READER, by_id=karla.id, now=now)

    link = queries.link_of(url.rpartition("/")[2], LinkPurpose.INVITATION)
    assert link is not None
    with pytest.raises(Refused, match="The role of this account was changed"):
        actions.use_link(link, password_hash="hash", office=office, now=now)
    assert account.password_hash is None


def asked(kind: WayKind, address: str, now: datetime, browser: str | None = None) -> WayIn:
    """Return a request at the door."""
    way = actions.ask_way_in(kind, address, browser=browser, earlier=None, now=now)
    db.session.flush()
    return way


def answered(office: Office, now: datetime) -> int:
    """Let the worker see to what was asked for; return how many letters there are of it."""
    return actions.answer_ways(office=office, key=KEY, public_url=URL, now=now)


def code_in(message: Message) -> str:
    """Return the code that stands in a letter."""
    return "".join(re.findall(r"^ +(\d{4}) (\d{4})$", message.text or "", re.MULTILINE)[0])


def letters() -> list[Message]:
    """Return all messages."""
    return list(db.session.scalars(sa.select(Message).order_by(Message.id)))


@pytest.mark.parametrize(("kind", "letter"), [(WayKind.RESET, MessageKind.RESET), (WayKind.CODE, MessageKind.CODE)])
def test_who_asks_at_the_door_gets_one_letter_in_their_language(
    office: Office, now: datetime, kind: WayKind, letter: MessageKind
) -> None:
    account = with_password(builders.person("Radu", role=Role.PARTNER, language="ro"))
    asked(kind, f" {account.email.upper()} ", now)

    assert [answered(office, now) for _time in range(2)] == [1, 0]
    assert [(one.kind, one.address, one.secret, one.language) for one in letters()] == [
        (letter, account.email, True, "ro")
    ]


def test_nothing_is_written_to_closed_unused_or_unknown_accounts(karla: Person, office: Office, now: datetime) -> None:
    unused = account_of(builders.person("Ana", role=Role.PARTNER).id)
    radu = builders.person("Radu", role=Role.PARTNER)
    locked = with_password(radu)
    lock(radu, by_id=karla.id, now=now)
    for kind in WayKind:
        for address in (unused.email, locked.email, "nobody@example.org", "no address"):
            asked(kind, address, now)

    assert answered(office, now) == 0
    assert letters() == []


def test_what_nobody_saw_to_in_time_gets_no_letter(office: Office, now: datetime) -> None:
    account = with_password(builders.person("Radu", role=Role.PARTNER))
    asked(WayKind.CODE, account.email, now)

    assert queries.is_anything_asked(now)
    assert answered(office, now + timedelta(minutes=10)) == 0
    assert not queries.is_anything_asked(now + timedelta(minutes=10))


def test_a_code_lets_in_once(office: Office, now: datetime) -> None:
    account = with_password(builders.person("Radu", role=Role.PARTNER, language="en"))
    way = asked(WayKind.CODE, account.email, now, "browser")
    answered(office, now)
    code = code_in(letters()[0])

    assert way.code_hash is not None
    assert code not in way.code_hash
    assert letters()[0].subject == "Your code to sign in at Landkreis Kassel"
    assert letters()[0].useful_until == now + timedelta(minutes=10)
    assert actions.use_code(way, f" {code[:4]}-{code[4:]} ", key=KEY, now=now) is account
    db.session.flush()
    assert actions.use_code(way, code, key=KEY, now=now) is None


def test_a_code_works_for_ten_minutes(office: Office, now: datetime) -> None:
    account = with_password(builders.person("Radu", role=Role.PARTNER))
    way = asked(WayKind.CODE, account.email, now, "browser")
    answered(office, now)
    code, end = code_in(letters()[0]), now + timedelta(minutes=10)

    assert actions.use_code(way, code, key=KEY, now=end) is None
    assert actions.use_code(way, code, key=KEY, now=end - timedelta(seconds=1)) is account


def test_a_code_may_be_typed_wrong_four_times(office: Office, now: datetime) -> None:
    account = with_password(builders.person("Radu", role=Role.PARTNER))
    ways = [asked(WayKind.CODE, account.email, now, browser) for browser in ("one", "other")]
    answered(office, now)
    codes = [code_in(letter) for letter in letters()]

    for way, wrong in zip(ways, (4, 5), strict=True):
        for _time in range(wrong):
            assert actions.use_code(way, "", key=KEY, now=now) is None
            db.session.refresh(way)
    found = [actions.use_code(way, code, key=KEY, now=now) for way, code in zip(ways, codes, strict=True)]

    assert found == [account, None]


def test_the_code_of_one_request_does_not_fit_another(office: Office, now: datetime) -> None:
    account = with_password(builders.person("Radu", role=Role.PARTNER))
    ways = [asked(WayKind.CODE, account.email, now, browser) for browser in ("one", "other")]
    answered(office, now)

    assert actions.use_code(ways[0], code_in(letters()[1]), key=KEY, now=now) is None
    assert actions.use_code(ways[1], code_in(letters()[1]), key=KEY, now=now) is account


def test_a_newer_code_voids_the_older_one_of_the_same_browser_only(office: Office, now: datetime) -> None:
    account = with_password(builders.person("Radu", role=Role.PARTNER))
    first, elsewhere = (asked(WayKind.CODE, account.email, now, browser) for browser in ("one", "elsewhere"))
    actions.ask_way_in(WayKind.CODE, account.email, browser="two", earlier="one", now=now)
    answered(office, now)
    db.session.expire_all()

    assert actions.use_code(first, code_in(letters()[0]), key=KEY, now=now) is None
    assert actions.use_code(elsewhere, code_in(letters()[1]), key=KEY, now=now) is account


def test_a_code_opens_nothing_any_more_once_the_person_is_locked(karla: Person, office: Office, now: datetime) -> None:
    radu = builders.person("Radu", role=Role.PARTNER)
    way = asked(WayKind.CODE, with_password(radu).email, now, "browser")
    answered(office, now)
    lock(radu, by_id=karla.id, now=now)

    assert actions.use_code(way, code_in(letters()[0]), key=KEY, now=now) is None


def test_requests_are_forgotten_after_a_day(now: datetime) -> None:
    asked(WayKind.CODE, "radu@example.org", now - timedelta(days=1, seconds=1))
    asked(WayKind.CODE, "radu@example.org", now - timedelta(days=1))

    assert actions.forget_ways(now) == 1


def test_who_accepts_without_a_password_has_accepted_and_the_inviter_is_told(
    karla: Person, office: Office, now: datetime
) -> None:
    radu = builders.person("Radu", role=Role.PARTNER)
    account = account_of(radu.id)
    url = invitation_link(account, public_url=URL, by_id=karla.id, now=now)
    link = queries.link_of(url.rpartition("/")[2], LinkPurpose.INVITATION)
    assert link is not None

    actions.use_link(link, password_hash=None, office=office, now=now)
    signed_in(account, now)
    db.session.refresh(account)

    assert (account.password_hash, account.is_accepted) == (None, True)
    assert [(one.kind, one.person_id, one.subject) for one in letters()] == [
        (MessageKind.ACCOUNT, karla.id, "Radu has accepted your invitation")
    ]
    assert told()[-1] == ("INVITATION_ACCEPTED", f"account:{account.id}", f"person:{radu.id}", {})
    asked(WayKind.CODE, account.email, now)
    assert answered(office, now) == 1


def test_the_alarm_ends_all_and_cannot_be_voided_by_a_new_password(
    karla: Person, office: Office, now: datetime
) -> None:
    account = with_password(builders.person("Radu", role=Role.PARTNER))
    thief = signed_in(account, now)
    know_device(account.id, "thief", name="Firefox", now=now)
    actions.tell_of_new_device(thief, account, office=office, public_url=URL, now=now)
    found = re.search(r"/not-me/(\S+)", letters()[0].text or "")
    assert found is not None

    set_password(account, password_hash="the thief’s", by_id=None, now=now)
    again = signed_in(account, now, "again")
    link = queries.link_of(found[1], LinkPurpose.ALARM)
    assert link is not None
    actions.sound_alarm(link, now=now)

    db.session.expire_all()
    assert (account.password_hash, again.ended_at, known_device(account.id, "thief")) == (None, now, None)
    with pytest.raises(Refused, match="This link has been used already"):
        actions.sound_alarm(link, now=now)
    assert told()[-1][0] == "ALARM_SOUNDED"


def test_a_sign_in_remembers_the_one_before(now: datetime) -> None:
    account = with_password(builders.person("Radu", role=Role.PARTNER))
    signed_in(account, now - timedelta(days=30), "first")
    second = signed_in(account, now, "second")

    db.session.refresh(account)
    assert (account.seen_until, account.last_sign_in_at) == (now - timedelta(days=30), now)
    assert (second.idle_seconds, second.expires_at) == (3600, now + timedelta(hours=12))
    assert second.secret_hash == hash_of("second")
