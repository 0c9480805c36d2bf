"""Working days and local hours: pure, no database."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.workdays.rules import (
    Calendar,
    Closed,
    ClosedKind,
    HolidaysKnown,
    closed_because,
    first_of_week,
    holidays_known,
    instant_of,
    is_workday,
    next_sending_moment,
    sending_time,
    workdays_after,
    workdays_before,
    workdays_left,
)

HESSEN = Calendar("DE", "DE-HE")
DAY = timedelta(days=1)
ZONES = (
    "Europe/Berlin",
    "Europe/Bucharest",
    "Europe/London",
    "America/Chicago",
    "America/St_Johns",
    "America/Havana",
    "Africa/Cairo",
    "Australia/Lord_Howe",
    "Pacific/Chatham",
)
days = st.dates(date(2020, 1, 1), date(2035, 12, 31))
calendars = st.builds(
    Calendar,
    st.sampled_from(["DE", "IT", "HU", "RO", "AT", "US", "XX"]),
    st.sampled_from([None, "DE-HE", "IT-FC", "US-WI", "AT-3"]),
    st.lists(days.map(lambda first: (first, first + timedelta(days=9))), max_size=3).map(tuple),
)


@pytest.mark.parametrize(
    ("day", "calendar", "reason"),
    [
        (date(2026, 6, 3), HESSEN, None),
        (date(2026, 6, 4), HESSEN, Closed(ClosedKind.HOLIDAY, "Fronleichnam")),
        (date(2026, 6, 4), Calendar("DE", "DE-SN"), None),
        (date(2026, 6, 6), HESSEN, Closed(ClosedKind.WEEKEND)),
        (date(2026, 6, 2), Calendar("IT", "IT-FC"), Closed(ClosedKind.HOLIDAY, "Festa della Repubblica")),
        (date(2026, 8, 20), Calendar("HU"), Closed(ClosedKind.HOLIDAY, "Az államalapítás ünnepe")),
        (date(2026, 12, 1), Calendar("RO", "RO-BN"), Closed(ClosedKind.HOLIDAY, "Ziua Națională a României")),
        (date(2026, 11, 26), Calendar("US", "US-WI"), Closed(ClosedKind.HOLIDAY, "Thanksgiving Day")),
        (
            date(2026, 7, 28),
            Calendar("AT", None, ((date(2026, 7, 27), date(2026, 7, 31)),)),
            Closed(ClosedKind.CLOSED_DAY),
        ),
    ],
)
def test_a_day_says_why_it_is_closed(day: date, calendar: Calendar, reason: Closed | None) -> None:
    assert closed_because(day, calendar) == reason


def test_no_town_gets_the_patron_day_of_its_neighbour() -> None:
    romagna = Calendar("IT", "IT-FC")

    assert is_workday(date(2026, 2, 4), romagna)
    assert is_workday(date(2026, 6, 24), romagna)


def test_what_is_not_known_is_said() -> None:
    known = [
        holidays_known(Calendar(*place))
        for place in [("DE", "DE-HE"), ("HU", "HU-BU"), ("DE", "DE-ZZ"), ("IT", "IT-FC"), ("XX", None), ("US", None)]
    ]

    assert known == [
        HolidaysKnown.ALL,
        HolidaysKnown.ALL,
        HolidaysKnown.COUNTRY,
        HolidaysKnown.COUNTRY,
        HolidaysKnown.NONE,
        HolidaysKnown.ALL,
    ]


def test_an_unknown_country_has_weekends_only() -> None:
    closed = [
        date(2026, 1, 1) + n * DAY for n in range(365) if not is_workday(date(2026, 1, 1) + n * DAY, Calendar("XX"))
    ]

    assert {day.weekday() for day in closed} == {5, 6}


def test_working_days_are_counted_over_holidays() -> None:
    # Good Friday, 3 April, and Easter Monday, 6 April 2026.
    assert workdays_before(date(2026, 4, 10), 5, HESSEN) == date(2026, 4, 1)
    assert workdays_after(date(2026, 4, 2), 1, HESSEN) == date(2026, 4, 7)
    assert workdays_before(date(2026, 4, 5), 0, HESSEN) == date(2026, 4, 2)
    assert workdays_before(date(2026, 4, 5), 1, HESSEN) == date(2026, 4, 2)
    assert workdays_after(date(2026, 4, 3), 0, HESSEN) == date(2026, 4, 7)


@given(day=days, count=st.integers(0, 30), calendar=calendars)
def test_counting_back_and_forth_agrees(day: date, count: int, calendar: Calendar) -> None:
    before, after = workdays_before(day, count, calendar), workdays_after(day, count, calendar)

    assert is_workday(before, calendar)
    assert is_workday(after, calendar)
    assert before <= day <= after
    if count or is_workday(day, calendar):
        assert workdays_left(before, day, calendar) == count
        assert workdays_left(day + DAY, after + DAY, calendar) == count


def test_who_is_closed_for_ever_still_has_days_to_count() -> None:
    never = Calendar("DE", None, ((date(2000, 1, 1), date(2100, 1, 1)),))

    assert workdays_before(date(2026, 1, 5), 1, never) == date(2026, 1, 2)
    assert not is_workday(date(2026, 1, 2), never)


@given(day=days, calendar=calendars)
def test_the_first_day_of_a_week_is_a_working_day(day: date, calendar: Calendar) -> None:
    first = first_of_week(day, calendar)

    assert is_workday(first, calendar)
    assert first >= day - day.weekday() * DAY
    if is_workday(day, calendar):
        assert first <= day


def test_a_time_that_does_not_exist_is_the_first_after_the_gap() -> None:
    assert instant_of(date(2026, 3, 29), time(2, 30), "Europe/Berlin") == datetime(2026, 3, 29, 1, tzinfo=UTC)
    # Samoa left out 30 December 2011 as a whole.
    assert instant_of(date(2011, 12, 30), time(9), "Pacific/Apia") == datetime(2011, 12, 30, 10, tzinfo=UTC)


def test_a_time_that_exists_twice_is_the_first() -> None:
    assert instant_of(date(2026, 10, 25), time(2, 30), "Europe/Berlin") == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize("zone", ZONES)
def test_every_local_time_of_eight_years_has_one_instant(zone: str) -> None:
    place = ZoneInfo(zone)
    last = datetime(2024, 12, 31, tzinfo=UTC) - DAY
    day = date(2025, 1, 1)
    while day < date(2033, 1, 1):
        for half_hours in range(48):
            wall = time(half_hours // 2, half_hours % 2 * 30)
            instant = instant_of(day, wall, zone)
            shown = instant.astimezone(place)
            assert shown.date() == day
            assert instant >= last
            if shown.time() != wall:
                # Nothing earlier on that day shows this time or a later one.
                assert shown.time() > wall
                assert (instant - timedelta(seconds=1)).astimezone(place).replace(tzinfo=None) < datetime.combine(
                    day, wall
                )
            last = instant
        day += DAY


@given(day=days, zone=st.sampled_from(ZONES), person=st.integers(1, 10**6))
def test_letters_leave_in_the_morning_there(day: date, zone: str, person: int) -> None:
    moment = sending_time(day, zone, str(person)).astimezone(ZoneInfo(zone))

    assert moment.date() == day
    assert time(9) <= moment.time() < time(11)
    assert sending_time(day, zone, str(person)) == moment


def test_letters_do_not_leave_all_at_once() -> None:
    moments = {sending_time(date(2026, 6, 3), "Europe/Berlin", str(person)) for person in range(200)}

    assert len(moments) > 150


@pytest.mark.parametrize(
    ("now", "moment"),
    [
        ("2026-06-03T07:59:59+02:00", "2026-06-03T08:00:00+02:00"),
        ("2026-06-03T08:00:00+02:00", "2026-06-03T08:00:00+02:00"),
        ("2026-06-03T17:59:59+02:00", "2026-06-03T17:59:59+02:00"),
        # The day after is Corpus Christi, a Thursday.
        ("2026-06-03T18:00:00+02:00", "2026-06-05T08:00:00+02:00"),
        ("2026-06-06T12:00:00+02:00", "2026-06-08T08:00:00+02:00"),
    ],
)
def test_what_is_late_leaves_in_working_hours(now: str, moment: str) -> None:
    found = next_sending_moment(datetime.fromisoformat(now), "Europe/Berlin", HESSEN)

    assert found == datetime.fromisoformat(moment)
