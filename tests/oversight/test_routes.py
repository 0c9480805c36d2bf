"""What administrators look into: who can see a project and why, who signed in, who did what."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from tests import builders
from tests.conftest import Cast, account_of, change, person_of, sign_in
from tracker import clock
from tracker.accounts.models import Account, Role, SignIn
from tracker.db import db
from tracker.history.actions import record
from tracker.history.rules import Verb
from tracker.organisations.models import Organisation
from tracker.oversight import queries
from tracker.oversight.rules import Standing, standing_of
from tracker.people.models import Contact
from tracker.projects.models import Project, ProjectRole

Browse = Callable[..., FlaskClient]


def function_of(person_id: int) -> Contact:
    return db.session.scalars(sa.select(Contact).where(Contact.person_id == person_id)).one()


# ---- who can see a project


def test_the_page_names_just_those_who_can_open_the_project(app: Flask, cast: Cast, browse: Browse) -> None:
    def prepare() -> list[int]:
        here = db.session.get_one(Organisation, cast.here)
        yesterday, tomorrow = (clock.today("Europe/Berlin") + timedelta(days=days) for days in (-1, 1))
        former, coming, archived, gone = (builders.person(role=Role.PARTNER, at=here) for _ in range(4))
        builders.person("Ohne Zugang", at=here)
        function_of(former.id).until_on = yesterday
        function_of(coming.id).from_on = tomorrow
        function_of(gone.id).archived_at = clock.now()
        function_of(cast.partner).until_on = clock.today("Europe/Berlin")
        archived.archived_at = clock.now()
        return list(db.session.scalars(sa.select(Account.person_id)))

    everybody = change(app, prepare)
    opens = {one for one in everybody if browse(one).get(f"/projects/{cast.project}").status_code == 200}

    with app.app_context():
        project = db.session.get_one(Project, cast.project)
        seeing = queries.who_sees(project, clock.today("Europe/Berlin"))

    assert [one.person_id for one in seeing] == [cast.administrator, cast.coordinator, cast.reader, cast.partner]
    assert {one.person_id for one in seeing} == opens


def test_a_locked_person_is_not_named(app: Flask, cast: Cast) -> None:
    def lock() -> None:
        person_of(cast.partner).locked_at = clock.now()

    change(app, lock)

    with app.app_context():
        seeing = queries.who_sees(db.session.get_one(Project, cast.project), clock.today("Europe/Berlin"))

    assert [one.person_id for one in seeing] == [cast.administrator, cast.coordinator, cast.reader]


@pytest.mark.usefixtures("unit")
def test_somebody_sees_a_project_through_each_of_their_functions() -> None:
    one, other, apart = builders.organisation(de="Eins"), builders.organisation(de="Zwei"), builders.organisation()
    person = builders.person("Radu", role=Role.PARTNER, at=one)
    project = builders.project(organisations=[one, other])
    project.organisations.append(type(project.organisations[0])(organisation=one, role=ProjectRole.HOST))
    for place, since in ((other, clock.today("Europe/Berlin")), (apart, None)):
        row = Contact(person_id=person.id, organisation_id=place.id, from_on=since, created_at=clock.now())
        db.session.add(row)
    db.session.flush()

    (seeing,) = queries.who_sees(project, clock.today("Europe/Berlin"))

    assert [(str(way.organisation.name), way.roles) for way in seeing.through.values()] == [
        ("Eins", [ProjectRole.LEAD, ProjectRole.HOST]),
        ("Zwei", [ProjectRole.PARTNER]),
    ]


def test_the_page_says_why(app: Flask, cast: Cast, browse: Browse) -> None:
    def prepare() -> None:
        function_of(cast.partner).function = "Relații externe"

    change(app, prepare)

    page = browse(cast.administrator).get(f"/projects/{cast.project}/access?lang=en").get_data(as_text=True)

    assert "1 of them is from outside the office" in page
    assert "takes part as: partner" in page
    assert "Relații externe" in page
    assert "Ilona Idegen" not in page


def test_the_project_leads_there_for_administrators_alone(cast: Cast, browse: Browse) -> None:
    path = f"/projects/{cast.project}/access"
    led = {
        who: path in browse(getattr(cast, who)).get(f"/projects/{cast.project}").get_data(as_text=True)
        for who in ("administrator", "coordinator", "reader", "partner")
    }

    assert led == {"administrator": True, "coordinator": False, "reader": False, "partner": False}


# ---- who signed in, and what they did


@pytest.mark.usefixtures("unit")
def test_a_sign_in_says_how_it_ended() -> None:
    now = clock.now()
    row = SignIn(used_at=now, idle_seconds=600, expires_at=now + timedelta(hours=1))
    idle_at, over_at = now + timedelta(seconds=600), now + timedelta(hours=1)

    assert standing_of(row, now) == (Standing.OPEN, None)
    assert standing_of(row, idle_at) == (Standing.IDLE, idle_at)
    row.used_at = over_at - timedelta(seconds=1)
    assert standing_of(row, over_at) == (Standing.OVER, over_at)
    row.ended_at = now
    assert standing_of(row, over_at) == (Standing.ENDED, now)


def test_sign_ins_are_listed_and_narrowed_to_a_person(app: Flask, cast: Cast, browse: Browse) -> None:
    sign_in(app, cast.partner)
    browser = browse(cast.administrator)

    everybody = browser.get("/sign-ins/?lang=en").get_data(as_text=True)
    one = browser.get(f"/sign-ins/?lang=en&person={cast.administrator}").get_data(as_text=True)

    assert [f"/people/{who}" in everybody for who in (cast.partner, cast.administrator)] == [True, True]
    assert [f"/people/{who}" in one for who in (cast.partner, cast.administrator)] == [False, True]
    assert "this one" in one


def test_what_somebody_did_is_told_with_what_it_was_about(app: Flask, cast: Cast, browse: Browse) -> None:
    def act() -> None:
        project = db.session.get_one(Project, cast.project)
        record(Verb.PROJECT_ARCHIVED, project, by_id=cast.coordinator, now=clock.now())
        person = person_of(cast.partner)
        record(Verb.PASSWORD_SET, account_of(cast.partner), within=person, by_id=cast.partner, now=clock.now())
        record(Verb.PROJECT_ARCHIVED, project, by_id=None, now=clock.now())

    change(app, act)
    browser = browse(cast.administrator)

    everybody = browser.get("/acts/?lang=en").get_data(as_text=True)
    one = browser.get(f"/acts/?lang=en&person={cast.coordinator}").get_data(as_text=True)

    assert everybody.count("archived the project") == 1
    assert "set a password" in everybody
    assert f'<a href="/projects/{cast.project}">' in one
    assert f'<a href="/people/{cast.partner}">' not in one


@pytest.mark.parametrize("path", ["/sign-ins/", "/acts/", "/projects/{}/access"])
def test_a_thousand_rows_cost_as_many_queries_as_one(
    app: Flask, cast: Cast, browse: Browse, count_queries: Callable[[], Any], path: str
) -> None:
    path = path.format(cast.project)
    browser = browse(cast.administrator)

    def fill(times: int) -> None:
        here = db.session.get_one(Organisation, cast.here)
        for _ in range(times):
            person = builders.person(role=Role.PARTNER, at=here)
            now = clock.now()
            row = SignIn(secret_hash=f"hash {person.id}", account_id=account_of(person.id).id, created_at=now)
            row.used_at = row.confirmed_at = row.expires_at = now
            row.idle_seconds, row.device = 60, "Firefox"
            db.session.add(row)
            record(Verb.PERSON_CREATED, person, by_id=person.id, now=now)

    change(app, lambda: fill(1))
    browser.get(path)
    with count_queries() as few:
        browser.get(path)
    change(app, lambda: fill(120))
    with count_queries() as many:
        page = browser.get(f"{path}?page=2").get_data(as_text=True)

    assert "page=3" in page
    assert len(many) == len(few)
