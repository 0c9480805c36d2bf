"""Which milestones there are, what is late and what comes next."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from tracker.db import db, holding
from tracker.folding import fold
from tracker.milestones.models import Milestone, MilestoneState
from tracker.milestones.rules import SOON_DAYS, Which
from tracker.organisations.models import Organisation
from tracker.people.models import Person
from tracker.projects.models import Project
from tracker.projects.queries import visible_projects
from tracker.projects.rules import ENDED
from tracker.web.access import Somebody

#: What a line about a milestone shows; two queries for any number of them.
SHOWN = (
    contains_eager(Milestone.project),
    joinedload(Milestone.responsible_organisation).load_only(Organisation.name),
    joinedload(Milestone.responsible_person).load_only(Person.name),
    selectinload(Milestone.moves),
)


def visible_milestones(reader: Somebody) -> sa.Select[Milestone]:
    """Start every query here: those of the projects that somebody may know of."""
    query = sa.select(Milestone).join(Milestone.project).options(*SHOWN)
    if reader.sees_all:
        return query
    return query.where(Milestone.project_id.in_(visible_projects(reader).with_only_columns(Project.id)))


def one(reader: Somebody, milestone_id: int) -> Milestone | None:
    """Return the milestone with its project, if this person may know of it."""
    return db.session.scalar(visible_milestones(reader).where(Milestone.id == milestone_id))


def of_project(project: Project, *, archived: bool = False) -> Sequence[Milestone]:
    """Return the milestones of a project that somebody may see, the earliest first."""
    kept = Milestone.archived_at.is_not(None) if archived else Milestone.archived_at.is_(None)
    query = sa.select(Milestone).join(Milestone.project).where(Milestone.project_id == project.id, kept)
    return _by_date(query.options(*SHOWN))


def expected(reader: Somebody) -> sa.Select[Milestone]:
    """Return what is open in projects that have not ended."""
    return visible_milestones(reader).where(_is_due())


def late(reader: Somebody, today: date, *, at_most: int | None = None) -> Sequence[Milestone]:
    """Return what is open and past its date in projects that have not ended, the longest overdue first."""
    return _by_date(expected(reader).where(Milestone.due_on < today), at_most)


def between(reader: Somebody, first: date, last: date, *, at_most: int | None = None) -> Sequence[Milestone]:
    """Return what is open and due from one day to another, both included."""
    return _by_date(expected(reader).where(Milestone.due_on.between(first, last)), at_most)


def theirs(reader: Somebody, *, at_most: int | None = None) -> Sequence[Milestone]:
    """Return the open ones that are a person's own or their organisations', the earliest first."""
    return _by_date(expected(reader).where(_is_theirs(reader)), at_most)


def next_due_on() -> sa.ScalarSelect[Any]:
    """Return the date of a project's earliest open milestone, for queries about projects."""
    return (
        sa.select(sa.func.min(Milestone.due_on))
        .where(
            Milestone.project_id == Project.id,
            Milestone.state == MilestoneState.OPEN,
            Milestone.archived_at.is_(None),
        )
        .correlate(Project)
        .scalar_subquery()
    )


#: What the list can be sorted by.
SORTS = {
    "date": (Milestone.due_on, Milestone.folded),
    "title": (Milestone.folded, Milestone.due_on),
    "project": (Project.folded, Milestone.due_on),
}


def listed(
    reader: Somebody,
    today: date,
    *,
    which: Which = Which.OPEN,
    q: str = "",
    organisation: int | None = None,
    project: int | None = None,
    archived: bool = False,
) -> sa.Select[Milestone]:
    """Return the milestones that a list is narrowed to."""
    query = matching(q, reader, archived=archived)
    if which in {Which.LATE, Which.SOON}:
        query = query.where(_is_due())
    if which is Which.LATE:
        query = query.where(Milestone.due_on < today)
    elif which is Which.SOON:
        query = query.where(Milestone.due_on.between(today, today + timedelta(days=SOON_DAYS)))
    elif which is not Which.ALL:
        state = MilestoneState.DONE if which is Which.DONE else MilestoneState.OPEN
        query = query.where(Milestone.state == state)
    if organisation:
        query = query.where(Milestone.responsible_organisation_id == organisation)
    return query.where(Milestone.project_id == project) if project else query


def matching(text: str, reader: Somebody, *, archived: bool = False) -> sa.Select[Milestone]:
    """Return those that hold every word in one of their titles."""
    kept = Milestone.archived_at.is_not(None) if archived else Milestone.archived_at.is_(None)
    known = holding(Milestone.folded, fold(text))
    return visible_milestones(reader).where(kept, Project.archived_at.is_(None), known)


def _is_due() -> sa.ColumnElement[bool]:
    return sa.and_(
        Milestone.state == MilestoneState.OPEN,
        Milestone.archived_at.is_(None),
        Project.archived_at.is_(None),
        Project.status.not_in(ENDED),
    )


def _is_theirs(reader: Somebody) -> sa.ColumnElement[bool]:
    ours = Milestone.responsible_organisation_id.in_(reader.organisation_ids)
    return sa.or_(ours, Milestone.responsible_person_id == reader.id)


def _by_date(query: sa.Select[Milestone], at_most: int | None = None) -> Sequence[Milestone]:
    return db.session.scalars(query.order_by(Milestone.due_on, Milestone.id).limit(at_most)).all()
