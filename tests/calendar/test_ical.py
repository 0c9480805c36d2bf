"""What is written is a calendar by the standard, read by a reader that knows nothing of the writer."""

from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.calendar.reading import begin_of, day, end_of, read
from tracker.calendar.ical import Occasion, Words, written

THEN = datetime(2027, 1, 2, 3, 4, 5, tzinfo=UTC)


def occasion(**more: Any) -> Occasion:
    """Return a day of April."""
    values: dict[str, Any] = {
        "uid": "event-1@example.org",
        "title": Words("Malwoche", "de"),
        "first": date(2027, 4, 16),
        "last": date(2027, 4, 16),
        "begins_at": None,
        "ends_at": None,
        "zone": "Europe/Berlin",
        "sequence": 3,
        "created_at": THEN,
        "changed_at": THEN,
        "status": "CONFIRMED",
        "category": "Besuch",
        "url": "https://example.org/events/1",
    }
    return Occasion(**(values | more))


def test_whole_days_end_on_the_day_after() -> None:
    (event,) = read(written("x", [occasion(last=date(2027, 4, 18))])).of("VEVENT")

    assert (day(event.value("DTSTART")), day(event.value("DTEND"))) == (date(2027, 4, 16), date(2027, 4, 19))


@pytest.mark.parametrize(
    ("zone", "first", "at"),
    [
        ("Europe/Berlin", date(2027, 3, 27), time(10)),
        ("Europe/Berlin", date(2027, 3, 28), time(10)),
        ("Europe/Berlin", date(1995, 10, 16), time(19, 30)),
        ("Europe/Bucharest", date(2027, 3, 28), time(4)),
        ("Europe/Bucharest", date(2027, 10, 31), time(3, 30)),
        ("America/Chicago", date(2027, 3, 14), time(1, 59)),
        ("America/Chicago", date(2027, 11, 7), time(23)),
        ("Europe/Dublin", date(2027, 7, 1), time(9)),
        ("Asia/Kathmandu", date(2027, 7, 1), time(9)),
        ("Africa/Casablanca", date(2027, 3, 1), time(9)),
        ("Australia/Lord_Howe", date(2027, 1, 1), time(0)),
        ("UTC", date(2027, 1, 1), time(0)),
    ],
)
def test_hours_are_those_of_the_place(zone: str, first: date, at: time) -> None:
    calendar = read(written("x", [occasion(zone=zone, first=first, last=first, begins_at=at, ends_at=time(23, 59))]))

    (event,) = calendar.of("VEVENT")
    assert begin_of(event, calendar).astimezone(UTC) == datetime.combine(first, at, ZoneInfo(zone)).astimezone(UTC)


def test_an_end_without_an_hour_is_the_end_of_the_day() -> None:
    lasting = occasion(last=date(2027, 4, 18), begins_at=time(10))
    calendar = read(written("x", [lasting, occasion(uid="2", begins_at=time(10))]))

    longer, moment = calendar.of("VEVENT")
    assert end_of(longer, calendar) == datetime(2027, 4, 19, tzinfo=ZoneInfo("Europe/Berlin"))
    assert end_of(moment, calendar) is None


@given(st.text(), st.text(max_size=300), st.text(max_size=300))
def test_any_words_come_back_as_they_were(name: str, title: str, text: str) -> None:
    name, title, text = (one.encode("utf-8", "ignore").decode() for one in (name, title, text))
    calendar = read(written(name, [occasion(title=Words(title, "hu"), text=text, place=text)]))

    def kept(words: str) -> str:
        lines = words.replace("\r\n", "\n").replace("\r", "\n")
        return "".join(one for one in lines if one in "\n\t" or (one >= " " and one != "\x7f"))

    (event,) = calendar.of("VEVENT")
    assert (calendar.value("NAME"), event.values["SUMMARY"]) == (kept(name), ({"LANGUAGE": "hu"}, kept(title)))
    assert (event.value("DESCRIPTION"), event.value("LOCATION")) == (kept(text), kept(text))
