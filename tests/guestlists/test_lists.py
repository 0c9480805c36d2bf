"""The pages of a long list: read page by page, counted, printed to be signed."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests import builders
from tests.conftest import Cast, change
from tracker.attendance.models import Answer
from tracker.db import PartialDate, db
from tracker.events.models import Delegation, Event
from tracker.guestlists.counting import by_delegation
from tracker.organisations.models import Organisation
from tracker.participants.models import AgeBand, Gender, ParticipantRole
from tracker.projects.models import Project

Browse = Callable[..., FlaskClient]
Look = Callable[[Callable[[], Any]], Any]
Count = Callable[[], AbstractContextManager[list[str]]]

MOST_QUERIES = 10


@pytest.fixture
def camp(app: Flask, cast: Cast) -> int:
    """Give the id of a camp of three days: five young people of the partner, two of whom are named, and an artist."""

    def enter() -> int:
        days = {"begins_on": PartialDate("2017-08-12"), "ends_on": PartialDate("2017-08-14")}
        event = builders.event(project_id=cast.project, de="Lager", en="Camp", **days)
        project, here = db.session.get_one(Project, cast.project), db.session.get_one(Organisation, cast.here)
        builders.delegation(event, here, planned=4, actual=5, signed=4)
        youth: dict[str, Any] = {"organisation_id": here.id, "role": ParticipantRole.YOUTH, "age_band": AgeBand.YOUTH}
        builders.attendance(event, builders.participant(project, heads=3, **youth), Answer.CAME)
        for name, gender in (("Ioana Exemplu", Gender.FEMALE), ("Ana Exemplu", None)):
            who = builders.participant(project, person=builders.person(name), gender=gender, **youth)
            builders.attendance(event, who)
        artist = builders.participant(project, person=builders.person("Franz Musterer"), organisation_id=cast.office)
        builders.attendance(event, artist, Answer.INVITED)
        return event.id

    return int(change(app, enter))


@pytest.mark.both
def test_each_delegation_is_counted_beside_what_it_announced(camp: int, look: Look, cast: Cast) -> None:
    def counted() -> list[tuple[object, ...]]:
        event = db.session.get_one(Event, camp)
        rows = by_delegation(event, db.session.query(Delegation).all())
        return [
            (row.organisation.id if row.organisation else None, row.listed, row.coming, row.came, row.is_over_plan)
            for row in rows
        ]

    assert look(counted) == [(cast.here, 5, 5, 5, True), (cast.office, 1, 0, None, False)]


def test_the_page_of_the_event_shows_what_does_not_fit(browse: Browse, cast: Cast, camp: int) -> None:
    page = browse(cast.coordinator).get(f"/events/{camp}?lang=en").text

    assert "more than planned" in page
    assert "came and signed differ" in page


def test_the_signed_number_is_entered_afterwards(browse: Browse, cast: Cast, camp: int, look: Look) -> None:
    sent = {"organisation": cast.here, "planned": "4", "actual": "5", "signed": "5", "version": "1"}

    answer = browse(cast.coordinator).post("/delegations/1/edit", data=sent)

    assert answer.status_code == 302
    assert look(lambda: db.session.get_one(Delegation, 1).signed) == 5


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ("q=ioana", {"Ioana Exemplu"}),
        ("answer=invited", {"Franz Musterer"}),
        ("organisation=2", {"Ioana Exemplu", "Ana Exemplu"}),
        ("country=DE", {"Franz Musterer"}),
        ("", {"Ioana Exemplu", "Ana Exemplu", "Franz Musterer"}),
    ],
)
def test_the_list_is_narrowed_in_the_address(
    browse: Browse, cast: Cast, camp: int, asked: str, names: set[str]
) -> None:
    page = browse(cast.coordinator).get(f"/events/{camp}/guests/?lang=en&{asked}").text

    assert {name for name in ("Ioana Exemplu", "Ana Exemplu", "Franz Musterer") if name in page} == names


def test_a_partner_reads_no_names_of_others(browse: Browse, cast: Cast, camp: int) -> None:
    browser = browse(cast.partner)

    pages = [browser.get(f"/events/{camp}/guests/{page}").text for page in ("", "numbers", "to-sign")]

    assert ["Ioana Exemplu" in page for page in pages] == [True, False, True]
    assert not any("Franz Musterer" in page for page in pages)


@pytest.mark.both
def test_heads_are_told_by_country_age_and_gender(browse: Browse, cast: Cast, camp: int, look: Look) -> None:
    browser = browse(cast.coordinator)
    country = {"RO": "Romania"}[look(lambda: db.session.get_one(Organisation, cast.here).country)]

    answer = browser.get(f"/events/{camp}/guests/heads?as=csv&lang=en")
    by_day = browser.get(f"/events/{camp}/guests/days?as=csv&lang=en")

    assert answer.content_type == "text/csv; charset=utf-8"
    assert answer.text.splitlines() == [
        "\ufeffCountry,Age,female,not said,Together",
        f"{country},14 to 17,1,4,5",
        "Together,,1,4,5",
    ]
    assert by_day.text.splitlines() == [
        f"\ufeffDay,{country},Together",
        "12/08/2017,5,5",
        "13/08/2017,5,5",
        "14/08/2017,5,5",
    ]


def test_a_list_to_sign_speaks_two_languages(browse: Browse, cast: Cast, camp: int) -> None:
    page = browse(cast.coordinator).get(f"/events/{camp}/guests/to-sign?lang=de&organisation=2&second=en&empty=2").text

    assert 'Unterschrift / <span lang="en">Signature</span>' in page
    assert 'Lager / <span lang="en">Camp</span>' in page
    # Two with names, three heads, two lines more.
    assert page.count('<tr><td class="number">') == 7
    assert page.index("Ana Exemplu") < page.index("Ioana Exemplu")
    assert "Franz Musterer" not in page


def test_who_was_announced_without_a_name_gets_a_line(app: Flask, browse: Browse, cast: Cast) -> None:
    def enter() -> int:
        event = builders.event(project_id=cast.project)
        builders.delegation(event, db.session.get_one(Organisation, cast.here), planned=6)
        return event.id

    event_id = change(app, enter)

    page = browse(cast.coordinator).get(f"/events/{event_id}/guests/to-sign?days=y").text

    assert "kern-error" not in page
    assert page.count('<tr><td class="number">') == 6
    assert page.count("sheet__day") == 3


@pytest.mark.both
@pytest.mark.parametrize("page", ["", "/guests/", "/guests/numbers", "/guests/to-sign"])
def test_two_hundred_guests_cost_as_many_queries_as_six(  # noqa: PLR0917 - fixtures
    app: Flask, browse: Browse, cast: Cast, camp: int, count_queries: Count, page: str
) -> None:
    browser = browse(cast.coordinator)
    with count_queries() as few:
        browser.get(f"/events/{camp}{page}")

    def fill() -> None:
        event, project = db.session.get_one(Event, camp), db.session.get_one(Project, cast.project)
        for number in range(20):
            body = builders.organisation()
            builders.delegation(event, body)
            for one in range(10):
                who = builders.person(f"Gast {number} {one}")
                builders.attendance(event, builders.participant(project, person=who, organisation_id=body.id))

    change(app, fill)
    with count_queries() as many:
        answer = browser.get(f"/events/{camp}{page}")

    assert len(many) == len(few)
    assert len(many) <= MOST_QUERIES
    assert answer.status_code == 200
