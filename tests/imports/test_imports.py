"""Spreadsheets come in: right lines without the wrong ones, nothing twice, all of it back with one click."""

import io
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from python_calamine import CalamineWorkbook
from xlsxwriter import Workbook

from tests import builders
from tests.conftest import Cast
from tracker import clock, scheduler
from tracker.accounts.models import Role
from tracker.db import db, writing
from tracker.history.models import HistoryLine
from tracker.imports.actions import take_back
from tracker.imports.models import Import, ImportKind, ImportLine, ImportState, Verdict
from tracker.organisations.models import Organisation
from tracker.people.models import Contact, Person

Browse = Callable[[int], FlaskClient]
Look = Callable[[Callable[[], Any]], Any]

PEOPLE = """Ansprechpartner;Einrichtung;Funktion;E-Mail;Telefon;Sprache
Ioana Exemplu;Bistrița-Năsăud;Consilier;ioana@example.org;+40 263 1;rumänisch
Ana Fără;;;keine;;
;Bistrița-Năsăud;;leer@example.org;;
Radu Partener;Bistrița-Năsăud;Director;;0263 55;
Ioana Exemplu;Bistrița-Năsăud;;ioana@example.org;;
Franz Neu;Unbekannte Stelle;;;;Deutsch
"""


def workbook(*rows: tuple[Any, ...], sheet: str = "Tabelle1") -> bytes:
    """Return an XLSX file with these rows."""
    file = io.BytesIO()
    book = Workbook(file, {"in_memory": True})
    page = book.add_worksheet(sheet)
    for number, row in enumerate(rows):
        page.write_row(number, 0, row)
    book.close()
    return file.getvalue()


def send(client: FlaskClient, content: bytes, kind: str = "people", name: str = "liste.csv") -> str:
    """Send a spreadsheet, and return the address of its page."""
    form = {
        "kind": kind,
        "file": (io.BytesIO(content), name),
        "submission": f"{name}-{len(content)}" * 3,
    }
    answer = client.post("/imports/?lang=en", data=form, content_type="multipart/form-data")
    return answer.location.rpartition("/")[0] if answer.location else answer.text


def match(client: FlaskClient, page: str, look: Look) -> None:
    """Take the columns as they were found, and have the lines looked through."""
    row = look(lambda: db.session.get_one(Import, int(page.rpartition("/")[2])))
    form = {f"column_{place}": key for place, key in enumerate(row.columns)}
    more = {"language": "de", "version": str(row.version), "submission": f"match-{row.id}-0123456789"}
    more |= {} if row.kind in {ImportKind.ORGANISATIONS, ImportKind.PEOPLE} else {"day_first": "1"}
    assert client.post(f"{page}/columns?lang=en", data=form | more).status_code == 302


def verdicts(look: Look) -> dict[int, str]:
    """Return what each line is."""
    return {
        line.number: str(line.verdict)
        for line in look(lambda: db.session.scalars(sa.select(ImportLine).order_by(ImportLine.number)).all())
    }


@pytest.fixture
def client(app: Flask, browse: Browse, cast: Cast) -> FlaskClient:
    """Give the browser of a coordinator who reads English."""
    with app.app_context(), writing():
        office = db.session.get_one(Organisation, cast.office)
        kim = builders.person("Kim Koordination", role=Role.COORDINATOR, at=office, language="en").id
        db.session.commit()
    return browse(kim)


@pytest.mark.both
def test_right_lines_come_in_without_the_wrong_ones_and_all_of_it_goes_back(client: FlaskClient, look: Look) -> None:
    before = look(lambda: db.session.scalar(sa.select(sa.func.count(Person.id))))
    page = send(client, PEOPLE.encode())
    match(client, page, look)

    assert verdicts(look) == {2: "new", 3: "wrong", 4: "wrong", 5: "changed", 6: "wrong", 7: "wrong"}
    assert look(lambda: db.session.scalar(sa.select(sa.func.count(Person.id)))) == before

    client.post(f"{page}/take")
    ioana, radu = look(lambda: [_person("Ioana Exemplu"), _person("Radu Partener")])
    assert (ioana["language"], ioana["email"], ioana["functions"]) == ("ro", "ioana@example.org", ["Consilier"])
    assert (radu["phone"], radu["functions"]) == ("0263 55", [None, "Director"])

    client.post(f"{page}/back")
    assert look(lambda: db.session.scalar(sa.select(sa.func.count(Person.id)))) == before
    assert look(lambda: _person("Radu Partener"))["functions"] == [None]
    assert look(lambda: _person("Radu Partener"))["phone"] is None


