"""Guests pasted from a spreadsheet: what is right is saved, what is wrong comes back with its reason."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from html import unescape
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from tests import builders
from tests.conftest import Cast, change
from tracker.attendance.models import Answer, Attendance
from tracker.db import PartialDate, db
from tracker.events.models import Event
from tracker.history.models import HistoryLine
from tracker.language import translated
from tracker.organisations.models import Organisation
from tracker.participants.models import Participant
from tracker.people.models import Person
from tracker.projects.models import Project

Browse = Callable[..., FlaskClient]
Look = Callable[[Callable[[], Any]], Any]
Count = Callable[[], AbstractContextManager[list[str]]]


@pytest.fixture
def camp(app: Flask, cast: Cast) -> int:
    """Give the id of a camp from the 12th to the 27th of August 2017 in the partner's project."""

    def enter() -> int:
        days = {"begins_on": PartialDate("2017-08-12"), "ends_on": PartialDate("2017-08-27")}
        return builders.event(project_id=cast.project, de="Lager", **days).id

    return int(change(app, enter))


def named(look: Look, cast: Cast) -> str:
    """Return what the partner's organisation is called."""
    return str(look(lambda: translated(db.session.get_one(Organisation, cast.here).name, "de")))


def sent(text: str, **more: Any) -> dict[str, Any]:
    """Return a form of the page."""
    return {"text": text, "role": "delegate", "organisation": "", "answer": "coming", "submission": "key-1"} | more


def hidden(page: str, name: str) -> str:
    """Return the value of a hidden field."""
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', page)
    assert found
    return unescape(found[1])


def box(page: str) -> str:
    """Return what stands in the text box."""
    found = re.search(r"<textarea[^>]*>\r?\n(.*?)</textarea>", page, re.DOTALL)
    assert found
    return unescape(found[1])


def reasons(page: str) -> list[tuple[str, str]]:
    """Return number and reason of each wrong line."""
    rows = re.findall(r'data-label="Line">(\d+)</td>.*?data-label="Why">(.*?)</td>', page, re.DOTALL)
    return [(number, unescape(re.sub(r"<.*", "", why, flags=re.DOTALL)).strip()) for number, why in rows]


def save(browser: FlaskClient, event_id: int, text: str, **more: Any) -> Any:  # noqa: ANN401 - an answer
    """Look at lines and save them, as somebody does who changes nothing in between."""
    page = browser.post(f"/events/{event_id}/guests/paste?lang=en", data=sent(text, **more))
    mark = hidden(page.text, "looked_at")
    return browser.post(
        f"/events/{event_id}/guests/paste?lang=en", data=sent(text, **more) | {"looked_at": mark, "save": "1"}
    )


def guests() -> list[tuple[object, ...]]:
    """Return name, role and days of who is on the list."""
    rows = db.session.execute(
        sa.select(Person.name, Participant.role, Attendance.arrives_on, Attendance.leaves_on)
        .join(Participant, Participant.person_id == Person.id)
        .join(Attendance, Attendance.participant_id == Participant.id)
        .where(Attendance.archived_at.is_(None))
        .order_by(Person.name)
    )
    return [(name, role.value, str(first or ""), str(last or "")) for name, role, first, last in rows]


@pytest.mark.both
def test_five_hundred_lines_with_three_wrong_ones(browse: Browse, cast: Cast, camp: int, look: Look) -> None:
    here = named(look, cast)
    rows = [
        f"Gast {number}\tJugendliche\t{here}\tRumänien\tRumänisch\t12.08.2017\t27.08.2017\t" for number in range(500)
    ]
    rows[10] = f"Falsche Rolle\tZauberer\t{here}"
    rows[20] = f"Falscher Tag\tJugendliche\t{here}\t\t\t31.02.2017"
    rows[30] = "Fremd\tJugendliche\tVerein von nirgends"
    text = "\r\n".join(["Name\tRolle\tOrganisation\tLand\tSprache\tAnreise\tAbreise\tE-Mail", *rows])

    answer = save(browse(cast.coordinator), camp, text)

    assert answer.status_code == 200
    assert box(answer.text).splitlines() == [text.splitlines()[0], rows[10], rows[20], rows[30]]
    assert [number for number, _why in reasons(answer.text)] == ["2", "3", "4"]
    assert [why.split(".")[0] for _number, why in reasons(answer.text)] == [
        "“Zauberer” is no role",
        "“31",
        "“Verein von nirgends” does not take part here",
    ]
    assert len(look(guests)) == 497
    assert look(guests)[0] == ("Gast 0", "youth", "2017-08-12", "2017-08-27")
    assert look(
        lambda: db.session.scalar(sa.select(sa.func.count()).select_from(Person).where(Person.language == "ro"))
    )


