"""Which projects there are, who takes part in them and who coordinates them."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from tracker.db import PartialDate, PartialDateType, db, holding
from tracker.folding import fold
from tracker.language import translated
from tracker.organisations.models import Organisation
from tracker.organisations.queries import seen_as_own
from tracker.people.models import Contact, Person
from tracker.people.queries import current_on
from tracker.projects.models import (
    Project,
    ProjectCoordinator,
    ProjectOrganisation,
    ProjectPartnership,
    ProjectStatus,
    Series,
)
from tracker.web.access import Somebody


def _theirs(reader: Somebody) -> sa.Select[int]:
    """Return the ids of the projects in which one of a partner's organisations takes part, or one that it succeeds."""
    own = seen_as_own(reader, ProjectOrganisation.organisation_id)
    return sa.select(ProjectOrganisation.project_id).where(own)


def visible_projects(reader: Somebody) -> sa.Select[Project]:
    """Start every query here: partners see the projects of their organisations."""
    query = sa.select(Project)
    return query if reader.sees_all else query.where(Project.id.in_(_theirs(reader)))


def one(reader: Somebody, project_id: int) -> Project | None:
    """Return the project, if this person may know of it."""
    return db.session.scalar(visible_projects(reader).where(Project.id == project_id))


def organisations_met(reader: Somebody) -> sa.Select[int]:
    """Return the ids of the organisations in the projects of a partner's organisations."""
    return sa.select(ProjectOrganisation.organisation_id).where(ProjectOrganisation.project_id.in_(_theirs(reader)))


def people_met(reader: Somebody, today: date) -> sa.Select[int]:
    """Return the ids of those who coordinate these projects or have a function at these organisations today."""
    coordinating = sa.select(ProjectCoordinator.person_id).where(ProjectCoordinator.project_id.in_(_theirs(reader)))
    met = sa.select(Contact.person_id).where(Contact.organisation_id.in_(organisations_met(reader)), current_on(today))
    query = sa.union(coordinating, met).subquery()
    return sa.select(query.c.person_id)


def whole(reader: Somebody, project_id: int) -> Project | None:
    """Return the project with all that belongs to it, if this person may know of it; at most four queries."""
    query = visible_projects(reader).where(Project.id == project_id)
    return db.session.scalar(
        query.options(
            joinedload(Project.series),
            _WITH_WHOM,
            selectinload(Project.partnerships),
            selectinload(Project.coordinators),
        )
    )


def coordinators_of(project_ids: Iterable[int]) -> dict[int, list[Person]]:
    """Return project id to those who coordinate it, the first entered first; one query."""
    query = (
        sa.select(ProjectCoordinator.project_id, Person)
        .join(Person, Person.id == ProjectCoordinator.person_id)
        .where(ProjectCoordinator.project_id.in_(list(project_ids)))
        .order_by(ProjectCoordinator.project_id, Person.id)
    )
    found: dict[int, list[Person]] = {}
    for project_id, person in db.session.execute(query):
        found.setdefault(project_id, []).append(person)
    return found


def _in_order(column: sa.SQLColumnExpression[ProjectStatus], words: type[ProjectStatus]) -> sa.ColumnElement[int]:
    """Sort by words as they stand in their list, not by their letters."""
    return sa.case(*((column == word, place) for place, word in enumerate(words)), else_=len(words))


#: With whom: one query for any number of projects.
_WITH_WHOM = selectinload(Project.organisations).joinedload(ProjectOrganisation.organisation)
#: After every date: where none is known.
_LAST = sa.literal(PartialDate("9999"), PartialDateType())
#: What the list can be sorted by, besides the next date.
SORTS = {
    "title": (Project.folded,),
    "status": (_in_order(Project.status, ProjectStatus), Project.folded),
    "begins": (sa.func.coalesce(Project.begins, _LAST), Project.folded),
}


