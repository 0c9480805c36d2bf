"""When a partnership was last heard of, through what and with whom: the one truth for pages and reminders.

Contact is what stands in the log about a partnership or its projects, their events that took place, and what somebody
of the other side said of one of these projects and has not taken back. Of a project with several partnerships, an entry
is contact with those whose people or organisations it names.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from tracker.db import PartialDate, PartialDateType, Translated, days_before, db, utc_day
from tracker.events.models import Delegation, Event, EventKind
from tracker.log.models import LogEntry, LogEntryPerson, LogKind
from tracker.log.queries import contact_in, held_in, is_theirs, last_day, said_by, said_in, took_place, was_with
from tracker.log.rules import LastTime, Proposal, Who, proposed
from tracker.partnerships.models import Partnership, PartnershipParty, Side
from tracker.partnerships.queries import looked_after, visible_partnerships
from tracker.people.models import Contact, Person
from tracker.people.queries import current_on
from tracker.projects.models import ProjectPartnership
from tracker.updates.models import StatusUpdate
from tracker.web.access import Somebody
from tracker.web.statements import written_once

#: The last entry and the last update; who wrote or said it, who was there, and whom one writes to there. Made once:
#: each of their columns is worked out when it is first used.
_ENTRY, _UPDATE, _EVENT = aliased(LogEntry), aliased(StatusUpdate), aliased(Event)
_TODAY: sa.ColumnElement[date] = sa.bindparam("today", type_=sa.Date)
_BY, _SPOKE, _FIRST = aliased(Person), aliased(Person), aliased(Person)


@dataclass(frozen=True)
class Heard:
    """A partnership and the last contact with it."""

    partnership_id: int
    title: Translated
    #: None: no contact is noted.
    on: PartialDate | None
    #: What sort of entry or event it was; None: a status update.
    kind: EventKind | LogKind | None
    #: Who wrote it down, or said it.
    by: str | None
    #: Who was there from the other side, or said it.
    spoke: Who | None
    #: Whom one writes to on the other side.
    first: Who | None
    #: An organisation of the other side.
    there_id: int | None
    proposal: Proposal

    @property
    def person(self) -> Who | None:
        """With whom one was in contact, as far as one knows whom to name."""
        return self.spoke or self.first


@dataclass(frozen=True)
class Quiet:
    """The partnerships that are longest without contact."""

    rows: Sequence[Heard]
    #: How many there are in all.
    total: int
    #: Of how many more no contact was ever noted: nobody knows how quiet they are.
    unheard: int


def last_contact(partnership_ids: Iterable[int]) -> dict[int, PartialDate]:
    """Return partnership id to the newest day with contact, for those that have one; one query."""
    known = _known(Partnership.id.in_(list(partnership_ids)))
    rows = db.session.execute(sa.select(known.c.id, _later(known)))
    return {partnership_id: on for partnership_id, on in rows if on is not None}


def of_partnership(partnership: Partnership, today: date) -> Heard:
    """Return the last contact with a partnership that somebody may see; one query."""
    return _heard(db.session.execute(_of_one(), {"partnership_id": partnership.id, "today": today}).one())


@written_once
def _of_one() -> sa.Select[*tuple[Any, ...]]:
    known = _known(Partnership.id == sa.bindparam("partnership_id"))
    lines = sa.select(known, *_days(known), _later(known).label("last_on")).subquery()
    return _told(lines)


def quiet(reader: Somebody, today: date, limit: int) -> Quiet:
    """Return the partnerships without contact for as many days as agreed, the longest first; one query."""
    rows = db.session.execute(_of_quiet(reader), {"today": today, "limit": limit}).all()
    number = rows[0].heard if rows else 0
    return Quiet([_heard(row) for row in rows if row.last_on], number, rows[0].total - number if rows else 0)


@written_once
def _of_quiet(reader: Somebody) -> sa.Select[*tuple[Any, ...]]:
    visible = Partnership.id.in_(visible_partnerships(reader).with_only_columns(Partnership.id))
    known = _known(sa.and_(visible, looked_after()))
    last_on = _later(known)
    # A year or a month may have been as late as its last day.
    latest = sa.type_coerce(last_on, sa.String) + sa.func.substr("-12-31", sa.func.length(last_on) - 3)
    is_quiet = latest <= days_before(_TODAY, known.c.contact_interval_days)
    lines = (
        sa.select(
            known,
            *_days(known),
            last_on.label("last_on"),
            sa.func.count(last_on).over().label("heard"),
            sa.func.count().over().label("total"),
        )
        .where(sa.or_(last_on.is_(None), is_quiet))
        .order_by(sa.nulls_last(last_on), known.c.folded)
        .limit(sa.bindparam("limit", type_=sa.Integer))
        .subquery()
    )
    return _told(lines, lines.c.heard, lines.c.total)


def _known(condition: sa.ColumnElement[bool]) -> sa.Subquery:
    """Select partnerships with the newest days of entries and events, theirs and their projects', and of updates."""
    under = ProjectPartnership
    entry_on = sa.select(sa.func.max(LogEntry.happened_on)).where(LogEntry.archived_at.is_(None))
    # The newest of each project's newest: each is a look into an index, where a join would read all entries. Not
    # max(): from the newest on they are looked at until one was with this partnership.
    on_project = (
        sa.select(LogEntry.happened_on)
        .where(LogEntry.archived_at.is_(None), LogEntry.project_id == under.project_id, was_with(under.partnership_id))
        .order_by(LogEntry.happened_on.desc())
        .limit(1)
        .correlate(under)
        .scalar_subquery()
    )
    met_on = sa.select(sa.func.max(last_day())).where(took_place())
    met_in_project = met_on.where(Event.project_id == under.project_id).correlate(under).scalar_subquery()
    mine = under.partnership_id == Partnership.id
    one = entry_on.where(LogEntry.partnership_id == Partnership.id).correlate(Partnership).scalar_subquery()
    other = sa.select(sa.func.max(on_project)).where(mine).correlate(Partnership).scalar_subquery()
    met = met_on.where(Event.partnership_id == Partnership.id).correlate(Partnership).scalar_subquery()
    met_in_projects = sa.select(sa.func.max(met_in_project)).where(mine).correlate(Partnership).scalar_subquery()
    # Not max(): from the newest on they are looked at until one is by somebody of the other side.
    of_project = (
        sa.select(StatusUpdate.at)
        .where(StatusUpdate.project_id == under.project_id, said_by(under.partnership_id))
        .order_by(StatusUpdate.at.desc())
        .limit(1)
        .correlate(under)
        .scalar_subquery()
    )
    said = sa.select(sa.func.max(of_project)).where(mine).correlate(Partnership).scalar_subquery()
    return (
        sa.select(
            Partnership.id,
            Partnership.title,
            Partnership.folded,
            Partnership.contact_interval_days,
            one.label("on_it"),
            other.label("on_projects"),
            met.label("met_on_it"),
            met_in_projects.label("met_on_projects"),
            said.label("said_at"),
        )
        .where(condition)
        # Kept apart from the query around it, which would else look for each of these days several times.
        .offset(0)
        .subquery()
    )


