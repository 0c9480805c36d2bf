"""How often there was contact with a partnership: entries of the log, events and status updates, by month."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from tracker.db import PartialDate, PartialDateType, db, utc_day
from tracker.events.models import Event, EventKind
from tracker.log.models import LogEntry, LogKind
from tracker.log.queries import contact_in, held_in, last_day, said_in, same_visit
from tracker.partnerships.models import Partnership
from tracker.updates.models import StatusUpdate
from tracker.web.statements import written_once


@dataclass(frozen=True)
class Contacts:
    """How often there was contact within a month, or within a year of which no more is known."""

    #: "2026-11", or "2026".
    within: PartialDate
    #: In the log, and events: but for the visits among them.
    entries: int
    visits: int
    updates: int


def contacts(partnership: Partnership, since: date) -> list[Contacts]:
    """Return how often there was contact since the first of a year, by month; one query."""
    values = {"partnership_id": partnership.id, "first": PartialDate(str(since.year))}
    numbers: dict[str, list[int]] = {}
    for within, visited, is_said, number in db.session.execute(_counted(), values):
        numbers.setdefault(str(within), [0, 0, 0])[2 if is_said else int(bool(visited))] += number
    return [Contacts(PartialDate(within), *numbers[within]) for within in sorted(numbers)]


@written_once
def _counted() -> sa.CompoundSelect[*tuple[Any, ...]]:
    here, first = sa.bindparam("partnership_id", type_=sa.Integer), sa.bindparam("first", type_=PartialDateType())
    month = sa.func.substr(LogEntry.happened_on, 1, len("2026-11"))
    is_visit = LogEntry.kind == LogKind.VISIT
    logged = (
        sa.select(month.label("within"), is_visit.label("is_visit"), sa.literal(0).label("is_said"), sa.func.count())
        .where(contact_in(here), LogEntry.archived_at.is_(None), LogEntry.happened_on >= first)
        .where(~sa.and_(is_visit, sa.exists().where(held_in(here), same_visit())))
        .group_by("within", "is_visit")
    )
    met_in = sa.func.substr(last_day(), 1, len("2026-11"))
    met = (
        sa.select(
            met_in.label("within"), (Event.kind == EventKind.VISIT).label("is_visit"), sa.literal(0), sa.func.count()
        )
        .where(held_in(here), last_day() >= first)
        .group_by("within", "is_visit")
    )
    month_said = sa.func.substr(utc_day(StatusUpdate.at), 1, len("2026-11"))
    said = (
        sa.select(month_said.label("within"), sa.false(), sa.literal(1), sa.func.count())
        .where(said_in(here), utc_day(StatusUpdate.at) >= first)
        .group_by("within")
    )
    return sa.union_all(logged, met, said)