def or_last(day: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """Sort where there is no date behind all that have one."""
    return sa.func.coalesce(day, sa.literal(date.max, sa.Date()))


def dates_of(project_ids: Iterable[int], day: sa.ColumnElement[Any]) -> dict[int, date]:
    """Return project id to a date that a query gives; those without one are left out."""
    query = sa.select(Project.id, day).where(Project.id.in_(list(project_ids)), day.is_not(None))
    return {row[0]: row[1] for row in db.session.execute(query)}


def listed(
    reader: Somebody,
    *,
    q: str = "",
    status: ProjectStatus | None = None,
    partnership: int | None = None,
    organisation: int | None = None,
    country: str | None = None,
    series: int | None = None,
    archived: bool = False,
) -> sa.Select[Project]:
    """Return the projects that a list is narrowed to."""
    query = matching(q, reader, archived=archived)
    if status:
        query = query.where(Project.status == status)
    if partnership:
        under = sa.select(ProjectPartnership.project_id).where(ProjectPartnership.partnership_id == partnership)
        query = query.where(Project.id.in_(under))
    if organisation or country:
        there = sa.select(ProjectOrganisation.project_id)
        if organisation:
            there = there.where(ProjectOrganisation.organisation_id == organisation)
        if country:
            there = there.join(Organisation, Organisation.id == ProjectOrganisation.organisation_id)
            there = there.where(Organisation.country == country)
        query = query.where(Project.id.in_(there))
    if series:
        query = query.where(Project.series_id == series)
    return query.options(_WITH_WHOM)


def matching(text: str, reader: Somebody, *, archived: bool = False) -> sa.Select[Project]:
    """Return those that hold every word in one of their titles, their label or their summary."""
    kept = Project.archived_at.is_not(None) if archived else Project.archived_at.is_(None)
    return visible_projects(reader).where(kept, holding(Project.folded, fold(text)))


def choices(reader: Somebody, *, besides: int | None = None) -> list[tuple[int, str]]:
    """Return id and title of all that are not archived, by title; and one besides, wherever it is."""
    kept = sa.or_(Project.archived_at.is_(None), Project.id == (besides or 0))
    query = visible_projects(reader).where(kept).with_only_columns(Project.id, Project.title)
    named = ((id_, str(translated(title))) for id_, title in db.session.execute(query))
    return sorted(named, key=lambda pair: fold(pair[1]))


def met_in_projects(reader: Somebody) -> list[tuple[int, str, str]]:
    """Return id, name and country of the organisations in the projects that somebody may know of, by name."""
    seen = visible_projects(reader).with_only_columns(Project.id)
    there = sa.select(ProjectOrganisation.organisation_id).where(ProjectOrganisation.project_id.in_(seen))
    rows = db.session.execute(
        sa.select(Organisation.id, Organisation.name, Organisation.country).where(Organisation.id.in_(there))
    )
    named = ((id_, str(translated(name)), country) for id_, name, country in rows)
    return sorted(named, key=lambda found: fold(found[1]))


def series_choices(reader: Somebody) -> list[tuple[int, str]]:
    """Return id and title of the series that a reader sees a project of; coordinators see all."""
    query = sa.select(Series.id, Series.title)
    if not reader.is_coordinator:
        query = query.where(Series.id.in_(visible_projects(reader).with_only_columns(Project.series_id)))
    return _by_name(db.session.execute(query).all())


def under(partnership_id: int, reader: Somebody) -> Sequence[Project]:
    """Return the projects under a partnership, the newest first."""
    return _newest_first(listed(reader, partnership=partnership_id))


def _newest_first(query: sa.Select[Project]) -> Sequence[Project]:
    return db.session.scalars(query.order_by(Project.begins.desc(), Project.id.desc())).all()


def organisations_in(project: Project) -> list[tuple[int, str]]:
    """Return id and name of the organisations that take part, by name; each once."""
    query = sa.select(Organisation.id, Organisation.name).where(
        Organisation.id.in_(
            sa.select(ProjectOrganisation.organisation_id).where(ProjectOrganisation.project_id == project.id)
        )
    )
    return _by_name(db.session.execute(query).all())


def people_in(project: Project, today: date) -> list[tuple[int, str]]:
    """Return id and name of who coordinates it or has a function at an organisation in it today, by name."""
    there = sa.select(ProjectOrganisation.organisation_id).where(ProjectOrganisation.project_id == project.id)
    at = sa.select(Contact.person_id).where(Contact.organisation_id.in_(there), current_on(today))
    coordinating = sa.select(ProjectCoordinator.person_id).where(ProjectCoordinator.project_id == project.id)
    query = sa.select(Person.id, Person.name).where(
        Person.archived_at.is_(None), sa.or_(Person.id.in_(at), Person.id.in_(coordinating))
    )
    return sorted(((id_, name) for id_, name in db.session.execute(query)), key=lambda pair: fold(pair[1]))


def _by_name(rows: Iterable[Any]) -> list[tuple[int, str]]:
    return sorted(((id_, str(translated(name))) for id_, name in rows), key=lambda pair: fold(pair[1]))


def last_to_end(partnership_id: int) -> tuple[str, PartialDate] | None:
    """Return title and end of the project under a partnership that ends last, as far as ends are known."""
    under = sa.select(ProjectPartnership.project_id).where(ProjectPartnership.partnership_id == partnership_id)
    query = sa.select(Project.title, Project.ends).where(
        Project.id.in_(under), Project.ends.is_not(None), Project.archived_at.is_(None)
    )
    row = db.session.execute(query.order_by(Project.ends.desc(), Project.id).limit(1)).one_or_none()
    return (str(translated(row.title)), row.ends) if row else None
