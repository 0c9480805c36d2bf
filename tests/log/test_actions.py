"""What people do with the log, and what is asked of it, on a real database."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar

import pytest
import sqlalchemy as sa

from tests import builders
from tests.conftest import Cast
from tracker.accounts.models import Role
from tracker.db import Model, PartialDate, db
from tracker.history.models import HistoryLine
from tracker.language import speaking
from tracker.log import actions, queries
from tracker.log.models import LogEntry, LogKind
from tracker.organisations.models import Organisation
from tracker.people.models import Person
from tracker.projects.models import Project
from tracker.refusal import Refused
from tracker.web.access import Somebody

pytestmark = [pytest.mark.both, pytest.mark.usefixtures("english")]

TODAY = date(2027, 3, 2)
Row = TypeVar("Row", bound=Model)


@pytest.fixture
def english(unit: None) -> Iterator[None]:
    """Stand inside a writing unit that speaks English."""
    with speaking("en"):
        yield


def somebody(person_id: int, role: Role, *organisation_ids: int) -> Somebody:
    """Return a reader as routes hand them in."""
    return Somebody(
        id=person_id,
        name="",
        role=role.value,
        language="en",
        zone="Europe/Berlin",
        organisation_ids=frozenset(organisation_ids),
        sign_in_id=1,
        account_id=1,
        seen_until=None,
        noted_at=datetime(2027, 3, 2, tzinfo=UTC),
    )


@pytest.fixture
def coordinator(cast: Cast) -> Somebody:
    """Return the coordinator as a reader."""
    return somebody(cast.coordinator, Role.COORDINATOR, cast.office)


@pytest.fixture
def project(cast: Cast) -> Project:
    """Return the partner's project."""
    return of(Project, cast.project)


def of(model: type[Row], id_: int) -> Row:
    """Return a row that is there."""
    row = db.session.get(model, id_)
    assert row is not None
    return row


def history() -> list[tuple[str, str | None, dict[str, Any]]]:
    """Return verb, what it lies within, and facts of every line."""
    rows = db.session.scalars(sa.select(HistoryLine).order_by(HistoryLine.id))
    return [(line.verb, line.within, line.facts) for line in rows]


def rows(query: sa.Select[LogEntry]) -> list[LogEntry]:
    """Return what a query finds, the first entered first."""
    return list(db.session.scalars(query.order_by(LogEntry.id)).unique())


def values(entry: LogEntry) -> dict[str, Any]:
    """Return what a form sends back that changes nothing."""
    names = ("happened_on", "kind", "summary", "project", "partnership", "organisation", "details", "language")
    more = ("at", "next_step", "next_step_on", "people", "organisations")
    return {name: getattr(entry, name) for name in (*names, *more)}


def test_what_happened_is_written_down(cast: Cast, project: Project, now: datetime) -> None:
    partner = of(Person, cast.partner)

    entry = actions.log_entry(
        happened_on=PartialDate("2027-03-01"),
        kind=LogKind.CALL,
        summary=builders.text(de="Angerufen wegen der Plakate"),
        project=project,
        people=[partner],
        organisations=[of(Organisation, cast.here)],
        details="Sie schicken drei Entwürfe.",
        language="de",
        next_step="Entwürfe ansehen",
        next_step_on=date(2027, 3, 9),
        by_id=cast.coordinator,
        now=now,
        today=TODAY,
    )
    db.session.flush()

    assert (entry.people, [one.id for one in entry.organisations]) == ([partner], [cast.here])
    assert (entry.by_id, entry.created_at, entry.next_step_done_at) == (cast.coordinator, now, None)
    assert history() == [("LOG_ENTRY_CREATED", f"project:{cast.project}", {"kind": {"word": "LogKind.call"}})]


def test_an_entry_about_nothing_is_refused(cast: Cast, now: datetime) -> None:
    with pytest.raises(Refused):
        actions.log_entry(
            happened_on=PartialDate("2027"),
            kind=LogKind.NOTE,
            summary=builders.text(de="Wozu?"),
            language="de",
            by_id=cast.coordinator,
            now=now,
            today=TODAY,
        )

    assert (rows(sa.select(LogEntry)), history()) == ([], [])


def test_a_change_is_told_and_counts_the_version(cast: Cast, project: Project, now: datetime) -> None:
    entry = builders.log_entry(project=project)
    sent = values(entry) | {
        "happened_on": PartialDate("2027-02"),
        "kind": LogKind.MEETING,
        "people": [of(Person, cast.partner)],
    }

    assert actions.change_entry(entry, by_id=cast.coordinator, now=now, today=TODAY, **sent)
    db.session.flush()

    changes = {
        "happened_on": [{"partial": "2027-02-16"}, {"partial": "2027-02"}],
        "kind": [{"word": "LogKind.call"}, {"word": "LogKind.meeting"}],
        "people": [None, None],
    }
    told = [(verb, within, {"changes": dict(sorted(facts["changes"].items()))}) for verb, within, facts in history()]
    assert told == [("LOG_ENTRY_CHANGED", f"project:{cast.project}", {"changes": dict(sorted(changes.items()))})]
    assert entry.version == 2


def test_another_place_is_named_in_the_history(cast: Cast, project: Project, now: datetime) -> None:
    entry = builders.log_entry(project=project, kind=LogKind.VISIT, at_id=cast.here)
    sent = values(entry) | {"at": of(Organisation, cast.elsewhere)}

    assert actions.change_entry(entry, by_id=cast.coordinator, now=now, today=TODAY, **sent)
    db.session.flush()

    assert entry.at_id == cast.elsewhere
    assert [facts for _verb, _within, facts in history()] == [{"changes": {"at": [None, None]}}]


