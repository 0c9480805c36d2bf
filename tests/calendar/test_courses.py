"""Projects over the years: where bars and marks stand, and what their page costs."""

import gzip
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests import builders
from tests.conftest import Cast
from tracker.calendar.courses import Bar, Years, drawn, events_of
from tracker.db import PartialDate, db, writing
from tracker.organisations.models import Organisation
from tracker.projects.models import Project, ProjectStatus

Browse = Callable[..., FlaskClient]
Count = Callable[[], AbstractContextManager[list[str]]]

TODAY = date(2027, 1, 1)
MOST_QUERIES = 10
MOST_BYTES = 60_000


@pytest.mark.usefixtures("unit")
def test_bars_reach_as_far_as_dates_are_known() -> None:
    whole = builders.project(begins=PartialDate("2017"), ends=PartialDate("2026-12-31"))
    running = builders.project(begins=PartialDate("2022-01-01"))
    over = builders.project(begins=PartialDate("2022-01-01"), status=ProjectStatus.COMPLETED)
    unknown = builders.project()

    years, courses = drawn([whole, running, over, unknown], {}, TODAY)

    assert (years.first, years.last) == (date(2017, 1, 1), TODAY)
    assert [course.bar for course in courses] == [
        Bar(2.0, 95.97, is_open=False),
        Bar(50.0, 48.0, is_open=True),
        Bar(50.0, 0.8, is_open=False),
        None,
    ]


@pytest.mark.usefixtures("unit")
def test_events_stand_in_their_middle_the_newest_are_named() -> None:
    project = builders.project(begins=PartialDate("2027"), ends=PartialDate("2027"))
    for month in range(1, 7):
        builders.event(project=project, de=f"Monat {month}", begins_on=PartialDate(f"2027-0{month}"), ends_on=None)

    _years, (course,) = drawn([project], events_of([project.id]), TODAY)

    assert [str(event.title) for event in course.named] == ["Monat 3", "Monat 4", "Monat 5", "Monat 6"]
    assert [mark.x for mark in course.marks][:2] == [5.96, 13.6]


def test_ticks_are_few() -> None:
    assert Years(date(2025, 5, 1), date(2027, 2, 1)).ticks == [(38.69, 2026), (93.36, 2027)]
    assert [year for _x, year in Years(date(1992, 1, 1), date(2027, 1, 1)).ticks] == [2000, 2010, 2020]


@pytest.mark.both
def test_each_sees_the_projects_they_may_know_of(app: Flask, cast: Cast, browse: Browse) -> None:
    with app.app_context(), writing():
        here, other = db.session.get_one(Project, cast.project), db.session.get_one(Project, cast.other_project)
        builders.event(project=here, de="Malwoche")
        builders.event(project=other, de="Radtour")
        db.session.commit()

    def seen(person: int, more: str = "") -> list[bool]:
        page = browse(person).get(f"/projects/timeline?{more}").text
        return [f">{word}<" in page for word in ("Euarca", "Malwoche", "Radweg", "Radtour")]

    assert seen(cast.coordinator) == [True] * 4
    assert seen(cast.partner) == [True, True, False, False]
    assert seen(cast.reader, f"organisation={cast.elsewhere}") == [False, False, True, True]


def test_200_projects_are_small_and_ask_little(app: Flask, cast: Cast, browse: Browse, count_queries: Count) -> None:
    browser, asked = browse(cast.coordinator), []
    for more in (1, 200):
        with app.app_context(), writing():
            kassel = db.session.get_one(Organisation, cast.office)
            for number in range(more):
                year = PartialDate(str(1990 + number % 30))
                project = builders.project(de=f"Vorhaben {number}", begins=year, organisations=[kassel])
                for one in range(3):
                    builders.event(project=project, de=f"Treffen {one}", begins_on=year, ends_on=None)
            db.session.commit()
        with count_queries() as statements:
            page = browser.get("/projects/timeline")
        asked.append(len(statements))
        assert len(gzip.compress(page.data)) < MOST_BYTES

    assert len(set(asked)) == 1
    assert asked[0] <= MOST_QUERIES
