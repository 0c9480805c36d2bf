"""The picture of contact with a partnership: quarter by quarter over ten years. A table beside it says the same."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from babel import Locale

from tracker.language import spoken
from tracker.log.tally import Contacts

#: Calendar years, the present one included.
YEARS = 10
QUARTERS = 4
MONTHS = 3
#: Pixels of the highest bar, and of one contact at most.
HIGHEST, THICKEST = 64, 12


@dataclass(frozen=True)
class Bar:
    """What happened within a quarter, or within a year of which no more is known."""

    #: Percent of the width.
    x: float
    width: float
    #: Of a quarter "Q2 2024", of a year "2024".
    name: str
    visits: int
    entries: int
    updates: int

    @property
    def total(self) -> int:
        """All contacts."""
        return self.visits + self.entries + self.updates


@dataclass(frozen=True)
class Year:
    """A row of the table."""

    number: int
    #: Percent of the width, its middle.
    x: float
    quarters: tuple[Bar, ...]
    #: Where only the year is known.
    whole: Bar

    @property
    def total(self) -> int:
        """All contacts of the year."""
        return self.whole.total + sum(bar.total for bar in self.quarters)

    @property
    def visits(self) -> int:
        """How many of them were visits."""
        return self.whole.visits + sum(bar.visits for bar in self.quarters)


@dataclass(frozen=True)
class Rhythm:
    """Ten years of contact, the earliest first."""

    years: tuple[Year, ...]
    #: How the quarters are called.
    names: tuple[str, ...]
    #: Pixels of one contact, and of the highest bar.
    unit: float
    height: float

    @property
    def is_empty(self) -> bool:
        """Whether there was no contact at all."""
        return not any(year.total for year in self.years)

    @property
    def has_whole_years(self) -> bool:
        """Whether of some contacts only the year is known."""
        return any(year.whole.total for year in self.years)


def first_day(today: date) -> date:
    """Return where the picture begins."""
    return date(today.year - YEARS + 1, 1, 1)


def rhythm(contacts: Iterable[Contacts], today: date) -> Rhythm:
    """Draw what is known since the first day."""
    numbers: dict[tuple[int, int | None], tuple[int, int, int]] = {}
    for one in contacts:
        quarter = None if one.within.month is None else (one.within.month - 1) // MONTHS
        before = numbers.get((one.within.year, quarter), (0, 0, 0))
        numbers[one.within.year, quarter] = (
            before[0] + one.visits,
            before[1] + one.entries,
            before[2] + one.updates,
        )
    names = _quarters(spoken())
    first, share = first_day(today).year, 100 / YEARS

    def bar(year: int, quarter: int | None) -> Bar:
        width = share if quarter is None else share / QUARTERS
        x = (year - first) * share + (quarter or 0) * width
        name = str(year) if quarter is None else f"{names[quarter]} {year}"
        return Bar(round(x + width * 0.12, 2), round(width * 0.76, 2), name, *numbers.get((year, quarter), (0, 0, 0)))

    years = tuple(
        Year(
            year,
            (year - first + 0.5) * share,
            tuple(bar(year, quarter) for quarter in range(QUARTERS)),
            bar(year, None),
        )
        for year in range(first, today.year + 1)
    )
    most = max(bar.total for year in years for bar in (*year.quarters, year.whole))
    unit = min(THICKEST, HIGHEST / most) if most else THICKEST
    return Rhythm(years, names, unit, most * unit)


def _quarters(language: str) -> tuple[str, ...]:
    names = Locale.parse(language).quarters["format"]["abbreviated"]
    return tuple(str(names[number + 1]) for number in range(QUARTERS))