def _person(name: str) -> dict[str, Any]:
    row = db.session.scalars(sa.select(Person).where(Person.name == name)).one()
    held = db.session.scalars(sa.select(Contact.function).where(Contact.person_id == row.id).order_by(Contact.id)).all()
    return {"language": row.language, "email": row.email, "phone": row.phone, "functions": list(held)}


def test_each_wrong_line_says_why_and_comes_back_as_a_file(client: FlaskClient, look: Look) -> None:
    page = send(client, PEOPLE.encode())
    match(client, page, look)

    shown = client.get(f"{page}?which=wrong&lang=en").text
    file = client.get(f"{page}/left?lang=en")

    for reason in (
        "“keine” is no e-mail address.",
        "“Name” is missing.",
        "Line 2 names the same person.",
        "There is no organisation called “Unbekannte Stelle” yet.",
    ):
        assert reason in shown
    rows = CalamineWorkbook.from_filelike(io.BytesIO(file.data)).get_sheet_by_index(0).to_python()
    assert [row[0] for row in rows] == ["Ansprechpartner", "Ana Fără", "", "Ioana Exemplu", "Franz Neu"]
    assert "is no e-mail address" in str(rows[1][-1])


def test_somebody_like_who_is_there_is_asked_about(app: Flask, client: FlaskClient, look: Look) -> None:
    with app.app_context(), writing():
        known = builders.person("Maria Weber", email="maria@example.org").id
        db.session.commit()
    page = send(client, b"Name,Email\nMaria Weber,m.weber@example.com\nMaria  weber,other@example.com\n")
    match(client, page, look)
    assert verdicts(look) == {2: "alike", 3: "alike"}

    client.post(f"{page}/lines/2", data={"is": str(known)})
    client.post(f"{page}/lines/3", data={"is": "0"})
    client.post(f"{page}/lines/3", data={"is": "999"})
    assert verdicts(look) == {2: "changed", 3: "new"}
    client.post(f"{page}/take")

    addresses = look(lambda: db.session.scalars(sa.select(Person.email).where(Person.folded == "maria weber")).all())
    assert sorted(addresses) == ["m.weber@example.com", "other@example.com"]


def test_what_somebody_worked_on_is_not_taken_back(app: Flask, client: FlaskClient, cast: Cast, look: Look) -> None:
    page = send(client, "Name;Land\nTestverein;Österreich\n".encode("cp1252"), "organisations")
    match(client, page, look)
    client.post(f"{page}/take")
    made = look(lambda: db.session.scalars(sa.select(Organisation).order_by(Organisation.id.desc())).first())
    assert (str(made.name), made.country, made.zone, made.language) == ("Testverein", "AT", "Europe/Vienna", "de")

    with app.app_context(), writing():
        # The worker is to take it back, and somebody is quicker.
        take_back(db.session.scalars(sa.select(Import)).one(), by_id=cast.coordinator, now=clock.now())
        db.session.commit()
    client.post(f"/organisations/{made.id}/archive")
    with app.app_context():
        scheduler.take_over()
    assert "Somebody has worked on what came in with this file." in client.get(f"{page}?lang=en").text
    answer = client.post(f"{page}/back?lang=en", follow_redirects=True)

    assert "Somebody has worked on what came in with this file." in answer.text
    assert look(lambda: db.session.get(Organisation, made.id)) is not None


