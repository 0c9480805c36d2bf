"""Pages of contributions, asked as each of the cast and as nobody."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from tests import builders
from tests.conftest import Cast, change, told
from tracker import clock
from tracker.contributions.models import Contribution, ContributionKind
from tracker.db import PartialDate, db
from tracker.organisations.models import Organisation
from tracker.projects.models import Project

Browse = Callable[..., FlaskClient]
Look = Callable[[Callable[[], Any]], Any]
Count = Callable[[], AbstractContextManager[list[str]]]

CAST = ("administrator", "coordinator", "reader", "partner", "stranger")
MOST_QUERIES = 8


def form(cast: Cast, **more: object) -> dict[str, object]:
    """Return what a browser sends that is right."""
    right = {
        "organisation": cast.here,
        "person": "",
        "kind": "cash",
        "summary-text": "Ein Zuschuss",
        "summary-language": "de",
        "amount": "1.234,50",
        "currency": "eur",
        "given_on": "4/2010",
        "thanked_on": "",
        "submission": "key-1",
    }
    return right | more


def kept() -> list[tuple[object, ...]]:
    """Return what is kept of every contribution, in the order of entering."""
    rows = db.session.scalars(sa.select(Contribution).order_by(Contribution.id))
    return [
        (row.organisation_id, row.kind.value, row.amount, row.currency, str(row.summary), str(row.given_on))
        for row in rows
    ]


@pytest.fixture
def rows(app: Flask, cast: Cast) -> dict[str, int]:
    """Give the ids of a contribution of each organisation to the project."""

    def enter() -> dict[str, int]:
        project = db.session.get_one(Project, cast.project)
        here, office = (db.session.get_one(Organisation, id_) for id_ in (cast.here, cast.office))
        return {
            "here": builders.contribution(project, here, "1200.5", currency="RON", de="Farben").id,
            "office": builders.contribution(
                project, office, "3500", de="Zuschuss", given_on=PartialDate("2010"), thanked_on=PartialDate("2010-05")
            ).id,
            "hours": builders.contribution(project, office, "40", kind=ContributionKind.HOURS, de="Aufbau").id,
        }

    return dict(change(app, enter))


def list_of(cast: Cast) -> str:
    """Return the address of the list."""
    return f"/projects/{cast.project}/contributions/?lang=en"


@pytest.mark.both
def test_each_of_the_cast_gets_their_pages(browse: Browse, cast: Cast, rows: dict[str, int]) -> None:
    paths = (list_of(cast), f"/projects/{cast.project}/contributions/new", f"/contributions/{rows['here']}/edit")

    statuses = {who: [browse(getattr(cast, who)).get(path).status_code for path in paths] for who in CAST}

    assert statuses == {
        "administrator": [200, 200, 200],
        "coordinator": [200, 200, 200],
        "reader": [200, 403, 403],
        "partner": [200, 403, 403],
        "stranger": [404, 404, 404],
    }


@pytest.mark.both
def test_a_partner_reads_what_their_own_organisation_gave(browse: Browse, cast: Cast, rows: dict[str, int]) -> None:
    pages = (list_of(cast), f"/projects/{cast.project}?lang=en", f"/organisations/{cast.here}?lang=en")

    seen = [browse(cast.partner).get(path).text for path in pages]
    office = browse(cast.partner).get(f"/organisations/{cast.office}?lang=en").text

    assert ["RON\xa01,200.50" in page for page in seen] == [True, True, True]
    assert ["€3,500" in page or "40 hours" in page for page in (*seen, office)] == [False, False, False, False]
    assert browse(cast.partner).get(f"/contributions/{rows['office']}/edit").status_code == 404


@pytest.mark.both
def test_the_office_reads_what_it_comes_to(browse: Browse, cast: Cast, rows: dict[str, int]) -> None:
    pages = (list_of(cast), f"/projects/{cast.project}?lang=en")

    for path in pages:
        page = browse(cast.reader).get(path).text
        assert "€3,500 · RON\xa01,200.50 · 40 hours" in page
        assert "Not thanked for 2 of 3 yet." in page


def test_an_organisation_shows_to_which_project_it_gave_what(browse: Browse, cast: Cast, rows: dict[str, int]) -> None:
    page = browse(cast.reader).get(f"/organisations/{cast.office}?lang=en").text

    assert "€3,500 · 40 hours" in page
    assert f"/projects/{cast.project}/contributions/?organisation={cast.office}" in page


@pytest.mark.both
def test_a_coordinator_enters_what_was_given(browse: Browse, cast: Cast, look: Look) -> None:
    answer = browse(cast.coordinator).post(f"/projects/{cast.project}/contributions/new?lang=de", data=form(cast))

    assert answer.location == f"/projects/{cast.project}/contributions/"
    assert look(kept) == [(cast.here, "cash", Decimal("1234.5"), "EUR", "Ein Zuschuss", "2010-04")]
    entered = look(lambda: db.session.scalars(sa.select(Contribution.id)).one())
    facts = {"kind": {"word": "ContributionKind.cash"}}
    assert look(told) == [("CONTRIBUTION_ENTERED", f"contribution:{entered}", f"project:{cast.project}", facts)]


def test_a_double_click_enters_one(browse: Browse, cast: Cast, look: Look) -> None:
    browser, path = browse(cast.coordinator), f"/projects/{cast.project}/contributions/new?lang=de"

    first, second = (browser.post(path, data=form(cast)) for _ in range(2))

    assert (first.status_code, first.location) == (302, second.location)
    assert len(look(kept)) == 1


def test_hours_and_things_of_unknown_worth_have_no_currency(browse: Browse, cast: Cast, look: Look) -> None:
    browser, path = browse(cast.coordinator), f"/projects/{cast.project}/contributions/new?lang=de"

    browser.post(path, data=form(cast, kind="hours", amount="1,5"))
    browser.post(path, data=form(cast, kind="in_kind", amount="", submission="key-2"))

    assert [row[1:4] for row in look(kept)] == [("hours", Decimal("1.5"), None), ("in_kind", None, None)]


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"amount": "-5"}, "Please write a number above zero."),
        ({"amount": "0"}, "Please write a number above zero."),
        ({"amount": "NaN"}, "This is not a number. Please write it like this: 1,234.50"),
        ({"amount": "1e5"}, "This is not a number. Please write it like this: 1,234.50"),
        ({"amount": "1.234,50"}, "This is not a number. Please write it like this: 1,234.50"),
        ({"amount": "1000000000"}, "This is too much. Please write a number below 1,000,000,000."),
        ({"amount": "9" * 400}, "This is too much. Please write a number below 1,000,000,000."),
        ({"amount": "12.345"}, "At most 2 digits are possible behind the decimal sign."),
        ({"amount": ""}, "Please write how much was given."),
        ({"kind": "nights", "amount": "1.5"}, "Please write a whole number."),
        ({"currency": "EUX"}, "This currency is not known. Please write three letters, such as EUR, HUF, RON or USD."),
        ({"currency": "XXX"}, "This currency is not known. Please write three letters, such as EUR, HUF, RON or USD."),
        ({"currency": ""}, "Please write in which currency."),
        ({"given_on": "2999"}, "This date has not come yet."),
        ({"thanked_on": "2009"}, "This is before it was given."),
        ({"summary-text": ""}, "This field is required."),
        ({"organisation": ""}, "This field is required."),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(
    browse: Browse, cast: Cast, look: Look, sent: dict[str, object], sentence: str
) -> None:
    good = {"amount": "1,234.50"}

    page = browse(cast.coordinator).post(
        f"/projects/{cast.project}/contributions/new?lang=en", data=form(cast, **(good | sent))
    )

    field = next(iter(sent))
    beside = page.text[page.text.index(f'id="{field}"') :]
    assert re.sub(r"<[^>]+>", "", beside).split(sentence)[0] != re.sub(r"<[^>]+>", "", beside)
    assert look(kept) == []


def test_somebody_of_another_organisation_did_not_give_it(browse: Browse, cast: Cast, look: Look) -> None:
    browser, path = browse(cast.coordinator), f"/projects/{cast.project}/contributions/new?lang=en"
    right = form(cast, amount="5")

    refused = browser.post(path, data=right | {"person": cast.stranger})
    taken = browser.post(path, data=right | {"person": cast.partner})

    assert "This person has no function at the organisation that gave it." in refused.text
    assert taken.status_code == 302
    assert look(lambda: db.session.scalars(sa.select(Contribution.person_id)).all()) == [cast.partner]


def test_a_thank_you_is_noted_once(browse: Browse, cast: Cast, rows: dict[str, int], look: Look) -> None:
    browser, path = browse(cast.coordinator), f"/contributions/{rows['here']}/thank"

    locations = [browser.post(f"{path}?next=/projects/{cast.project}").location for _ in range(2)]

    today = PartialDate.of(clock.today("Europe/Berlin"))
    assert locations == [f"/projects/{cast.project}"] * 2
    assert look(lambda: db.session.get_one(Contribution, rows["here"]).thanked_on) == today
    assert [line[0] for line in look(told)] == ["CONTRIBUTION_THANKED"]


def test_what_is_archived_counts_no_more_until_it_is_back(browse: Browse, cast: Cast, rows: dict[str, int]) -> None:
    browser = browse(cast.coordinator)

    browser.post(f"/contributions/{rows['office']}/archive")
    without, archive = browser.get(list_of(cast)).text, browser.get(f"{list_of(cast)}&archived=y").text
    browser.post(f"/contributions/{rows['office']}/archive?back=y")

    assert "€3,500" not in without
    assert "€3,500" in archive
    assert "€3,500" in browser.get(list_of(cast)).text


def test_what_somebody_else_changed_meanwhile_is_shown(
    browse: Browse, cast: Cast, rows: dict[str, int], look: Look
) -> None:
    browser, path = browse(cast.coordinator), f"/contributions/{rows['here']}/edit?lang=en"
    right = form(cast, amount="5", **{"summary-text": "Farben", "given_on": "", "currency": "RON"})

    first = browser.post(path, data=right | {"version": "1"})
    second = browser.post(path, data=right | {"version": "1", "amount": "7"})

    assert first.status_code == 302
    assert (second.status_code, look(lambda: kept()[0][2])) == (200, Decimal(5))
    assert [line[3] for line in look(told)] == [{"changes": {"amount": [None, None]}}]


@pytest.mark.parametrize(
    ("narrowed", "shown"),
    [
        ("not_thanked=y", {"Farben", "Aufbau"}),
        ("kind=hours", {"Aufbau"}),
        ("organisation={office}", {"Zuschuss", "Aufbau"}),
        ("sort=organisation", {"Farben", "Zuschuss", "Aufbau"}),
        ("sort=kind&descending=1", {"Farben", "Zuschuss", "Aufbau"}),
        ("sort=thanked", {"Farben", "Zuschuss", "Aufbau"}),
    ],
)
def test_the_list_is_narrowed_and_sorted(
    browse: Browse, cast: Cast, rows: dict[str, int], narrowed: str, shown: set[str]
) -> None:
    page = browse(cast.coordinator).get(f"{list_of(cast)}&{narrowed.format(office=cast.office)}").text

    assert {word for word in ("Farben", "Zuschuss", "Aufbau") if f">{word}" in page} == shown


@pytest.mark.both
def test_many_contributions_cost_as_many_queries_as_few(
    app: Flask, browse: Browse, cast: Cast, rows: dict[str, int], count_queries: Count
) -> None:
    browser = browse(cast.coordinator)
    paths = (list_of(cast), f"/projects/{cast.project}", f"/organisations/{cast.office}")

    def costs() -> list[int]:
        numbers = []
        for path in paths:
            with count_queries() as asked:
                assert browser.get(path).status_code == 200
            numbers.append(len(asked))
        return numbers

    def more() -> None:
        for _ in range(30):
            giver = builders.organisation()
            project = builders.project(organisations=[giver])
            builders.contribution(db.session.get_one(Project, cast.project), giver, person=builders.person(at=giver))
            builders.contribution(project, db.session.get_one(Organisation, cast.office), "12", currency="HUF")

    few = costs()
    change(app, more)

    assert costs() == few
    assert max(few) <= MOST_QUERIES
