"""Partnerships, projects and those who take part come in, in any of the five languages, and go back as they were."""

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from tests import builders
from tests.conftest import Cast
from tests.imports.test_imports import Look, match, send, verdicts
from tracker.accounts.models import Role
from tracker.attendance.models import Attendance
from tracker.db import db, writing
from tracker.imports.models import ImportLine
from tracker.organisations.models import Office, Organisation, OrganisationKind
from tracker.participants.models import Participant
from tracker.partnerships.models import Partnership
from tracker.people.models import Person
from tracker.projects.models import Project

pytestmark = pytest.mark.both
Browse = Callable[[int], FlaskClient]


@pytest.fixture
def client(app: Flask, browse: Browse, cast: Cast) -> FlaskClient:
    """Give the browser of a coordinator. Two towns are called Neustadt."""
    with app.app_context(), writing():
        office = db.session.get_one(Organisation, cast.office)
        db.session.get_one(Office, 1).organisation = office
        for country in ("AT", "DE"):
            builders.organisation(de="Neustadt", country=country, kind=OrganisationKind.MUNICIPALITY)
        builders.organisation(de="Gemeinde Kaufungen", place="Kaufungen", kind=OrganisationKind.MUNICIPALITY)
        kim = builders.person("Kim Koordination", role=Role.COORDINATOR, at=office, language="en").id
        db.session.commit()
    return browse(kim)


def said(look: Look) -> dict[int, str]:
    """Return what is said of each line, reasons and changes."""
    lines = look(lambda: db.session.scalars(sa.select(ImportLine).order_by(ImportLine.number)).all())
    return {one.number: " ".join([*one.reasons, *(": ".join(change) for change in one.changes)]) for one in lines}


def everything(look: Look) -> dict[str, list[tuple[Any, ...]]]:
    """Return all that an import of these kinds can make or change."""
    names = ("partnership", "partnership_party", "project", "project_organisation", "project_partnership")
    tables = [db.metadata.tables[name] for name in (*names, "participant", "attendance", "person")]
    found: dict[str, list[tuple[Any, ...]]] = look(
        lambda: {
            table.name: [
                tuple(row)
                for row in db.session.execute(
                    sa.select(*(column for column in table.c if column.name != "version")).order_by(*table.primary_key)
                )
            ]
            for table in tables
        }
    )
    return found


def take_over(client: FlaskClient, look: Look, text: str, kind: str, expected: dict[int, str]) -> str:
    """Send a list, see what its lines are, take them over, and return the address of its page."""
    page = send(client, text.encode(), kind)
    match(client, page, look)
    assert verdicts(look) == expected, said(look)
    return page


def test_partnerships_come_in_between_their_sides_and_go_back(
    app: Flask, client: FlaskClient, cast: Cast, look: Look
) -> None:
    with app.app_context(), writing():
        sides = (db.session.get_one(Organisation, id_) for id_ in (cast.office, cast.here))
        builders.partnership(*sides, de="Kassel – Bistrița")
        db.session.commit()
    before = everything(look)
    text = """Titel;Partner;Unsere Seite;Art;Status;seit;besiegelt;beendet
;Csepel-Insel;;barátság;;05/1992;1994;
KASSEL – BISTRIȚA;Bistrita-Nasaud;;;inactiv;;;
Neue;Neustadt;Landkreis Kassel;;;;;2001
Falsch;Csepel-Insel;;;;2010;1999;
Wer;Nirgendwo;;;;;;
Kreis;Landkreis Kassel;;;;;;
Weiter;Csepel-Insel;;;durch eine andere fortgeführt;;;
"""
    page = take_over(
        client,
        look,
        text,
        "partnerships",
        {2: "new", 3: "changed", 4: "alike", 5: "wrong", 6: "wrong", 7: "wrong", 8: "wrong"},
    )

    told = said(look)
    assert "Title: : Landkreis Kassel – Csepel-Insel" in told[2]
    assert "Pillar: : by theme and project" in told[2]
    assert told[3] == "Status: active: dormant"
    assert "It cannot have been formal before there was contact." in told[5]
    assert "There is no organisation called “Nirgendwo” yet." in told[6]
    assert "An organisation can stand on one side only." in told[7]
    assert "Please choose the partnership that continues this one." in told[8]
    assert "Which one is meant by “On the other side”?" in client.get(f"{page}?which=alike&lang=en").text
    town = look(lambda: db.session.scalars(sa.select(Organisation.id).where(Organisation.country == "AT")).one())
    client.post(f"{page}/lines/4", data={"is": "0"})
    assert verdicts(look)[4] == "alike", "what a line names has to be there"
    client.post(f"{page}/lines/4", data={"is": str(town)})
    assert verdicts(look)[4] == "new"

    client.post(f"{page}/take")
    made = look(lambda: db.session.scalars(sa.select(Partnership).order_by(Partnership.id.desc()).limit(2)).all())
    assert [(str(one.title), str(one.kind), str(one.status)) for one in made] == [
        ("Neue", "partnership", "ended"),
        ("Landkreis Kassel – Csepel-Insel", "friendship", "active"),
    ]
    assert str(made[1].contact_since) == "1992-05"
    client.post(f"{page}/back")
    assert everything(look) == before


