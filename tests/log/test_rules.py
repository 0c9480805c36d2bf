"""Who may read and write the log, and what can be logged."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from flask import Flask

from tracker.accounts.models import Role
from tracker.db import PartialDate
from tracker.language import speaking
from tracker.log.models import LogKind
from tracker.log.rules import (
    LastTime,
    Proposal,
    Who,
    check,
    is_without_contact,
    may_list,
    may_see_people,
    may_write,
    proposed,
)
from tracker.refusal import Refused
from tracker.web.access import Somebody

TODAY = date(2027, 3, 2)


@pytest.fixture(autouse=True)
def english(app: Flask) -> Iterator[None]:
    """Let refusals speak English."""
    with app.app_context(), speaking("en"):
        yield


@pytest.mark.parametrize(
    ("role", "listed", "written"),
    [
        (Role.ADMINISTRATOR, True, True),
        (Role.COORDINATOR, True, True),
        (Role.READER, True, False),
        (Role.PARTNER, False, False),
    ],
)
def test_who_may_what(role: Role, listed: bool, written: bool) -> None:  # noqa: FBT001 - a row of the table above
    reader = Somebody(
        id=3,
        name="",
        role=role.value,
        language="en",
        zone="Europe/Berlin",
        organisation_ids=frozenset(),
        sign_in_id=1,
        account_id=1,
        seen_until=None,
        noted_at=datetime(2027, 3, 2, tzinfo=UTC),
    )

    assert (may_list(reader), may_see_people(reader), may_write(reader)) == (listed, listed, written)


@pytest.mark.parametrize("known", ["2027-03-02", "2027-03", "2027", "1995-10-16"])
def test_what_has_happened_can_be_logged(known: str) -> None:
    check(happened_on=PartialDate(known), about=(None, None, object()), today=TODAY)


@pytest.mark.parametrize("known", ["2027-03-03", "2027-04", "2028"])
def test_what_is_to_come_is_no_log_entry(known: str) -> None:
    with pytest.raises(Refused) as refusal:
        check(happened_on=PartialDate(known), about=(object(),), today=TODAY)

    assert refusal.value.sentence == (
        "This date has not come yet. The log holds what has happened; what is to come is a next step."
    )


def test_an_entry_is_about_something() -> None:
    with pytest.raises(Refused) as refusal:
        check(happened_on=PartialDate("2027"), about=(None, None, None), today=TODAY)

    assert refusal.value.sentence == "Please choose a project, a partnership or an organisation that this is about."


# ---- contact

MARTA, ILONA = Who(1, "Minta Márta", "hu"), Who(2, "Minta Ilona", "hu")


@pytest.mark.parametrize(
    ("last", "first", "expected"),
    [
        (
            LastTime(LogKind.CALL, "Einladung schicken", "de", MARTA, is_there=True),
            ILONA,
            Proposal("Einladung schicken", "de"),
        ),
        (LastTime(LogKind.CALL, person=MARTA, is_there=True), ILONA, Proposal("call Minta Márta again", person=MARTA)),
        (
            LastTime(LogKind.LETTER, person=MARTA, is_there=True),
            None,
            Proposal("write Minta Márta a letter again", person=MARTA),
        ),
        (
            LastTime(LogKind.MAIL, person=MARTA, is_there=True),
            None,
            Proposal("write to Minta Márta again by mail", person=MARTA),
        ),
        (
            LastTime(LogKind.MEETING, person=MARTA, is_there=True),
            None,
            Proposal("arrange a meeting with Minta Márta again", person=MARTA),
        ),
        (
            LastTime(LogKind.VISIT, person=MARTA, is_there=True),
            None,
            Proposal("arrange a visit with Minta Márta again", person=MARTA),
        ),
        (
            LastTime(LogKind.PRESS, person=MARTA, is_there=True),
            ILONA,
            Proposal("get in touch with Minta Márta", person=MARTA),
        ),
        (LastTime(person=MARTA, is_there=True), ILONA, Proposal("get in touch with Minta Márta", person=MARTA)),
        (LastTime(LogKind.CALL, person=MARTA), ILONA, Proposal("get in touch with Minta Ilona", person=ILONA)),
        (LastTime(LogKind.CALL), ILONA, Proposal("get in touch with Minta Ilona", person=ILONA)),
        (LastTime(LogKind.CALL, person=MARTA), None, Proposal("enter a contact person on the other side")),
    ],
)
def test_the_next_step_follows_from_what_happened_before(last: LastTime, first: Who | None, expected: Proposal) -> None:
    assert proposed(last, first) == expected


@pytest.mark.parametrize(
    ("last_on", "interval", "expected"),
    [
        ("2027-02-01", 29, True),
        ("2027-02-01", 30, False),
        ("2027-02", 2, True),
        ("2027-02", 3, False),
        ("2026", 61, True),
        ("2026", 62, False),
        (None, 7, False),
        ("2010", None, False),
    ],
)
def test_without_contact_is_who_was_not_heard_of_for_as_long_as_agreed(
    last_on: str | None,
    interval: int | None,
    expected: bool,  # noqa: FBT001 - a table
) -> None:
    known = PartialDate(last_on) if last_on else None

    assert is_without_contact(known, interval, TODAY) == expected
