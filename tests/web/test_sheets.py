"""Lists as files: what is on the page and what one may see, typed, whole, and harmless."""

import csv
import io
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from python_calamine import CalamineWorkbook

from tests import builders
from tests.conftest import Cast
from tracker import clock
from tracker.accounts.models import Account, SignIn
from tracker.accounts.rules import hash_of
from tracker.db import PartialDate, db, writing
from tracker.events.models import EventStatus
from tracker.history.actions import record
from tracker.history.rules import Verb
from tracker.language import speaking
from tracker.mail.models import MessageKind
from tracker.mail.outbox import enqueue
from tracker.organisations.models import Organisation
from tracker.people.models import Person
from tracker.web import sheets
from tracker.web.sheets import CSV, XLSX, Sheet

Browse = Callable[[int], FlaskClient]
#: Each list, and how many lines each turn of `fill` adds to it.
LISTS = (
    *("/organisations/", "/people/", "/partnerships/", "/projects/", "/milestones/?which=all", "/events/?which=past"),
    *("/log/", "/projects/{project}/contributions/", "/events/{event}/guests/", "/outbox/"),
    *("/partnerships/exchange?since=2000", "/partnerships/{partnership}/exchange?since=2000", "/acts/", "/sign-ins/"),
)


def in_workbook(content: bytes) -> list[list[Any]]:
    """Read the page of a workbook."""
    return CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()


def written(app: Flask, kind: str, *cells: Any, language: str = "de") -> bytes:
    """Write a row of these cells, and return the file."""
    file = io.BytesIO()
    with app.test_request_context(), speaking(language):
        sheet: Sheet[Any] = Sheet("Blatt", [f"c{place}" for place in range(len(cells))], iter)
        sheets.write(sheet, [[cells]], kind, file)
    return file.getvalue()


def fill(cast: Cast, number: int) -> dict[str, int]:
    """Enter so many of everything that is listed; return where the lists are that belong to something."""
    here, there = db.session.get_one(Organisation, cast.office), db.session.get_one(Organisation, cast.here)
    karla = db.session.get_one(Person, cast.coordinator)
    euarca = builders.project(organisations=[here, there])
    past = {"status": EventStatus.HELD, "begins_on": PartialDate("2020-07"), "ends_on": None}
    camp, exchange = builders.event(project=euarca, **past), builders.partnership(here, there)
    for _turn in range(number):
        body = builders.organisation(country="RO", language="ro", zone="Europe/Bucharest")
        person = builders.person(at=body)
        link = builders.partnership(here, body)
        project = builders.project(organisations=[here, body], coordinators=[karla])
        builders.milestone(project, person=person)
        builders.event(project=project, **past)
        builders.log_entry(project=project, partnership=link, people=[person], organisations=[body])
        builders.contribution(euarca, body)
        builders.attendance(camp, builders.participant(euarca, person=person, organisation=body))
        builders.delegation(builders.event(partnership=link, host=here, **past), body)
        builders.delegation(builders.event(partnership=exchange, host=there, **past), here)
        record(Verb.ORGANISATION_CREATED, body, by_id=karla.id, now=clock.now())
        letter: dict[str, Any] = {"kind": MessageKind.LETTER, "subject": "Betreff", "text": "Text", "html": None}
        whom: dict[str, Any] = {"person_id": person.id, "address": f"p{person.id}@example.org", "language": "ro"}
        enqueue(key=f"sheet|{person.id}", **letter, **whom, zone="Europe/Bucharest", now=clock.now())
        db.session.add(
            SignIn(
                secret_hash=hash_of(f"secret {person.id}"),
                account_id=db.session.scalars(sa.select(Account.id).where(Account.person_id == karla.id)).one(),
                device="test",
                **dict.fromkeys(("created_at", "used_at", "confirmed_at", "expires_at"), clock.now()),
                idle_seconds=3600,
            )
        )
    db.session.flush()
    return {"project": euarca.id, "event": camp.id, "partnership": exchange.id}


def test_a_list_as_a_file_holds_all_of_it_and_costs_as_much_for_many_rows_as_for_few(
    app: Flask, cast: Cast, browse: Browse, count_queries: Callable[[], AbstractContextManager[Sequence[str]]]
) -> None:
    client = browse(cast.administrator)
    costs: list[dict[str, int]] = []
    for number in (2, 60):
        with app.app_context(), writing():
            places = fill(cast, number)
            db.session.commit()
        costs.append({})
        for address in LISTS:
            file = f"{address}{'&' if '?' in address else '?'}as=xlsx&lang=de".format(**places)
            with count_queries() as asked:
                answer = client.get(file)
            rows = in_workbook(answer.data)
            costs[-1][address] = len(asked)
            assert len(rows) > number, address
            assert all(any(row) for row in rows), address

    assert costs[0] == costs[1]


