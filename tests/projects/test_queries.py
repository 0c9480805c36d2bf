"""How lists of projects are sorted and narrowed, on both databases."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests import builders
from tracker import clock
from tracker.db import PartialDate, db
from tracker.projects import queries
from tracker.projects.models import ProjectStatus, Series


@dataclass
class Reader:
    """As much of somebody as the queries look at."""

    sees_all: bool = True
    is_coordinator: bool = True
    organisation_ids: frozenset[int] = field(default_factory=frozenset)


def everybody() -> Any:  # noqa: ANN401 - stands in for Somebody
    """Return somebody who sees all."""
    return Reader()


def partner_of(*organisation_ids: int) -> Any:  # noqa: ANN401 - stands in for Somebody
    """Return a partner."""
    return Reader(sees_all=False, is_coordinator=False, organisation_ids=frozenset(organisation_ids))


def titles(rows: Any) -> list[str]:  # noqa: ANN401 - any rows with titles
    """Return the titles in their order."""
    return [str(row.title) for row in rows]


@pytest.mark.both
def test_each_sort_puts_what_is_unknown_last(unit: None) -> None:
    builders.project(de="B", begins=PartialDate("2007-04"), status=ProjectStatus.COMPLETED)
    builders.project(de="A", status=ProjectStatus.RUNNING)
    builders.project(de="C", begins=PartialDate("2007"), status=ProjectStatus.IDEA)

    found = {
        name: titles(db.session.scalars(queries.listed(everybody()).order_by(*columns)))
        for name, columns in queries.SORTS.items()
    }

    assert found == {"title": ["A", "B", "C"], "status": ["C", "A", "B"], "begins": ["C", "B", "A"]}


@pytest.mark.both
def test_search_ignores_accents_and_finds_every_wording(unit: None) -> None:
    builders.project(de="Straßenfest", hu="Utcabál", edition_label="2007/2008")

    found = {
        words: titles(db.session.scalars(queries.matching(words, everybody())))
        for words in ("strasse", "UTCABAL", "2008 strassenfest", "2009", "100%")
    }

    one = ["Straßenfest"]
    assert found == {"strasse": one, "UTCABAL": one, "2008 strassenfest": one, "2009": [], "100%": []}


@pytest.mark.both
def test_a_partner_chooses_from_series_and_projects_of_their_own(unit: None) -> None:
    here, there = builders.organisation(), builders.organisation()
    kept, foreign = Series(title=builders.text(de="Euarca")), Series(title=builders.text(de="Fremd"))
    builders.project(de="Unser", organisations=[here], series=kept, edition_label="2027")
    builders.project(de="Ihr", organisations=[there], series=foreign)
    old = builders.project(de="Alt", organisations=[here], archived_at=clock.now())

    reader = partner_of(here.id)
    assert [name for _id, name in queries.series_choices(reader)] == ["Euarca"]
    assert [name for _id, name in queries.choices(reader)] == ["Unser"]
    assert [name for _id, name in queries.choices(reader, besides=old.id)] == ["Alt", "Unser"]
    assert [id_ for id_, _name, _country in queries.met_in_projects(reader)] == [here.id]


@pytest.mark.both
def test_who_can_be_responsible_is_in_the_project(unit: None) -> None:
    here, elsewhere = builders.organisation(de="Hier"), builders.organisation()
    coordinator = builders.person("Karla")
    builders.person("Radu", at=here)
    builders.person("Weg", at=here, archived_at=clock.now())
    builders.person("Ilona", at=elsewhere)
    project = builders.project(organisations=[here, here], coordinators=[coordinator])

    people = queries.people_in(project, clock.today("Europe/Berlin"))

    assert queries.organisations_in(project) == [(here.id, "Hier")]
    assert [name for _id, name in people] == ["Karla", "Radu"]


@pytest.mark.both
def test_a_whole_project_costs_four_queries(unit: None, count_queries: Callable[[], Any]) -> None:
    people = [builders.person() for _number in range(3)]
    project_id = builders.project(organisations=[builders.organisation() for _n in range(5)], coordinators=people).id
    db.session.flush()
    db.session.expunge_all()

    with count_queries() as asked:
        project = queries.whole(everybody(), project_id)
        assert project is not None
        told = (len(project.coordinators), len({str(one.organisation.name) for one in project.organisations}))

    assert (told, project.partnerships, project.series) == ((3, 5), [], None)
    assert len(asked) <= 4
