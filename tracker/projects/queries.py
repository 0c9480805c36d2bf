"""Which projects there are, who takes part in them and who coordinates them."""

from collections.abc import Iterable
from datetime import date

import sqlalchemy as sa

from tracker.db import db, holding
from tracker.folding import fold
from tracker.language import translated
from tracker.organisations.models import Organisation
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
    """Return the ids of the projects in which one of a partner's organisations takes part."""
    own = ProjectOrganisation.organisation_id.in_(reader.organisation_ids)
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


#: What the list can be sorted by, besides the next date.
SORTS = {
    "title": (Project.folded,),
    "status": (Project.status, Project.folded),
    "begins": (Project.begins, Project.folded),
}


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
    return query.where(Project.series_id == series) if series else query


def matching(text: str, reader: Somebody, *, archived: bool = False) -> sa.Select[Project]:
    """Return those that hold every word in one of their titles, their label or their summary."""
    kept = Project.archived_at.is_not(None) if archived else Project.archived_at.is_(None)
    return visible_projects(reader).where(kept, holding(Project.folded, fold(text)))


def choices(reader: Somebody, *, besides: int | None = None) -> list[tuple[int, str]]:
    """Return id and title of all that are not archived, by title; and one besides, wherever it is."""
    kept = sa.or_(Project.archived_at.is_(None), Project.id == (besides or 0))
    query = visible_projects(reader).where(kept).with_only_columns(Project.id, Project.title, Project.edition_label)
    rows = db.session.execute(query).all()
    named = ((id_, f"{translated(title)} {label or ''}".strip()) for id_, title, label in rows)
    return sorted(named, key=lambda pair: fold(pair[1]))


def series_choices(reader: Somebody) -> list[tuple[int, str]]:
    """Return id and title of the series that a reader sees a project of; coordinators see all."""
    query = sa.select(Series.id, Series.title)
    if not reader.is_coordinator:
        query = query.where(Series.id.in_(visible_projects(reader).with_only_columns(Project.series_id)))
    rows = db.session.execute(query).all()
    return sorted(((id_, str(translated(title))) for id_, title in rows), key=lambda pair: fold(pair[1]))


def under(partnership_id: int, reader: Somebody) -> sa.Select[Project]:
    """Return the projects under a partnership, the newest first."""
    return listed(reader, partnership=partnership_id).order_by(Project.begins.desc(), Project.id.desc())


def with_organisation(organisation_id: int, reader: Somebody) -> sa.Select[Project]:
    """Return the projects in which an organisation takes part, the newest first."""
    return listed(reader, organisation=organisation_id).order_by(Project.begins.desc(), Project.id.desc())