def _entry_on(known: sa.Subquery) -> sa.ColumnElement[PartialDate | None]:
    """Return the day of the newest entry."""
    return sa.type_coerce(_newer(known.c.on_it, known.c.on_projects), PartialDateType())


def _event_on(known: sa.Subquery) -> sa.ColumnElement[PartialDate | None]:
    """Return the last day of the newest event."""
    return sa.type_coerce(_newer(known.c.met_on_it, known.c.met_on_projects), PartialDateType())


def _days(known: sa.Subquery) -> tuple[sa.ColumnElement[Any], ...]:
    return _entry_on(known).label("entry_on"), _event_on(known).label("event_on")


def _later(known: sa.Subquery) -> sa.ColumnElement[PartialDate | None]:
    """Return the last day with contact."""
    noted = _newer(_entry_on(known), _event_on(known))
    return sa.type_coerce(_newer(noted, utc_day(known.c.said_at)), PartialDateType())


def _newer(one: sa.ColumnElement[Any], other: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    # Not max() of two: SQLite answers NULL if one of them is.
    return sa.case((one.is_(None), other), (other.is_(None), one), (one >= other, one), else_=other)


def _later_than(one: sa.ColumnElement[Any], other: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    """Match where there is one day, and the other is earlier, or there is none."""
    return sa.and_(one.is_not(None), sa.or_(other.is_(None), one > other))


def _told(lines: sa.Subquery, *more: sa.ColumnElement[Any]) -> sa.Select[*tuple[Any, ...]]:
    """Tell of each line what the last contact was, who was there, and whom one could ask."""
    entry, update, event, by, spoke, first = _ENTRY, _UPDATE, _EVENT, _BY, _SPOKE, _FIRST
    entry_id = sa.select(sa.func.max(LogEntry.id)).where(
        LogEntry.happened_on == lines.c.entry_on, LogEntry.archived_at.is_(None), contact_in(lines.c.id)
    )
    update_id = sa.select(sa.func.max(StatusUpdate.id)).where(StatusUpdate.at == lines.c.said_at, said_in(lines.c.id))
    event_id = sa.select(sa.func.max(Event.id)).where(last_day() == lines.c.event_on, held_in(lines.c.id))
    # Of one day the entry tells more, and the event more than the update.
    said_on, later = utc_day(lines.c.said_at), _later_than
    was_met = sa.and_(
        later(lines.c.event_on, lines.c.entry_on), ~sa.func.coalesce(said_on > lines.c.event_on, sa.false())
    )
    was_said = sa.and_(later(said_on, lines.c.entry_on), later(said_on, lines.c.event_on))
    was_there = sa.select(sa.func.min(LogEntryPerson.person_id)).where(
        LogEntryPerson.log_entry_id == entry.id, is_theirs(LogEntryPerson.person_id, lines.c.id)
    )
    led = sa.select(sa.func.min(Delegation.head_id)).where(
        Delegation.event_id == event.id, Delegation.archived_at.is_(None), is_theirs(Delegation.head_id, lines.c.id)
    )
    spoke_id = sa.case(
        (was_said, update.by_id),
        (was_met, led.correlate(lines, event).scalar_subquery()),
        else_=was_there.correlate(lines, entry).scalar_subquery(),
    )
    of_theirs = sa.select(sa.func.min(PartnershipParty.organisation_id)).where(*_party(lines, Side.THERE))
    return (
        sa.select(
            lines.c.id,
            lines.c.title,
            lines.c.last_on,
            was_said.label("was_said"),
            was_met.label("was_met"),
            entry.kind,
            event.kind.label("met"),
            entry.next_step,
            entry.next_step_done_at,
            entry.language.label("step_language"),
            by.name.label("by"),
            *(spoke.id.label("spoke_id"), spoke.name.label("spoke"), spoke.language.label("spoke_language")),
            sa.and_(
                spoke.archived_at.is_(None),
                spoke.locked_at.is_(None),
                is_theirs(spoke.id, lines.c.id, current_on(_TODAY)),
            ).label("is_there"),
            *(first.id.label("first_id"), first.name.label("first"), first.language.label("first_language")),
            of_theirs.correlate(lines).scalar_subquery().label("there_id"),
            *more,
        )
        .select_from(lines)
        .outerjoin(entry, entry.id == entry_id.correlate(lines).scalar_subquery())
        .outerjoin(update, update.id == update_id.correlate(lines).scalar_subquery())
        .outerjoin(event, event.id == event_id.correlate(lines).scalar_subquery())
        .outerjoin(by, by.id == sa.case((was_said, update.by_id), (~was_met, entry.by_id)))
        .outerjoin(spoke, spoke.id == spoke_id)
        .outerjoin(first, first.id == _first_contact(lines))
        .order_by(sa.nulls_last(lines.c.last_on), lines.c.folded)
    )


def _party(lines: sa.Subquery, side: Side) -> tuple[sa.ColumnElement[bool], ...]:
    return PartnershipParty.partnership_id == lines.c.id, PartnershipParty.side == side


def _first_contact(lines: sa.Subquery) -> sa.ColumnElement[Any]:
    """Return whom one writes to at the organisations of the other side."""
    query = (
        sa.select(Contact.person_id)
        .join(PartnershipParty, PartnershipParty.organisation_id == Contact.organisation_id)
        .join(Person, Person.id == Contact.person_id)
        .where(*_party(lines, Side.THERE), current_on(_TODAY), Person.archived_at.is_(None), Person.locked_at.is_(None))
        .order_by(Contact.is_first.desc(), PartnershipParty.id, Contact.id)
        .limit(1)
    )
    return query.correlate(lines).scalar_subquery()


def _heard(row: Any) -> Heard:  # noqa: ANN401 - a row of many joins
    spoke = Who(row.spoke_id, row.spoke, row.spoke_language) if row.spoke_id else None
    first = Who(row.first_id, row.first, row.first_language) if row.first_id else None
    last = LastTime(
        kind=None if row.was_said else row.met if row.was_met else row.kind,
        open_step=row.next_step if row.next_step_done_at is None else None,
        step_language=row.step_language,
        person=spoke,
        is_there=bool(row.is_there),
    )
    return Heard(
        partnership_id=row.id,
        title=row.title,
        on=row.last_on,
        kind=last.kind,
        by=row.by,
        spoke=spoke,
        first=first,
        there_id=row.there_id,
        proposal=proposed(last, first),
    )
