"""Calendars that other programs fetch: whose they are, what is in them, and when there is nothing new."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, time, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from tests import builders
from tests.calendar.reading import Part, begin_of, read
from tests.conftest import Cast
from tracker import clock
from tracker.calendar.models import Feed
from tracker.db import PartialDate, db, writing
from tracker.events.models import EventStatus
from tracker.people.models import Contact, Person
from tracker.projects.models import Project
from tracker.web import kept

Browse = Callable[..., FlaskClient]
Look = Callable[[Callable[[], Any]], Any]
Count = Callable[..., AbstractContextManager[list[str]]]

OWN = "/settings/calendar"
MOST_QUERIES = 10


@pytest.fixture
def summer(app: Flask, cast: Cast) -> Cast:
    """Bring in what is to come, in the partner's project and in the other one."""
    with app.app_context(), writing():
        here, other = db.session.get_one(Project, cast.project), db.session.get_one(Project, cast.other_project)
        values: dict[str, Any] = {"begins_on": PartialDate("2027-08-12"), "ends_on": PartialDate("2027-08-27")}
        values |= {"begins_at": time(14), "ends_at": time(18), "place": "Kaufungen", "address": "Hof 1; hinten, links"}
        builders.event(project=here, de="Malwoche", ro="Săptămâna picturii", **values)
        builders.event(project=other, de="Radtour", begins_on=PartialDate("2027-05-01"), ends_on=None)
        status = EventStatus.CANCELLED
        builders.event(project=here, de="Fest", begins_on=PartialDate("2027-06-01"), ends_on=None, status=status)
        builders.event(project=here, de="Irgendwann", begins_on=PartialDate("2027"), ends_on=None)
        builders.event(project=here, de="Bis wann?", begins_on=PartialDate("2027-09-01"), ends_on=PartialDate("2027"))
        builders.event(project=here, de="Abgelegt", archived_at=clock.now())
        db.session.commit()
    return cast


def made(browser: FlaskClient, at: str = OWN) -> str:
    """Make an address and return its path."""
    page = browser.post(at, data={"make": "y"}).text
    found = re.search(r"/calendar/[\w-]{43}\.ics", page)
    assert found
    return found[0]


def titles(calendar: Part) -> list[str]:
    """Return what stands in a calendar."""
    return sorted(event.value("SUMMARY") for event in calendar.of("VEVENT"))


@pytest.mark.both
def test_a_person_fetches_what_is_theirs_in_their_language(summer: Cast, browse: Browse) -> None:
    path = made(browse(summer.partner))

    answer = browse().get(path)

    calendar = read(answer.data)
    assert answer.content_type == "text/calendar; charset=utf-8"
    assert titles(calendar) == ["Fest", "Künstler benannt", "Săptămâna picturii"]
    event = next(one for one in calendar.of("VEVENT") if one.value("SUMMARY").startswith("S"))
    assert event.values["SUMMARY"][0] == {"LANGUAGE": "ro"}
    assert begin_of(event, calendar).isoformat() == "2027-08-12T14:00:00+02:00"
    assert (event.value("LOCATION"), event.value("STATUS")) == ("Kaufungen, Hof 1; hinten, links", "TENTATIVE")
    cancelled = next(one for one in calendar.of("VEVENT") if one.value("SUMMARY") == "Fest")
    assert cancelled.value("STATUS") == "CANCELLED"


@pytest.mark.both
def test_who_coordinates_fetches_all_their_projects(summer: Cast, browse: Browse) -> None:
    assert titles(read(browse().get(made(browse(summer.coordinator))).data)) == ["Fest", "Malwoche", "Radtour"]


@pytest.mark.both
def test_a_project_has_a_calendar_of_its_own(summer: Cast, browse: Browse) -> None:
    browser = browse(summer.reader)
    project, own = made(browser, f"/projects/{summer.other_project}/calendar"), made(browser)

    calendar = read(browse().get(project).data)

    assert (calendar.value("NAME"), titles(calendar)) == ("Radweg", ["Radtour"])
    assert browse().get(own).status_code == 200


@pytest.mark.both
def test_a_new_address_voids_the_old_one_and_off_voids_it_too(summer: Cast, browse: Browse, look: Look) -> None:
    browser, anybody = browse(summer.partner), browse()
    first, second = made(browser), made(browser)

    assert (anybody.get(first).status_code, anybody.get(second).status_code) == (404, 200)
    assert browser.post(OWN, data={"revoke": "y"}).location == OWN
    assert anybody.get(second).status_code == 404
    assert look(lambda: db.session.scalar(sa.select(sa.func.count()).select_from(Feed))) == 0


def test_the_database_does_not_hold_the_address(summer: Cast, browse: Browse, look: Look) -> None:
    browser = browse(summer.partner)
    secret = made(browser).removeprefix("/calendar/").removesuffix(".ics")

    kept = look(lambda: db.session.scalars(sa.select(Feed.secret_hash)).all())
    assert (len(kept), secret in kept, secret in browser.get(OWN).text) == (1, False, False)


@pytest.mark.both
@pytest.mark.parametrize("column", ["locked_at", "archived_at"])
def test_who_may_do_nothing_any_more_fetches_nothing(app: Flask, summer: Cast, browse: Browse, column: str) -> None:
    path = made(browse(summer.partner))
    tag = browse().get(path).headers["ETag"]
    with app.app_context(), writing():
        setattr(db.session.get_one(Person, summer.partner), column, clock.now())
        db.session.commit()

    answers = [browse().get(path, headers=more).status_code for more in ({}, {"If-None-Match": tag})]

    assert answers == [404, 404]


