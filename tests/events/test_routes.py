"""Pages of events, asked as each of the cast."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, time
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from tests import builders
from tests.conftest import Cast, change, told
from tracker.db import PartialDate, db
from tracker.events.models import Delegation, Event, EventStatus, ProgrammeItem
from tracker.projects.models import Project

Browse = Callable[..., FlaskClient]
Look = Callable[[Callable[[], Any]], Any]
Count = Callable[[], AbstractContextManager[list[str]]]

MOST_QUERIES = 10


def form(cast: Cast, **more: object) -> dict[str, object]:
    """Return what a browser sends that is right."""
    right = {
        "title-text": "Lager",
        "title-language": "de",
        "summary-language": "de",
        "kind": "camp",
        "status": "planned",
        "begins_on": "12.8.2017",
        "begins_at": "14:00",
        "ends_on": "27.8.2017",
        "ends_at": "",
        "place": "Kaufungen",
        "zone": "Europe/Berlin",
        "host": cast.office,
        "project": cast.project,
        "partnership": "",
        "submission": "key-1",
    }
    return right | more


def kept() -> list[tuple[object, ...]]:
    """Return what is kept of every event, in the order of entering."""
    rows = db.session.scalars(sa.select(Event).order_by(Event.id))
    return [(str(row.title), str(row.begins_on), row.begins_at, str(row.ends_on), row.status.value) for row in rows]


def numbers() -> list[tuple[object, ...]]:
    """Return organisation, plan and outcome of every delegation."""
    rows = db.session.scalars(sa.select(Delegation).order_by(Delegation.id))
    return [(row.organisation_id, row.planned, row.actual, row.archived_at is None) for row in rows]


@pytest.fixture
def visit(app: Flask, cast: Cast) -> int:
    """Give the id of a visit in the project, with a point of the programme and a delegation, in August 2017."""

    def enter() -> int:
        days = {"begins_on": PartialDate("2017-08-12"), "ends_on": PartialDate("2017-08-27")}
        event = builders.event(project_id=cast.project, de="Besuch", en="Visit", places=10, **days)
        builders.item(event, begins_at=time(10), who="Leitung")
        builders.delegation(event, db.session.get_one(Project, cast.project).organisations[0].organisation, 4)
        return event.id

    return int(change(app, enter))


@pytest.mark.both
def test_each_of_the_cast_gets_their_pages(browse: Browse, cast: Cast, visit: int, count_queries: Count) -> None:
    answers = {}
    for who in ("administrator", "coordinator", "reader", "partner", "stranger"):
        browser = browse(getattr(cast, who))
        with count_queries() as asked:
            answers[who] = browser.get(f"/events/{visit}").status_code
        assert len(asked) <= MOST_QUERIES
        assert browser.get("/events/").status_code == 200

    assert answers == dict.fromkeys(("administrator", "coordinator", "reader", "partner"), 200) | {"stranger": 404}


@pytest.mark.both
def test_a_coordinator_enters_an_event_once(browse: Browse, cast: Cast, look: Look) -> None:
    browser = browse(cast.coordinator)

    first = browser.post("/events/new", data=form(cast))
    again = browser.post("/events/new", data=form(cast))

    assert first.status_code == again.status_code == 302
    assert first.location == again.location
    assert look(kept) == [("Lager", "2017-08-12", time(14), "2017-08-27", "planned")]
    assert ("EVENT_CREATED", "event:1", f"project:{cast.project}", {"title": "Lager"}) in look(told)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"ends_on": "11.8.2017"}, "It would end before it begins."),
        ({"begins_at": "25:00"}, "This is not a time of day."),
        ({"begins_on": "2017", "ends_on": ""}, "A time needs a whole date"),
        ({"begins_on": "28.3.2027", "ends_on": "", "begins_at": "2:30"}, "This time does not exist there"),
        ({"project": ""}, "Please choose a project, or a partnership."),
        ({"project": "9999"}, "Please choose something from the list."),
        ({"zone": "Mars/Olympus"}, "Please choose something from the list."),
        ({"title-text": "x\x00"}, "This contains characters that cannot be saved."),
        ({"place": "x" * 1_000_000}, "This is too long"),
        ({"places": "0"}, "Please write a number from 1"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_kept(
    browse: Browse, cast: Cast, look: Look, wrong: dict[str, object], sentence: str
) -> None:
    answer = browse(cast.coordinator).post("/events/new?lang=en", data=form(cast, **wrong))

    assert answer.status_code == 200
    assert sentence in answer.text
    assert look(kept) == []


def test_the_programme_moves_with_the_first_day(browse: Browse, cast: Cast, visit: int, look: Look) -> None:
    days = {"begins_on": "14.8.2018", "ends_on": "29.8.2018", "begins_at": "", "version": "1"}

    answer = browse(cast.coordinator).post(f"/events/{visit}/edit", data=form(cast, **days))

    assert answer.status_code == 302
    assert look(lambda: db.session.scalars(sa.select(ProgrammeItem.on)).all()) == [date(2018, 8, 14)]


@pytest.mark.parametrize(("status", "asks"), [("planned", True), ("took_place", False)])
def test_who_enters_a_past_event_is_asked_whether_it_took_place(
    browse: Browse, cast: Cast, visit: int, *, status: str, asks: bool
) -> None:
    browser, path = browse(cast.coordinator), f"/events/{visit}"
    browser.post(f"{path}/edit", data=form(cast, status=status, version="1"))

    pages = [one.get(f"{path}?lang=en").text for one in (browser, browse(cast.reader))]

    assert ["Did it take place?" in page for page in pages] == [asks, False]


def test_two_clicks_archive_an_event_once(browse: Browse, cast: Cast, visit: int, look: Look) -> None:
    browser, path = browse(cast.coordinator), f"/events/{visit}/archive"

    def is_kept() -> bool:
        return db.session.get_one(Event, visit).archived_at is None

    archived = [(browser.post(path).status_code, look(is_kept)) for _click in range(2)]
    back = [(browser.post(f"{path}?back=y").status_code, look(is_kept)) for _click in range(2)]

    assert (archived, back) == ([(302, False)] * 2, [(302, True)] * 2)


def test_a_copy_has_everything_but_people_and_is_paused(browse: Browse, cast: Cast, visit: int, look: Look) -> None:
    answer = browse(cast.coordinator).post(f"/events/{visit}/copy")

    def twin() -> tuple[object, ...]:
        row = db.session.scalars(sa.select(Event).order_by(Event.id.desc()).limit(1)).one()
        return str(row.title), row.status, row.reminders_paused, [str(one.who) for one in row.programme]

    assert answer.status_code == 302
    assert look(twin) == ("Besuch", EventStatus.PLANNED, True, ["Leitung"])
    assert len(look(numbers)) == 1


def test_a_point_after_the_other_is_added_and_taken_off(browse: Browse, cast: Cast, visit: int, look: Look) -> None:
    browser = browse(cast.coordinator)
    point = {"on": "2017-08-13", "begins_at": "9.30", "title-text": "Rundgang", "title-language": "de", "another": "1"}

    answer = browser.post(f"/events/{visit}/programme/new", data=point | {"submission": "key-2"})
    outside = browser.post(f"/events/{visit}/programme/new?lang=en", data=point | {"on": "2017-09-13"})
    browser.post("/programme/1/remove")

    assert answer.location.endswith(f"/events/{visit}/programme/new")
    assert "This day lies outside the event." in outside.text
    rows = look(lambda: db.session.execute(sa.select(ProgrammeItem.on, ProgrammeItem.begins_at)).all())
    assert rows == [(date(2017, 8, 13), time(9, 30))]


@pytest.mark.both
def test_a_partner_enters_what_their_own_organisation_sends(browse: Browse, cast: Cast, visit: int, look: Look) -> None:
    browser = browse(cast.partner)
    sent = {"organisation": cast.here, "planned": "6", "submission": "key-3"}

    there = browser.post(f"/events/{visit}/delegations/new", data=sent)
    others = browser.post(f"/events/{visit}/delegations/new?lang=en", data=sent | {"organisation": cast.office})
    too_many = browser.post("/delegations/2/edit?lang=en", data=sent | {"planned": "7", "version": "1"})
    foreign = browser.post("/delegations/1/edit", data=sent | {"version": "1"})

    assert there.status_code == 302
    assert "Please choose something from the list." in others.text
    assert "There are not so many places: 6 of 10 are free." in too_many.text
    assert foreign.status_code == 403
    assert [row[:2] for row in look(numbers)] == [(cast.office, 4), (cast.here, 6)]


def test_an_organisation_stands_on_the_list_once_and_comes_back(
    browse: Browse, cast: Cast, visit: int, look: Look
) -> None:
    browser = browse(cast.coordinator)
    again = {"organisation": cast.office, "planned": "5"}

    twice = browser.post(f"/events/{visit}/delegations/new?lang=en", data=again | {"submission": "key-4"})
    browser.post("/delegations/1/archive")
    gone = look(numbers)
    browser.post(f"/events/{visit}/delegations/new", data=again | {"submission": "key-5"})

    assert "This organisation stands on the list already." in twice.text
    assert gone == [(cast.office, 4, None, False)]
    assert look(numbers) == [(cast.office, 5, None, True)]


@pytest.mark.both
def test_lists_show_what_comes_and_what_was_in_few_queries(
    app: Flask, browse: Browse, cast: Cast, visit: int, count_queries: Count
) -> None:
    change(app, lambda: [builders.event(project_id=cast.project, de=f"Treffen {number}") for number in range(60)])
    browser = browse(cast.coordinator)

    with count_queries() as asked:
        to_come = browser.get("/events/?lang=en")
    past = browser.get("/events/?which=past&lang=en")

    assert len(asked) <= MOST_QUERIES
    assert to_come.text.count('<th scope="row">') == 50
    assert "Visit" in past.text
    assert past.text.count('<th scope="row">') == 1


def test_somebody_elses_change_is_shown_beside(browse: Browse, cast: Cast, visit: int) -> None:
    browser = browse(cast.coordinator)
    browser.post(f"/events/{visit}/edit", data=form(cast, version="1", begins_at=""))

    late = browser.post(f"/events/{visit}/edit?lang=en", data=form(cast, version="1", begins_at="", place="Calden"))

    assert late.status_code == 200
    assert "Kaufungen" in late.text
