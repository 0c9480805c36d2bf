"""Events on the page of a project or a partnership: a part of the one query that asks for all that lies around it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from tracker.db import PartialDate, Translated, TranslatedType
from tracker.events.models import Delegation, Event, EventStatus

#: Not "event": of that name are the lines of what led to what, which may stand in the same query.
_EVENT = "attended"


@dataclass(frozen=True)
class Occasion:
    """An event, as far as a line about it needs."""

    id: int
    title: Translated
    begins_on: PartialDate
    ends_on: PartialDate | None
    status: EventStatus
    #: How many came, else how many are announced.
    heads: int | None


def heads() -> sa.ScalarSelect[Any]:
    """Return how many came, else how many are announced, for queries about events."""
    return (
        sa.select(sa.func.sum(sa.func.coalesce(Delegation.actual, Delegation.planned)))
        .where(Delegation.event_id == Event.id, Delegation.archived_at.is_(None))
        .correlate(Event)
        .scalar_subquery()
    )


def part(query: sa.Select[Event], *more: sa.ColumnElement[Any]) -> sa.Select[Any]:
    """Return events in the columns of such a query, and those that its other parts have besides."""
    return query.where(Event.archived_at.is_(None)).with_only_columns(
        sa.literal(_EVENT).label("what"),
        Event.id.label("id"),
        sa.type_coerce(Event.title, TranslatedType()).label("title"),
        sa.cast(Event.ends_on, sa.String(10)).label("label"),
        sa.cast(Event.begins_on, sa.String(10)).label("begins"),
        sa.cast(Event.status, sa.String(40)).label("status"),
        *more,
    )


def among(rows: Iterable[Any], column: str) -> list[Occasion]:
    """Return the events among the rows of such a query, the earliest first; `column` holds their heads."""
    found = [
        Occasion(
            row.id,
            row.title,
            PartialDate(row.begins),
            PartialDate(row.label) if row.label else None,
            EventStatus(row.status),
            None if (number := getattr(row, column)) is None else int(number),
        )
        for row in rows
        if row.what == _EVENT
    ]
    return sorted(found, key=lambda one: (one.begins_on.text, one.id))
