"""A programme pasted as somebody wrote it."""

from collections.abc import Callable
from datetime import date, time
from html import unescape
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from tests import builders
from tests.conftest import Cast, change
from tracker.db import PartialDate, db
from tracker.events.models import ProgrammeItem
from tracker.history.models import HistoryLine
from tracker.programmes.reading import read

Browse = Callable[..., FlaskClient]
Look = Callable[[Callable[[], Any]], Any]
DAY = date(2017, 8, 19)


@pytest.mark.parametrize(
    ("line", "begins_at", "ends_at", "title", "place"),
    [
        ("19.8. 18:00 Opening, Town hall", time(18), None, "Opening", "Town hall"),
        ("Samstag, 19. August, 18.30 Uhr: Eröffnung, Schloss, Saal", time(18, 30), None, "Eröffnung, Schloss", "Saal"),
        ("sabato 19 agosto 2017 alle 10 – 12 Visita", time(10), time(12), "Visita", None),
        ("augusztus 19. 10 óra Megnyitó", time(10), None, "Megnyitó", None),
        ("19 august ora 9 Deschidere", time(9), None, "Deschidere", None),
        ("19.8. 15 Uhr Besuch", time(15), None, "Besuch", None),
        ("19.8.17 15:00 Besuch", time(15), None, "Besuch", None),
        ("19.08.: Rundgang, Kirche", None, None, "Rundgang", "Kirche"),
        ("Aug 19 2-4 pm Walk", time(14), time(16), "Walk", None),
        ("19/8/17 12:30 pm Lunch", time(12, 30), None, "Lunch", None),
        ("19.8. – 1.9.: Arbeit in den Ateliers", None, None, "Arbeit in den Ateliers (19.8. – 1.9.)", None),
        ("19 agosto al 3 settembre Mostra, Kassel", None, None, "Mostra (19 agosto al 3 settembre)", "Kassel"),
        ("19.8. - 18:00 Abend", time(18), None, "Abend", None),
        ("2017-08-19 2 Busse nach Kassel", None, None, "2 Busse nach Kassel", None),
    ],
)
def test_a_line_is_read_as_people_write_it(
    line: str, begins_at: time | None, ends_at: time | None, title: str, place: str | None
) -> None:
    (found,) = read(line, [2017])

    assert (found.on, found.begins_at, found.ends_at, found.title, found.place) == (
        DAY,
        begins_at,
        ends_at,
        title,
        place,
    )


def test_a_day_holds_for_the_lines_below_it_and_the_year_goes_on() -> None:
    lines = read("30.12.\n10:00 Anreise\n\n2.1.\n• 9 Uhr Abreise", [2026, 2027])

    assert [(line.number, line.on, line.title) for line in lines] == [
        (2, date(2026, 12, 30), "Anreise"),
        (5, date(2027, 1, 2), "Abreise"),
    ]


def points() -> list[tuple[str, str, str]]:
    """Return day, hour and title of each point in the original."""
    rows = db.session.scalars(sa.select(ProgrammeItem).order_by(ProgrammeItem.on, ProgrammeItem.begins_at))
    return [(row.on.isoformat(), str(row.begins_at or ""), str(row.title)) for row in rows]


@pytest.mark.both
def test_what_is_right_is_saved_once_and_what_is_wrong_comes_back(
    app: Flask, browse: Browse, cast: Cast, look: Look
) -> None:
    days = {"begins_on": PartialDate("2017-08-12"), "ends_on": PartialDate("2017-08-27")}
    event = change(app, lambda: builders.event(project_id=cast.project, de="Lager", **days).id)
    path, browser = f"/events/{event}/programme/paste?lang=en", browse(cast.coordinator)
    text = "19.8. 18:00 Eröffnung, Schloss\n19:00–18:00 Rückwärts\n28.8. Zu spät\n31.2. Nie\nDanach\n20.8.\n9:00"

    first = browser.post(path, data={"text": text, "language": "de", "submission": "one"})
    again = browser.post(path, data={"text": "19.8. 18:00 Eröffnung", "language": "de", "submission": "two"})
    twice = browser.post(path, data={"text": text, "language": "de", "submission": "one"})

    assert look(points) == [("2017-08-19", "18:00:00", "Eröffnung")]
    wrong = (
        "This day lies outside the event.",
        "“31.2.” is no date.",
        "It would end before it begins.",
        "What happens then is missing.",
        "The day is missing.",
    )
    assert [words in unescape(first.text) for words in wrong] == [True] * 5
    box = unescape(first.text.partition("<textarea")[2].partition(">")[2].partition("</textarea>")[0])
    assert " ".join(box.split()) == "19.8.2017 19:00–18:00 Rückwärts 28.8. Zu spät 31.2. Nie Danach 20.8.2017 9:00"
    assert "This stands on the programme already." in again.text
    assert twice.status_code == 302
    told = sa.select(sa.func.count()).where(HistoryLine.verb == "PROGRAMME_CHANGED")
    assert look(lambda: db.session.scalar(told)) == 1
