"""Who comes to an event, asked in a browser and with rows."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from tests import builders
from tests.conftest import Cast, change
from tracker.attendance import queries
from tracker.attendance.models import Answer, Attendance
from tracker.attendance.rules import presence
from tracker.db import PartialDate, db
from tracker.events.models import Event
from tracker.organisations.models import Organisation
from tracker.participants.models import AgeBand, Participant
from tracker.projects.models import Project

Browse = Callable[..., FlaskClient]
Look = Callable[[Callable[[], Any]], Any]
Count = Callable[[], AbstractContextManager[list[str]]]

MOST_QUERIES = 10


@pytest.fixture
def camp(app: Flask, cast: Cast) -> int:
    """Give the id of a camp from the 12th to the 14th; five heads and an artist take part in its project."""

    def enter() -> int:
        days = {"begins_on": PartialDate("2017-08-12"), "ends_on": PartialDate("2017-08-14")}
        event = builders.event(project_id=cast.project, de="Lager", **days)
        project = db.session.get_one(Project, cast.project)
        builders.participant(project, heads=5, organisation_id=cast.here)
        builders.participant(project, person=builders.person("Franz Musterer"), organisation_id=cast.office)
        return event.id

    return int(change(app, enter))


def kept() -> list[tuple[object, ...]]:
    """Return what is kept of those who come."""
    rows = db.session.scalars(sa.select(Attendance).order_by(Attendance.id))
    return [(row.participant_id, row.answer, row.heads, row.archived_at is None) for row in rows]


@pytest.mark.both
def test_those_of_the_project_are_put_on_the_list_together(browse: Browse, cast: Cast, camp: int, look: Look) -> None:
    browser = browse(cast.coordinator)
    sent = {"participants": ["1", "2"], "answer": "coming", "submission": "key-1"}

    answer = browser.post(f"/events/{camp}/guests/invite", data=sent)
    again = browser.post(f"/events/{camp}/guests/invite", data=sent)

    assert answer.status_code == 302
    assert again.status_code == 200  # nobody is left to choose from
    assert look(kept) == [(1, Answer.COMING, None, True), (2, Answer.COMING, None, True)]


@pytest.mark.both
def test_somebody_new_takes_part_in_the_project_and_comes(browse: Browse, cast: Cast, camp: int, look: Look) -> None:
    sent = {
        "role": "youth",
        "heads": "12",
        "organisation": cast.here,
        "answer": "came",
        "age_band": "youth",
        "gender": "",
        "submission": "key-2",
    }

    answer = browse(cast.coordinator).post(f"/events/{camp}/guests/new", data=sent)

    assert answer.status_code == 302
    assert look(kept) == [(3, Answer.CAME, None, True)]
    one = look(lambda: db.session.get_one(Participant, 3))
    assert (one.project_id, one.event_id, one.heads, one.age_band, one.gender) == (
        cast.project,
        None,
        12,
        AgeBand.YOUTH,
        None,
    )


def test_no_more_come_than_take_part(app: Flask, browse: Browse, cast: Cast, camp: int, look: Look) -> None:
    change(app, lambda: builders.attendance(db.session.get_one(Event, camp), db.session.get_one(Participant, 1)))
    sent = {"answer": "came", "heads": "6", "version": "1"}

    answer = browse(cast.coordinator).post("/guests/1/edit?lang=en", data=sent)

    assert "Only 5 take part." in answer.text
    assert look(kept) == [(1, Answer.COMING, None, True)]


def test_a_stay_lies_near_the_event(app: Flask, browse: Browse, cast: Cast, camp: int) -> None:
    change(app, lambda: builders.attendance(db.session.get_one(Event, camp), db.session.get_one(Participant, 2)))
    sent = {"answer": "coming", "arrives_on": "2017-08-14", "leaves_on": "2017-08-13", "version": "1"}

    answer = browse(cast.coordinator).post("/guests/1/edit?lang=en", data=sent)

    assert "They would leave before they arrive." in answer.text


def test_nobody_is_in_two_places_at_once(app: Flask, browse: Browse, cast: Cast, camp: int, look: Look) -> None:
    def enter() -> None:
        artist = db.session.get_one(Participant, 2)
        elsewhere = builders.project(de="Anderes")
        days = {"begins_on": PartialDate("2017-08-14"), "ends_on": PartialDate("2017-08-20")}
        other = builders.event(project_id=elsewhere.id, de="Tagung", **days)
        there = builders.participant(elsewhere, person=artist.person)
        builders.attendance(other, there, Answer.COMING)

    change(app, enter)
    sent = {"participants": ["2"], "answer": "coming", "submission": "key-3"}

    browser = browse(cast.coordinator)
    answer = browser.post(f"/events/{camp}/guests/invite?lang=en", data=sent)

    assert "On these days they are at “Tagung”." in answer.text
    assert len(look(kept)) == 1

    browser.post(f"/events/{camp}/guests/invite", data=sent | {"anyway": "y"})
    assert len(look(kept)) == 2


@pytest.mark.both
def test_no_more_come_than_there_are_places_but_who_came_came(
    app: Flask, browse: Browse, cast: Cast, camp: int, look: Look
) -> None:
    def enter() -> None:
        event = db.session.get_one(Event, camp)
        event.places = 5
        builders.attendance(event, db.session.get_one(Participant, 1))
        builders.attendance(event, db.session.get_one(Participant, 2), Answer.INVITED)

    change(app, enter)
    browser = browse(cast.coordinator)
    pages = [
        browser.post("/guests/2/edit?lang=en", data={"answer": answer, "version": "1"}) for answer in ("coming", "came")
    ]

    assert "There are not so many places: 0 of 5 are free." in pages[0].text
    assert [answer for _id, answer, *_rest in look(kept)] == [Answer.COMING, Answer.CAME]


def test_who_was_taken_off_the_list_can_be_put_on_it_again(
    app: Flask, browse: Browse, cast: Cast, camp: int, look: Look
) -> None:
    change(app, lambda: builders.attendance(db.session.get_one(Event, camp), db.session.get_one(Participant, 2)))
    browser = browse(cast.coordinator)

    browser.post("/guests/1/take-off")
    gone = look(kept)
    browser.post(
        f"/events/{camp}/guests/invite", data={"participants": ["2"], "answer": "invited", "submission": "key-4"}
    )

    assert gone == [(2, Answer.COMING, None, False)]
    assert look(kept) == [(2, Answer.INVITED, None, True)]


def test_heads_are_counted_by_country_and_day(unit: None) -> None:
    days = {"begins_on": PartialDate("2017-08-12"), "ends_on": PartialDate("2017-08-14")}
    project = builders.project()
    event = builders.event(project_id=project.id, **days)
    italy, germany = builders.organisation(country="IT"), builders.organisation(country="DE")
    many = builders.participant(project, heads=5, organisation_id=italy.id)
    one = builders.participant(project, person=builders.person(), organisation_id=germany.id)
    builders.attendance(event, many, heads=4, leaves_on=date(2017, 8, 13))
    builders.attendance(event, one, arrives_on=date(2017, 8, 13))
    builders.attendance(event, builders.participant(project, heads=9), Answer.INVITED)

    there = presence(event, queries.stays(event))

    assert there.countries == ["IT", "DE"]
    assert [(there.at("IT", day), there.at("DE", day), there.on(day)) for day in there.days] == [
        (4, 0, 4),
        (4, 1, 5),
        (0, 1, 1),
    ]


def test_a_partner_reads_the_names_of_their_own_and_heads_of_others(
    app: Flask, browse: Browse, cast: Cast, camp: int
) -> None:
    def enter() -> None:
        event, project = db.session.get_one(Event, camp), db.session.get_one(Project, cast.project)
        there = db.session.get_one(Organisation, cast.here)
        own = builders.participant(project, person=builders.person("Ioana Exemplu"), organisation_id=there.id)
        for participant in (db.session.get_one(Participant, 2), own):
            builders.attendance(event, participant, room="Zimmer 7")

    change(app, enter)

    page = browse(cast.partner).get(f"/events/{camp}?lang=en").text

    assert "Ioana Exemplu" in page
    assert "Franz Musterer" not in page
    assert page.count("Zimmer 7") == 1


@pytest.mark.both
def test_the_page_of_an_event_costs_the_same_for_a_thousand(
    app: Flask, browse: Browse, cast: Cast, camp: int, count_queries: Count
) -> None:
    browser = browse(cast.coordinator)
    change(app, lambda: builders.attendance(db.session.get_one(Event, camp), db.session.get_one(Participant, 1)))
    with count_queries() as few:
        browser.get(f"/events/{camp}")

    def fill() -> None:
        event, project = db.session.get_one(Event, camp), db.session.get_one(Project, cast.project)
        for number in range(100):
            who = builders.person(f"Gast {number}")
            builders.attendance(event, builders.participant(project, person=who, organisation_id=cast.here))

    change(app, fill)
    with count_queries() as many:
        browser.get(f"/events/{camp}")

    assert len(few) == len(many) <= MOST_QUERIES
