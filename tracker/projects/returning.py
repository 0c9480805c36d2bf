"""When a project that comes back is expected next."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager

from tracker.db import PartialDate, db
from tracker.projects.models import Project, ProjectStatus, Series

#: In these an edition without a date is one that is still to come.
_AHEAD = frozenset({ProjectStatus.IDEA, ProjectStatus.PLANNED, ProjectStatus.RUNNING})


@dataclass(frozen=True)
class Return:
    """An edition with a date, and the one that is expected after it."""

    series: Series
    last: Project
    #: When it begins, as far as it can be told; None: nobody said how often it comes back.
    on: PartialDate | None
    #: When it ends, if it is said of the last one and is another month or year.
    until: PartialDate | None
    #: The next edition has been entered.
    is_started: bool


def so_many_years_later(day: PartialDate, years: int) -> PartialDate:
    """Return a month or a year so many years later, since nobody knows the day."""
    year = day.year + years
    return PartialDate(f"{year:04}-{day.month:02}" if day.month else f"{year:04}")


def returns(editions: Iterable[Project]) -> list[Return]:
    """Return what is expected after each of the editions, of whatever series, whose begin is known."""
    of_each: dict[Series, list[Project]] = {}
    for one in editions:
        if one.series is not None:
            of_each.setdefault(one.series, []).append(one)
    return [found for series, them in of_each.items() for found in _returns(them, series)]


def _returns(editions: Sequence[Project], series: Series) -> list[Return]:
    dated = [(one, one.begins) for one in editions if one.begins is not None]
    is_one_ahead = any(one.begins is None and one.status in _AHEAD for one in editions)
    last = max(((begins.earliest, one.id) for one, begins in dated), default=None)
    found = []
    for one, begins in dated:
        on = until = None
        if series.every_years:
            on = so_many_years_later(begins, series.every_years)
            until = so_many_years_later(one.ends, series.every_years) if one.ends else None
        is_started = is_one_ahead or (begins.earliest, one.id) != last
        found.append(Return(series, one, on, until if until != on else None, is_started))
    return found


def of_series(condition: sa.ColumnElement[bool]) -> list[Return]:
    """Return what is expected after each edition of the series that match; one query."""
    query = (
        sa.select(Project)
        .join(Project.series)
        .where(condition, Project.archived_at.is_(None))
        .options(contains_eager(Project.series))
        .order_by(Project.series_id, Project.id)
    )
    return returns(db.session.scalars(query))


def awaited(found: Iterable[Return]) -> list[tuple[Return, PartialDate]]:
    """Return of these what nobody has started yet, the earliest first, each with its date."""
    open_ones = [(one, one.on) for one in found if one.on is not None and not one.is_started]
    return sorted(open_ones, key=lambda pair: (pair[1].earliest, pair[0].last.id))
