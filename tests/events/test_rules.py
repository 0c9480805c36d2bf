"""Which days, hours and numbers go together, asked with values."""

from datetime import date, time

import pytest

from tests.builders import text
from tracker.db import PartialDate
from tracker.events.models import Event, EventKind
from tracker.events.rules import check_item, check_stay, check_when, days_of, exists, is_over
from tracker.refusal import Refused


def event(begins: str, ends: str | None = None, zone: str = "Europe/Berlin") -> Event:
    """Return an event that is nowhere kept."""
    return Event(
        kind=EventKind.CAMP,
        title=text(de="Lager"),
        begins_on=PartialDate(begins),
        ends_on=PartialDate(ends) if ends else None,
        zone=zone,
    )


@pytest.mark.parametrize(
    ("times", "field"),
    [
        (("2017-08-12", None, "2017-08-11", None), "ends_on"),
        (("2017", None, "2016", None), "ends_on"),
        (("2017-08-12", None, "2018-10-01", None), "ends_on"),
        (("2017-08-12", time(10), None, time(10)), "ends_at"),
        (("2017-08-12", time(10), "2017-08-12", time(9)), "ends_at"),
        (("2017-08", time(10), None, None), "begins_at"),
        (("2017-08-12", None, "2017", time(9)), "ends_at"),
        (("2027-03-28", time(2, 30), None, None), "begins_at"),
        (("2027-03-27", time(9), "2027-03-28", time(2, 30)), "ends_at"),
    ],
)
def test_what_does_not_go_together_is_said_beside_its_field(
    unit: None, times: tuple[str, time | None, str | None, time | None], field: str
) -> None:
    begins_on, begins_at, ends_on, ends_at = times
    with pytest.raises(Refused) as refusal:
        check_when(
            PartialDate(begins_on), begins_at, PartialDate(ends_on) if ends_on else None, ends_at, "Europe/Berlin"
        )

    assert refusal.value.field == field


@pytest.mark.parametrize(
    ("begins_on", "begins_at", "ends_on", "ends_at"),
    [
        ("2007", None, None, None),
        ("2007", None, "2008", None),
        ("2017-08-12", time(10), None, time(12)),
        ("2017-08-12", time(10), "2017-08-27", time(9)),
        ("2027-10-31", time(2, 30), None, None),
        ("2027-03-28", time(3), None, None),
    ],
)
def test_what_goes_together_is_taken(
    unit: None, begins_on: str, begins_at: time | None, ends_on: str | None, ends_at: time | None
) -> None:
    check_when(PartialDate(begins_on), begins_at, PartialDate(ends_on) if ends_on else None, ends_at, "Europe/Berlin")


def test_clocks_leave_out_an_hour_where_they_are_put_forward() -> None:
    day = date(2027, 3, 28)

    assert [exists(day, time(hour, 30), "Europe/Berlin") for hour in (1, 2, 3)] == [True, False, True]
    assert exists(day, time(2, 30), "America/Chicago")


def test_days_are_counted_where_they_are_wholly_known() -> None:
    assert len(days_of(event("2017-08-12", "2017-08-27"))) == 16
    assert days_of(event("2017-08-12")) == [date(2017, 8, 12)]
    assert days_of(event("2017-08")) == []
    assert days_of(event("2017-08-12", "2017")) == []


def test_it_is_over_when_the_last_day_it_may_have_been_has_passed() -> None:
    assert not is_over(event("2017-08"), date(2017, 8, 31))
    assert is_over(event("2017-08"), date(2017, 9, 1))


@pytest.mark.parametrize(
    ("on", "begins_at", "ends_at", "field"),
    [
        (date(2017, 8, 11), None, None, "on"),
        (date(2017, 8, 28), None, None, "on"),
        (date(2017, 8, 12), None, time(9), "begins_at"),
        (date(2017, 8, 12), time(9), time(9), "ends_at"),
    ],
)
def test_a_point_of_the_programme_lies_in_the_event(
    unit: None, on: date, begins_at: time | None, ends_at: time | None, field: str
) -> None:
    with pytest.raises(Refused) as refusal:
        check_item(event("2017-08-12", "2017-08-27"), on, begins_at, ends_at)

    assert refusal.value.field == field


@pytest.mark.parametrize(
    ("arrives_on", "leaves_on", "nights", "field"),
    [
        (date(2017, 8, 13), date(2017, 8, 12), None, "leaves_on"),
        (date(2017, 7, 1), None, None, "arrives_on"),
        (date(2017, 8, 28), None, None, "arrives_on"),
        (None, date(2017, 8, 11), None, "leaves_on"),
        (None, date(2017, 10, 1), None, "leaves_on"),
        (None, None, 16, "nights"),
        (date(2017, 8, 20), date(2017, 8, 22), 3, "nights"),
    ],
)
def test_a_stay_lies_near_the_event(
    unit: None, arrives_on: date | None, leaves_on: date | None, nights: int | None, field: str
) -> None:
    with pytest.raises(Refused) as refusal:
        check_stay(event("2017-08-12", "2017-08-27"), arrives_on, leaves_on, nights)

    assert refusal.value.field == field
