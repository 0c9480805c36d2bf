"""When people work: weekends, public holidays, closed days, and the hours of their own zone."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum
from functools import lru_cache
from types import MappingProxyType
from zoneinfo import ZoneInfo

import holidays

from tracker.language import Word, _lp

DAY = timedelta(days=1)
SATURDAY = 5
#: Letters leave between these two, each person at a moment of their own.
MORNING, LATE_MORNING = time(9), time(11)
#: What comes late still leaves between these two.
OPENING, CLOSING = time(8), time(18)
#: Subdivisions in which the library gathers the patron days of several towns; each is closed on one of them only.
SEVERAL_PATRONS = frozenset({("IT", "BT"), ("IT", "FC"), ("IT", "PU")})
#: An organisation that is closed for longer than this is closed by mistake: only weekends and holidays count then.
LONGEST_CLOSURE = 800 * DAY


@dataclass(frozen=True)
class Calendar:
    """Which days are working days for somebody."""

    #: ISO 3166-1 alpha-2: "DE".
    country: str
    #: ISO 3166-2: "DE-HE".
    subdivision: str | None = None
    #: First and last day of each time in which the organisation does not work.
    closed: tuple[tuple[date, date], ...] = ()


class ClosedKind(Word):
    """Why nobody works on a day."""

    WEEKEND = "weekend", _lp("closed", "weekend")
    HOLIDAY = "holiday", _lp("closed", "public holiday")
    CLOSED_DAY = "closed_day", _lp("closed", "closed day of the organisation")


@dataclass(frozen=True)
class Closed:
    """Why nobody works on a day; a public holiday has a name, in the language of its country."""

    kind: ClosedKind
    name: str | None = None


class HolidaysKnown(Enum):
    """How well the public holidays of a calendar are known."""

    #: Those of the subdivision, or those of a country that has no others.
    ALL = "all"
    #: Only those of the whole country.
    COUNTRY = "country"
    #: None: only weekends and closed days count.
    NONE = "none"


# ---- which days


@lru_cache(maxsize=1)
def _subdivisions() -> Mapping[str, frozenset[str]]:
    supported = holidays.list_supported_countries(include_aliases=False)
    return MappingProxyType({country: frozenset(codes) for country, codes in supported.items()})


@lru_cache(maxsize=1024)
def _within(country: str, subdivision: str | None) -> str | None:
    """Return the library's own code of a subdivision; none if it knows only the country, or no other days there."""
    code = (subdivision or "").removeprefix(f"{country}-")
    known = code in _subdivisions().get(country, ()) and (country, code) not in SEVERAL_PATRONS
    return code if known else None


@lru_cache(maxsize=4096)
def public_holidays(country: str, subdivision: str | None, year: int) -> Mapping[date, str]:
    """Return the public holidays of a year with their names in the country's own language."""
    if country not in _subdivisions():
        return MappingProxyType({})
    within = _within(country, subdivision)
    spoken = holidays.country_holidays(country, subdiv=within).default_language
    found = holidays.country_holidays(country, subdiv=within, years=year, expand=False, language=spoken)
    return MappingProxyType(dict(found.items()))


@lru_cache(maxsize=1024)
def holidays_spoken(country: str) -> str:
    """Return the language in which `public_holidays` names them."""
    if country not in _subdivisions():
        return "en"
    spoken = holidays.country_holidays(country).default_language
    return (spoken or "en").split("_")[0]


def holidays_known(calendar: Calendar) -> HolidaysKnown:
    """Say whether the public holidays are known, so that a page can tell where they are not."""
    if calendar.country not in _subdivisions():
        return HolidaysKnown.NONE
    if calendar.subdivision and _subdivisions()[calendar.country]:
        return HolidaysKnown.ALL if _within(calendar.country, calendar.subdivision) else HolidaysKnown.COUNTRY
    return HolidaysKnown.ALL


def closed_because(day: date, calendar: Calendar) -> Closed | None:
    """Return why a day is no working day; none if it is one."""
    name = public_holidays(calendar.country, calendar.subdivision, day.year).get(day)
    if name is not None:
        return Closed(ClosedKind.HOLIDAY, name)
    if day.weekday() >= SATURDAY:
        return Closed(ClosedKind.WEEKEND)
    if any(first <= day <= last for first, last in calendar.closed):
        return Closed(ClosedKind.CLOSED_DAY)
    return None


