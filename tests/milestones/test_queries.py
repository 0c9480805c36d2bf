"""What is late, what comes next, and whose it is; on both databases."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from tests import builders
from tracker import clock
from tracker.db import db
from tracker.milestones import queries
from tracker.milestones.models import Milestone, MilestoneState
from tracker.organisations.models import Organisation
from tracker.projects.models import Project, ProjectStatus
from tracker.projects.queries import dates_of, or_last

TODAY = date(2027, 3, 2)


@dataclass
class Reader:
    """As much of somebody as the queries look at."""

    id: int = 0
    sees_all: bool = True
    organisation_ids: frozenset[int] = field(default_factory=frozenset)


def partner_of(organisation: Organisation, person_id: int = 0) -> Any:  # noqa: ANN401 - stands in for Somebody
    """Return a partner."""
    return Reader(person_id, sees_all=False, organisation_ids=frozenset({organisation.id}))


def everybody() -> Any:  # noqa: ANN401 - stands in for Somebody
    """Return somebody who sees all."""
    return Reader()


def on(days: int) -> date:
    """Return a day from today."""
    return TODAY + timedelta(days=days)


def titles(rows: Any) -> list[str]:  # noqa: ANN401 - any rows with titles
    """Return the titles in their order."""
    return [str(row.title) for row in rows]


@pytest.mark.both
def test_late_is_what_is_open_and_past_its_date_in_what_has_not_ended(unit: None) -> None:
    project = builders.project()
    builders.milestone(project, de="gestern", due_on=on(-1))
    builders.milestone(project, de="lange her", due_on=on(-90))
    builders.milestone(project, de="heute", due_on=TODAY)
    builders.milestone(project, de="fertig", due_on=on(-5), state=MilestoneState.DONE, done_on=TODAY)
    builders.milestone(project, de="abgelegt", due_on=on(-5), archived_at=clock.now())
    builders.milestone(builders.project(status=ProjectStatus.CANCELLED), de="aus", due_on=on(-5))
    builders.milestone(builders.project(archived_at=clock.now()), de="weg", due_on=on(-5))

    assert titles(queries.late(everybody(), TODAY)) == ["lange her", "gestern"]
    assert titles(queries.late(everybody(), TODAY, at_most=1)) == ["lange her"]
    assert titles(queries.between(everybody(), TODAY, on(30))) == ["heute"]


@pytest.mark.both
def test_partners_see_late_ones_of_their_projects_and_know_which_are_theirs(unit: None) -> None:
    here, there, person = builders.organisation(), builders.organisation(), builders.person()
    ours, foreign = builders.project(organisations=[here, there]), builders.project(organisations=[there])
    builders.milestone(ours, de="unser", due_on=on(-1), organisation=here)
    builders.milestone(ours, de="ihr", due_on=on(-2), organisation=there)
    builders.milestone(ours, de="meiner", due_on=on(-3), organisation=there, person=person)
    builders.milestone(foreign, de="fremd", due_on=on(-4), person=person)

    assert titles(queries.late(partner_of(here), TODAY)) == ["meiner", "ihr", "unser"]
    assert titles(queries.theirs(partner_of(here, person.id))) == ["meiner", "unser"]


@pytest.mark.both
def test_projects_are_sorted_by_the_date_of_their_next_milestone(unit: None) -> None:
    none, late, soon = (builders.project(de=title) for title in ("keiner", "spät", "bald"))
    builders.milestone(late, due_on=on(-3))
    builders.milestone(soon, due_on=on(3))
    builders.milestone(none, due_on=on(-30), state=MilestoneState.CANCELLED)
    next_on = queries.next_due_on()

    sorted_ones = db.session.scalars(sa.select(Project).order_by(or_last(next_on)))
    dates = dates_of([none.id, late.id, soon.id], next_on)

    assert titles(sorted_ones) == ["spät", "bald", "keiner"]
    assert dates == {late.id: on(-3), soon.id: on(3)}


@pytest.mark.both
def test_the_milestones_of_a_project_come_by_date_with_all_a_line_shows(
    unit: None, count_queries: Callable[[], Any]
) -> None:
    here, person = builders.organisation(de="Hier"), builders.person("Anna")
    project = builders.project(organisations=[here])
    for days in (5, -5, 0):
        builders.milestone(project, de=f"{days}", due_on=on(days), organisation=here, person=person)
    builders.milestone(project, de="abgelegt", archived_at=clock.now())
    db.session.flush()
    db.session.expunge_all()
    kept = db.session.get_one(Project, project.id)

    with count_queries() as asked:
        rows = queries.of_project(kept)
        told = [
            (
                str(row.title),
                row.project is kept,
                str(_named(row)),
                row.responsible_person and row.responsible_person.name,
            )
            for row in rows
        ]

    assert told == [(days, True, "Hier", "Anna") for days in ("-5", "0", "5")]
    assert len(asked) == 2
    assert titles(queries.of_project(kept, archived=True)) == ["abgelegt"]


def _named(row: Milestone) -> object:
    return row.responsible_organisation.name if row.responsible_organisation else None


@pytest.mark.both
def test_search_finds_milestones_without_accents(unit: None) -> None:
    here = builders.organisation()
    builders.milestone(builders.project(organisations=[here]), de="Künstler benannt", ro="Artiști numiți")
    builders.milestone(builders.project(), de="Künstlerfest")

    assert titles(db.session.scalars(queries.matching("KUNSTLER", everybody()))) == ["Künstler benannt", "Künstlerfest"]
    assert titles(db.session.scalars(queries.matching("artisti", partner_of(here)))) == ["Künstler benannt"]