@pytest.mark.both
def test_both_clicks_of_two_bring_back_the_wrong_line(browse: Browse, cast: Cast, camp: int, look: Look) -> None:
    browser = browse(cast.coordinator)
    text = "Ioana Exemplu\nFranz Musterer;Zauberer"
    mark = hidden(browser.post(f"/events/{camp}/guests/paste", data=sent(text)).text, "looked_at")
    form = sent(text) | {"looked_at": mark, "save": "1"}

    first = browser.post(f"/events/{camp}/guests/paste", data=form)
    second = browser.post(f"/events/{camp}/guests/paste", data=form)

    assert box(first.text) == box(second.text) == "Franz Musterer;Zauberer"
    assert [name for name, *_rest in look(guests)] == ["Ioana Exemplu"]


def test_what_was_changed_after_looking_is_looked_at_again(browse: Browse, cast: Cast, camp: int, look: Look) -> None:
    browser = browse(cast.coordinator)
    mark = hidden(browser.post(f"/events/{camp}/guests/paste", data=sent("Ioana Exemplu")).text, "looked_at")

    answer = browser.post(
        f"/events/{camp}/guests/paste?lang=en", data=sent("Maria Esempio") | {"looked_at": mark, "save": "1"}
    )

    assert "Save 1 guest" in answer.text
    assert look(guests) == []


@pytest.mark.parametrize(
    ("heading", "row", "name"),
    [
        ("Vorname;Name;Anreise", "Ioana;Exemplu;13.8.2017", "Ioana Exemplu"),
        ("Cognome;Nome;Arrivo", "Exemplu;Ioana;13/08/2017", "Ioana Exemplu"),
        ("Érkezés,Név,Ország", "2017. 08. 13.,Exemplu Ioana,Románia", "Exemplu Ioana"),
        ("Nume\tPrenume\tSosire", "Exemplu\tIoana\t13.08.2017", "Ioana Exemplu"),
        ("Arrival\tE-mail\tFull name", "2017-08-13\t\tIoana Exemplu", "Ioana Exemplu"),
        ("Name;Anreise;Abreise", "Ioana Exemplu;13.8.;27. August", "Ioana Exemplu"),
    ],
)
def test_headings_are_read_in_five_languages(  # noqa: PLR0917 - a table
    browse: Browse, cast: Cast, camp: int, look: Look, heading: str, row: str, name: str
) -> None:
    answer = save(browse(cast.coordinator), camp, f"{heading}\n{row}")

    assert answer.status_code == 302
    found = look(guests)
    # The order of the columns of the sheet is not that of a name.
    assert [(" ".join(sorted(one[0].split())), one[2]) for one in found] == [
        (" ".join(sorted(name.split())), "2017-08-13")
    ]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("=HYPERLINK(1)", "A name does not begin with “=”: this is a formula."),
        (";Delegate", "The name is missing."),
        ("Ioana;;;Utopia", "“Utopia” is no country."),
        ("Ioana;;;;Klingon", "“Klingon” is none of the five languages."),
        ("Ioana;;;;;27.8.2017;12.8.2017", "They would leave before they arrive."),
        ("Ioana;;;;;1.1.2016", "This is not near the event."),
        ("Ioana;;;;;;;ioana", "“ioana” is no mail address."),
        ("Io\0ana", "This line is too long, or holds signs that cannot be saved."),
        (f"Ioana;{'x' * 3000}", "This line is too long, or holds signs that cannot be saved."),
    ],
)
def test_a_wrong_line_says_why(browse: Browse, cast: Cast, camp: int, line: str, reason: str) -> None:
    text = f"Maria Esempio;;;;;;;maria@example.org\n{line}"

    page = browse(cast.coordinator).post(f"/events/{camp}/guests/paste?lang=en", data=sent(text))

    assert reasons(page.text) == [("2", reason)]


def test_the_same_person_comes_once(app: Flask, browse: Browse, cast: Cast, camp: int, look: Look) -> None:
    def enter() -> None:
        event, project = db.session.get_one(Event, camp), db.session.get_one(Project, cast.project)
        there = builders.person("Schon Da", at=db.session.get_one(Organisation, cast.here))
        builders.attendance(event, builders.participant(project, person=there, organisation_id=cast.here))

    change(app, enter)
    text = "\n".join(["Ioana Exemplu", "ioana  exemplu", f"Schon Da;;{named(look, cast)}"])

    page = browse(cast.coordinator).post(f"/events/{camp}/guests/paste?lang=en", data=sent(text)).text

    assert reasons(page) == [("2", "Line 1 names the same person."), ("3", "They are on the list already.")]


@pytest.mark.both
def test_namesakes_are_two_once_somebody_says_so(browse: Browse, cast: Cast, camp: int, look: Look) -> None:
    browser = browse(cast.coordinator)
    text = "Ioana Exemplu\nIoana Exemplu"

    page = browser.post(f"/events/{camp}/guests/paste?lang=en", data=sent(text)).text
    answer = save(browser, camp, text, sure="2:Ioana Exemplu")

    assert reasons(page) == [("2", "Line 1 names the same person.")]
    assert answer.status_code == 302
    assert [name for name, *_rest in look(guests)] == ["Ioana Exemplu"] * 2