def is_workday(day: date, calendar: Calendar) -> bool:
    """Whether people work on a day."""
    return (
        day.weekday() < SATURDAY
        and day not in public_holidays(calendar.country, calendar.subdivision, day.year)
        and not any(first <= day <= last for first, last in calendar.closed)
    )


def _step(day: date, count: int, calendar: Calendar, towards: timedelta) -> date:
    start, left = day, count
    limit = day + towards * (LONGEST_CLOSURE.days + 3 * count)
    while left > 0 or not is_workday(day, calendar):
        day += towards
        if day == limit:
            return _step(start, count, replace(calendar, closed=()), towards)
        if left and is_workday(day, calendar):
            left -= 1
    return day


@lru_cache(maxsize=4096)
def workdays_before(day: date, count: int, calendar: Calendar) -> date:
    """Return the working day that lies so many working days before; 0 is the day itself, else the last one."""
    return _step(day, count, calendar, -DAY)


@lru_cache(maxsize=4096)
def workdays_after(day: date, count: int, calendar: Calendar) -> date:
    """Return the working day that lies so many working days after; 0 is the day itself, else the next one."""
    return _step(day, count, calendar, DAY)


def workdays_left(today: date, until: date, calendar: Calendar) -> int:
    """Count the working days from a day to a later one, which is not counted: 0 on the day itself."""
    return sum(is_workday(today + offset * DAY, calendar) for offset in range((until - today).days))


def first_of_week(day: date, calendar: Calendar) -> date:
    """Return the first working day from Monday on of the week a day lies in; later than Sunday if it has none."""
    return workdays_after(day - day.weekday() * DAY, 0, calendar)


# ---- which moment


def instant_of(local_date: date, local_time: time, zone: str) -> datetime:
    """Return the instant, in UTC, of what a clock on the wall shows.

    A time that does not exist there becomes the first instant after the gap; one that exists twice is the first.
    """
    place = ZoneInfo(zone)
    wall = datetime.combine(local_date, local_time.replace(tzinfo=None, fold=0))
    instant = wall.replace(tzinfo=place).astimezone(UTC)
    if instant.astimezone(place).replace(tzinfo=None) == wall:
        return instant
    # In a gap: read with the earlier offset it lies after the change, read with the later one before it.
    before, after = wall.replace(tzinfo=place, fold=1).astimezone(UTC), instant
    offset = after.astimezone(place).utcoffset()
    second = timedelta(seconds=1)
    before = before.replace(microsecond=0)
    after = after.replace(microsecond=0)
    while after - before > second:
        middle = before + (after - before) // second // 2 * second
        if middle.astimezone(place).utcoffset() == offset:
            after = middle
        else:
            before = middle
    return after


def local_day(instant: datetime, zone: str) -> date:
    """Return the date it is in a zone at an instant."""
    return instant.astimezone(ZoneInfo(zone)).date()


@lru_cache(maxsize=16384)
def sending_time(local_date: date, zone: str, salt: str) -> datetime:
    """Return the instant between 9 and 11 o'clock there at which somebody's letter leaves; the same salt, the same."""
    spread = (LATE_MORNING.hour - MORNING.hour) * 3600
    offset = int.from_bytes(hashlib.sha256(f"{salt}|{local_date}".encode()).digest()[:8]) % spread
    return instant_of(local_date, (datetime.combine(local_date, MORNING) + timedelta(seconds=offset)).time(), zone)


def first_morning(instant: datetime, zone: str, calendar: Calendar, salt: str) -> date:
    """Return the local date of somebody's first letter after an instant: their next morning on a working day."""
    day = workdays_after(local_day(instant, zone), 0, calendar)
    return day if sending_time(day, zone, salt) >= instant else workdays_after(day + DAY, 0, calendar)


def next_sending_moment(now: datetime, zone: str, calendar: Calendar) -> datetime:
    """Return when what is late may leave: at once from 8 to 18 o'clock of a working day there, else at its next 8."""
    wall = now.astimezone(ZoneInfo(zone))
    today = wall.date()
    if is_workday(today, calendar):
        if wall.time() < OPENING:
            return instant_of(today, OPENING, zone)
        if wall.time() < CLOSING:
            return now
    return instant_of(workdays_after(today + DAY, 0, calendar), OPENING, zone)
