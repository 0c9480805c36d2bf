"""What people do with projects."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm.attributes import flag_modified

from tracker.db import Translated, db
from tracker.history.actions import change, record
from tracker.history.rules import Verb
from tracker.people.models import Person
from tracker.projects.models import Project, ProjectOrganisation, ProjectRole, Series
from tracker.projects.rules import check_dates, check_end

#: Organisations by their ids, each with its role.
Roles = Sequence[tuple[int, ProjectRole]]


def create_project(
    *,
    roles: Roles = (),
    coordinators: Sequence[Person] | None = None,
    by_id: int,
    now: datetime,
    **values: Any,
) -> Project:
    """Enter a project. Who enters it coordinates it, unless others are named. Raises Refused for dates in disorder."""
    check_dates(values.get("begins"), values.get("ends"))
    check_end(values.get("ends"), values.get("partnerships", ()))
    project = Project(created_at=now, **values)
    project.organisations = [ProjectOrganisation(organisation_id=id_, role=role) for id_, role in roles]
    project.coordinators = [db.session.get_one(Person, by_id)] if coordinators is None else list(coordinators)
    db.session.add(project)
    record(Verb.PROJECT_CREATED, project, by_id=by_id, now=now)
    return project


def change_project(
    project: Project,
    *,
    title: Translated,
    summary: Translated | None,
    roles: Roles,
    by_id: int,
    now: datetime,
    **values: Any,
) -> bool:
    """Change what differs; return whether anything did. Raises Refused for dates in disorder."""
    check_dates(values.get("begins", project.begins), values.get("ends", project.ends))
    check_end(values.get("ends", project.ends), values.get("partnerships", project.partnerships))
    before, after = project.public_text, values.get("public_text", project.public_text)
    values["public_text"] = before.revised(after) if before and after else after
    texts = {
        "title": project.title.revised(title),
        "summary": project.summary.revised(summary) if project.summary and summary else summary,
    }
    changes = change(project, {**texts, **values})
    kept = {(one.organisation_id, one.role): one for one in project.organisations}
    if kept.keys() != set(roles):
        project.organisations = [
            kept.get((id_, role)) or ProjectOrganisation(organisation_id=id_, role=role) for id_, role in roles
        ]
        changes["organisations"] = [None, None]
    if not changes:
        return False
    flag_modified(project, "folded")  # who takes part stands in rows of its own: the version counts them too
    record(Verb.PROJECT_CHANGED, project, by_id=by_id, now=now, changes=changes)
    return True


def begin_series(title: str, language: str, now: datetime) -> Series:
    """Name a project that comes back."""
    series = Series(title=Translated.of(language, now, **{language: title}))
    db.session.add(series)
    return series


def archive_project(project: Project, *, by_id: int, now: datetime) -> None:
    """Put it out of the lists; what others wrote about it stays."""
    project.archived_at = now
    record(Verb.PROJECT_ARCHIVED, project, by_id=by_id, now=now)


def restore_project(project: Project, *, by_id: int, now: datetime) -> None:
    """Bring it back into the lists."""
    project.archived_at = None
    record(Verb.PROJECT_RESTORED, project, by_id=by_id, now=now)
