"""What pages about events may cost: a festival of two thousand guests, and somebody who went to events for years."""

import gzip
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest
from flask import Flask
from flask.testing import FlaskClient

from bench.event_pages import FETCHES, MONTH
from bench.gatherings import DELEGATIONS, Gathered, gather
from tests import builders
from tests.conftest import Cast
from tracker import clock
from tracker.accounts.rules import hash_of
from tracker.calendar.models import Feed
from tracker.db import PartialDate, db, writing
from tracker.organisations.models import Organisation
from tracker.people.models import Person
from tracker.projects.models import Project

PAGES = (
    "/events/{event}",
    "/events/{event}/guests/",
    "/events/{event}/guests/numbers",
    "/people/{person}",
    "/calendar/?month=" + MONTH,
    "/calendar/?month=" + MONTH + "&view=list",
)
MOST_QUERIES, MOST_KB = 10, 60
Browse = Callable[..., FlaskClient]
Count = Callable[[], AbstractContextManager[list[str]]]


@pytest.fixture
def small(app: Flask, cast: Cast) -> Gathered:
    """Give an event in the same month, with one thing of each kind."""
    with app.app_context(), writing():
        project, here = db.session.get_one(Project, cast.project), db.session.get_one(Organisation, cast.here)
        first = PartialDate(f"{MONTH}-07")
        event = builders.event(project=project, begins_on=first, ends_on=None)
        builders.item(event)
        builders.delegation(event, here)
        guest = builders.participant(project, person=db.session.get_one(Person, cast.partner), organisation_id=here.id)
        builders.attendance(event, guest)
        builders.led_to(f"project:{project.id}", f"event:{event.id}")
        address = Feed(person_id=cast.coordinator, project_id=project.id, created_at=clock.now())
        address.secret_hash = hash_of("few")
        db.session.add(address)
        db.session.commit()
        return Gathered(event.id, project.id)


def costs(browser: FlaskClient, count: Count, event: int, person: int) -> Iterator[tuple[str, int, int]]:
    """Yield each page, its queries and its bytes when compressed."""
    for page in PAGES:
        with count() as asked:
            answer = browser.get(page.format(event=event, person=person))
        assert answer.status_code == 200, page
        yield page, len(asked), len(gzip.compress(answer.data))


def test_pages_of_two_thousand_guests_stay_within_their_budgets(
    app: Flask, browse: Browse, cast: Cast, small: Gathered, count_queries: Count
) -> None:
    browser = browse(cast.coordinator)
    few = list(costs(browser, count_queries, small.event, cast.partner))
    with app.app_context(), writing():
        senders = [builders.organisation().id for _ in range(DELEGATIONS)]
        large = gather(senders, cast.partner, cast.coordinator, clock.now())
        db.session.commit()
    many = list(costs(browser, count_queries, large.event, cast.partner))
    fetched = browse().get(FETCHES[0].path)

    assert [queries for _page, queries, _size in many] == [queries for _page, queries, _size in few]
    assert [page for page, queries, _size in many if queries > MOST_QUERIES] == []
    assert [page for page, _queries, size in many if size > MOST_KB * 1000] == []
    # Else nothing would have been measured.
    assert sum(size for _, _, size in many) > 1.5 * sum(size for _, _, size in few)
    assert fetched.data.count(b"BEGIN:VEVENT") == 2_000
    assert len(gzip.compress(fetched.data)) <= MOST_KB * 1000
