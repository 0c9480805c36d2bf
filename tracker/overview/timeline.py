"""The picture of a project's milestones and events over time. Its words stand in the lists beside it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from babel.dates import format_skeleton

from tracker.events.models import EventStatus
from tracker.language import spoken
from tracker.milestones.models import Milestone, MilestoneState
from tracker.overview.gathered import Occasion

#: Marks that come closer than this (percent of the width) stand above one another.
APART = 4.0
#: Room on either side of the first and of the last mark, percent of the width.
MARGIN = 4.0
#: Months between two ticks, the first that gives few enough of them.
STEPS = (1, 2, 3, 6, 12, 24, 60, 120, 240)
MOST_TICKS = 4
YEAR = 12
#: A single mark, or several on one day, is no course of time.
FEWEST = 2
#: An event that would be drawn narrower than this could not be seen; percent of the width.
NARROWEST = 1.5
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True)
class Mark:
    """One milestone: its number in the list, where it stands, and where it stood at first."""

    number: int
    milestone: Milestone
    #: Percent of the width.
    x: float
    first_x: float
    #: Counted from the axis up.
    lane: int
    look: str

    @property
    def moved(self) -> bool:
        """Whether it stands elsewhere than at first."""
        return self.first_x != self.x


@dataclass(frozen=True)
class Stretch:
    """An event: its letter in the list, and from where to where it lasts."""

    letter: str
    event: Occasion
    x: float
    width: float
    #: Counted from the axis down.
    lane: int


@dataclass(frozen=True)
class Tick:
    """A date on the axis."""

    x: float
    label: str


@dataclass(frozen=True)
class Timeline:
    """All marks between two dates, and the events below them."""

    marks: tuple[Mark, ...]
    stretches: tuple[Stretch, ...]
    ticks: tuple[Tick, ...]
    today_x: float | None
    first_on: date
    last_on: date

    @property
    def lanes(self) -> int:
        """How many marks stand above one another at most."""
        return max((mark.lane for mark in self.marks), default=-1) + 1

    @property
    def event_lanes(self) -> int:
        """How many events stand below one another at most."""
        return max((stretch.lane for stretch in self.stretches), default=-1) + 1


def stands_on(milestone: Milestone) -> date:
    """Return the day of a milestone: when it was done, else when it is due."""
    return milestone.done_on or milestone.due_on


def look_of(milestone: Milestone, today: date) -> str:
    """Return how it is drawn: done, late or open."""
    if milestone.state is MilestoneState.DONE:
        return "done"
    return "late" if milestone.due_on < today else "open"


def numbered(milestones: Sequence[Milestone]) -> dict[int, int]:
    """Return milestone id to its number: by date, the cancelled ones left out."""
    kept = [one for one in milestones if one.state is not MilestoneState.CANCELLED]
    ordered = sorted(kept, key=lambda one: (stands_on(one), one.id))
    return {one.id: number for number, one in enumerate(ordered, start=1)}


def lettered(events: Sequence[Occasion]) -> dict[int, str]:
    """Return event id to its letter: by date, the cancelled ones left out."""
    kept = [one for one in events if one.status is not EventStatus.CANCELLED]
    ordered = sorted(kept, key=lambda one: (one.begins_on.earliest, one.id))
    return {one.id: _letter(place) for place, one in enumerate(ordered)}


def _letter(place: int) -> str:
    before, last = divmod(place, len(_LETTERS))
    return (_letter(before - 1) if before else "") + _LETTERS[last]


def _last_day(event: Occasion) -> date:
    return (event.ends_on or event.begins_on).latest


def timeline(milestones: Sequence[Milestone], today: date, events: Sequence[Occasion] = ()) -> Timeline | None:
    """Draw milestones and events, or None if there is no course of time in them. Cancelled ones are left out."""
    numbers, letters = numbered(milestones), lettered(events)
    drawn = sorted((one for one in milestones if one.id in numbers), key=lambda one: numbers[one.id])
    lasting = sorted((one for one in events if one.id in letters), key=lambda one: (one.begins_on.earliest, one.id))
    days = [day for one in drawn for day in (stands_on(one), one.first_due_on)]
    days += [day for event in lasting for day in (event.begins_on.earliest, _last_day(event))]
    if any(one.state is MilestoneState.OPEN for one in drawn):
        days.append(today)
    if len(drawn) + len(lasting) < FEWEST or min(days) == max(days):
        return None
    first, last = min(days), max(days)

    def x_of(day: date) -> float:
        share = (day - first) / (last - first)
        return round(MARGIN + share * (100 - 2 * MARGIN), 2)

    ends: list[float] = []
    marks = []
    for one in drawn:
        x = x_of(stands_on(one))
        lane = _lane(ends, x, x)
        marks.append(Mark(numbers[one.id], one, x, x_of(one.first_due_on), lane, look_of(one, today)))
    ends = []
    stretches = []
    for event in lasting:
        x = x_of(event.begins_on.earliest)
        width = round(max(x_of(_last_day(event)) - x, NARROWEST), 2)
        stretches.append(Stretch(letters[event.id], event, x, width, _lane(ends, x, x + width)))
    ticks = tuple(Tick(x_of(day), label) for day, label in _ticks(first, last))
    today_x = x_of(today) if first <= today <= last else None
    return Timeline(tuple(marks), tuple(stretches), ticks, today_x, first, last)


def _lane(ends: list[float], begin: float, end: float) -> int:
    """Return the first lane on which something has room, and take it there."""
    lane = next((number for number, taken in enumerate(ends) if begin - taken >= APART), len(ends))
    ends[lane : lane + 1] = [end]
    return lane


def _ticks(first: date, last: date) -> list[tuple[date, str]]:
    """Return the days that the axis names: the first days of months or, where it is long, of years."""
    for step in STEPS:
        days = [day for day in _beginnings(first, last, step) if first <= day <= last]
        if 0 < len(days) <= MOST_TICKS:
            skeleton = "y" if step >= YEAR else "yMMM"
            return [(day, format_skeleton(skeleton, day, locale=spoken())) for day in days]
    return [(day, format_skeleton("yMMMd", day, locale=spoken())) for day in (first, last)]


def _beginnings(first: date, last: date, step: int) -> list[date]:
    """Return the first of every `step`-th month, counted from a January, that may lie between two days."""
    months = range(first.year * YEAR, (last.year + 1) * YEAR)
    return [date(month // YEAR, month % YEAR + 1, 1) for month in months if month % step == 0]