def test_who_left_the_organisation_fetches_no_more_of_its_project(app: Flask, summer: Cast, browse: Browse) -> None:
    browser = browse(summer.partner)
    own, project = made(browser), made(browser, f"/projects/{summer.project}/calendar")
    with app.app_context(), writing():
        contact = db.session.scalars(sa.select(Contact).where(Contact.person_id == summer.partner)).one()
        contact.until_on = clock.today("Europe/Berlin") - timedelta(days=1)
        db.session.commit()

    assert titles(read(browse().get(own).data)) == []
    assert browse().get(project).status_code == 404


@pytest.mark.both
def test_nothing_new_is_said_at_a_glance(app: Flask, summer: Cast, browse: Browse, count_queries: Count) -> None:
    path, anybody = made(browse(summer.partner)), browse()
    first = anybody.get(path)
    tag = {"If-None-Match": first.headers["ETag"]}

    with count_queries(of_kept=True) as asked:
        again = anybody.get(path, headers=tag)

    # The number of changes is looked at past SQLAlchemy, which is all that is asked.
    assert (again.status_code, again.data, asked) == (304, b"", [])
    assert (first.headers["Cache-Control"], again.headers["Cache-Control"]) == ("private", "private")
    assert "Set-Cookie" not in first.headers
    with app.app_context(), writing():
        builders.milestone(db.session.get_one(Project, summer.project), person=db.session.get(Person, summer.partner))
        db.session.commit()
    assert anybody.get(path, headers=tag).status_code == 200


def test_tomorrow_it_is_put_together_anew(summer: Cast, browse: Browse) -> None:
    path, anybody = made(browse(summer.partner)), browse()
    tag = {"If-None-Match": anybody.get(path).headers["ETag"]}
    clock.shift_by(timedelta(days=1))

    assert anybody.get(path, headers=tag).status_code == 200


def test_another_process_knows_what_somebody_has(
    app: Flask, summer: Cast, browse: Browse, count_queries: Count
) -> None:
    path, anybody = made(browse(summer.partner)), browse()
    first = anybody.get(path)
    kept.install(app)

    with count_queries() as asked:
        again = anybody.get(path, headers={"If-None-Match": first.headers["ETag"]})

    assert (again.status_code, len(asked)) == (304, 1)
    assert anybody.get(path).data == first.data


@pytest.mark.both
def test_it_is_put_together_once_until_something_changes(
    app: Flask, summer: Cast, browse: Browse, count_queries: Count
) -> None:
    path, anybody = made(browse(summer.partner)), browse()
    first = anybody.get(path)

    with count_queries(of_kept=True) as asked:
        again = anybody.get(path)

    assert (again.status_code, again.data, asked) == (200, first.data, [])
    enter_event(app, summer, "Nachlese")
    assert "Nachlese" in titles(read(anybody.get(path).data))


def enter_event(app: Flask, summer: Cast, title: str) -> None:
    """Enter an event that the partner's calendar shows."""
    with app.app_context(), writing():
        project = db.session.get_one(Project, summer.project)
        builders.event(project=project, de=title, begins_on=PartialDate("2027-10-01"), ends_on=None)
        db.session.commit()


def test_who_lets_it_be_put_together_too_often_waits(app: Flask, summer: Cast, browse: Browse) -> None:
    path, other = made(browse(summer.partner)), made(browse(summer.reader))
    anybody, codes = browse(), []

    for number in range(61):
        enter_event(app, summer, f"Treffen {number}")
        codes.append(anybody.get(path).status_code)

    assert (set(codes[:60]), codes[60], anybody.get(other).status_code) == ({200}, 429, 200)


def test_its_size_costs_no_query(app: Flask, summer: Cast, browse: Browse, count_queries: Count) -> None:
    path, anybody, asked = made(browse(summer.coordinator)), browse(), []
    for more in (1, 40):
        with app.app_context(), writing():
            project = db.session.get_one(Project, summer.project)
            for number in range(more):
                day = date(2027, 1, 1) + timedelta(days=number)
                builders.event(project=project, begins_on=PartialDate.of(day), ends_on=None)
            db.session.commit()
        with count_queries() as statements:
            read(anybody.get(path).data)
        asked.append(len(statements))

    assert asked[0] == asked[1]


@pytest.mark.both
def test_one_event_is_a_file(summer: Cast, browse: Browse) -> None:
    browser = browse(summer.partner)

    answer = browser.get("/events/1/calendar.ics?lang=de")

    assert titles(read(answer.data)) == ["Malwoche"]
    assert answer.headers["Content-Disposition"] == "attachment; filename=event-1.ics"
    assert "/events/1/calendar.ics" in browser.get("/events/1").text
    assert [browser.get(f"/events/{id_}/calendar.ics").status_code for id_ in (2, 4)] == [404, 404]
    assert "calendar.ics" not in browser.get("/events/4").text


def test_a_changed_event_keeps_its_name_and_counts_up(app: Flask, summer: Cast, browse: Browse) -> None:
    browser = browse(summer.coordinator)

    def seen() -> tuple[str, int]:
        (event,) = read(browser.get("/events/1/calendar.ics").data).of("VEVENT")
        return event.value("UID"), int(event.value("SEQUENCE"))

    uid, sequence = seen()
    browser.post("/events/1/archive")
    browser.post("/events/1/archive?back=y")
    assert seen() == (uid, sequence + 2)
