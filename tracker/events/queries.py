"""Which events there are, and who sends how many to them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload

from tracker.db import db, holding
from tracker.events.models import Delegation, Event, EventKind, EventStatus, ProgrammeItem
from tracker.events.rules import SETTLED
from tracker.folding import fold
from tracker.organisations.models import Organisation
from tracker.partnerships.models import Partnership
from tracker.projects.models import Project
from tracker.projects.queries import visible_projects
from tracker.web.access import Somebody
from tracker.web.statements import written_once

#: What a line about an event shows, in the query itself.
SHOWN = (
    joinedload(Event.project).load_only(Project.title, Project.edition_label),
    joinedload(Event.partnership).load_only(Partnership.title),
    joinedload(Event.host).load_only(Organisation.name, Organisation.country),
)


def visible_events(reader: Somebody) -> sa.Select[Event]:
    """Start every query here: partners see those of the projects that they may know of."""
    query = sa.select(Event)
    if reader.sees_all:
        return query
    return query.where(Event.project_id.in_(visible_projects(reader).with_only_columns(Project.id)))


def one(reader: Somebody, event_id: int) -> Event | None:
    """Return the event, if this person may know of it."""
    return db.session.scalar(visible_events(reader).where(Event.id == event_id).options(*SHOWN))


def whole(reader: Somebody, event_id: int) -> Event | None:
    """Return the event with its programme and who is on the spot, if this person may know of it; one query."""
    return db.session.scalars(_whole(reader), {"event_id": event_id}).unique().one_or_none()


@written_once
def _whole(reader: Somebody) -> sa.Select[Event]:
    query = visible_events(reader).where(Event.id == sa.bindparam("event_id", type_=sa.Integer))
    return query.options(*SHOWN, joinedload(Event.on_the_spot), joinedload(Event.programme))


#: The last day that it may be, as text that sorts as dates do: "2017-99" lies behind every day of 2017.
_LAST = sa.func.coalesce(Event.ends_on, Event.begins_on).op("||")(sa.literal("-99"))
#: What the list can be sorted by.
SORTS = {
    "date": (Event.begins_on, Event.begins_at, Event.id),
    "title": (Event.folded, Event.begins_on),
    "kind": (Event.kind, Event.begins_on, Event.id),
    "status": (Event.status, Event.begins_on, Event.id),
}


def listed(
    reader: Somebody,
    *,
    q: str = "",
    kind: EventKind | None = None,
    status: EventStatus | None = None,
    project: int | None = None,
    partnership: int | None = None,
    archived: bool = False,
) -> sa.Select[Event]:
    """Return the events that a list is narrowed to."""
    query = matching(q, reader, archived=archived)
    if kind:
        query = query.where(Event.kind == kind)
    if status:
        query = query.where(Event.status == status)
    if project:
        query = query.where(Event.project_id == project)
    if partnership:
        query = query.where(Event.partnership_id == partnership)
    return query.options(*SHOWN)


def to_come(query: sa.Select[Event], today: date) -> sa.Select[Event]:
    """Narrow a query to what is not over and not settled."""
    return query.where(sa.type_coerce(_LAST, sa.String) >= today.isoformat(), Event.status.not_in(SETTLED))


def past(query: sa.Select[Event], today: date) -> sa.Select[Event]:
    """Narrow a query to what is over or settled."""
    return query.where(sa.or_(sa.type_coerce(_LAST, sa.String) < today.isoformat(), Event.status.in_(SETTLED)))


def matching(text: str, reader: Somebody, *, archived: bool = False) -> sa.Select[Event]:
    """Return those that hold every word in a title, their place or their summary."""
    kept = Event.archived_at.is_not(None) if archived else Event.archived_at.is_(None)
    return visible_events(reader).where(kept, holding(Event.folded, fold(text)))


# ---- programme and delegations


def item(reader: Somebody, item_id: int) -> tuple[Event, ProgrammeItem] | None:
    """Return a point of a programme and its event, if this person may know of it."""
    query = visible_events(reader).join(ProgrammeItem, ProgrammeItem.event_id == Event.id)
    row = db.session.execute(query.where(ProgrammeItem.id == item_id).add_columns(ProgrammeItem)).one_or_none()
    return (row[0], row[1]) if row else None


def visible_delegations(reader: Somebody) -> sa.Select[Delegation]:
    """Start every query about delegations here: who may know of the event sees who sends how many."""
    query = sa.select(Delegation).join(Delegation.event)
    if reader.sees_all:
        return query
    return query.where(Event.project_id.in_(visible_projects(reader).with_only_columns(Project.id)))


def delegation(reader: Somebody, delegation_id: int) -> Delegation | None:
    """Return the delegation with its event, if this person may know of it."""
    query = visible_delegations(reader).where(Delegation.id == delegation_id)
    return db.session.scalar(query.options(contains_eager(Delegation.event), *_WHO))


_WHO = (joinedload(Delegation.organisation), joinedload(Delegation.via), joinedload(Delegation.head))


def delegations_of(event: Event) -> Sequence[Delegation]:
    """Return who sends how many, by the name of the organisation; one query."""
    return db.session.scalars(_delegations(), {"event_id": event.id}).all()


@written_once
def _delegations() -> sa.Select[Delegation]:
    query = sa.select(Delegation).join(Delegation.organisation)
    of_one = Delegation.event_id == sa.bindparam("event_id", type_=sa.Integer)
    with_whom = (contains_eager(Delegation.organisation), joinedload(Delegation.via), joinedload(Delegation.head))
    query = query.where(of_one, Delegation.archived_at.is_(None)).options(*with_whom)
    return query.order_by(Organisation.folded, Delegation.id)


def announced(event: Event, *, besides: int | None = None) -> int:
    """Return the heads that are announced for an event, but for one delegation."""
    query = sa.select(sa.func.coalesce(sa.func.sum(Delegation.planned), 0)).where(
        Delegation.event_id == event.id, Delegation.archived_at.is_(None), Delegation.id != (besides or 0)
    )
    return int(db.session.scalar(query) or 0)


def sent_by(event: Event, organisation_id: int, via_id: int | None, *, besides: int | None = None) -> Delegation | None:
    """Return the delegation that an organisation sends to an event via another, wherever it is kept."""
    same_way = Delegation.via_id.is_(None) if via_id is None else Delegation.via_id == via_id
    query = sa.select(Delegation).where(
        Delegation.event_id == event.id,
        Delegation.organisation_id == organisation_id,
        same_way,
        Delegation.id != (besides or 0),
    )
    return db.session.scalar(query.limit(1))


@dataclass(frozen=True)
class Heads:
    """How many are announced and came, as far as anybody said."""

    planned: int | None
    actual: int | None

    @property
    def said(self) -> int | None:
        """How many came, else how many are announced."""
        return self.actual if self.actual is not None else self.planned


def heads_of(event_ids: Iterable[int]) -> dict[int, Heads]:
    """Return event id to the heads of its delegations; events without any are left out; one query."""
    query = (
        sa.select(Delegation.event_id, sa.func.sum(Delegation.planned), sa.func.sum(Delegation.actual))
        .where(Delegation.event_id.in_(list(event_ids)), Delegation.archived_at.is_(None))
        .group_by(Delegation.event_id)
    )
    rows = db.session.execute(query)
    return {event_id: Heads(_number(planned), _number(actual)) for event_id, planned, actual in rows}


def _number(number: int | None) -> int | None:
    # PostgreSQL answers a sum with a decimal number.
    return None if number is None else int(number)
