"""Pages of agreements, asked as each of the cast."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from tests import builders
from tests.conftest import Cast, change, told
from tracker import clock
from tracker.agreements.models import Agreement
from tracker.db import PartialDate, db
from tracker.organisations.models import Organisation
from tracker.partnerships.models import Partnership

Browse = Callable[..., FlaskClient]
Look = Callable[[Callable[[], Any]], Any]
Count = Callable[[], AbstractContextManager[list[str]]]

MOST_QUERIES = 8


@pytest.fixture
def partnership(app: Flask, cast: Cast) -> int:
    """Give the id of a partnership of the office with the organisation here."""

    def enter() -> int:
        office, here = (db.session.get_one(Organisation, id_) for id_ in (cast.office, cast.here))
        return builders.partnership(office, here, de="Kassel und Bistrița").id

    return int(change(app, enter))


def entered(app: Flask, partnership: int, **values: Any) -> int:
    """Enter an agreement and return its id."""
    return int(change(app, lambda: builders.agreement(db.session.get_one(Partnership, partnership), **values).id))


def form(cast: Cast, **more: object) -> dict[str, object]:
    """Return what a browser sends that is right."""
    right = {
        "title-text": "Kooperationsvereinbarung",
        "title-language": "de",
        "summary-text": "Biomasse",
        "summary-language": "de",
        "signed_on": "10/1995",
        "place": "Bertinoro",
        "valid_until": "2035",
        "parties": [cast.office, cast.here],
        "languages": ["de", "ro"],
        "submission": "key-1",
    }
    return right | more


def beside(page: str) -> dict[str, str]:
    """Return field to the sentence beside it."""
    return dict(re.findall(r'id="([\w-]+)-error"><span [^>]*></span><span>(.*?)</span>', page))


def kept() -> list[tuple[object, ...]]:
    """Return what is kept of every agreement."""
    rows = db.session.scalars(sa.select(Agreement).order_by(Agreement.id))
    return [
        (
            str(row.title),
            str(row.signed_on),
            row.place,
            str(row.valid_until),
            row.languages,
            sorted(party.organisation_id for party in row.parties),
        )
        for row in rows
    ]


@pytest.mark.both
def test_a_coordinator_enters_an_agreement(browse: Browse, cast: Cast, look: Look, partnership: int) -> None:
    answer = browse(cast.coordinator).post(f"/partnerships/{partnership}/agreements/new?lang=de", data=form(cast))

    id_ = look(lambda: db.session.scalars(sa.select(Agreement.id)).one())
    assert answer.location == f"/agreements/{id_}"
    assert look(kept) == [
        ("Kooperationsvereinbarung", "1995-10", "Bertinoro", "2035", ["de", "ro"], sorted([cast.office, cast.here]))
    ]
    facts = {"title": "Kooperationsvereinbarung"}
    assert look(told) == [("AGREEMENT_ENTERED", f"agreement:{id_}", f"partnership:{partnership}", facts)]


def test_a_double_click_enters_one(browse: Browse, cast: Cast, look: Look, partnership: int) -> None:
    browser, path = browse(cast.coordinator), f"/partnerships/{partnership}/agreements/new?lang=de"

    first, second = (browser.post(path, data=form(cast)) for _ in range(2))

    assert (first.status_code, first.location) == (302, second.location)
    assert len(look(kept)) == 1


def test_the_same_agreement_is_entered_once(
    app: Flask, browse: Browse, cast: Cast, look: Look, partnership: int
) -> None:
    entered(app, partnership, de="Kooperationsvereinbarung", signed_on=PartialDate("1995-10"))
    other = entered(app, partnership, de="Anhang", signed_on=PartialDate("1995-10"))
    browser = browse(cast.coordinator)
    sent = form(cast) | {"title-text": "KOOPERATIONSvereinbarung"}

    pages = [
        browser.post(path, data=sent | more)
        for path, more in (
            (f"/partnerships/{partnership}/agreements/new?lang=en", {}),
            (f"/agreements/{other}/edit?lang=en", {"version": "1"}),
        )
    ]
    later = browser.post(f"/partnerships/{partnership}/agreements/new", data=sent | {"signed_on": "1996"})

    assert [beside(page.text) for page in pages] == [
        {"title-text": "An agreement of this title and date is entered already."}
    ] * 2
    assert later.status_code == 302
    assert len(look(kept)) == 3


def test_what_is_wrong_is_said_beside_its_field(browse: Browse, cast: Cast, look: Look, partnership: int) -> None:
    wrong = {"title-text": "", "signed_on": "2990", "valid_until": "2980", "parties": [cast.here], "languages": ["xx"]}

    page = browse(cast.coordinator).post(
        f"/partnerships/{partnership}/agreements/new?lang=en", data=form(cast, **wrong)
    )

    assert beside(page.text) == {
        "title-text": "This field is required.",
        "signed_on": "This date has not come yet.",
        "valid_until": "This is before it was signed.",
        "parties": "An agreement has at least two parties.",
        "languages": "Please choose something from the list.",
    }
    assert look(kept) == []


@pytest.mark.both
def test_a_change_that_comes_too_late_is_shown_beside_the_other(
    app: Flask, browse: Browse, cast: Cast, look: Look, partnership: int
) -> None:
    id_ = entered(app, partnership, signed_on=PartialDate("1995"))
    browser = browse(cast.coordinator)
    earlier = form(cast, version=1) | {"parties": [cast.office, cast.here]}

    first = browser.post(f"/agreements/{id_}/edit?lang=en", data=earlier | {"place": "Kassel"})
    second = browser.post(f"/agreements/{id_}/edit?lang=en", data=earlier | {"place": "Wien", "submission": "2"})

    assert (first.status_code, second.status_code) == (302, 200)
    assert "Somebody else changed this meanwhile" in second.text
    assert [row[2] for row in look(kept)] == ["Kassel"]


@pytest.mark.both
def test_its_page_and_that_of_the_partnership_say_what_is_known(
    app: Flask, browse: Browse, cast: Cast, partnership: int
) -> None:
    dated = entered(
        app, partnership, de="Mit Datum", signed_on=PartialDate("1995-10-16"), place="Bertinoro", languages=["de", "it"]
    )
    undated = entered(app, partnership, de="Ohne Datum")
    change(app, lambda: builders.change(db.session.get_one(Organisation, cast.here), happened_on=PartialDate("2020")))
    browser = browse(cast.reader)

    page = browser.get(f"/partnerships/{partnership}?lang=en").text
    own, other = (browser.get(f"/agreements/{id_}?lang=en").text for id_ in (dated, undated))

    assert page.index("Mit Datum") < page.index("Ohne Datum")
    assert "Signed: 16 October 1995, Bertinoro · German, Italian" in " ".join(re.sub(r"<[^>]*>", "", page).split())
    assert "Signed: date not known" in page
    assert "Date not known" not in own
    assert "Date not known" in other
    assert [re.findall(rf'organisations/{cast.here}">(.*?)</a>', one) for one in (own, other)] == [
        ['<span lang="de">Früherer Name</span> <span class="language">(German)</span>'],
        ['<span lang="de">Bistrița-Năsăud</span> <span class="language">(German)</span>'],
    ]


@pytest.mark.both
def test_a_partnership_takes_over_the_date_of_an_agreement_when_it_is_asked_to(
    app: Flask, browse: Browse, cast: Cast, look: Look, partnership: int
) -> None:
    id_ = entered(app, partnership, signed_on=PartialDate("1995-10-16"))
    coordinator, path = browse(cast.coordinator), f"/partnerships/{partnership}?lang=en"
    offer = f"/agreements/{id_}/formal-since"

    before = [offer in browse(who).get(path).text for who in (cast.coordinator, cast.reader)]
    saved_before = look(lambda: db.session.get_one(Partnership, partnership).formal_since)
    coordinator.post(offer)

    assert (before, saved_before) == ([True, False], None)
    assert offer not in coordinator.get(path).text
    assert look(lambda: db.session.get_one(Partnership, partnership).formal_since) == PartialDate("1995-10-16")


def test_a_date_that_contradicts_the_partnership_is_not_taken_over(
    app: Flask, browse: Browse, cast: Cast, look: Look, partnership: int
) -> None:
    id_ = entered(app, partnership, signed_on=PartialDate("1995"))
    change(app, lambda: setattr(db.session.get_one(Partnership, partnership), "contact_since", PartialDate("1998")))

    page = browse(cast.coordinator).post(f"/agreements/{id_}/formal-since?lang=en", follow_redirects=True).text

    assert "It cannot have been formal before there was contact." in page
    assert look(lambda: db.session.get_one(Partnership, partnership).formal_since) is None


def test_an_archived_agreement_leaves_the_list_and_comes_back(
    app: Flask, browse: Browse, cast: Cast, look: Look, partnership: int
) -> None:
    id_ = entered(app, partnership, signed_on=PartialDate("1995"))
    browser, path = browse(cast.coordinator), f"/agreements/{id_}/archive"

    browser.post(path)
    archived = browser.get(f"/partnerships/{partnership}?lang=en").text
    browser.post(f"{path}?back=y")
    back = browser.get(f"/partnerships/{partnership}?lang=en").text

    assert ["<summary>In the archive</summary>" in page for page in (archived, back)] == [True, False]
    assert ["formal-since" in page for page in (archived, back)] == [False, True]
    assert [line[0] for line in look(told)] == ["AGREEMENT_ARCHIVED", "AGREEMENT_RESTORED"]


@pytest.mark.both
def test_it_is_found_by_its_title_its_place_and_what_it_is_about(
    app: Flask, browse: Browse, cast: Cast, partnership: int
) -> None:
    id_ = entered(app, partnership, de="Waldvertrag", place="Ráckeve", summary=builders.text(de="Biomasse", en="Wood"))

    found = [
        f"/agreements/{id_}" in browse(cast.reader).get(f"/search?q={words}").text
        for words in ("waldvertrag", "rackeve", "wood", "waldvertrag kohle")
    ]

    assert found == [True, True, True, False]
    assert "/agreements/" not in browse(cast.partner).get("/search?q=waldvertrag").text


@pytest.mark.both
def test_an_agreement_leads_to_a_project_and_is_offered_from_there(
    app: Flask, browse: Browse, cast: Cast, partnership: int
) -> None:
    id_ = entered(app, partnership, de="Waldvertrag")
    browser = browse(cast.coordinator)
    path = f"/led-to/project:{cast.project}/came-out-of?lang=en"

    offered = browser.get(path).text
    browser.post(path, data={"thing": f"agreement:{id_}", "happened_on": "", "note": "", "submission": "1"})

    assert "Waldvertrag (Kassel und Bistrița)" in offered
    assert f"/projects/{cast.project}" in browser.get(f"/agreements/{id_}").text
    assert f"/agreements/{id_}" in browser.get(f"/projects/{cast.project}").text
    assert f"/agreements/{id_}" not in browse(cast.partner).get(f"/projects/{cast.project}").text


def test_pages_cost_the_same_with_one_agreement_and_with_many(
    app: Flask, browse: Browse, cast: Cast, partnership: int, count_queries: Count
) -> None:
    browser = browse(cast.coordinator)
    id_ = entered(app, partnership)

    def costs() -> list[int]:
        numbers = []
        for path in (f"/partnerships/{partnership}", f"/agreements/{id_}"):
            with count_queries() as asked:
                browser.get(path)
            numbers.append(len(asked))
        return numbers

    costs()
    once = costs()
    for _ in range(20):
        entered(app, partnership, signed_on=PartialDate.of(clock.now().date()))

    assert costs() == once
    assert max(once) <= MOST_QUERIES
