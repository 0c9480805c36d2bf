"""The calendar's pages, asked as each of the cast."""

import gzip
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests import builders
from tests.conftest import Cast
from tracker.db import PartialDate, db, writing
from tracker.events.models import EventStatus
from tracker.organisations.models import ClosedDay, Organisation
from tracker.projects.models import Project

Browse = Callable[..., FlaskClient]
Count = Callable[[], AbstractContextManager[list[str]]]

APRIL = "/calendar/?month=2027-04&lang=en"
MOST_QUERIES = 10
MOST_BYTES = 60_000


@pytest.fixture
def spring(app: Flask, cast: Cast) -> Cast:
    """Bring in an April with something of each kind, in the partner's project and in the other one."""
    with app.app_context(), writing():
        here, other = db.session.get_one(Project, cast.project), db.session.get_one(Project, cast.other_project)
        builders.milestone(here, de="Rahmen bestellt", due_on=date(2027, 4, 16))
        builders.milestone(other, de="Strecke gewählt", due_on=date(2027, 4, 16))
        first, last = PartialDate("2027-03-30"), PartialDate("2027-04-02")
        builders.event(project=here, de="Malwoche", begins_on=first, ends_on=last)
        day = PartialDate("2027-04-20")
        builders.event(project=other, de="Radtour", begins_on=day, ends_on=None, status=EventStatus.CANCELLED)
        builders.event(project=here, de="Ungefähr", begins_on=PartialDate("2027-04"), ends_on=None)
        builders.event(project=other, de="Vielleicht", begins_on=PartialDate("2027-04"), ends_on=None)
        builders.event(project=here, de="Irgendwann", begins_on=PartialDate("2027"), ends_on=None)
        closed = ClosedDay(from_on=date(2027, 4, 9), until_on=date(2027, 4, 12), label="Inventur")
        db.session.get_one(Organisation, cast.here).closed_days = [closed]
        db.session.commit()
    return cast


@pytest.mark.both
def test_a_month_shows_events_milestones_and_days_off(spring: Cast, browse: Browse) -> None:
    page = browse(spring.coordinator).get(APRIL).text

    shown = {word: page.count(f">{word}<") for word in ("Malwoche", "Rahmen bestellt", "Radtour", "Strecke gewählt")}
    assert shown == {"Malwoche": 2, "Rahmen bestellt": 1, "Radtour": 1, "Strecke gewählt": 1}
    assert page.count("Inventur") == 4
    assert ("Ostermontag" in page, "Ungefähr" in page, "Irgendwann" in page) == (False, True, False)
    assert "Húsvét" not in page
    assert "Vinerea Mare" in page


@pytest.mark.both
def test_a_partner_sees_what_is_theirs(spring: Cast, browse: Browse) -> None:
    page = browse(spring.partner).get(APRIL).text

    words = ("Malwoche", "Rahmen bestellt", "Ungefähr", "Radtour", "Strecke gewählt", "Vielleicht", "Radweg")
    assert [word for word in words if word in page] == ["Malwoche", "Rahmen bestellt", "Ungefähr"]


@pytest.mark.both
def test_the_address_narrows_it(spring: Cast, browse: Browse) -> None:
    browser = browse(spring.coordinator)

    def said(more: str) -> list[bool]:
        page = browser.get(f"{APRIL}&view=list{more}").text
        return [f">{word}<" in page for word in ("Malwoche", "Radtour", "Rahmen bestellt", "Bistrița-Năsăud")]

    # The organisation is also named by the filter, but not linked there.
    assert said("")[:3] == [True, True, True]
    assert said(f"&project={spring.project}")[:3] == [True, False, True]
    assert said("&kind=milestone")[:3] == [False, False, True]
    assert said(f"&organisation={spring.elsewhere}")[:3] == [False, True, False]
    assert said("&kind=nonsense&project=99999")[:3] == [True, True, True]


def test_a_month_that_is_none_is_this_one(cast: Cast, browse: Browse) -> None:
    browser = browse(cast.reader)

    for text in ("2027-13", "0000-00", "x", "99999999-01", "1899-12", "²027-04"):
        assert 'aria-current="date"' in browser.get("/calendar/", query_string={"month": text}).text


def test_the_calendar_ends_somewhere(cast: Cast, browse: Browse) -> None:
    browser = browse(cast.reader)

    assert 'rel="prev"' not in browser.get("/calendar/?month=1900-01").text
    assert 'rel="next"' not in browser.get("/calendar/?month=2199-12").text


def test_a_month_with_300_entries_is_small_and_asks_little(
    app: Flask, cast: Cast, browse: Browse, count_queries: Count
) -> None:
    def grow(number: int) -> None:
        with app.app_context(), writing():
            project = db.session.get_one(Project, cast.project)
            for one in range(number):
                day = date(2027, 4, 1) + timedelta(days=one % 28)
                builders.milestone(project, de=f"Meilenstein Nummer {one} des Aufbaus", due_on=day)
                on = PartialDate.of(day)
                builders.event(project=project, de=f"Begegnung {one} im Kreis", begins_on=on, ends_on=None)
            db.session.commit()

    browser, asked = browse(cast.coordinator), []
    for more in (1, 149):
        grow(more)
        for view in ("", "&view=list"):
            with count_queries() as statements:
                page = browser.get(f"{APRIL}{view}")
            asked.append(len(statements))
            assert len(gzip.compress(page.data)) < MOST_BYTES

    assert len(set(asked)) == 1
    assert asked[0] <= MOST_QUERIES
