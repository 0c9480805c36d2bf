"""What people do with persons and functions, on a real database."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from tests import builders
from tests.conftest import told
from tracker.accounts.models import Role
from tracker.db import db
from tracker.people import actions, queries
from tracker.people.models import Contact, Person

pytestmark = [pytest.mark.usefixtures("unit"), pytest.mark.both]


@pytest.fixture(autouse=True)
def _in_english(app: Flask, unit: None) -> Iterator[None]:
    with app.test_request_context("/?lang=en"):
        yield


@pytest.fixture
def karla() -> Person:
    """Give a coordinator."""
    return builders.person("Karla Koordination", role=Role.COORDINATOR)


# ---- persons


def test_a_person_is_entered_and_changed_without_personal_data_in_the_history(karla: Person, now: datetime) -> None:
    person = actions.create_person(name="Radu", language="ro", email="radu@example.org", by_id=karla.id, now=now)
    actions.change_person(person, by_id=karla.id, now=now, email="r@example.org", language="hu", name="Radu")
    changed = actions.change_person(person, by_id=karla.id, now=now, email="r@example.org")

    assert not changed
    assert told() == [
        ("PERSON_CREATED", f"person:{person.id}", None, {}),
        ("PERSON_CHANGED", f"person:{person.id}", None, {"changes": {"email": [None, None], "language": [None, None]}}),
    ]


# ---- functions


def test_there_is_one_first_contact_at_a_time(karla: Person, now: datetime) -> None:
    here = builders.organisation()
    radu, ana, vlad = (builders.person(name) for name in ("Radu", "Ana", "Vlad"))
    gone = actions.add_function(
        vlad, organisation_id=here.id, is_first=True, until_on=date(2026, 12, 31), by_id=karla.id, now=now
    )
    old = actions.add_function(
        radu, organisation_id=here.id, is_first=True, from_on=date(2027, 1, 1), by_id=karla.id, now=now
    )

    new = actions.add_function(
        ana, organisation_id=here.id, is_first=True, from_on=date(2027, 2, 1), by_id=karla.id, now=now
    )

    db.session.flush()
    assert (gone.is_first, old.is_first, new.is_first) == (True, False, True)
    assert queries.first_contact(here.id, date(2027, 3, 2)) is new
    assert told()[-1] == (
        "CONTACT_CHANGED",
        f"contact:{old.id}",
        f"person:{radu.id}",
        {"changes": {"is_first": [True, False]}},
    )


def test_a_function_ends_today_or_is_taken_back(karla: Person, now: datetime) -> None:
    here, radu, today = builders.organisation(), builders.person("Radu"), date(2027, 3, 2)
    held = actions.add_function(radu, organisation_id=here.id, by_id=karla.id, now=now)
    coming = actions.add_function(
        radu, organisation_id=here.id, from_on=today + timedelta(days=1), by_id=karla.id, now=now
    )

    actions.end_function(held, today=today, by_id=karla.id, now=now)
    actions.end_function(coming, today=today, by_id=karla.id, now=now)

    assert (held.until_on, held.archived_at) == (today, None)
    assert coming.archived_at == now
    assert [verb for verb, *_rest in told()][-2:] == ["CONTACT_CHANGED", "CONTACT_ARCHIVED"]


def test_a_changed_function_names_what_changed(karla: Person, now: datetime) -> None:
    here, radu, ana = builders.organisation(), builders.person("Radu"), builders.person("Ana")
    contact = actions.add_function(radu, organisation_id=here.id, function="șef", by_id=karla.id, now=now)
    same: dict[str, Any] = {"organisation_id": here.id, "function": "șef", "from_on": None, "is_first": False}

    actions.change_function(contact, **same, deputy_id=ana.id, until_on=date(2027, 3, 31), by_id=karla.id, now=now)

    assert told()[-1][3] == {"changes": {"deputy": [None, None], "until_on": [None, {"day": "2027-03-31"}]}}


def test_contacts_of_an_organisation_come_with_deputies_in_one_query(
    count_queries: Callable[[], Any], now: datetime
) -> None:
    here, ana = builders.organisation(), builders.person("Ana")
    for number in range(5):
        person = builders.person(f"Person {number}", at=here if number else None)
        if number == 0:
            db.session.add(
                Contact(organisation_id=here.id, person_id=person.id, deputy_id=ana.id, created_at=now, is_first=True)
            )
    builders.person("Archived", at=here, archived_at=now)
    db.session.flush()
    db.session.expunge_all()

    with count_queries() as asked:
        found = [
            (contact.person.name, contact.deputy and contact.deputy.name)
            for contact in queries.contacts_at(here.id, now.date())
        ]

    assert len(asked) == 1
    assert len(found) == 5
    assert ("Person 0", "Ana") in found
