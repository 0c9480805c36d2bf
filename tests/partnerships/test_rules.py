"""How partnerships may hang together."""

from collections.abc import Iterator

import pytest
from flask import Flask

from tracker.db import PartialDate
from tracker.language import speaking
from tracker.partnerships.models import Partnership, PartnershipStatus
from tracker.partnerships.rules import (
    check_continuation,
    check_dates,
    check_end,
    check_sides,
    check_successors,
    check_umbrella,
)
from tracker.refusal import Refused


@pytest.fixture(autouse=True)
def english(app: Flask) -> Iterator[None]:
    """Let refusals speak English."""
    with app.app_context(), speaking("en"):
        yield


def test_a_partnership_never_stands_under_itself() -> None:
    check_umbrella(1, {2, 3})

    with pytest.raises(Refused) as refusal:
        check_umbrella(1, {3, 2, 1})

    assert (refusal.value.sentence, refusal.value.field) == ("A partnership cannot stand under itself.", "umbrella")


def test_who_is_continued_names_by_whom() -> None:
    with pytest.raises(Refused) as refusal:
        check_continuation(PartnershipStatus.CONTINUED, None)

    assert refusal.value.sentence == "Please choose the partnership that continues this one."


def test_only_who_is_continued_names_by_whom() -> None:
    with pytest.raises(Refused) as refusal:
        check_continuation(PartnershipStatus.ACTIVE, Partnership())

    assert refusal.value.sentence == "Another partnership continues this one, so its status has to say so."


def test_a_partnership_never_continues_itself() -> None:
    check_successors(1, {2, 3})

    with pytest.raises(Refused) as refusal:
        check_successors(1, {2, 1})

    assert (refusal.value.sentence, refusal.value.field) == ("A partnership cannot continue itself.", "continued_by")


def test_what_ended_needs_no_date() -> None:
    check_continuation(PartnershipStatus.ENDED, None)


def test_an_organisation_stands_on_one_side_only() -> None:
    check_sides([1, 2], [3])

    with pytest.raises(Refused) as refusal:
        check_sides([1, 2], [2, 3])

    assert (refusal.value.sentence, refusal.value.field) == ("An organisation can stand on one side only.", "there")


def known(text: str | None) -> PartialDate | None:
    """Return a date as far as it is known."""
    return PartialDate(text) if text else None


@pytest.mark.parametrize(
    ("dates", "field"),
    [
        ((None, None, None), None),
        (("2007", "2007-04", "2007-04-16"), None),
        (("2007-04", "2007", "2007"), None),
        (("2007", "2006", None), "formal_since"),
        (("2007-04", "2007-03-31", None), "formal_since"),
        (("2007", None, "2006"), "ended"),
        ((None, "2007-04", "2007-03"), "ended"),
    ],
)
def test_dates_come_in_their_order_as_far_as_they_are_known(
    dates: tuple[str | None, str | None, str | None], field: str | None
) -> None:
    began, formal, ended = map(known, dates)
    said = None

    try:
        check_dates(began, formal, ended)
    except Refused as refusal:
        said = refusal.field

    assert said == field


@pytest.mark.parametrize(
    ("ended", "ends", "status", "refused"),
    [
        ("2026", "2027-01", PartnershipStatus.ENDED, True),
        ("2026-05-01", "2026-05-02", PartnershipStatus.ENDED, True),
        ("2026", "2026-12", PartnershipStatus.ENDED, False),
        ("2026", "2027-01", PartnershipStatus.CONTINUED, False),
        (None, "2027-01", PartnershipStatus.ENDED, False),
        ("2026", None, PartnershipStatus.ENDED, False),
    ],
)
def test_a_partnership_does_not_end_before_its_projects(
    ended: str | None,
    ends: str | None,
    status: PartnershipStatus,
    refused: bool,  # noqa: FBT001 - a table
) -> None:
    last = known(ends)
    said = None

    try:
        check_end(known(ended), status, ("Euarca", last) if last else None)
    except Refused as refusal:
        said = refusal.sentence

    assert said == ("The project “Euarca” ends only later." if refused else None)
