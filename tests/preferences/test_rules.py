"""What a link in a letter stands for, and how long."""

from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from itsdangerous import URLSafeSerializer

from tracker.mail.models import Message, MessageKind
from tracker.people.models import MailChoice, Person
from tracker.people.rules import is_paused
from tracker.preferences.models import AddressChange
from tracker.preferences.rules import STOPPED_BY, check_pause, stop_link, why_void, wish_of
from tracker.refusal import Refused

NOW = datetime(2027, 3, 2, 9, 0, tzinfo=UTC)
KEY = "k" * 40
URL = "https://partners.example.org"


def link(kind: MessageKind, *, key: str = KEY) -> str | None:
    message = Message(person_id=7, kind=kind, created_at=NOW, language="ro")
    return stop_link(message, keys=[key], public_url=URL)


def token(url: str | None) -> str:
    assert url is not None
    return url.rpartition("/")[2].partition("?")[0]


@pytest.mark.parametrize("kind", list(MessageKind))
def test_a_link_stands_in_what_can_be_stopped_and_in_nothing_else(kind: MessageKind) -> None:
    assert (link(kind) is not None) == (kind in {MessageKind.LETTER, MessageKind.UPDATE})


@pytest.mark.parametrize("kind", list(STOPPED_BY))
def test_a_link_says_whose_letters_and_which_for_a_year(kind: MessageKind) -> None:
    url = link(kind)

    wish = wish_of(token(url), keys=[KEY])

    assert wish is not None
    assert (wish.person_id, wish.kind, wish.until) == (7, kind, date(2028, 3, 1))
    assert wish.choices == STOPPED_BY[kind]
    assert url == link(kind), "a copy has the same bytes"
    assert str(url).startswith(f"{URL}/unsubscribe/")
    assert str(url).endswith("?lang=ro")


def test_nobody_else_makes_a_link() -> None:
    good = token(link(MessageKind.LETTER))
    foreign = token(link(MessageKind.LETTER, key="x" * 40))
    other_purpose = URLSafeSerializer(KEY, salt="another purpose").dumps([7, "letter", "2028-03-01"])
    odd = URLSafeSerializer(KEY, salt="stop letters")

    wrong = [foreign, other_purpose, good[:-1], "8" + good, "", "unknown"]
    wrong += [
        str(odd.dumps(value)) for value in (["a"], 7, [7, "reset", "2028-03-01"], [7, "letter", "soon"], [None] * 3)
    ]

    assert [wish_of(one, keys=[KEY]) for one in wrong] == [None] * len(wrong)


def test_every_choice_is_stopped_by_some_link() -> None:
    assert frozenset().union(*STOPPED_BY.values()) == frozenset(MailChoice)


def test_a_pause_ends(app: Flask) -> None:
    today = date(2027, 3, 2)
    with app.app_context():
        check_pause(None, today)
        check_pause(today, today)
        check_pause(date(2028, 3, 1), today)
        for wrong in (date(2027, 3, 1), date(2028, 4, 1)):
            with pytest.raises(Refused):
                check_pause(wrong, today)

    person = Person(paused_until=date(2027, 3, 3))
    assert [is_paused(person, date(2027, 3, day)) for day in (2, 3, 4)] == [True, True, False]
    assert not is_paused(Person(), today)


@pytest.mark.parametrize(
    ("change", "works"),
    [
        ({}, True),
        ({"used_at": NOW}, False),
        ({"expires_at": NOW}, False),
        ({"person": Person(locked_at=NOW)}, False),
        ({"person": Person(archived_at=NOW)}, False),
    ],
)
def test_a_link_to_a_new_address_works_once_and_in_time(app: Flask, change: dict[str, object], works: bool) -> None:  # noqa: FBT001 - a case
    values = {"person": Person(), "expires_at": NOW + timedelta(seconds=1)} | change
    with app.app_context():
        assert (why_void(AddressChange(**values), NOW) is None) is works