def test_an_organisation_that_is_there_is_not_entered_twice(client: FlaskClient, look: Look) -> None:
    rows = [
        ("Adressliste 2026",),
        ("Name", "Land", "Ort"),
        ("BISTRITA-NASAUD", "Rumänien", "Bistrița"),
        ("Bistrița-Năsăud", "RO", "Bistrița"),
    ]
    page = send(client, workbook(*rows), "organisations", "liste.xlsx")
    match(client, page, look)

    assert verdicts(look) == {3: "changed", 4: "same"}
    client.post(f"{page}/take")
    assert look(
        lambda: db.session.scalars(sa.select(Organisation.place).where(Organisation.country == "RO")).all()
    ) == ["Bistrița"]


def test_the_log_comes_in_once(client: FlaskClient, look: Look) -> None:
    headings, call = b"Datum;Art;Vermerk;Projekt\n", b"16.04.26;Anruf;Wegen der Ausstellung;Euarca\n"
    text = headings + call + b"2099-01-01;;Kommt noch;Euarca\n1.2.2026;;Ohne Projekt;\n"
    for _turn in range(2):
        page = send(client, text, "log", f"log{_turn}.csv")
        match(client, page, look)
        client.post(f"{page}/take")

    found = look(
        lambda: [
            (str(line.verdict), line.number)
            for line in db.session.scalars(sa.select(ImportLine).order_by(ImportLine.id))
        ]
    )
    assert [verdict for verdict, _number in found] == ["new", "wrong", "wrong", "same", "wrong", "wrong"]


def test_a_matching_is_remembered(client: FlaskClient, look: Look) -> None:
    content = b"Wer;Mobilnummer dienstlich\nJana Beispiel;0561 1\n"
    page = send(client, content)
    row = look(lambda: db.session.scalars(sa.select(Import)).one())
    assert row.columns == ["", ""]
    form = {"column_0": "name", "column_1": "phone", "language": "de", "version": str(row.version)}
    client.post(f"{page}/columns", data=form | {"submission": "0123456789abcdefgh"})

    send(client, content, name="noch einmal.csv")

    assert look(lambda: db.session.scalars(sa.select(Import.columns)).all()) == [["name", "phone"]] * 2


def test_two_lines_of_headings_and_somebody_four_times(client: FlaskClient, look: Look) -> None:
    again = ("Jana Beispiel", "jana@example.org", "Kassel")
    rows = [("Person", "", "Anschrift"), ("Name", "E-Mail", "Adresse"), again, again, again, again]
    page = send(client, workbook(*rows), name="liste.xlsx")
    match(client, page, look)

    assert verdicts(look) == {3: "new", 4: "wrong", 5: "wrong", 6: "wrong"}
    assert client.get(f"{page}?which=wrong&lang=en").text.count("Line 3 names the same person.") == 3


def test_ten_thousand_lines_are_the_workers_and_go_on_after_a_cut(app: Flask, client: FlaskClient, look: Look) -> None:
    lines = "".join(f"Person {number:05};p{number}@example.org\n" for number in range(2_000))
    page = send(client, f"Name;Email\n{lines}".encode())
    match(client, page, look)
    shown = client.get(f"{page}?lang=en")
    assert "0 of 2000 lines" in shown.text
    assert shown.headers["Refresh"] == "2"

    with app.app_context():
        scheduler.take_over()
    client.post(f"{page}/take")
    with app.app_context():
        scheduler.take_over()
        scheduler.take_over()

    row = look(lambda: db.session.scalars(sa.select(Import)).one())
    assert (row.state, row.content) == (ImportState.TAKEN, None)
    assert look(lambda: db.session.scalar(sa.select(sa.func.count()).where(ImportLine.verdict == Verdict.NEW))) == 2_000
    assert (
        look(lambda: db.session.scalar(sa.select(sa.func.count()).where(Person.email.like("p%@example.org")))) == 2_000
    )
    assert look(lambda: db.session.scalar(sa.select(sa.func.count()).where(HistoryLine.verb == "IMPORTED"))) == 1

    client.post(f"{page}/back")
    assert "0 of 2000 lines" in client.get(f"{page}?lang=en").text
    with app.app_context():
        scheduler.take_over()
    assert look(lambda: db.session.scalars(sa.select(Import.state)).one()) is ImportState.TAKEN_BACK
    assert look(lambda: db.session.scalar(sa.select(sa.func.count()).where(Person.email.like("p%@example.org")))) == 0