def test_a_change_of_nothing_writes_nothing(cast: Cast, project: Project, now: datetime) -> None:
    entry = builders.log_entry(project=project)

    assert not actions.change_entry(entry, by_id=cast.coordinator, now=now, today=TODAY, **values(entry))
    db.session.flush()

    assert (entry.version, history()) == (1, [])


def test_a_next_step_is_ticked_off_once(cast: Cast, project: Project, now: datetime) -> None:
    entry = builders.log_entry(project=project, next_step="Anrufen")

    assert actions.tick_off(entry, by_id=cast.coordinator, now=now)
    assert not actions.tick_off(entry, by_id=cast.coordinator, now=now + timedelta(days=1))
    assert not actions.tick_off(builders.log_entry(project=project), by_id=cast.coordinator, now=now)

    assert entry.next_step_done_at == now
    assert history() == [("NEXT_STEP_DONE", f"project:{cast.project}", {})]


def test_another_next_step_is_open_again(cast: Cast, project: Project, now: datetime) -> None:
    entry = builders.log_entry(project=project, next_step="Anrufen", next_step_done_at=now)
    sent = values(entry) | {"next_step": "Hinfahren"}

    actions.change_entry(entry, by_id=cast.coordinator, now=now, today=TODAY, **sent)

    assert entry.next_step_done_at is None


def test_the_archive_keeps_and_gives_back(cast: Cast, project: Project, coordinator: Somebody, now: datetime) -> None:
    entry = builders.log_entry(project=project)

    actions.archive_entry(entry, by_id=cast.coordinator, now=now)
    db.session.flush()
    in_archive = rows(queries.listed(coordinator, project=project.id))
    actions.restore_entry(entry, by_id=cast.coordinator, now=now)
    db.session.flush()

    assert (in_archive, rows(queries.listed(coordinator, project=project.id))) == ([], [entry])
    assert [verb for verb, *_rest in history()] == ["LOG_ENTRY_ARCHIVED", "LOG_ENTRY_RESTORED"]


def test_partners_read_what_was_logged_on_their_projects(cast: Cast, project: Project, coordinator: Somebody) -> None:
    partner = somebody(cast.partner, Role.PARTNER, cast.here)
    theirs = builders.log_entry(project=project, de="Plakate")
    other = builders.log_entry(project_id=cast.other_project, de="Plakate")
    about_them = builders.log_entry(organisation_id=cast.here, de="Plakate")

    assert rows(queries.matching("plakate", coordinator)) == [theirs, other, about_them]
    assert rows(queries.matching("plakate", partner)) == [theirs]
    assert queries.one(partner, other.id) is None
    assert rows(queries.listed(partner, organisation=cast.here)) == []
    assert rows(queries.listed(coordinator, organisation=cast.here)) == [about_them]


@pytest.mark.parametrize(
    ("from_on", "until_on", "found"),
    [
        (date(2010, 4, 20), None, ["2010", "2010-04", "2011-01-05"]),
        (date(2010, 5, 1), None, ["2010", "2011-01-05"]),
        (None, date(2010, 4, 10), ["2009-12-31", "2010", "2010-04"]),
        (date(2010, 1, 1), date(2010, 12, 31), ["2010", "2010-04", "2010-04-16"]),
    ],
)
def test_what_is_known_partly_counts_for_every_day_it_may_have_been(
    project: Project, coordinator: Somebody, from_on: date | None, until_on: date | None, found: list[str]
) -> None:
    for known in ("2009-12-31", "2010", "2010-04", "2010-04-16", "2011-01-05"):
        builders.log_entry(on=known, project=project)

    listed = queries.listed(coordinator, from_on=from_on, until_on=until_on)

    assert [str(entry.happened_on) for entry in rows(listed)] == found


def test_the_list_narrows_to_what_it_is_about(cast: Cast, project: Project, coordinator: Somebody) -> None:
    partnership = builders.partnership(of(Organisation, cast.office), of(Organisation, cast.here))
    project.partnerships = [partnership]
    on_project = builders.log_entry(project=project)
    on_partnership = builders.log_entry(partnership=partnership, kind=LogKind.VISIT)
    there = builders.log_entry(project_id=cast.other_project, next_step="Anrufen")
    there.organisations = [of(Organisation, cast.here)]
    at = builders.log_entry(organisation_id=cast.elsewhere, at_id=cast.here)
    db.session.flush()

    assert rows(queries.listed(coordinator, project=project.id)) == [on_project]
    assert rows(queries.listed(coordinator, partnership=partnership.id)) == [on_project, on_partnership]
    assert rows(queries.listed(coordinator, organisation=cast.here)) == [there, at]
    assert rows(queries.listed(coordinator, kind=LogKind.VISIT)) == [on_partnership]
    assert rows(queries.listed(coordinator, open_steps=True)) == [there]


def test_those_of_the_project_are_near(cast: Cast) -> None:
    staff = {cast.administrator, cast.coordinator, cast.reader}

    assert queries.people_near(project=cast.project, today=TODAY) == staff | {cast.partner}
    assert queries.people_near(organisation=cast.elsewhere, today=TODAY) == {cast.stranger}
    assert queries.people_near(today=TODAY) == set()