@pytest.mark.both
@pytest.mark.parametrize(("answer", "kept"), [("coming", 1), ("invited", 3)])
def test_no_more_are_pasted_than_there_are_places(
    app: Flask, browse: Browse, cast: Cast, camp: int, look: Look, *, answer: str, kept: int
) -> None:
    def enter() -> None:
        event, project = db.session.get_one(Event, camp), db.session.get_one(Project, cast.project)
        event.places = 4
        builders.attendance(event, builders.participant(project, heads=3))

    change(app, enter)
    names = ["Ana Una", "Dua Doi", "Tri Trei"]

    page = save(browse(cast.coordinator), camp, "\n".join(names), answer=answer)

    assert [name for name, *_rest in look(guests) if name] == names[:kept]
    if kept < len(names):
        assert box(page.text).split("\n") == names[kept:]
        assert page.text.count("There are not so many places: 0 of 4 are free.") == 2


def test_nobody_is_pasted_into_two_places_at_once_unless_somebody_says_so(
    app: Flask, browse: Browse, cast: Cast, camp: int, look: Look
) -> None:
    def enter() -> None:
        elsewhere = builders.project(de="Anderes")
        days = {"begins_on": PartialDate("2017-08-14"), "ends_on": PartialDate("2017-08-20")}
        other = builders.event(project_id=elsewhere.id, de="Tagung", **days)
        there = builders.person("Franz Musterer", email="franz@example.org")
        builders.attendance(other, builders.participant(elsewhere, person=there))

    change(app, enter)
    text = "Franz Musterer;;;;;;;franz@example.org"

    browser = browse(cast.coordinator)
    page = browser.post(f"/events/{camp}/guests/paste?lang=en", data=sent(text)).text
    leaves_before = sent("Franz Musterer;;;;;;13.8.2017;franz@example.org")
    earlier = browser.post(f"/events/{camp}/guests/paste?lang=en", data=leaves_before).text
    save(browser, camp, text, sure="1:Franz Musterer")

    assert reasons(page) == [("1", "On these days they are at “Tagung”.")]
    assert reasons(earlier) == []
    assert [name for name, *_rest in look(guests)] == ["Franz Musterer"] * 2


@pytest.mark.both
def test_of_a_namesake_one_says_who_it_is(app: Flask, browse: Browse, cast: Cast, camp: int, look: Look) -> None:
    known = change(app, lambda: builders.person("Franz Musterer").id)
    browser = browse(cast.coordinator)

    unsaid = save(browser, camp, "Franz Musterer\nIoana Exemplu")
    before = [name for name, *_rest in look(guests)]
    said = save(browser, camp, "Franz Musterer", who=f"1:{known}", submission="key-2")

    assert box(unsaid.text) == "Franz Musterer"
    assert before == ["Ioana Exemplu"]
    assert said.status_code == 302
    assert [name for name, *_rest in look(guests)] == ["Franz Musterer", "Ioana Exemplu"]
    same = sa.select(sa.func.count()).select_from(Person).where(Person.name == "Franz Musterer")
    assert look(lambda: db.session.scalar(same)) == 1


def test_who_was_taken_off_comes_back(app: Flask, browse: Browse, cast: Cast, camp: int, look: Look) -> None:
    browser = browse(cast.coordinator)
    save(browser, camp, "Ioana Exemplu")
    browser.post("/guests/1/take-off")

    who = look(lambda: db.session.scalar(sa.select(Person.id).where(Person.name == "Ioana Exemplu")))
    answer = save(browser, camp, "Ioana Exemplu", who=f"1:{who}", submission="key-2", answer="came")

    assert answer.status_code == 302
    rows = look(lambda: db.session.scalars(sa.select(Attendance)).all())
    assert [(row.answer, row.archived_at) for row in rows] == [(Answer.CAME, None)]


@pytest.mark.parametrize("text", ["x" * 2**20, "\n".join(["Ioana"] * 2500), ""])
def test_too_much_and_nothing_are_said(browse: Browse, cast: Cast, camp: int, text: str) -> None:
    answer = browse(cast.coordinator).post(f"/events/{camp}/guests/paste?lang=en", data=sent(text))

    assert answer.status_code == 200
    assert "Please check what you entered" in answer.text
    assert box(answer.text).strip() == text


@pytest.mark.both
def test_many_lines_cost_as_many_queries_as_one(browse: Browse, cast: Cast, camp: int, count_queries: Count) -> None:
    browser = browse(cast.coordinator)
    with count_queries() as few:
        save(browser, camp, "Ioana Exemplu")
    text = "\n".join(f"Gast {number}" for number in range(100))
    with count_queries() as many:
        save(browser, camp, text, submission="key-2")

    assert len(many) == len(few)


def test_what_is_pasted_stands_in_the_history(browse: Browse, cast: Cast, camp: int, look: Look) -> None:
    save(browse(cast.coordinator), camp, "Ioana Exemplu")

    verbs = look(lambda: db.session.scalars(sa.select(HistoryLine.verb).order_by(HistoryLine.id)).all())

    assert verbs[-3:] == ["PERSON_CREATED", "PARTICIPANT_ADDED", "ATTENDANCE_ADDED"]
