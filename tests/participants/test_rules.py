"""Where participants come from, who sees their names, and who adds them."""

from datetime import UTC, datetime

import pytest

from tracker.organisations.models import Organisation
from tracker.participants.models import Participant
from tracker.participants.rules import check_sender, check_who, country_of, heads_of, may_add, may_edit, sees_name
from tracker.people.models import Person
from tracker.refusal import Refused
from tracker.web.access import Somebody


def somebody(role: str, *organisation_ids: int) -> Somebody:
    """Return somebody of these organisations."""
    return Somebody(
        id=7,
        name="Somebody",
        role=role,
        language="de",
        zone="Europe/Berlin",
        organisation_ids=frozenset(organisation_ids),
        sign_in_id=1,
        account_id=1,
        seen_until=None,
        noted_at=datetime(2027, 3, 2, 9, tzinfo=UTC),
    )


def test_the_country_is_the_senders_else_the_persons_else_the_rows_own() -> None:
    sender, person = Organisation(country="RO"), Person(country="AT")
    rows = [
        Participant(organisation=sender, person=person, country="US"),
        Participant(person=person, country="US"),
        Participant(person=Person(), country="US"),
        Participant(heads=3, country="US"),
        Participant(heads=3),
    ]

    assert [country_of(row) for row in rows] == ["RO", "AT", "US", "US", None]


def test_a_person_is_one_head() -> None:
    assert [heads_of(Participant(heads=12)), heads_of(Participant(person=Person()))] == [12, 1]


@pytest.mark.parametrize(
    ("reader", "sees"),
    [
        (somebody("administrator"), True),
        (somebody("coordinator"), True),
        (somebody("reader"), True),
        (somebody("partner", 5), True),
        (somebody("partner", 6), False),
    ],
)
def test_partners_see_the_names_of_those_they_send(reader: Somebody, sees: bool) -> None:  # noqa: FBT001 - a parameter
    assert sees_name(reader, Participant(organisation_id=5)) is sees


def test_a_partner_without_organisation_sees_no_name_of_those_whom_nobody_sends() -> None:
    assert not sees_name(somebody("partner"), Participant())


def test_who_adds_and_who_changes_participants() -> None:
    readers = [somebody(role) for role in ("administrator", "coordinator", "reader", "partner")]

    assert [may_add(reader) for reader in readers] == [True, True, False, True]
    assert [may_edit(reader) for reader in readers] == [True, True, False, False]


def test_a_partner_adds_those_of_their_own_organisation_only(unit: None) -> None:
    check_sender(somebody("partner", 5), 5)
    check_sender(somebody("coordinator"), None)

    for sender in (6, None):
        with pytest.raises(Refused):
            check_sender(somebody("partner", 5), sender)


@pytest.mark.parametrize(
    "ways", [(False, False, False), (True, True, False), (False, True, True), (True, False, True), (True, True, True)]
)
def test_exactly_one_way_says_who_takes_part(unit: None, ways: tuple[bool, bool, bool]) -> None:
    person, name, heads = ways

    with pytest.raises(Refused):
        check_who(person=person, name=name, heads=heads)
