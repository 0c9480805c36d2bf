"""What lines of a programme say, as people write them in any of the five languages."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from functools import cache

from babel.dates import get_month_names

from tracker.folding import fold
from tracker.language import LANGUAGES

MOST_LINES = 200
_CENTURY = 100
_WORD = r"[^\W\d_]+"
#: "Sat, " or "Samstag, den " before a day.
_WEEKDAY = rf"(?:{_WORD}\.?,?\s+){{0,2}}?"
#: Of two figures only where it follows at once: "20.8. 15 Uhr" names an hour.
_YEAR = r"(?:\s?(?P<year>(?:19|20)\d{2})|(?P<short>\d{2})(?![\d.:]))"
_DAYS = tuple(
    re.compile(_WEEKDAY + pattern)
    for pattern in (
        r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})(?!\d)",
        # "19.8.", "19.8.2017", "19/08", but not the hour "18.00".
        rf"(?P<day>\d{{1,2}})\.\s?(?P<month>\d{{1,2}})\.{_YEAR}?(?!\d)",
        r"(?P<day>\d{1,2})/(?P<month>\d{1,2})(?:/(?P<year>\d{4}|\d{2}))?(?!\d)",
        rf"(?P<day>\d{{1,2}})\.?\s+(?:de\s+)?(?P<name>{_WORD})\.?(?:\s+(?P<year>\d{{4}}))?",
        rf"(?:(?P<year>\d{{4}})\.?\s+)?(?P<name>{_WORD})\.?\s+(?P<day>\d{{1,2}})(?![\d:])\.?",
    )
)
_AT = r"(\d{1,2})(?:[:.](\d{2}))?(?:\s*(Uhr|h|óra|ora|ore|am|pm)\b\.?)?"
_HOURS = re.compile(rf"(?:(?:um|at|alle|ore|ora|de la)\b)?\s*{_AT}(?:\s*(?:[-–—]|bis|to|al)\s*{_AT})?", re.IGNORECASE)
_UNTIL = re.compile(r"\s*(?:[-–—]|(?:bis|to|until|al|până la|pana la)\b)\s*(?:zum\s+)?", re.IGNORECASE)
_BETWEEN = " \t,;:–—-|"
_LATEST = 24


@dataclass(frozen=True)
class Line:
    """A line as it is understood. Without a title it says which day the lines below it are about."""

    number: int
    #: As it was written, with the day that stands above it.
    text: str
    on: date | None
    begins_at: time | None
    ends_at: time | None
    title: str
    place: str | None
    #: What looks like a day and is none, such as "31.2.".
    no_day: str | None = None


def read(text: str, years: Sequence[int]) -> list[Line]:
    """Understand each line that says something. A day holds for the lines below it, too.

    `years`: those of the event, for days that name none; the first is taken in which the day comes no earlier than
    the one above it.
    """
    lines: list[Line] = []
    day: date | None = None
    for number, words in enumerate(text.splitlines(), start=1):
        rest = words.strip(_BETWEEN + "•*")
        if not rest:
            continue
        begun = rest
        found, rest, no_day = _day(rest, years, day)
        last, rest = _last_day(rest, years, found) if found else (None, rest)
        lasts = begun[: len(begun) - len(rest)].strip(_BETWEEN) if last else ""
        begins_at, ends_at, rest = _hours(rest.lstrip(_BETWEEN))
        said = words.strip() if found or no_day or not day else f"{day.day}.{day.month}.{day.year} {words.strip()}"
        # Below what is no day nobody knows which one is meant.
        day = None if no_day else found or day
        title, place = _title_and_place(rest)
        # What lasts for days is a point of its first day that says so.
        title = f"{title} ({lasts})" if title and lasts else title
        if title or begins_at or not found:
            lines.append(Line(number, said, day, begins_at, ends_at, title, place, no_day))
    return lines


def _day(words: str, years: Sequence[int], above: date | None) -> tuple[date | None, str, str | None]:
    no_day = None
    for pattern in _DAYS:
        if not (found := pattern.match(words)):
            continue
        parts = found.groupdict()
        month = int(parts["month"]) if parts.get("month") else _months().get(fold(parts["name"]), 0)
        year = int(parts.get("year") or parts.get("short") or 0)
        wanted = [year + (2000 if year < _CENTURY else 0)] if year else years
        days = [one for each in wanted if (one := _date(each, month, int(parts["day"])))]
        if days:
            later = (one for one in days if above is None or one >= above)
            return next(later, days[-1]), words[found.end() :], None
        if parts.get("month"):
            no_day = found[0]
    return None, words, no_day


def day_in(words: str, year: int) -> date | None:
    """Return the day of a year that words name, if they say nothing else."""
    found, rest, _no_day = _day(words.strip(_BETWEEN), [year], None)
    return found if found and not rest.strip(_BETWEEN + ".") else None


def _last_day(words: str, years: Sequence[int], first: date) -> tuple[date | None, str]:
    """Return until which day something lasts, and what is said behind it; None where that says nothing of days."""
    link = _UNTIL.match(words)
    last, rest, _no_day = _day(words[link.end() :], years, first) if link else (None, words, None)
    return (last, rest) if last and last > first else (None, words)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


@cache
def _months() -> Mapping[str, int]:
    """Return what months are called in the five languages, whole and shortened, to their numbers."""
    return {
        fold(name.rstrip(".")): number
        for language in LANGUAGES
        for width in ("abbreviated", "wide")
        for number, name in get_month_names(width, locale=language).items()
    }


def _hours(words: str) -> tuple[time | None, time | None, str]:
    found = _HOURS.match(words)
    # "2 Busse" begins with a number and with no hour.
    if not found or found[0].strip().isdigit():
        return None, None, words
    half = found[6] or found[3]
    begins_at = _time(found[1], found[2], found[3] or half)
    ends_at = _time(found[4], found[5], half) if found[4] else None
    return (begins_at, ends_at, words[found.end() :].lstrip(_BETWEEN)) if begins_at else (None, None, words)


def _time(hour: str, minute: str | None, half: str | None) -> time | None:
    """Return an hour; "pm" is the second half of a day."""
    number = int(hour)
    if (half or "").lower() in {"am", "pm"}:
        number = number % 12 + (12 if (half or "").lower() == "pm" else 0)
    at = (number, int(minute or 0))
    return time(*at) if at < (_LATEST, 0) and at[1] < 60 else None  # noqa: PLR2004 - minutes of an hour


def _title_and_place(words: str) -> tuple[str, str | None]:
    """Take what stands behind the last comma for the place."""
    title, comma, place = (part.strip() for part in words.rpartition(","))
    return (title, place) if comma and title and place else (words.strip(" ,"), None)
