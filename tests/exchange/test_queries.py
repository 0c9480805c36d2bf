"""Which visits belong to which partnership, on a real database."""

from collections.abc import Iterator
from datetime import date
from typing import Any, TypeVar

import pytest

from tests import builders
from tests.conftest import Cast
from tests.log.test_actions import somebody
from tracker import clock
from tracker.accounts.models import Role
from tracker.db import Model, PartialDate, db
from tracker.events.models import Event, EventKind, EventStatus
from tracker.exchange import queries
from tracker.exchange.rules import Count, Period
from tracker.language import speaking
from tracker.log.models import LogKind
from tracker.organisations.models import Organisation
from tracker.partnerships.models import Partnership, PartnershipParty, Side
from tracker.projects.models import Project

pytestmark = [pytest.mark.both, pytest.mark.usefixtures("german")]
TODAY = date(2027, 3, 2)
Row = TypeVar("Row", bound=Model)


@pytest.fixture
def german(unit: None) -> Iterator[None]:
    """Stand inside a writing unit that speaks German."""
    with speaking("de"):
        yield


def of(model: type[Row], id_: int) -> Row:
    """Return a row that is there."""
    return db.session.get_one(model, id_)


def pair(cast: Cast, there: int | None = None, **more: Any) -> Partnership:
    """Return a partnership of the office with an organisation, that of the partner unless another is said."""
    return builders.partnership(of(Organisation, cast.office), of(Organisation, there or cast.here), **more)


def held(on: str = "2020-05-02", **more: Any) -> Event:
    """Return a visit that took place."""
    values: dict[str, Any] = {"status": EventStatus.HELD, "ends_on": None} | more
    return builders.event(begins_on=PartialDate(on), **values)


def seen(partnership: Partnership) -> list[tuple[str, str]]:
    """Return what happened between both sides, and on which side."""
    visits = queries.of_partnership(partnership, TODAY)
    return [(str(visit.title), visit.host.value) for visit in visits.happened]


def test_who_was_the_host_says_whose_visit_it_was(cast: Cast) -> None:
    row = pair(cast)
    theirs = held("2007", de="Sie hier", partnership=row, host_id=cast.office)
    builders.delegation(theirs, of(Organisation, cast.here), 12, actual=10, nights=3)
    ours = held("2008", de="Wir dort", partnership=row, host_id=cast.here)
    builders.delegation(ours, of(Organisation, cast.office), None)
    builders.delegation(ours, of(Organisation, cast.here), 40)

    first, second = queries.of_partnership(row, TODAY).happened

    assert (first.host, first.heads, first.nights) == (Side.HERE, Count(10), Count(30))
    assert (second.host, second.heads, second.nights) == (Side.THERE, Count(0, 1), Count(0, 1))


def test_of_several_delegations_what_is_known_is_added(cast: Cast) -> None:
    row, school = pair(cast), builders.organisation(de="Schule", part_of_id=cast.here)
    visit = held(partnership=row, host_id=cast.office)
    builders.delegation(visit, of(Organisation, cast.here), 4, nights=2)
    builders.delegation(visit, school, None, nights=2)
    gone = builders.delegation(visit, builders.organisation(part_of_id=cast.here), 100)
    gone.archived_at = clock.now()

    (told,) = queries.of_partnership(row, TODAY).happened

    assert (told.heads, told.nights) == (Count(4, 1), Count(8, 1))


def test_what_belongs_to_a_party_counts_as_the_party(cast: Cast) -> None:
    row = pair(cast)
    school, hall = (builders.organisation(part_of_id=id_) for id_ in (cast.here, cast.office))
    visit = held(de="Schule", partnership=row, host=hall, kind=EventKind.WORKSHOP)
    builders.delegation(visit, school)

    assert seen(row) == [("Schule", "here")]


def test_a_delegation_to_a_project_counts_for_the_partnership_it_comes_from(cast: Cast) -> None:
    one, other = pair(cast), pair(cast, cast.elsewhere)
    twin = pair(cast)
    above = builders.partnership(of(Organisation, cast.office), builders.organisation(de="Land"))
    of(Organisation, cast.here).part_of_id = above.parties[1].organisation_id
    project = of(Project, cast.project)
    project.partnerships = [above, one, twin, other]
    camp = held(de="Camp", project=project, host_id=cast.office, kind=EventKind.CAMP)
    builders.delegation(camp, of(Organisation, cast.here))
    away = held("2021", de="Gegenbesuch", project=project, host_id=cast.elsewhere)
    builders.delegation(away, of(Organisation, cast.office))
    builders.delegation(away, of(Organisation, cast.here))

    assert [seen(row) for row in (one, other, twin, above)] == [
        [("Camp", "here")],
        [("Gegenbesuch", "there")],
        [],
        [],
    ]
    assert [str(title) for _id, title, _on, _open in queries.elsewhere(one)] == ["Gegenbesuch"]


def test_an_event_of_one_partnership_counts_for_no_other(cast: Cast) -> None:
    one, other = pair(cast), pair(cast)
    of(Project, cast.project).partnerships = [one]
    visit = held(partnership=other, project_id=cast.project, host_id=cast.office)
    builders.delegation(visit, of(Organisation, cast.here))

    assert (len(seen(one)), len(seen(other))) == (0, 1)


