"""What happened, and what is to be done next."""

from collections.abc import Iterable
from datetime import date
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import aliased, joinedload, selectinload

from tracker.db import Model, PartialDate, PartialDateType, db, holding
from tracker.events.models import Event, EventStatus
from tracker.folding import fold
from tracker.log.models import LogEntry, LogEntryOrganisation, LogEntryPerson, LogKind
from tracker.organisations.models import Organisation
from tracker.partnerships.models import PartnershipParty, Side
from tracker.people.models import Contact
from tracker.people.queries import current_on
from tracker.projects.models import Project, ProjectOrganisation, ProjectPartnership
from tracker.projects.queries import visible_projects
from tracker.updates.models import StatusUpdate
from tracker.web.access import Somebody

Row = TypeVar("Row", bound=Model)

#: What a line of the log shows; three queries for any number of them.
SHOWN = (
    joinedload(LogEntry.project),
    joinedload(LogEntry.partnership),
    joinedload(LogEntry.organisation),
    joinedload(LogEntry.at),
    joinedload(LogEntry.by),
    selectinload(LogEntry.people),
    selectinload(LogEntry.organisations),
)
#: What the list can be sorted by.
SORTS = {
    "date": (LogEntry.happened_on, LogEntry.id),
    "kind": (LogEntry.kind, LogEntry.happened_on, LogEntry.id),
    "next": (LogEntry.next_step_on.is_(None), LogEntry.next_step_on, LogEntry.id),
}
_NEWEST_FIRST = (LogEntry.happened_on.desc(), LogEntry.id.desc())


def visible_entries(reader: Somebody) -> sa.Select[LogEntry]:
    """Start every query here: partners read what was logged on their projects."""
    query = sa.select(LogEntry)
    if reader.sees_all:
        return query
    return query.where(LogEntry.project_id.in_(visible_projects(reader).with_only_columns(Project.id)))


def one(reader: Somebody, entry_id: int) -> LogEntry | None:
    """Return the entry with those who were there, if this person may know of it."""
    there = (joinedload(LogEntry.people), selectinload(LogEntry.organisations), joinedload(LogEntry.at))
    query = visible_entries(reader).where(LogEntry.id == entry_id).options(*there)
    return db.session.scalars(query).unique().one_or_none()


def listed(
    reader: Somebody,
    *,
    q: str = "",
    kind: LogKind | None = None,
    project: int | None = None,
    partnership: int | None = None,
    organisation: int | None = None,
    from_on: date | None = None,
    until_on: date | None = None,
    open_steps: bool = False,
    archived: bool = False,
) -> sa.Select[LogEntry]:
    """Return the entries that a list is narrowed to; an organisation's are those about it, at its place, or with it."""
    query = matching(q, reader, archived=archived)
    if kind:
        query = query.where(LogEntry.kind == kind)
    if project:
        query = query.where(LogEntry.project_id == project)
    if partnership:
        query = query.where(on_partnership(partnership))
    if organisation:
        query = query.where(on_organisation(organisation))
    if from_on:
        # What is known by its year or month alone may have been as late as its last day.
        parts = [PartialDate(from_on.isoformat()[:length]) for length in (len("2007"), len("2007-04"))]
        query = query.where(sa.or_(LogEntry.happened_on >= PartialDate.of(from_on), LogEntry.happened_on.in_(parts)))
    if until_on:
        query = query.where(LogEntry.happened_on <= PartialDate.of(until_on))
    return query.where(step_is_open()) if open_steps else query


def matching(text: str, reader: Somebody, *, archived: bool = False) -> sa.Select[LogEntry]:
    """Return those that hold every word in their line, their details or their next step."""
    kept = LogEntry.archived_at.is_not(None) if archived else LogEntry.archived_at.is_(None)
    return visible_entries(reader).where(kept, holding(LogEntry.folded, fold(text))).options(*SHOWN)


def on_partnership(partnership_id: int | sa.SQLColumnExpression[int]) -> sa.ColumnElement[bool]:
    """Match what was logged about a partnership or about one of its projects."""
    return sa.or_(LogEntry.partnership_id == partnership_id, LogEntry.project_id.in_(_under(partnership_id)))


def contact_in(partnership_id: int | sa.SQLColumnExpression[int]) -> sa.ColumnElement[bool]:
    """Match the entries that are contact with a partnership: about it, or about a project of it that was with it."""
    in_project = sa.and_(LogEntry.project_id.in_(_under(partnership_id)), was_with(partnership_id))
    return sa.or_(LogEntry.partnership_id == partnership_id, in_project)


def was_with(partnership_id: int | sa.SQLColumnExpression[int]) -> sa.ColumnElement[bool]:
    """Match entries about a project of a partnership that were with it, of the several that the project may have.

    Those that an entry names were there: itself, or somebody of its other side, or an organisation. Where it names
    none of them it was with all.
    """
    other = aliased(ProjectPartnership)
    beside = sa.exists().where(
        other.project_id == LogEntry.project_id, other.partnership_id != partnership_id, _names(other.partnership_id)
    )
    return sa.or_(~beside.correlate_except(other), _names(partnership_id))


