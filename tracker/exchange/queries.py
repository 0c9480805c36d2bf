"""Who visited whom, from the events, the delegations sent to them, and the log.

A visit lies between the two sides of one partnership: an organisation of one side is the host, one of the other side
sends a delegation. What is a part of a party counts as the party.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from tracker.db import PartialDate, Translated, TranslatedType, db
from tracker.events.models import Delegation, Event, EventKind, EventStatus
from tracker.exchange.rules import Count, Period, Relation, Source, Visit, Visits, relation, sorted_out
from tracker.folding import fold
from tracker.language import translated
from tracker.log.models import LogEntry, LogEntryOrganisation, LogKind
from tracker.organisations.models import Organisation
from tracker.partnerships.models import Partnership, PartnershipParty, Side
from tracker.partnerships.queries import visible_partnerships
from tracker.projects.models import ProjectPartnership
from tracker.web.access import Somebody
from tracker.web.statements import written_once

#: The partnership of which visits are asked, where it is one.
HERE: sa.ColumnElement[int] = sa.bindparam("partnership_id", type_=sa.Integer)
#: What the rows about visits begin with where they are asked for together with others.
VISITED = "visited "

_host, _guest = aliased(PartnershipParty), aliased(PartnershipParty)
_at, _sender = aliased(Organisation), aliased(Organisation)


def of_partnership(partnership: Partnership, today: date) -> Visits:
    """Return the visits between both sides of a partnership that somebody may see; one query."""
    rows = db.session.execute(_of_one(), {"partnership_id": partnership.id})
    return sorted_out(map(_visit, rows), today)


def relations(reader: Somebody, within: Period, today: date) -> list[Relation]:
    """Return each partnership that is not archived, the most one-sided first; two queries."""
    visits = defaultdict[int, list[Visit]](list)
    for row in db.session.execute(_of_all()):
        visits[row.partnership_id].append(_visit(row))
    shown = visible_partnerships(reader).where(Partnership.archived_at.is_(None))
    titles = db.session.execute(shown.with_only_columns(Partnership.id, Partnership.title)).all()
    found = [relation(id_, title, sorted_out(visits[id_], today), within) for id_, title in titles]
    return sorted(found, key=lambda one: (-abs(one.more), fold(str(translated(one.title))), one.id))


def elsewhere(partnership: Partnership) -> list[tuple[int, Translated, PartialDate, bool]]:
    """Return the events with guests of the other side that were at neither; True: nobody entered who the host was."""
    rows = db.session.execute(_elsewhere(), {"partnership_id": partnership.id})
    return [(id_, title, begins, host is None) for id_, title, begins, host in rows]


def part() -> sa.Select[Any]:
    """Return what to ask for the visits of the partnership `partnership_id` together with other questions."""
    seen = _visits(HERE).subquery()
    shaped = sa.select(
        (sa.literal(VISITED) + seen.c.source).label("what"),
        seen.c.id.label("id"),
        seen.c.title.label("title"),
        sa.cast(seen.c.ends_on, sa.String(10)).label("label"),
        sa.cast(seen.c.begins_on, sa.String(10)).label("begins"),
        sa.cast(seen.c.status, sa.String(40)).label("status"),
        sa.cast(seen.c.side, sa.Text).label("languages"),
    )
    return cast("sa.Select[Any]", shaped)


def among(rows: Iterable[Any], today: date) -> Visits:
    """Return the visits among the rows of such a query."""
    found = (row for row in rows if row.what.startswith(VISITED))
    return sorted_out((_seen(row, row.what.removeprefix(VISITED), row.label, row.languages) for row in found), today)


def _visit(row: Any) -> Visit:  # noqa: ANN401 - a row of several selects
    missing, stays = row.sent - row.heads_said, row.sent - row.nights_said
    heads, nights = Count(int(row.heads or 0), int(missing > 0)), Count(int(row.nights or 0), int(stays > 0))
    return _seen(row, row.source, row.ends_on, row.side, heads=heads, nights=nights, begins=row.begins_on)


def _seen(
    row: Any,  # noqa: ANN401 - a row of several selects
    source: str,
    ends: str | None,
    side: str,
    *,
    begins: str | None = None,
    heads: Count = Count(0, 1),  # noqa: B008 - frozen
    nights: Count = Count(0, 1),  # noqa: B008 - frozen
) -> Visit:
    return Visit(
        Source(source),
        row.id,
        row.title,
        PartialDate(begins or row.begins),
        PartialDate(ends) if ends else None,
        Side(side),
        EventStatus(row.status),
        heads,
        nights,
    )


@written_once
def _of_one() -> sa.Select[Any]:
    seen = _visits(HERE).subquery()
    return sa.select(seen)


@written_once
def _of_all() -> sa.Select[Any]:
    seen = _visits(None).subquery()
    return sa.select(seen)


def _belongs(party: Any, organisation: Any) -> sa.ColumnElement[bool]:  # noqa: ANN401 - aliases
    """Match a party and an organisation that is it, or a part of it."""
    return sa.or_(party.organisation_id == organisation.id, party.organisation_id == organisation.part_of_id)


def _is_alone(project_id: Any) -> sa.ColumnElement[bool]:  # noqa: ANN401 - a column
    """Match projects under one partnership only."""
    number = sa.select(sa.func.count()).where(ProjectPartnership.project_id == project_id)
    return number.scalar_subquery() == 1


def _about(model: Any, partnership_id: Any) -> sa.ColumnElement[bool]:  # noqa: ANN401 - events or entries
    """Match what belongs to a partnership: by itself, else by its project."""
    under = sa.exists().where(
        ProjectPartnership.project_id == model.project_id, ProjectPartnership.partnership_id == partnership_id
    )
    # Not the column itself: by its index SQLite would read all that hangs on projects alone, which is nearly all.
    its_own = sa.func.coalesce(model.partnership_id, 0)
    return sa.or_(its_own == partnership_id, sa.and_(its_own == 0, under))


def _near(model: Any, here: sa.ColumnElement[int] | None) -> sa.ColumnElement[bool]:  # noqa: ANN401 - as above
    if here is None:
        return sa.true()
    under = sa.select(ProjectPartnership.project_id).where(ProjectPartnership.partnership_id == here)
    return sa.or_(model.partnership_id == here, model.project_id.in_(under))


def _visits(here: sa.ColumnElement[int] | None) -> sa.CompoundSelect[Any]:
    """Select the visits between both sides, of one partnership or of all, in one shape."""
    return sa.union_all(_sent(here), _unnamed(here), _logged(here))


def _sent(here: sa.ColumnElement[int] | None) -> sa.Select[Any]:
    """Select the events to which one side sent delegations and of which the other was the host.

    A delegation counts for one partnership: that whose own parties both are, else the one that was entered first.
    """
    is_party = sa.and_(_host.organisation_id == _at.id, _guest.organisation_id == _sender.id)
    best = (sa.case((is_party, 0), else_=1), _host.partnership_id, _host.id, _guest.id)
    each = (
        sa.select(
            Delegation.id.label("delegation_id"),
            Event.id.label("id"),
            _host.partnership_id.label("partnership_id"),
            _host.side.label("side"),
            sa.func.coalesce(Delegation.actual, Delegation.planned).label("heads"),
            Delegation.nights.label("nights"),
            sa.func.row_number().over(partition_by=Delegation.id, order_by=best).label("place"),
        )
        .join(Event, Event.id == Delegation.event_id)
        .join(_at, _at.id == Event.host_id)
        .join(_sender, _sender.id == Delegation.organisation_id)
        .join(_host, _belongs(_host, _at))
        .join(
            _guest,
            sa.and_(
                _guest.partnership_id == _host.partnership_id, _guest.side != _host.side, _belongs(_guest, _sender)
            ),
        )
        .where(
            Delegation.archived_at.is_(None),
            Event.archived_at.is_(None),
            Event.status != EventStatus.CANCELLED,
            _near(Event, here),
            _about(Event, _host.partnership_id),
        )
        .subquery()
    )
    counted = (
        sa.select(
            each.c.partnership_id,
            each.c.id,
            each.c.side,
            sa.func.count().label("sent"),
            sa.func.sum(each.c.heads).label("heads"),
            sa.func.count(each.c.heads).label("heads_said"),
            sa.func.sum(each.c.heads * each.c.nights).label("nights"),
            sa.func.count(each.c.heads * each.c.nights).label("nights_said"),
        )
        .where(each.c.place == 1, sa.true() if here is None else each.c.partnership_id == here)
        .group_by(each.c.partnership_id, each.c.id, each.c.side)
        .subquery()
    )
    numbers = (counted.c.sent, counted.c.heads, counted.c.heads_said, counted.c.nights, counted.c.nights_said)
    return _shaped(Event, counted.c.partnership_id, counted.c.side, numbers).join(counted, counted.c.id == Event.id)


def _unnamed(here: sa.ColumnElement[int] | None) -> sa.Select[Any]:
    """Select the visits to which no delegation is entered, as far as one knows whose they were."""
    named = sa.exists().where(Delegation.event_id == Event.id, Delegation.archived_at.is_(None))
    return _once(
        Event,
        sa.select(Event.id, _host.partnership_id, _host.side)
        .join(_at, _at.id == Event.host_id)
        .join(_host, _belongs(_host, _at))
        .where(
            Event.kind == EventKind.VISIT,
            Event.archived_at.is_(None),
            Event.status != EventStatus.CANCELLED,
            ~named,
            _near(Event, here),
            _about(Event, _host.partnership_id),
            sa.or_(Event.partnership_id.is_not(None), _is_alone(Event.project_id)),
            sa.true() if here is None else _host.partnership_id == here,
        ),
    )


def _logged(here: sa.ColumnElement[int] | None) -> sa.Select[Any]:
    """Select the visits that the log tells of, as far as one knows whose they were."""
    guest = sa.exists().where(
        LogEntryOrganisation.log_entry_id == LogEntry.id,
        _sender.id == LogEntryOrganisation.organisation_id,
        _guest.partnership_id == _host.partnership_id,
        _guest.side != _host.side,
        _belongs(_guest, _sender),
    )
    return _once(
        LogEntry,
        sa.select(LogEntry.id, _host.partnership_id, _host.side)
        .join(_at, _at.id == LogEntry.at_id)
        .join(_host, _belongs(_host, _at))
        .where(
            LogEntry.kind == LogKind.VISIT,
            LogEntry.archived_at.is_(None),
            _near(LogEntry, here),
            _about(LogEntry, _host.partnership_id),
            sa.or_(LogEntry.partnership_id.is_not(None), _is_alone(LogEntry.project_id), guest),
            sa.true() if here is None else _host.partnership_id == here,
        ),
    )


def _once(model: Any, found: sa.Select[int, int, Side]) -> sa.Select[Any]:  # noqa: ANN401 - events or entries
    """Select each visit once, also where several parties of a side are its host."""
    places = found.distinct().subquery()
    shaped = _shaped(model, places.c.partnership_id, places.c.side, _NOTHING_SAID)
    return shaped.join(places, places.c.id == model.id)


#: One visit of which nobody said how many came.
_NOTHING_SAID = (sa.literal(1), sa.literal(0), sa.literal(0), sa.literal(0), sa.literal(0))


def _shaped(model: Any, partnership_id: Any, side: Any, numbers: Iterable[Any]) -> sa.Select[Any]:  # noqa: ANN401 - columns
    is_event = model is Event
    names = ("sent", "heads", "heads_said", "nights", "nights_said")
    ends = Event.ends_on if is_event else sa.null()
    status = sa.cast(Event.status, sa.String(40)) if is_event else sa.literal(EventStatus.HELD.value)
    return cast(
        "sa.Select[Any]",
        sa.select(
            partnership_id.label("partnership_id"),
            sa.literal(Source.EVENT.value if is_event else Source.LOG.value).label("source"),
            model.id.label("id"),
            sa.type_coerce(model.title if is_event else model.summary, TranslatedType()).label("title"),
            sa.cast(Event.begins_on if is_event else LogEntry.happened_on, sa.String(10)).label("begins_on"),
            sa.cast(ends, sa.String(10)).label("ends_on"),
            sa.cast(side, sa.String(40)).label("side"),
            sa.cast(status, sa.String(40)).label("status"),
            *(sa.cast(number, sa.Integer).label(name) for number, name in zip(numbers, names, strict=True)),
        ),
    )


@written_once
def _elsewhere() -> sa.Select[Any]:
    at = sa.exists().where(_at.id == Event.host_id, _host.partnership_id == HERE, _belongs(_host, _at))
    theirs = sa.exists().where(
        Delegation.event_id == Event.id,
        Delegation.archived_at.is_(None),
        _sender.id == Delegation.organisation_id,
        _guest.partnership_id == HERE,
        _guest.side == Side.THERE,
        _belongs(_guest, _sender),
    )
    query = sa.select(Event.id, Event.title, Event.begins_on, Event.host_id).where(
        Event.archived_at.is_(None), Event.status == EventStatus.HELD, _near(Event, HERE), _about(Event, HERE)
    )
    wanted = sa.or_(theirs, sa.and_(Event.partnership_id == HERE, Event.kind == EventKind.VISIT))
    return cast("sa.Select[Any]", query.where(wanted, ~at).order_by(Event.begins_on, Event.id))
