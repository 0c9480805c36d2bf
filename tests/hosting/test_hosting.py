"""Who takes guests in, and what does not fit."""

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
from tracker import clock
from tracker.attendance.models import Answer, Attendance
from tracker.attendance.rules import called
from tracker.db import PartialDate, db
from tracker.events.models import Event
from tracker.hosting import queries
from tracker.hosting.models import HostOffer, Stay
from tracker.hosting.rules import placed
from tracker.mail.models import Message
from tracker.people.models import Person
from tracker.projects.models import Project

Browse = Callable[..., FlaskClient]
Look = Callable[[Callable[[], Any]], Any]
Count = Callable[[], AbstractContextManager[list[str]]]


@pytest.fixture
def camp(app: Flask, cast: Cast) -> int:
    """Give the id of a camp from the 12th to the 14th, to which an artist from Romania and five heads come."""

    def enter() -> int:
        days = {"begins_on": PartialDate("2017-08-12"), "ends_on": PartialDate("2017-08-14")}
        event = builders.event(project_id=cast.project, de="Lager", ro="Tabără", **days)
        project = db.session.get_one(Project, cast.project)
        artist = builders.person("Ioana Exemplu", language="ro", email="ioana@example.org")
        builders.attendance(event, builders.participant(project, person=artist, organisation_id=cast.here))
        builders.attendance(event, builders.participant(project, heads=5, organisation_id=cast.here))
        builders.person("Frau Wirtin", language="de", email="wirtin@example.org", phone="0561 1")
        return event.id

    return int(change(app, enter))


def id_of(name: str) -> int:
    """Return the id of a person."""
    return int(db.session.scalars(sa.text("SELECT id FROM person WHERE name = :name").bindparams(name=name)).one())


def kept() -> list[tuple[object, ...]]:
    """Return what is kept of offers and stays."""
    offers = db.session.scalars(sa.select(HostOffer).order_by(HostOffer.id))
    return [(row.places, [guest.id for guest in row.guests], row.archived_at is None) for row in offers]


@pytest.mark.both
def test_a_host_is_entered_once_with_who_stays_there(browse: Browse, cast: Cast, camp: int, look: Look) -> None:
    browser = browse(cast.coordinator)
    sent = {
        "person": look(lambda: id_of("Frau Wirtin")),
        "places": "2",
        "guests": ["1"],
        "language": "de",
        "submission": "key-1",
    }

    first = browser.post(f"/events/{camp}/hosts/new", data=sent)
    again = browser.post(f"/events/{camp}/hosts/new", data=sent)

    assert first.status_code == again.status_code == 302
    assert look(kept) == [(2, [1], True)]


