"""Projects over the years: a bar each, from begin to end, with the events on it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import sqlalchemy as sa

from tracker.db import PartialDate, Translated, db
from tracker.events.models import Event, EventStatus
from tracker.projects.models import Project
from tracker.projects.rules import ENDED

#: Room on either side, percent of the width.
MARGIN = 2.0
#: A bar that would be shorter than this could not be seen.
SHORTEST = 0.8
#: Years between two ticks, the first that gives few enough of them.
STEPS = (1, 2, 5, 10, 20, 50, 100, 200, 500)
MOST_TICKS = 6
#: So many events are named beside a bar; the page of the project names the rest.
NAMED = 4


@dataclass(frozen=True)
class Gathering:
    """An event, as far as its mark and its line need."""

    id: int
    project_id: int
    title: Translated
    begins_on: PartialDate
    ends_on: PartialDate | None
    status: EventStatus


@dataclass(frozen=True)
class Bar:
    """From where to where a project runs, in percent of the width."""

    x: float
    width: float
    #: Nobody knows when it ends: it is drawn until today.
    is_open: bool


@dataclass(frozen=True)
class Mark:
    """Where an event stands."""

    x: float
    event: Gathering


@dataclass(frozen=True)
class Course:
    """A project with its bar, if its begin is known at all, and its marks."""

    project: Project
    bar: Bar | None
    marks: Sequence[Mark]

    @property
    def named(self) -> Sequence[Gathering]:
        """The events that are named, the newest of them."""
        return [mark.event for mark in self.marks[-NAMED:]]


@dataclass(frozen=True)
class Years:
    """The axis."""

    first: date
    last: date

    def x_of(self, day: date) -> float:
        """Return where a day stands."""
        share = (day - self.first) / max(self.last - self.first, timedelta(days=1))
        return round(MARGIN + min(max(share, 0), 1) * (100 - 2 * MARGIN), 2)

    @property
    def ticks(self) -> list[tuple[float, int]]:
        """Where which years begin."""
        for step in STEPS:
            years = [year for year in range(self.first.year, self.last.year + 1) if year % step == 0]
            years = [year for year in years if self.first <= date(year, 1, 1) <= self.last]
            if len(years) <= MOST_TICKS:
                return [(self.x_of(date(year, 1, 1)), year) for year in years]
        return []


def events_of(project_ids: Iterable[int]) -> dict[int, list[Gathering]]:
    """Return project id to its events, the earliest first; for projects that somebody may know of; one query."""
    query = (
        sa.select(Event.id, Event.project_id, Event.title, Event.begins_on, Event.ends_on, Event.status)
        .where(Event.project_id.in_(list(project_ids)), Event.archived_at.is_(None))
        .order_by(Event.begins_on, Event.id)
    )
    found: dict[int, list[Gathering]] = {}
    for row in db.session.execute(query):
        one = Gathering(row.id, row.project_id or 0, row.title, row.begins_on, row.ends_on, row.status)
        found.setdefault(one.project_id, []).append(one)
    return found


def drawn(projects: Sequence[Project], events: dict[int, list[Gathering]], today: date) -> tuple[Years, list[Course]]:
    """Return the axis, and where on it everything stands."""
    days = [today]
    for project in projects:
        days += [day.earliest for day in (project.begins,) if day]
        days += [day.latest for day in (project.begins, project.ends) if day]
    for one in (event for some in events.values() for event in some):
        days += [one.begins_on.earliest, (one.ends_on or one.begins_on).latest]
    years = Years(min(days), max(days))
    return years, [_course(project, events.get(project.id, ()), years, today) for project in projects]


def _course(project: Project, events: Sequence[Gathering], years: Years, today: date) -> Course:
    marks = [Mark(years.x_of(_middle(one)), one) for one in events]
    if project.begins is None:
        return Course(project, None, marks)
    first = project.begins.earliest
    runs_on = project.ends is None and project.status not in ENDED and first < today
    last = today if runs_on else (project.ends or project.begins).latest
    x = years.x_of(first)
    width = max(years.x_of(max(first, last)) - x, SHORTEST)
    return Course(project, Bar(x, round(width, 2), runs_on), marks)


def _middle(event: Gathering) -> date:
    first, last = event.begins_on.earliest, (event.ends_on or event.begins_on).latest
    return first + (last - first) / 2