def test_a_visit_without_a_delegation_counts_where_one_knows_whose_it_was(cast: Cast) -> None:
    one, other = pair(cast), pair(cast, cast.elsewhere)
    both, alone = builders.project(), builders.project()
    both.partnerships, alone.partnerships = [one, other], [one]
    held("2001", de="Direkt", partnership=one, host_id=cast.office)
    held("2002", de="Allein", project=alone, host_id=cast.here)
    held("2003", de="Wessen?", project=both, host_id=cast.office)
    held("2004", de="Ausstellung", partnership=one, host_id=cast.office, kind=EventKind.EXHIBITION)

    assert seen(one) == [("Direkt", "here"), ("Allein", "there")]
    assert seen(other) == []


def test_what_did_not_take_place_or_lies_in_the_archive_is_no_visit(cast: Cast) -> None:
    row = pair(cast)
    values: dict[str, Any] = {"partnership": row, "host_id": cast.office}
    held("2001", status=EventStatus.CANCELLED, **values)
    held("2002", archived_at=clock.now(), **values)
    held("2003", de="Gesagt hat es niemand", status=EventStatus.CONFIRMED, **values)
    held("2030", de="Kommt", status=EventStatus.PLANNED, **values)

    visits = queries.of_partnership(row, TODAY)

    assert visits.happened == ()
    assert [str(visit.title) for visit in visits.unsaid] == ["Gesagt hat es niemand"]
    assert [str(visit.title) for visit in visits.coming] == ["Kommt"]


def test_a_visit_in_the_log_counts_once(cast: Cast) -> None:
    row = pair(cast)
    values: dict[str, Any] = {"partnership": row, "kind": LogKind.VISIT}
    builders.log_entry(on="2007", de="Dasselbe", at_id=cast.office, **values)
    builders.log_entry(on="2009", de="Nur im Log", at_id=cast.here, **values)
    builders.log_entry(on="2010", de="Irgendwo", **values)
    builders.log_entry(on="2011", de="Telefonat", at_id=cast.here, partnership=row)
    builders.log_entry(on="2012", de="Weg", at_id=cast.here, archived_at=clock.now(), **values)
    held("2007-05-02", de="Besuch", partnership=row, host_id=cast.office)

    assert seen(row) == [("Besuch", "here"), ("Nur im Log", "there")]
    assert queries.of_partnership(row, TODAY).repeated == 1


def test_a_visit_in_the_log_of_a_project_counts_for_those_who_were_there(cast: Cast) -> None:
    one, other = pair(cast), pair(cast, cast.elsewhere)
    of(Project, cast.project).partnerships = [one, other]
    values: dict[str, Any] = {"project_id": cast.project, "kind": LogKind.VISIT, "at_id": cast.office}
    builders.log_entry(on="2001", de="Wessen?", **values)
    there = builders.log_entry(on="2002", de="Ihrer", **values)
    there.organisations = [of(Organisation, cast.here), of(Organisation, cast.office)]
    db.session.flush()

    assert (seen(one), seen(other)) == ([("Ihrer", "here")], [])


def test_a_visit_whose_host_nobody_entered_counts_for_neither_side(cast: Cast) -> None:
    row = pair(cast)
    held("2001", de="Offen", partnership=row)
    held("2002", de="Anderswo", partnership=row, host_id=cast.elsewhere)
    third = held("2003", de="Mit Gästen", partnership=row, host_id=cast.elsewhere, kind=EventKind.MEETING)
    builders.delegation(third, of(Organisation, cast.here))

    assert seen(row) == []
    told = [(str(title), is_open) for _id, title, _on, is_open in queries.elsewhere(row)]
    assert told == [("Offen", True), ("Anderswo", False), ("Mit Gästen", False)]


def test_the_most_one_sided_come_first(cast: Cast) -> None:
    rows = {name: pair(cast, de=name) for name in ("Ausgeglichen", "Eine", "Nie", "Zwei")}
    rows["Weg"] = pair(cast, de="Weg", archived_at=clock.now())
    for name, on, host in (
        ("Ausgeglichen", "2020", cast.office),
        ("Ausgeglichen", "2021", cast.here),
        ("Eine", "2020", cast.office),
        ("Zwei", "2020", cast.here),
        ("Zwei", "2021", cast.here),
        ("Zwei", "1990", cast.office),
        ("Weg", "2020", cast.office),
    ):
        held(on, partnership=rows[name], host_id=host)
    reader = somebody(cast.coordinator, Role.COORDINATOR)

    found = queries.relations(reader, Period(2018, 2027), TODAY)

    assert [(str(one.title), one.here, one.there) for one in found] == [
        ("Zwei", 0, 2),
        ("Eine", 1, 0),
        ("Ausgeglichen", 1, 1),
        ("Nie", 0, 0),
    ]
    assert found[0].last_here is not None


def test_one_visit_between_sides_of_many_parties_is_one(cast: Cast) -> None:
    row, school = pair(cast), builders.organisation(part_of_id=cast.here)
    row.parties.append(PartnershipParty(organisation=school, side=Side.THERE))
    builders.delegation(held(de="Einer", partnership=row, host_id=cast.office), school)
    held("2021", de="Dort", partnership=row, host=school)
    builders.log_entry(on="2022", de="Im Log", kind=LogKind.VISIT, partnership=row, at_id=school.id)

    assert seen(row) == [("Einer", "here"), ("Dort", "there"), ("Im Log", "there")]