def _names(partnership_id: int | sa.SQLColumnExpression[int]) -> sa.ColumnElement[bool]:
    """Match entries that name a partnership, somebody of its other side, or an organisation there."""
    person = sa.exists().where(
        LogEntryPerson.log_entry_id == LogEntry.id, is_theirs(LogEntryPerson.person_id, partnership_id)
    )
    there = (
        PartnershipParty.organisation_id.in_((Organisation.id, Organisation.part_of_id)),
        PartnershipParty.partnership_id == partnership_id,
        PartnershipParty.side == Side.THERE,
    )
    # Two questions and not one with OR in it: for that all organisations would be read.
    about = sa.exists().where(Organisation.id.in_((LogEntry.organisation_id, LogEntry.at_id)), *there)
    body = sa.exists().where(
        LogEntryOrganisation.log_entry_id == LogEntry.id,
        Organisation.id == LogEntryOrganisation.organisation_id,
        *there,
    )
    return sa.or_(
        LogEntry.partnership_id == partnership_id,
        person.correlate_except(LogEntryPerson),
        about.correlate_except(PartnershipParty, Organisation),
        body.correlate_except(LogEntryOrganisation, PartnershipParty, Organisation),
    )


def said_in(partnership_id: int | sa.SQLColumnExpression[int]) -> sa.ColumnElement[bool]:
    """Match what somebody of the other side said in one of its projects; a project may have other partners as well."""
    return sa.and_(StatusUpdate.project_id.in_(_under(partnership_id)), said_by(partnership_id))


def _under(partnership_id: int | sa.SQLColumnExpression[int]) -> sa.Select[int]:
    """Select the projects under a partnership, also where that is a column of a query further out than the next."""
    query = sa.select(ProjectPartnership.project_id).where(ProjectPartnership.partnership_id == partnership_id)
    return query.correlate_except(ProjectPartnership)


def said_by(partnership_id: int | sa.SQLColumnExpression[int]) -> sa.ColumnElement[bool]:
    """Match what somebody of the other side of a partnership said and has not taken back."""
    return sa.and_(StatusUpdate.taken_back_at.is_(None), is_theirs(StatusUpdate.by_id, partnership_id))


def is_theirs(
    person_id: sa.SQLColumnExpression[Any],
    partnership_id: int | sa.SQLColumnExpression[int],
    *still: sa.ColumnElement[bool],
) -> sa.ColumnElement[bool]:
    """Match persons with a function, of whatever time, at a party of the other side or at a part of one."""
    at = sa.exists().where(
        Contact.person_id == person_id,
        Organisation.id == Contact.organisation_id,
        PartnershipParty.organisation_id.in_((Organisation.id, Organisation.part_of_id)),
        PartnershipParty.partnership_id == partnership_id,
        PartnershipParty.side == Side.THERE,
        *still,
    )
    return at.correlate_except(Contact, Organisation, PartnershipParty)


def held_in(partnership_id: int | sa.SQLColumnExpression[int]) -> sa.ColumnElement[bool]:
    """Match the events that took place in a partnership or in one of its projects."""
    near = sa.or_(Event.partnership_id == partnership_id, Event.project_id.in_(_under(partnership_id)))
    return sa.and_(took_place(), near)


def took_place() -> sa.ColumnElement[bool]:
    """Match the events that took place."""
    return sa.and_(Event.status == EventStatus.HELD, Event.archived_at.is_(None))


def last_day() -> sa.ColumnElement[PartialDate]:
    """Return the last day of an event."""
    return sa.type_coerce(sa.func.coalesce(Event.ends_on, Event.begins_on), PartialDateType())


def same_visit() -> sa.ColumnElement[bool]:
    """Match an entry and an event that may be the same visit: at the same place, on a day that both may have been."""
    # Behind "2007" and "-99" lies no day of 2007.
    latest, entry_on = last_day(), LogEntry.happened_on
    return sa.and_(
        LogEntry.at_id == Event.host_id,
        sa.type_coerce(entry_on, sa.String) <= sa.type_coerce(latest, sa.String) + "-99",
        sa.type_coerce(Event.begins_on, sa.String) <= sa.type_coerce(entry_on, sa.String) + "-99",
    )


def people_near(
    *, project: int | None = None, partnership: int | None = None, organisation: int | None = None, today: date
) -> set[int]:
    """Return the ids of those with a function today at an organisation of these."""
    near = sa.union(
        sa.select(ProjectOrganisation.organisation_id).where(ProjectOrganisation.project_id == (project or 0)),
        sa.select(PartnershipParty.organisation_id).where(PartnershipParty.partnership_id == (partnership or 0)),
        sa.select(Organisation.id).where(Organisation.id == (organisation or 0)),
    ).subquery()
    query = sa.select(Contact.person_id).where(Contact.organisation_id.in_(sa.select(*near.c)), current_on(today))
    return set(db.session.scalars(query))


def several(model: type[Row], ids: Iterable[int]) -> list[Row]:
    """Return rows by their ids, in their order."""
    return list(db.session.scalars(sa.select(model).where(model.id.in_(list(ids))).order_by(model.id)))


def on_organisation(organisation_id: int | sa.ColumnElement[int]) -> sa.ColumnElement[bool]:
    """Match what was logged about an organisation, at its place, or with it."""
    there = LogEntry.organisations.any(Organisation.id == organisation_id)
    return sa.or_(LogEntry.organisation_id == organisation_id, LogEntry.at_id == organisation_id, there)


def step_is_open() -> sa.ColumnElement[bool]:
    """Match entries whose next step is not done."""
    return sa.and_(LogEntry.next_step.is_not(None), LogEntry.next_step_done_at.is_(None))