@pytest.mark.parametrize(
    "case",
    [
        ({"person": ""}, "Please choose a person or an organisation, one of the two."),
        ({"places": "0"}, "Please write a number from 1"),
        ({"guests": ["77"]}, "Please choose something from the list."),
        ({"from_on": "2017-08-14", "until_on": "2017-08-13"}, "This is before the first day."),
        ({"from_on": "2017-08-15"}, "The event is over by then."),
        ({"until_on": "2017-08-11"}, "The event has not begun by then."),
        ({"conditions": "x" * 1_000_000}, "This is too long"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_kept(
    browse: Browse, cast: Cast, camp: int, look: Look, case: tuple[dict[str, object], str]
) -> None:
    wrong, sentence = case
    right = {"person": look(lambda: id_of("Frau Wirtin")), "places": "2", "language": "de"}

    answer = browse(cast.coordinator).post(f"/events/{camp}/hosts/new?lang=en", data=right | wrong)

    assert sentence in answer.text
    assert look(kept) == []


def test_both_sides_are_told_once_each_in_their_language(
    app: Flask, browse: Browse, cast: Cast, camp: int, look: Look
) -> None:
    def enter() -> int:
        event, guest = db.session.get_one(Event, camp), db.session.get_one(Attendance, 1)
        host = db.session.get_one(Person, id_of("Frau Wirtin"))
        return builders.host_offer(event, host, [guest], conditions="Zwei Katzen").id

    offer = change(app, enter)
    browser = browse(cast.coordinator)
    page = browser.get(f"/hosts/{offer}/tell").text

    browser.post(f"/hosts/{offer}/tell", data={"submission": "key-2"})
    browser.post(f"/hosts/{offer}/tell", data={"submission": "key-3"})

    wanted = (Message.address, Message.language, Message.text)
    letters = look(lambda: db.session.execute(sa.select(*wanted)).all())
    assert look(lambda: set(db.session.scalars(sa.select(Message.attached)))) == {f"event:{camp}"}
    assert "Zwei Katzen" in page
    assert sorted((address, language) for address, language, _text in letters) == [
        ("ioana@example.org", "ro"),
        ("wirtin@example.org", "de"),
    ]
    texts = {address: text for address, _language, text in letters}
    assert "Ioana Exemplu" in texts["wirtin@example.org"]
    assert "0561 1" in texts["ioana@example.org"]
    assert "Tabără" in texts["ioana@example.org"]


def test_nobody_is_told_of_a_host_who_is_off_the_list(
    app: Flask, browse: Browse, cast: Cast, camp: int, look: Look
) -> None:
    def enter() -> int:
        event, host = db.session.get_one(Event, camp), db.session.get_one(Person, id_of("Frau Wirtin"))
        return builders.host_offer(event, host, archived_at=clock.now()).id

    offer = change(app, enter)
    browser = browse(cast.coordinator)

    assert browser.get(f"/hosts/{offer}/tell").status_code == 404
    assert browser.post(f"/hosts/{offer}/tell", data={"submission": "key-4"}).status_code == 404
    assert look(lambda: db.session.scalar(sa.select(sa.func.count()).select_from(Message))) == 0


def test_who_leaves_the_list_leaves_the_beds(app: Flask, browse: Browse, cast: Cast, camp: int, look: Look) -> None:
    def enter() -> int:
        event, guest = db.session.get_one(Event, camp), db.session.get_one(Attendance, 1)
        return builders.host_offer(event, builders.person(), [guest]).id

    offer = change(app, enter)

    browse(cast.coordinator).post(f"/hosts/{offer}/take-off")

    assert look(kept) == [(2, [], False)]
    assert look(lambda: db.session.scalars(sa.select(Stay.offer_id)).all()) == []


def test_what_does_not_fit_is_said(unit: None) -> None:
    days = {"begins_on": PartialDate("2017-08-12"), "ends_on": PartialDate("2017-08-14")}
    project = builders.project()
    event = builders.event(project_id=project.id, **days)
    late = builders.attendance(event, builders.participant(project, person=builders.person("Spät")))
    gone = builders.attendance(event, builders.participant(project, person=builders.person("Weg")), Answer.NOT_COMING)
    many = builders.attendance(event, builders.participant(project, heads=5))
    first, second = date(2017, 8, 13), date(2017, 8, 13)
    builders.host_offer(event, builders.person(), [late, gone], from_on=first, places=1)
    builders.host_offer(event, builders.person(), [late, many], until_on=second, places=3)
    builders.host_offer(event, builders.person(), [many], places=1)

    rows = placed(queries.of(event), {one.id: called(one.participant) for one in (late, gone, many)})

    assert [(row.heads, len(row.misfits)) for row in rows] == [(1, 3), (3, 4), (1, 1)]
    assert [any("Spät" in misfit for misfit in row.misfits) for row in rows] == [True, True, False]


@pytest.mark.both
def test_the_page_costs_the_same_for_many(
    app: Flask, browse: Browse, cast: Cast, camp: int, count_queries: Count
) -> None:
    browser = browse(cast.coordinator)

    def enter(number: int) -> None:
        event, project = db.session.get_one(Event, camp), db.session.get_one(Project, cast.project)
        for _ in range(number):
            guest = builders.attendance(event, builders.participant(project, person=builders.person()))
            builders.host_offer(event, builders.person(), [guest])

    change(app, lambda: enter(1))
    with count_queries() as few:
        browser.get(f"/events/{camp}/hosts/")
    change(app, lambda: enter(30))
    with count_queries() as many:
        page = browser.get(f"/events/{camp}/hosts/")

    assert page.status_code == 200
    assert len(few) == len(many) <= 10


def test_partners_and_readers_do_not_see_hosts(browse: Browse, cast: Cast, camp: int) -> None:
    answers = [browse(who).get(f"/events/{camp}/hosts/").status_code for who in (cast.partner, cast.reader)]

    assert answers == [403, 403]
