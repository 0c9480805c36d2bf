"""The picture of a project's milestones over time: where each mark stands. Its words stand in the list beside it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from babel.dates import format_skeleton

from tracker.language import spoken
from tracker.milestones.models import Milestone, MilestoneState

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
class Tick:
    """A date on the axis."""

    x: float
    label: str


@dataclass(frozen=True)
class Timeline:
    """All marks between two dates."""

    marks: tuple[Mark, ...]
    ticks: tuple[Tick, ...]
    today_x: float | None
    first_on: date
    last_on: date

    @property
    def lanes(self) -> int:
        """How many marks stand above one another at most."""
        return max(mark.lane for mark in self.marks) + 1


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


def timeline(milestones: Sequence[Milestone], today: date) -> Timeline | None:
    """Draw the milestones, or None if there is no course of time in them. Cancelled ones are left out."""
    numbers = numbered(milestones)
    drawn = sorted((one for one in milestones if one.id in numbers), key=lambda one: numbers[one.id])
    days = [day for one in drawn for day in (stands_on(one), one.first_due_on)]
    if any(one.state is MilestoneState.OPEN for one in drawn):
        days.append(today)
    if len(drawn) < FEWEST or min(days) == max(days):
        return None
    first, last = min(days), max(days)

    def x_of(day: date) -> float:
        share = (day - first) / (last - first)
        return round(MARGIN + share * (100 - 2 * MARGIN), 2)

    ends: list[float] = []
    marks = []
    for one in drawn:
        x = x_of(stands_on(one))
        lane = next((number for number, end in enumerate(ends) if x - end >= APART), len(ends))
        ends[lane : lane + 1] = [x]
        marks.append(Mark(numbers[one.id], one, x, x_of(one.first_due_on), lane, look_of(one, today)))
    ticks = tuple(Tick(x_of(day), label) for day, label in _ticks(first, last))
    return Timeline(tuple(marks), ticks, x_of(today) if first <= today <= last else None, first, last)


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
