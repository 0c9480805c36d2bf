"""Months and weeks, and what stands on a day."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from tracker.db import Translated
from tracker.language import Word, _lp

DAY = timedelta(days=1)
WEEK = 7
MONTHS = 12
#: So many stand on a day of the month at most; the list names the rest.
ON_ONE_DAY = 4
FIRST_YEAR, LAST_YEAR = 1900, 2199


class EntryKind(Word):
    """What stands in the calendar."""

    EVENT = "event", _lp("calendar", "event")
    MILESTONE = "milestone", _lp("calendar", "milestone")
    CLOSED = "closed", _lp("calendar", "closed day")
    SCHOOL = "school", _lp("calendar", "school holidays")
    HOLIDAY = "holiday", _lp("calendar", "public holiday")


@dataclass(frozen=True)
class Entry:
    """Something on a day, or from one day to another."""

    kind: EntryKind
    first: date
    last: date
    title: Translated | str
    #: Which row it is, to link to it; of a milestone the project on whose page it stands.
    id: int | None = None
    page_id: int | None = None
    #: The project, partnership or organisation that it belongs to; of a public holiday its place.
    about: Translated | str | None = None
    #: In which language a title is that nobody translates.
    language: str | None = None
    #: How it stands, if that is to be said.
    state: Word | None = None


@dataclass(frozen=True, order=True)
class Month:
    """A month of a year."""

    year: int
    month: int

    @classmethod
    def of(cls, day: date) -> "Month":
        """Return the month a day lies in."""
        return cls(day.year, day.month)

    @classmethod
    def read(cls, text: str) -> "Month | None":
        """Return the month of "2027-04", or None if it is none."""
        year, _dash, month = text.partition("-")
        if not (text.isascii() and year.isdigit() and month.isdigit() and len(text) == len("2027-04")):
            return None
        if not (FIRST_YEAR <= int(year) <= LAST_YEAR and 1 <= int(month) <= MONTHS):
            return None
        return cls(int(year), int(month))

    def __str__(self) -> str:
        """Return "2027-04"."""
        return f"{self.year:04}-{self.month:02}"

    @property
    def first(self) -> date:
        """The first day."""
        return date(self.year, self.month, 1)

    @property
    def last(self) -> date:
        """The last day."""
        return self._moved(1).first - DAY

    @property
    def before(self) -> "Month | None":
        """The month before, as long as the calendar reaches."""
        return None if (self.year, self.month) == (FIRST_YEAR, 1) else self._moved(-1)

    @property
    def after(self) -> "Month | None":
        """The month after, as long as the calendar reaches."""
        return None if (self.year, self.month) == (LAST_YEAR, MONTHS) else self._moved(1)

    def _moved(self, months: int) -> "Month":
        year, month = divmod(self.year * MONTHS + self.month - 1 + months, MONTHS)
        return Month(year, month + 1)


@dataclass(frozen=True)
class DayShown:
    """A day of the month's page."""

    on: date
    is_inside: bool
    entries: Sequence[Entry]

    @property
    def shown(self) -> Sequence[Entry]:
        """What stands there at once."""
        return self.entries if len(self.entries) == ON_ONE_DAY + 1 else self.entries[:ON_ONE_DAY]

    @property
    def more(self) -> int:
        """How many the list names besides."""
        return len(self.entries) - len(self.shown)


def weeks_of(month: Month, entries: Iterable[Entry]) -> list[list[DayShown]]:
    """Return the weeks that a month touches, each from Monday, with what stands on its days."""
    by_day: dict[date, list[Entry]] = {}
    first, last = month.first, month.last
    for entry in entries:
        day, until = max(entry.first, first), min(entry.last, last)
        while day <= until:
            by_day.setdefault(day, []).append(entry)
            day += DAY
    monday = first - first.weekday() * DAY
    weeks = []
    while monday <= last:
        days = [monday + number * DAY for number in range(WEEK)]
        weeks.append([DayShown(day, Month.of(day) == month, by_day.get(day, ())) for day in days])
        monday += WEEK * DAY
    return weeks