def test_projects_come_in_with_their_roles_and_editions_and_go_back(
    app: Flask, client: FlaskClient, cast: Cast, look: Look
) -> None:
    with app.app_context(), writing():
        sides = (db.session.get_one(Organisation, id_) for id_ in (cast.office, cast.here))
        builders.partnership(*sides, de="Kassel – Bistrița")
        db.session.commit()
    before = everything(look)
    text = """Projekt;Beginn;Ende;Status;Federführend;Partner;Partnerschaft;Koordination
Jugendlager;2007;2008;;Landkreis Kassel;"Csepel-Insel; Kaufungen";Kassel – Bistrița;
Jugendlager;2012;2011;;;;;
EUARCA;;;previsto;;Csepel-Insel;;
Neues Lager;2099;;;Neustadt;;;Karla Koordination
Lager;;;morgen;;;;Niemand
"""
    page = take_over(client, look, text, "projects", {2: "new", 3: "wrong", 4: "changed", 5: "alike", 6: "wrong"})

    told = said(look)
    assert told[2] == "Status: : completed"
    assert "The project would end before it begins." in told[3]
    assert "Status: running: planned" in told[4]
    assert "partner: : Csepel-Insel" in told[4]
    assert "“morgen” is none of: " in told[6]
    assert "No coordinator is called “Niemand”." in told[6]
    town = look(lambda: db.session.scalars(sa.select(Organisation.id).where(Organisation.country == "AT")).one())
    client.post(f"{page}/lines/5", data={"is": str(town)})
    client.post(f"{page}/take")

    def shown() -> list[Any]:
        rows = db.session.scalars(sa.select(Project).where(Project.id > cast.other_project).order_by(Project.id))
        return [
            (
                str(one.title),
                [(str(role.role), str(role.organisation.name)) for role in one.organisations],
                [str(under.title) for under in one.partnerships],
                [who.name for who in one.coordinators],
            )
            for one in rows
        ]

    assert look(shown) == [
        (
            "Jugendlager",
            [("lead", "Landkreis Kassel"), ("partner", "Csepel-Insel"), ("partner", "Gemeinde Kaufungen")],
            ["Kassel – Bistrița"],
            ["Kim Koordination"],
        ),
        ("Neues Lager", [("lead", "Neustadt")], [], ["Karla Koordination"]),
    ]
    again = send(client, text.encode(), "projects", "noch einmal.csv")
    match(client, again, look)
    assert "Jugendlager" in client.get(f"{again}?which=same&lang=en").text
    client.post(f"{page}/back")
    assert everything(look) == before


def test_those_who_take_part_come_in_and_go_back(app: Flask, client: FlaskClient, cast: Cast, look: Look) -> None:
    with app.app_context(), writing():
        project = db.session.get_one(Project, cast.project)
        event = builders.event(project=project, de="Lager", places=4)
        first = event.begins_on.earliest
        builders.participant(project, person=db.session.get_one(Person, cast.partner))
        db.session.commit()
    before = everything(look)
    text = f"""Projekt;Veranstaltung;Name;Vorname;E-Mail;Anzahl;Rolle;Entsandt von;Alter;Geschlecht;Zusage;Anreise
Euarca;Lager;Exemplu;Ioana;ioana@example.org;;Künstlerin;Bistrița-Năsăud;27 bis 64;w;ja;{first:%d.%m.%Y}
Euarca;Lager;Radu Partener;;;;Künstler;Bistrița-Năsăud;;;;
Euarca;;Exemplu;Ioana;ioana@example.org;;Künstlerin;Bistrița-Năsăud;;;;
Euarca;Lager;;;;12;fiatal;Csepel-Insel;;;nein;
Radweg;Lager;Wer Anders;;;;;;;;;
;;Ohne Ort;;;;;;;;;
Euarca;Lager;Zu Früh;;;;;;;;;1.1.2001
Euarca;Lager;;;;9;Gast;;;;;
Euarca;Lager;;;;3;Dolmetscher;;;;;
"""
    page = send(client, text.encode(), "participants")
    match(client, page, look)

    told, found = said(look), verdicts(look)
    assert found == {
        2: "new",
        3: "changed",
        4: "new",
        5: "new",
        6: "wrong",
        7: "wrong",
        8: "wrong",
        9: "wrong",
        10: "new",
    }, told
    assert told[3] == "Sent by: : Bistrița-Năsăud Event: : Lager"
    assert told[10] == "Answer: : coming"
    assert "This event does not belong to this project." in told[6]
    assert "Please say in which project, or at which event they take part." in told[7]
    assert "This is not near the event." in told[8]
    assert "“Gast” is no role." in told[9]
    client.post(f"{page}/take")

    assert "There are places for" in said(look)[10] or verdicts(look)[10] == "wrong"
    rows = look(
        lambda: [
            (one.person.name if one.person else one.heads, str(one.role), one.organisation_id)
            for one in db.session.scalars(sa.select(Participant).order_by(Participant.id))
        ]
    )
    assert rows[1:] == [("Ioana Exemplu", "artist", cast.here), (12, "youth", cast.elsewhere)]
    answers = look(lambda: sorted(str(one) for one in db.session.scalars(sa.select(Attendance.answer))))
    assert answers == ["coming", "coming", "not_coming"]
    assert look(lambda: db.session.scalar(sa.select(sa.func.count()).where(Person.name == "Ioana Exemplu"))) == 1
    client.post(f"{page}/back")
    assert everything(look) == before
