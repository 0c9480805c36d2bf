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
    #: As far as it can be told; None: nobody said how often it comes back.
    on: PartialDate | None
    #: The next edition has been entered.
    is_started: bool


def next_after(begins: PartialDate, every_years: int) -> PartialDate:
    """Return when the next edition is expected: by its month or its year, since nobody knows the day."""
    year = begins.year + every_years
    return PartialDate(f"{year:04}-{begins.month:02}" if begins.month else f"{year:04}")


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
    return [
        Return(
            series,
            one,
            next_after(begins, series.every_years) if series.every_years else None,
            is_started=is_one_ahead or (begins.earliest, one.id) != last,
        )
        for one, begins in dated
    ]


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