def test_a_file_is_narrowed_and_sorted_as_the_page_is(app: Flask, cast: Cast, browse: Browse) -> None:
    with app.app_context(), writing():
        for name in ("Zagreb", "Zala", "Zadar"):
            builders.organisation(de=name, country="HU" if name == "Zala" else "HR")
        db.session.commit()

    answer = browse(cast.coordinator).get("/organisations/?country=HR&sort=name&descending=1&as=csv&lang=de")

    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig")), delimiter=";"))
    assert [row[0] for row in rows] == ["Name", "Zagreb", "Zadar"]
    assert answer.headers["Content-Disposition"] == "attachment; filename=Organisationen.csv"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in answer.headers["Cache-Control"]


@pytest.mark.parametrize(
    "case",
    [
        ("reader", "/people/", "radu"),
        ("partner", "/people/", "Ilona Idegen"),
        ("partner", "/projects/", "Radweg"),
        ("partner", "/events/", "Partnerschaft"),
    ],
)
def test_a_file_holds_no_more_than_its_reader_sees(
    app: Flask, cast: Cast, browse: Browse, case: tuple[str, str, str]
) -> None:
    who, address, hidden = case
    with app.app_context(), writing():
        link = builders.partnership(
            db.session.get_one(Organisation, cast.office), db.session.get_one(Organisation, cast.here)
        )
        builders.event(project_id=cast.project, partnership=link)
        address_of = db.session.get_one(Person, cast.partner).email or ""
        db.session.commit()

    everything = browse(cast.coordinator).get(f"{address}?as=csv").data.decode()
    seen = browse(getattr(cast, who)).get(f"{address}?as=csv")

    wanted = address_of if hidden == "radu" else hidden
    assert wanted in everything
    assert seen.status_code == 200
    assert wanted not in seen.data.decode()


def test_cells_keep_their_kind_and_what_is_not_known_stays_out(app: Flask) -> None:
    moment = datetime.fromisoformat("2027-03-02T11:30:00+00:00")
    cells = (7, Decimal("1234.5"), date(2027, 4, 16), moment, PartialDate("2007-04"), PartialDate("2007-04-16"))
    more = (None, True, "=1+1", "Csepel 🎨", date(1850, 1, 2))

    (_headings, row) = in_workbook(written(app, XLSX, *cells, *more))

    assert row[:2] == [7.0, 1234.5]
    assert row[2:6] == [date(2027, 4, 16), datetime(2027, 3, 2, 12, 30), "April 2007", date(2007, 4, 16)]  # noqa: DTZ001 - a clock on the wall
    assert row[6:] == ["", "ja", "=1+1", "Csepel 🎨", "1850-01-02"]


@pytest.mark.parametrize(
    ("language", "line"),
    [("de", '16.04.2027;1234,5;"a;b"'), ("en", "16/04/2027,1234.5,a;b"), ("hu", '2027. 04. 16.;1234,5;"a;b"')],
)
def test_a_text_file_is_split_and_written_as_the_language_does(app: Flask, language: str, line: str) -> None:
    content = written(app, CSV, date(2027, 4, 16), Decimal("1234.5"), "a;b", language=language)

    assert content.startswith(b"\xef\xbb\xbfc0")
    assert content.decode("utf-8-sig").splitlines()[1] == line


@pytest.mark.parametrize("mark", [",", ";"])
@pytest.mark.parametrize(
    "words", ["=1+1", "+1+cmd", "-1+1|x", "@SUM(A1)", "a;=1+1", "a, =1+1", "a\n=1+1", "a\t@x", '";=1+1', "\uff1d1"]
)
def test_no_cell_is_a_formula_wherever_a_program_splits_lines(app: Flask, mark: str, words: str) -> None:
    content = written(app, CSV, "harmlos", words).decode("utf-8-sig")

    for row in csv.reader(io.StringIO(content), delimiter=mark):
        assert not [cell for cell in row if cell.strip().startswith(("=", "+", "-", "@", "\uff1d"))]
    for line in content.splitlines():
        # As whoever splits without a look at quotation marks reads it.
        assert not [part for part in line.split(mark) if part.strip().startswith(("=", "+", "-", "@", "\uff1d"))]


@pytest.mark.parametrize("words", ["+49 561 10030", "-5", "-3,50", "Straße 3 - 5"])
def test_what_is_no_formula_stays_as_it_is(app: Flask, words: str) -> None:
    assert sheets.harmless(words) == words
