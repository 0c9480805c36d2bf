"""The large invented office: as large as asked for, and the same for the same seed."""

from datetime import date, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from tracker.accounts.models import Account
from tracker.agreements.models import Agreement
from tracker.contributions.models import Contribution
from tracker.db import Model, db
from tracker.example import generated
from tracker.example.cast import Printed
from tracker.lineage.models import LedTo
from tracker.log.models import LogEntry
from tracker.milestones.models import Milestone, MilestoneState
from tracker.organisations.models import Organisation
from tracker.partnerships.models import Partnership, Pillar
from tracker.people.models import Person
from tracker.projects.models import Project
from tracker.refusal import Refused

TODAY = date(2027, 3, 2)


def make(now: datetime, *, seed: int = 7) -> list[Printed]:
    """Make a small one."""
    return generated.generate(projects=10, milestones=120, entries=80, due_today=30, seed=seed, now=now, today=TODAY)


def everything() -> dict[str, list[tuple[Any, ...]]]:
    """Return all rows but what signs people in, and without the keys of addresses, which nobody is to guess."""
    kept = [table for table in db.metadata.sorted_tables if table.name != "account"]
    columns = {table.name: [column for column in table.columns if column.name != "mail_key"] for table in kept}
    return {
        table.name: [
            tuple(row) for row in db.session.execute(sa.select(*columns[table.name]).order_by(*table.primary_key))
        ]
        for table in kept
    }


def count(model: type[Model]) -> int:
    """Return how many rows there are."""
    return int(db.session.scalar(sa.select(sa.func.count()).select_from(model)) or 0)


def test_it_is_as_large_as_asked_for(unit: None, now: datetime) -> None:
    make(now)

    assert (count(Project), count(Milestone), count(LogEntry)) == (10, 120, 80)
    assert set(db.session.scalars(sa.select(Organisation.country))) == {"AT", "DE", "HU", "IT", "RO", "US"}
    assert set(db.session.scalars(sa.select(Person.language))) == {"de", "en", "hu", "it", "ro"}


@pytest.mark.both
def test_it_is_the_same_for_the_same_seed(unit: None, now: datetime) -> None:
    make(now)
    first = everything()
    db.session.rollback()
    make(now)
    second = everything()
    db.session.rollback()
    make(now, seed=8)

    # PostgreSQL goes on counting where the first attempt stopped: ids differ there.
    if db.engine.dialect.name == "sqlite":
        assert first == second
        assert first != everything()
    assert [len(rows) for rows in first.values()] == [len(rows) for rows in second.values()]


def test_more_partnerships_than_partners_are_twinnings_under_the_offices_own(unit: None, now: datetime) -> None:
    generated.generate(partnerships=30, projects=2, milestones=2, entries=9, due_today=0, seed=7, now=now, today=TODAY)
    twinnings = db.session.scalars(sa.select(Partnership).where(Partnership.umbrella_id.is_not(None))).all()

    assert (count(Partnership), len(twinnings)) == (30, 18)
    assert {one.pillar for one in twinnings} == {Pillar.MUNICIPALITY}
    assert all(
        one.parties[1].organisation_id == one.umbrella.parties[1].organisation_id for one in twinnings if one.umbrella
    )


def test_what_came_of_it_can_be_followed_from_a_visit_to_a_project(unit: None, now: datetime) -> None:
    make(now)
    led = {row.outcome: row.origin for row in db.session.scalars(sa.select(LedTo))}
    project = next(outcome for outcome in led if outcome.startswith("project:") and "agreement:" in led[outcome])
    agreement = led[project]

    assert led[agreement].startswith("partnership:")
    assert count(Agreement) == count(Partnership) / 2
    assert count(Contribution) >= 2 * 3 * count(Project)


def test_what_falls_due_today_is_each_anothers(unit: None, now: datetime) -> None:
    make(now)
    due = db.session.scalars(sa.select(Milestone).where(Milestone.due_on == TODAY).limit(30)).all()

    assert {one.state for one in due} == {MilestoneState.OPEN}
    assert len({one.responsible_person_id for one in due}) == 30


def test_one_can_sign_in_as_each_role_and_in_each_language(unit: None, now: datetime) -> None:
    printed = make(now)
    addresses = set(db.session.scalars(sa.select(Account.email).where(Account.password_hash.is_not(None))))

    assert {one.address for one in printed} == addresses
    assert {one.role for one in printed} == {"administrator", "coordinator", "reader", "partner"}
    assert {one.language for one in printed if one.role == "partner"} == {"de", "en", "hu", "it", "ro"}


def test_a_database_with_projects_is_refused(unit: None, now: datetime) -> None:
    make(now)

    with pytest.raises(Refused):
        make(now)
