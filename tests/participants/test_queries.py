"""Who takes part as each reader may see it, and how many from where; on both databases."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests import builders
from tracker import clock
from tracker.db import db
from tracker.organisations.models import Organisation
from tracker.participants.models import ParticipantRole
from tracker.participants.queries import (
    Line,
    by_country_and_role,
    heads_by_project,
    of_project,
    one,
    people_to_send,
)
from tracker.projects.models import Project

ARTIST, YOUTH, HOST = ParticipantRole.ARTIST, ParticipantRole.YOUTH, ParticipantRole.HOST


@dataclass
class Reader:
    """As much of somebody as the queries look at."""

    sees_all: bool = True
    organisation_ids: frozenset[int] = field(default_factory=frozenset)


def partner_of(organisation: Organisation) -> Any:  # noqa: ANN401 - stands in for Somebody
    """Return a partner."""
    return Reader(sees_all=False, organisation_ids=frozenset({organisation.id}))


def everybody() -> Any:  # noqa: ANN401 - stands in for Somebody
    """Return somebody who sees all."""
    return Reader()


def told(lines: list[Line]) -> list[tuple[str | None, int, str, str | None]]:
    """Return name, heads, role and country of each line."""
    return [(line.name, line.heads, line.role.value, line.country) for line in lines]


@pytest.fixture
def here(unit: None) -> Organisation:
    """Give an organisation in Romania."""
    return builders.organisation(de="Bistrița", country="RO")


@pytest.fixture
def there(unit: None) -> Organisation:
    """Give an organisation in Hungary."""
    return builders.organisation(de="Csepel", country="HU")


@pytest.fixture
def project(here: Organisation, there: Organisation) -> Project:
    """Give a project of both, with people and heads of each."""
    row = builders.project(organisations=[here, there])
    for name, sender in (("Ana", here), ("Béla", there), ("Csaba", there)):
        builders.participant(row, person=builders.person(name), organisation_id=sender.id)
    builders.participant(row, heads=12, role=YOUTH, organisation_id=there.id)
    builders.participant(row, heads=2, organisation_id=there.id)
    builders.participant(row, person=builders.person("Gast", country="AT"), role=HOST)
    builders.participant(row, heads=4, role=HOST, country="US")
    builders.participant(row, heads=1, role=HOST)
    builders.participant(row, heads=99, organisation_id=here.id, archived_at=clock.now())
    return row


@pytest.mark.both
def test_who_sees_all_reads_every_name(project: Project) -> None:
    assert told(of_project(project, everybody())) == [
        ("Ana", 1, "artist", "RO"),
        ("Béla", 1, "artist", "HU"),
        ("Csaba", 1, "artist", "HU"),
        (None, 2, "artist", "HU"),
        (None, 12, "youth", "HU"),
        ("Gast", 1, "host", "AT"),
        (None, 4, "host", "US"),
        (None, 1, "host", None),
    ]


@pytest.mark.both
def test_a_partner_reads_the_names_of_their_own_and_heads_of_others(project: Project, here: Organisation) -> None:
    lines = of_project(project, partner_of(here))

    assert sorted(told(lines), key=str) == sorted(
        [
            ("Ana", 1, "artist", "RO"),
            (None, 4, "artist", "HU"),
            (None, 12, "youth", "HU"),
            (None, 1, "host", "AT"),
            (None, 4, "host", "US"),
            (None, 1, "host", None),
        ],
        key=str,
    )
    assert [line.person_id is not None or line.participant is not None for line in lines].count(True) == 1


@pytest.mark.both
def test_totals_by_country_and_role_are_the_same_for_everybody(project: Project) -> None:
    totals = by_country_and_role([project.id])

    assert totals.heads == {
        ("RO", ARTIST): 1,
        ("HU", ARTIST): 4,
        ("HU", YOUTH): 12,
        ("AT", HOST): 1,
        ("US", HOST): 4,
        (None, HOST): 1,
    }
    assert (list(totals.countries), list(totals.roles)) == (["HU", "US", "AT", "RO", None], [ARTIST, YOUTH, HOST])
    assert (totals.at("HU", YOUTH), totals.at("RO", YOUTH)) == (12, 0)
    assert (totals.of_country("HU"), totals.of_role(HOST), totals.total) == (16, 6, 23)


@pytest.mark.both
def test_heads_are_counted_for_several_projects_at_once(project: Project, count_queries: Callable[[], Any]) -> None:
    other, empty = builders.project(), builders.project()
    builders.participant(other, heads=5)
    ids = [project.id, other.id, empty.id]

    with count_queries() as asked:
        found = heads_by_project(ids)

    assert found == {project.id: 23, other.id: 5}
    assert len(asked) == 1


@pytest.mark.both
def test_a_partner_knows_single_rows_of_their_own_only(project: Project, here: Organisation) -> None:
    rows = {line.name: line.participant for line in of_project(project, everybody()) if line.participant}

    ours, theirs = rows["Ana"], rows["Béla"]
    assert (one(partner_of(here), ours.id), one(partner_of(here), theirs.id)) == (ours, None)
    assert one(everybody(), theirs.id) is theirs


@pytest.mark.both
def test_a_partner_chooses_from_their_own_people_and_those_they_sent_before(
    project: Project, here: Organisation, there: Organisation
) -> None:
    today = clock.today("Europe/Berlin")
    builders.person("Zoe", at=here)
    builders.person("Fremde", at=there)
    builders.person("Abgelegt", at=here, archived_at=clock.now())

    assert [name for _id, name in people_to_send(partner_of(here), today)] == ["Ana", "Zoe"]


def test_the_list_of_a_project_is_one_query_whatever_its_length(
    project: Project, count_queries: Callable[[], Any]
) -> None:
    for _number in range(30):
        builders.participant(project, person=builders.person())
    project_id = project.id
    db.session.flush()
    db.session.expunge_all()
    kept = db.session.get_one(Project, project_id)

    with count_queries() as asked:
        lines = of_project(kept, everybody())
        names = {(line.name, line.organisation and str(line.organisation.name)) for line in lines}

    assert (len(lines), len(names) > 30, len(asked)) == (38, True, 1)
