"""Visits in both directions, how many came and stayed, and whose turn it is."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from tracker.db import PartialDate, Translated
from tracker.events.models import EventStatus
from tracker.events.rules import SETTLED
from tracker.language import _, ngettext, pgettext
from tracker.lineage.rules import is_later
from tracker.partnerships.models import Side
from tracker.web.formats import partial_date

#: So many years are shown where nobody asks for others, the present one included, if a visit was in them.
YEARS = 10
#: Pixels of the highest bar, and of one visit at most.
HIGHEST, THICKEST = 56, 14
#: So many years have room for their numbers below the picture of a phone.
NAMED_YEARS = 6


class Source(StrEnum):
    """Where a visit was noted."""

    EVENT = "event"
    LOG = "log_entry"


@dataclass(frozen=True)
class Count:
    """A number of which perhaps not all is known."""

    known: int = 0
    #: Of how many visits it is not, or not wholly, known.
    unknown: int = 0

    def __add__(self, other: "Count") -> "Count":
        """Return both together."""
        return Count(self.known + other.known, self.unknown + other.unknown)

    @property
    def words(self) -> str:
        """Return "12", "at least 12", or that nobody knows: never a nought for what is not known."""
        if not self.unknown:
            return str(self.known)
        return _("at least %(number)s", number=self.known) if self.known else _("not known")

    @property
    def sentence(self) -> str:
        """Return the same, and of how many visits the number is not known."""
        if not self.known and self.unknown:
            return pgettext("number", "not known")
        if not self.unknown:
            return self.words
        missing = ngettext(
            "of %(num)d visit the number is not wholly known",
            "of %(num)d visits the number is not wholly known",
            self.unknown,
        )
        return f"{self.words}; {missing}"


@dataclass(frozen=True)
class Visit:
    """One side at the other: an event with all who were sent from there, or an entry of the log."""

    source: Source
    id: int
    title: Translated | None
    begins_on: PartialDate
    ends_on: PartialDate | None
    #: Whose guests they were: on our side, or on the other.
    host: Side
    status: EventStatus
    heads: Count = Count(0, 1)
    nights: Count = Count(0, 1)

    @property
    def last_on(self) -> PartialDate:
        """Its last day, as far as it is known."""
        return self.ends_on or self.begins_on

    def covers(self, other: "Visit") -> bool:
        """Whether both may have been on the same day, on the same side."""
        meets = self.begins_on.earliest <= other.last_on.latest and other.begins_on.earliest <= self.last_on.latest
        return self.host is other.host and meets


@dataclass(frozen=True)
class Visits:
    """The visits of a partnership, the earliest first."""

    happened: tuple[Visit, ...]
    coming: tuple[Visit, ...]
    #: Events that are over, of which nobody has said whether they took place.
    unsaid: tuple[Visit, ...]
    #: How many lines of the log tell of visits that are entered as events: these are counted once.
    repeated: int

    def of(self, host: Side) -> tuple[Visit, ...]:
        """Return the visits at one side."""
        return tuple(visit for visit in self.happened if visit.host is host)

    def last(self, host: Side) -> Visit | None:
        """Return the last visit at one side."""
        return next(reversed(self.of(host)), None)

    @property
    def next(self) -> Visit | None:
        """Return the next visit that is planned."""
        return next(iter(self.coming), None)


def sorted_out(visits: Iterable[Visit], today: date) -> Visits:
    """Part what happened from what comes. A line of the log counts where no event may have been the same visit."""
    found = sorted(visits, key=lambda one: (one.begins_on.text, one.source, one.id))
    held = [one for one in found if one.source is Source.EVENT and one.status is EventStatus.HELD]
    logged = [one for one in found if one.source is Source.LOG]
    alone = [one for one in logged if not any(event.covers(one) for event in held)]
    open_ = [one for one in found if one.status not in SETTLED]
    happened = sorted([*held, *alone], key=lambda one: (one.begins_on.text, one.source, one.id))
    return Visits(
        tuple(happened),
        tuple(one for one in open_ if one.last_on.latest >= today),
        tuple(one for one in open_ if one.last_on.latest < today),
        len(logged) - len(alone),
    )


def turn(visits: Visits) -> str:
    """Say in one sentence whose turn it is."""
    here, there = visits.last(Side.HERE), visits.last(Side.THERE)
    if here is None:
        return _first_of_theirs(there)
    if there is None:
        on = partial_date(here.begins_on)
        return _("It is our turn: they were with us (%(date)s), and no visit of ours with them is noted.", date=on)
    values = {"here": partial_date(here.begins_on), "there": partial_date(there.begins_on)}
    if is_later(here.begins_on, there.begins_on):
        return _("It is our turn: they were with us last (%(here)s), we with them before that (%(there)s).", **values)
    if is_later(there.begins_on, here.begins_on):
        return _("It is their turn: we were with them last (%(there)s), they with us before that (%(here)s).", **values)
    return _("It is nobody’s turn: as far as is known, both last visits fell together (%(here)s).", **values)


def _first_of_theirs(there: Visit | None) -> str:
    if there is None:
        return _("No visit is noted yet.")
    on = partial_date(there.begins_on)
    return _("It is their turn: we were with them (%(date)s), and no visit of theirs with us is noted.", date=on)


# ---- a period


@dataclass(frozen=True)
class Period:
    """Whole years, both included."""

    first: int
    last: int

    @property
    def years(self) -> range:
        """Each of them."""
        return range(self.first, self.last + 1)


def period(since: int | None, until: int | None, today: date) -> Period:
    """Return the years that were asked for, else the last ten."""
    last = until or max(today.year, since or 0)
    first = since or last - YEARS + 1
    return Period(min(first, last), max(first, last))


def whole_period(visits: Visits, today: date) -> Period | None:
    """Return the years from the first visit to the present one; None: there was no visit."""
    return Period(visits.happened[0].begins_on.year, today.year) if visits.happened else None


def usual_period(visits: Visits, today: date) -> Period:
    """Return the years shown where nobody asked for others: the last ten, or all of them where every visit is older."""
    lately, whole = period(None, None, today), whole_period(visits, today)
    is_older = whole is not None and visits.happened[-1].begins_on.year < lately.first
    return whole if whole and is_older else lately


@dataclass(frozen=True)
class Sum:
    """What came together at one side."""

    visits: int
    heads: Count
    nights: Count


@dataclass(frozen=True)
class Year:
    """A row of the table, and its bars in the picture."""

    number: int
    #: Percent of the width.
    x: float
    width: float
    here: Sum
    there: Sum
    #: Whether there is room for its number.
    is_named: bool


@dataclass(frozen=True)
class Balance:
    """Both sides, year by year, the earliest first."""

    period: Period
    years: tuple[Year, ...]
    here: Sum
    there: Sum
    visits: tuple[Visit, ...]
    #: Pixels of one visit, and of the highest bar above and below the line.
    unit: float
    above: float
    below: float


def _sum(visits: Sequence[Visit], host: Side) -> Sum:
    own = [visit for visit in visits if visit.host is host]
    heads = sum((visit.heads for visit in own), Count())
    return Sum(len(own), heads, sum((visit.nights for visit in own), Count()))


def balance(visits: Visits, within: Period) -> Balance:
    """Count what happened in these years."""
    own = tuple(visit for visit in visits.happened if within.first <= visit.begins_on.year <= within.last)
    number = len(within.years)
    share, step = 100 / number, -(-number // NAMED_YEARS)
    years = []
    # The numbers keep away from the edge: nothing of them is cut off.
    for place, year in enumerate(within.years):
        of_year = [visit for visit in own if visit.begins_on.year == year]
        x, is_named = round((place + 0.12) * share, 2), (number - 1 - place) % step == step // 2
        width = round(share * 0.76, 2)
        years.append(Year(year, x, width, _sum(of_year, Side.HERE), _sum(of_year, Side.THERE), is_named))
    above = max(year.here.visits for year in years)
    below = max(year.there.visits for year in years)
    unit = min(THICKEST, HIGHEST / max(above, below, 1))
    return Balance(
        within, tuple(years), _sum(own, Side.HERE), _sum(own, Side.THERE), own, unit, above * unit, below * unit
    )


# ---- all partnerships


@dataclass(frozen=True)
class Relation:
    """A partnership and how often each side was at the other, in a period."""

    id: int
    title: Translated
    here: int
    there: int
    #: Of all time.
    last_here: Visit | None
    last_there: Visit | None

    @property
    def more(self) -> int:
        """How many visits more at us than at them; negative: at them."""
        return self.here - self.there


def relation(id_: int, title: Translated, visits: Visits, within: Period) -> Relation:
    """Count the visits of a partnership in these years."""
    seen = [one.host for one in visits.happened if within.first <= one.begins_on.year <= within.last]
    return Relation(
        id_, title, seen.count(Side.HERE), seen.count(Side.THERE), visits.last(Side.HERE), visits.last(Side.THERE)
    )
