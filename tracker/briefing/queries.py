"""What happened, was promised and given in a partnership, as far as one has to know it before a visit."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Generic, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import aliased, joinedload

from tracker.briefing.rules import NEAR
from tracker.db import db
from tracker.events.models import Event
from tracker.events.queries import visible_events
from tracker.events.rules import SETTLED
from tracker.exchange import queries as exchange
from tracker.exchange.rules import Visit, Visits
from tracker.history.rules import key_of
from tracker.lineage import queries as lineage
from tracker.lineage.rules import Line
from tracker.log.models import LogEntry, LogEntryOrganisation, LogEntryPerson, LogKind
from tracker.log.queries import on_partnership, step_is_open, visible_entries
from tracker.milestones import queries as milestones
from tracker.milestones.models import Milestone
from tracker.organisations.models import ClosedDay, Organisation
from tracker.overview import gathered
from tracker.overview.gathered import Occasion
from tracker.overview.queries import ENTRY_SHOWN, PERSON_NAMED, PROJECT_NAMED, THIS_PARTNERSHIP
from tracker.overview.today import Some, earliest, some
from tracker.partnerships.models import Partnership, Side
from tracker.people.models import Person
from tracker.projects.models import ProjectPartnership
from tracker.updates import queries as updates
from tracker.updates.models import StatusRequest
from tracker.web.access import Somebody
from tracker.web.statements import written_once

Row = TypeVar("Row")
#: So many lines of each sort: two printed pages hold them.
LINES = 8
VISITS = 4
#: What has no date, or is not numbered, comes last.
_FAR = sa.literal(date.max, sa.Date)
_PARTIES = sa.bindparam("parties", type_=sa.Integer, expanding=True)
_CLOSED = (
    sa.select(ClosedDay)
    .where(
        ClosedDay.organisation_id.in_(_PARTIES),
        ClosedDay.from_on <= sa.bindparam("last", type_=sa.Date),
        ClosedDay.until_on >= sa.bindparam("first", type_=sa.Date),
    )
    .order_by(ClosedDay.from_on, ClosedDay.id)
)


class Part(StrEnum):
    """As what an entry of the log stands on the page."""

    #: One of theirs with us, one of ours with them, and one of which nobody wrote down where it was.
    TO_US = "to_us"
    TO_THEM = "to_them"
    VISIT = "visit"
    GIVEN = "given"
    RECEIVED = "received"
    STEP = "step"


@dataclass(frozen=True)
class First(Generic[Row]):
    """The first lines of a sort, and how many there are in all."""

    rows: tuple[Row, ...] = ()
    total: int = 0

    @property
    def more(self) -> int:
        """How many are not shown."""
        return self.total - len(self.rows)


@dataclass(frozen=True)
class Around:
    """What led to what, who visited whom, and which events are to come."""

    line: Line
    visits: Visits
    coming: First[Occasion]

    @property
    def first_year(self) -> int | None:
        """The year of the first visit."""
        return self.visits.happened[0].begins_on.year if self.visits.happened else None

    def last(self, host: Side) -> First[Visit]:
        """Return the last visits at one side, the newest first."""
        own = self.visits.of(host)
        return First(own[: -VISITS - 1 : -1], len(own))


def around(partnership: Partnership, reader: Somebody, today: date) -> Around:
    """Return what led to what, the visits in both directions, and the events to come, the earliest first; one query."""
    here = key_of(partnership)
    rows = db.session.execute(_around(reader), {"partnership_id": partnership.id, "here": here}).all()
    open_ = gathered.among(rows, "languages")
    coming = tuple(one for one in open_ if (one.ends_on or one.begins_on).latest >= today)
    return Around(lineage.line_in(here, rows), exchange.among(rows, today), First(coming[:LINES], len(coming)))


@written_once
def _around(reader: Somebody) -> sa.CompoundSelect[Any]:
    led = (part.add_columns(sa.cast(sa.null(), sa.Text).label("languages")) for part in lineage.parts(reader))
    under = sa.select(ProjectPartnership.project_id).where(ProjectPartnership.partnership_id == exchange.HERE)
    about = sa.or_(Event.partnership_id == exchange.HERE, Event.project_id.in_(under))
    open_ = visible_events(reader).where(about, Event.status.not_in(SETTLED))
    return sa.union_all(exchange.part(), gathered.part(open_, sa.cast(gathered.heads(), sa.Text)), *led)


def happened(partnership: Partnership, reader: Somebody) -> dict[Part, First[LogEntry]]:
    """Return the last visits and gifts, the newest first, and the open next steps, the earliest first; one query."""
    values = {"partnership_id": partnership.id} | {
        side.value: [one.organisation_id for one in partnership.parties if one.side is side] for side in Side
    }
    rows: dict[Part, list[tuple[LogEntry, int]]] = {}
    for entry, part, number in db.session.execute(_happened(reader), values).unique():
        rows.setdefault(Part(part), []).append((entry, number))
    return {part: First(tuple(entry for entry, _number in some), some[0][1]) for part, some in rows.items()}


@written_once
def _happened(reader: Somebody) -> sa.Select[LogEntry, str, int]:
    listed = sa.union_all(_past(reader), _steps(reader)).subquery()
    return (
        sa.select(LogEntry, listed.c.part, listed.c.number)
        .join(listed, listed.c.id == LogEntry.id)
        .where(
            listed.c.place <= sa.case((listed.c.part.in_([Part.TO_US, Part.TO_THEM, Part.VISIT]), VISITS), else_=LINES)
        )
        .outerjoin(LogEntryPerson, LogEntryPerson.log_entry_id == LogEntry.id)
        .outerjoin(Person, Person.id == LogEntryPerson.person_id)
        .outerjoin(LogEntryOrganisation, LogEntryOrganisation.log_entry_id == LogEntry.id)
        .outerjoin(Organisation, Organisation.id == LogEntryOrganisation.organisation_id)
        .options(*ENTRY_SHOWN)
        .order_by(listed.c.part, listed.c.place, Person.id, Organisation.id)
    )


def _past(reader: Somebody) -> sa.Select[Any]:
    """Select the visits and gifts, each with its part, its place there, the newest first, and how many these are."""
    at = aliased(Organisation)
    ids = {side: sa.bindparam(side.value, type_=sa.Integer, expanding=True) for side in Side}
    # What belongs to a party counts as its place: a visit at a school of the town.
    part = sa.case(
        (LogEntry.kind == LogKind.GIFT_GIVEN, Part.GIVEN),
        (LogEntry.kind == LogKind.GIFT_RECEIVED, Part.RECEIVED),
        (LogEntry.at_id.in_(ids[Side.HERE]), Part.TO_US),
        (LogEntry.at_id.in_(ids[Side.THERE]), Part.TO_THEM),
        (at.part_of_id.in_(ids[Side.HERE]), Part.TO_US),
        (at.part_of_id.in_(ids[Side.THERE]), Part.TO_THEM),
        else_=Part.VISIT,
    )
    newest = (LogEntry.happened_on.desc(), LogEntry.id.desc())
    asked = (LogKind.VISIT, LogKind.GIFT_GIVEN, LogKind.GIFT_RECEIVED)
    query = _of(reader).outerjoin(at, at.id == LogEntry.at_id).where(LogEntry.kind.in_(asked))
    return query.with_only_columns(LogEntry.id, part.label("part"), *_placed(part, newest))


def _steps(reader: Somebody) -> sa.Select[Any]:
    """Select the open next steps in the same shape, the earliest first."""
    earliest_first = (sa.func.coalesce(LogEntry.next_step_on, _FAR), LogEntry.id)
    query = _of(reader).where(step_is_open())
    return query.with_only_columns(LogEntry.id, sa.literal(Part.STEP.value), *_placed(sa.literal(1), earliest_first))


def _of(reader: Somebody) -> sa.Select[Any]:
    return visible_entries(reader).where(on_partnership(THIS_PARTNERSHIP), LogEntry.archived_at.is_(None))


def _placed(part: sa.ColumnElement[Any], order: Sequence[Any]) -> tuple[sa.ColumnElement[Any], ...]:
    return (
        sa.func.row_number().over(partition_by=part, order_by=order).label("place"),
        sa.func.count().over(partition_by=part).label("number"),
    )


def _under() -> sa.Select[Any]:
    return sa.select(ProjectPartnership.project_id).where(ProjectPartnership.partnership_id == THIS_PARTNERSHIP)


def promised(partnership: Partnership, reader: Somebody) -> Some:
    """Return the open milestones of its projects, those of its parties before others, the earliest first; one query."""
    return some(_promised(reader), {"partnership_id": partnership.id, **_parties(partnership)})


@written_once
def _promised(reader: Somebody) -> sa.Select[Milestone, int]:
    of_others = sa.func.coalesce(Milestone.responsible_organisation_id.not_in(_PARTIES), sa.true())
    under = milestones.expected(reader).where(Milestone.project_id.in_(_under()))
    return earliest(under, LINES, before=(of_others,))


def _parties(partnership: Partnership) -> dict[str, list[int]]:
    return {"parties": [party.organisation_id for party in partnership.parties]}


def asked(partnership: Partnership, reader: Somebody) -> First[StatusRequest]:
    """Return the questions about its projects that nobody has answered, the earliest first; one query."""
    rows = db.session.execute(_asked(reader), {"partnership_id": partnership.id}).all()
    return First(tuple(row[0] for row in rows), rows[0].number if rows else 0)


@written_once
def _asked(reader: Somebody) -> sa.Select[*tuple[Any, ...]]:
    return (
        updates.waiting(reader)
        .where(StatusRequest.project_id.in_(_under()))
        .add_columns(sa.func.count().over().label("number"))
        .options(
            joinedload(StatusRequest.project).options(PROJECT_NAMED),
            joinedload(StatusRequest.milestone),
            joinedload(StatusRequest.person).options(PERSON_NAMED),
        )
        .order_by(StatusRequest.answer_by, StatusRequest.id)
        .limit(LINES)
    )


def closed_near(partnership: Partnership, on: date) -> Sequence[ClosedDay]:
    """Return the closed days of its parties around a day; one query."""
    return db.session.scalars(_CLOSED, {"first": on - NEAR, "last": on + NEAR, **_parties(partnership)}).all()
