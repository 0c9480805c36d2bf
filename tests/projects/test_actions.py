"""What people do with projects: rows and history."""

from datetime import datetime
from typing import Any

import pytest
import sqlalchemy as sa

from tests import builders
from tracker.accounts.models import Role
from tracker.db import PartialDate, Translated, db
from tracker.history.models import HistoryLine
from tracker.projects.actions import (
    archive_project,
    begin_series,
    change_project,
    create_project,
    restore_project,
)
from tracker.projects.models import Project, ProjectRole, ProjectStatus
from tracker.refusal import Refused


def lines() -> list[tuple[str, int | None, dict[str, Any]]]:
    """Return what the history tells, the oldest first."""
    db.session.flush()
    rows = db.session.scalars(sa.select(HistoryLine).order_by(HistoryLine.id))
    return [(row.verb, row.by_id, row.facts) for row in rows]


def texts(project: Project) -> dict[str, Any]:
    """Return what a form would say of a project that nobody changed."""
    return {
        "title": project.title,
        "summary": project.summary,
        "roles": [(one.organisation_id, one.role) for one in project.organisations],
    }


@pytest.mark.both
def test_who_enters_a_project_coordinates_it(unit: None, now: datetime) -> None:
    kassel, person = builders.organisation(), builders.person("Karla", role=Role.COORDINATOR)

    project = create_project(
        title=builders.text(de="Euarca"),
        status=ProjectStatus.PLANNED,
        roles=[(kassel.id, ProjectRole.LEAD), (kassel.id, ProjectRole.HOST)],
        by_id=person.id,
        now=now,
    )

    assert lines() == [("PROJECT_CREATED", person.id, {})]
    assert project.coordinators == [person]
    assert [(one.organisation_id, one.role) for one in project.organisations] == [
        (kassel.id, ProjectRole.LEAD),
        (kassel.id, ProjectRole.HOST),
    ]
    assert (project.created_at, project.version, project.folded) == (now, 1, "euarca")


def test_others_may_be_named_as_coordinators(unit: None, now: datetime) -> None:
    person, other = builders.person("Karla"), builders.person("Konrad")

    project = create_project(title=builders.text(de="Euarca"), coordinators=[other], by_id=person.id, now=now)

    assert project.coordinators == [other]


def test_a_project_is_not_entered_with_dates_in_disorder(unit: None, now: datetime) -> None:
    person = builders.person()

    with pytest.raises(Refused):
        create_project(
            title=builders.text(de="Euarca"),
            begins=PartialDate("2008"),
            ends=PartialDate("2007"),
            by_id=person.id,
            now=now,
        )


@pytest.mark.both
def test_a_change_names_what_differs(unit: None, now: datetime) -> None:
    kassel, csepel, person = builders.organisation(), builders.organisation(), builders.person()
    project = builders.project(organisations=[kassel])

    changed = change_project(
        project,
        title=project.title,
        summary=builders.text(de="Kunst am Ort"),
        roles=[(kassel.id, ProjectRole.LEAD), (csepel.id, ProjectRole.PARTNER)],
        status=ProjectStatus.COMPLETED,
        begins=PartialDate("2007"),
        series=begin_series("Euarca", "de", now),
        coordinators=[person],
        by_id=person.id,
        now=now,
    )

    assert changed is True
    assert lines() == [
        (
            "PROJECT_CHANGED",
            person.id,
            {
                "changes": {
                    "summary": [None, None],
                    "status": [{"word": "ProjectStatus.running"}, {"word": "ProjectStatus.completed"}],
                    "begins": [None, {"partial": "2007"}],
                    "series": [None, None],
                    "coordinators": [None, None],
                    "organisations": [None, None],
                }
            },
        )
    ]
    assert project.version == 2


def test_what_does_not_change_is_not_recorded(unit: None, now: datetime) -> None:
    project = builders.project(organisations=[builders.organisation(), builders.organisation()])
    same = texts(project) | {"roles": list(reversed(texts(project)["roles"]))}

    changed = change_project(project, **same, status=project.status, coordinators=[], by_id=0, now=now)

    assert (changed, lines(), project.version) == (False, [], 1)


def test_another_organisation_alone_counts_the_version_up(unit: None, now: datetime) -> None:
    kassel, csepel, person = builders.organisation(), builders.organisation(), builders.person()
    project = builders.project(organisations=[kassel])
    kept = project.organisations[0].id

    same = texts(project) | {"roles": [*texts(project)["roles"], (csepel.id, ProjectRole.HOST)]}
    change_project(project, **same, by_id=person.id, now=now)
    db.session.flush()

    assert (project.version, project.organisations[0].id) == (2, kept)


def test_a_wording_that_stays_keeps_its_moment(unit: None, now: datetime) -> None:
    project, person = builders.project(de="Radweg"), builders.person()
    first = project.title.texts["de"].at

    title = Translated.of("de", now, de="Radweg", en="Cycle path")
    change_project(project, **(texts(project) | {"title": title}), by_id=person.id, now=now)

    assert (project.title.texts["de"].at, project.title.texts["en"].at) == (first, now)


def test_an_archived_project_comes_back(unit: None, now: datetime) -> None:
    project, person = builders.project(), builders.person()

    archive_project(project, by_id=person.id, now=now)
    archived_at = project.archived_at
    restore_project(project, by_id=person.id, now=now)

    assert (archived_at, project.archived_at) == (now, None)
    assert lines() == [("PROJECT_ARCHIVED", person.id, {}), ("PROJECT_RESTORED", person.id, {})]
