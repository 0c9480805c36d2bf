"""The page with the map: what it shows to whom, how it is narrowed, how long it gets."""

import re
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from tests import builders
from tests.conftest import Cast
from tracker.db import db, writing
from tracker.organisations.models import Organisation
from tracker.partnerships.models import PartnershipStatus, Pillar
from tracker.partnerships.outlines import atlas
from tracker.partnerships.regions import MOST_REGIONS

Browse = Callable[..., FlaskClient]
PATH = "/partnerships/map?lang=en"
LIST = "/partnerships/?lang=en"


@pytest.fixture
def enter(app: Flask, cast: Cast) -> Callable[..., int]:
    """Enter a partnership of the office with somebody in a place; return its id."""

    def entered(title: str, country: str, subdivision: str | None = None, **more: Any) -> int:
        with app.app_context(), writing():
            here = db.session.get(Organisation, cast.office)
            assert here is not None
            there = builders.organisation(de=f"Stelle von {title}", country=country, subdivision=subdivision)
            row = builders.partnership(here, there, de=title, **more)
            db.session.commit()
            return row.id

    return entered


def titles(page: str) -> set[str]:
    """Return the titles of the partnerships in the tables or the tree of a page."""
    return set(re.findall(r'<(?:th scope="row"|p)><a href="/partnerships/\d+"><?[^>]*>?(Partner \w+)', page))


def places(page: str) -> list[str]:
    """Return where the places of the drawings lead."""
    return re.findall(r'<a class="place [^"]*" href="([^"]*)"', page)


@pytest.mark.parametrize(
    ("who", "status"),
    [("administrator", 200), ("coordinator", 200), ("reader", 200), ("partner", 403), ("stranger", 403)],
)
def test_the_office_sees_the_map(browse: Browse, cast: Cast, who: str, status: int) -> None:
    assert browse(getattr(cast, who)).get(PATH).status_code == status


def test_without_partnerships_the_page_says_so(browse: Browse, cast: Cast) -> None:
    page = browse(cast.reader).get(PATH).text

    assert "No partnership is found here, so the map is empty." in page
    assert 'class="map"' not in page


@pytest.mark.parametrize(
    "narrowed",
    ["", "&pillar=state", "&status=dormant", "&country=RO", "&q=partner", "&kind=friendship", "&archived=y"],
)
def test_the_map_shows_what_the_list_shows(
    browse: Browse, cast: Cast, enter: Callable[..., int], narrowed: str
) -> None:
    enter("Partner eins", "IT", "IT-FC", pillar=Pillar.STATE)
    enter("Partner zwei", "RO", "RO-BN", status=PartnershipStatus.DORMANT)
    gone = enter("Partner drei", "US", "US-WI")
    browse(cast.coordinator).post(f"/partnerships/{gone}/archive")
    browser = browse(cast.reader)

    listed, mapped = titles(browser.get(LIST + narrowed).text), titles(browser.get(PATH + narrowed).text)

    assert mapped == listed
    assert (listed == set()) is (narrowed == "&kind=friendship")


@pytest.mark.both
def test_each_place_leads_to_its_partnership(browse: Browse, cast: Cast, enter: Callable[..., int]) -> None:
    first, second = enter("Partner eins", "IT", "IT-FC"), enter("Partner zwei", "US", "US-WI")

    page = browse(cast.reader).get(PATH).text

    assert places(page) == [f"/partnerships/{first}", f"/partnerships/{second}"]
    assert "<title>Partner eins (active)</title>" in page
    assert page.count('<svg class="map" role="group"') == 2


def test_a_place_with_two_partnerships_leads_to_both(browse: Browse, cast: Cast, enter: Callable[..., int]) -> None:
    for title in ("Partner eins", "Partner zwei"):
        enter(title, "IT", "IT-FC")
    enter("Partner drei", "RO", "RO-BN")
    browser = browse(cast.reader)

    page = browser.get(PATH + "&status=active").text
    (both, _alone) = places(page)
    chosen = browser.get(both.replace("&amp;", "&")).text

    assert both == "/partnerships/map?lang=en&amp;status=active&amp;region=IT-FC#places"
    assert "<title>2 partnerships: Partner eins; Partner zwei</title>" in page
    assert titles(chosen) == {"Partner eins", "Partner zwei"}
    assert 'id="places"' in chosen
    assert len(places(chosen)) == 2


def test_a_region_that_is_not_known_is_shown_by_its_country(
    browse: Browse, cast: Cast, enter: Callable[..., int]
) -> None:
    enter("Partner eins", "IT", "IT-XX")
    enter("Partner zwei", "TV")
    enter("Partner drei", "XX")

    page = browse(cast.reader).get(PATH).text

    assert "shown as a whole" in page
    assert "Not on the map" in page
    assert titles(page) == {"Partner eins", "Partner zwei", "Partner drei"}


def test_who_says_where_they_lie_is_a_point_with_its_link(
    browse: Browse, app: Flask, cast: Cast, enter: Callable[..., int]
) -> None:
    partnership = enter("Partner eins", "HU", "HU-PE")
    browser = browse(cast.coordinator)
    region = browser.get(PATH).text
    with app.app_context(), writing():
        there = db.session.scalars(sa.select(Organisation).where(Organisation.subdivision == "HU-PE")).one()
        there.place, there.position = "Ráckeve", "47.161, 18.945"
        db.session.commit()

    page = browser.get(PATH).text

    assert places(page) == places(region) == [f"/partnerships/{partnership}"]
    point = atlas().point("HU", "47.161, 18.945")
    assert point is not None
    assert (point.path in region, point.path in page) == (False, True)
    assert ("Pest</span>" in region, "Pest</span>" in page, "Ráckeve</span>" in page) == (True, False, True)


@pytest.mark.parametrize("unknown", ["&region=XX", "&region=%3Cb%3E", "&page=99", "&status=nothing"])
def test_what_is_wrong_in_the_address_is_left_out(
    browse: Browse, cast: Cast, enter: Callable[..., int], unknown: str
) -> None:
    enter("Partner eins", "IT", "IT-FC")

    assert titles(browse(cast.reader).get(PATH + unknown).text) == {"Partner eins"}


def test_list_and_map_lead_to_each_other_as_they_are_narrowed(
    browse: Browse, cast: Cast, enter: Callable[..., int]
) -> None:
    enter("Partner eins", "IT", "IT-FC")
    browser = browse(cast.reader)

    listed = browser.get(LIST + "&status=active&page=1&sort=title").text
    mapped = browser.get(PATH + "&status=active&region=IT-FC").text

    assert 'href="/partnerships/map?status=active&amp;lang=en"' in listed
    assert 'href="/partnerships/?status=active&amp;lang=en"' in mapped


def test_the_page_stays_small_with_five_hundred_partnerships_everywhere(
    browse: Browse, app: Flask, cast: Cast, count_queries: Callable[[], Any]
) -> None:
    browser = browse(cast.reader)
    regions = [code for code in atlas().near if "-" in code]
    # The regions with the longest outlines, as many as are drawn, and many countries far away.
    regions = sorted(regions, key=lambda code: -len(atlas().near[code]))[: MOST_REGIONS - 12]
    countries = sorted(atlas().far, key=lambda code: -len(atlas().far[code].paths[code]))[:12]
    enter_many(app, cast, [*((code[:2], code) for code in regions), *((code, None) for code in countries)])

    with count_queries() as asked:
        page = browser.get(PATH)

    assert len(places(page.text)) > 60
    assert len(asked) <= 8
    assert len(page.data) <= 120_000


def enter_many(app: Flask, cast: Cast, where: list[tuple[str, str | None]], number: int = 500) -> None:
    """Enter partnerships in these places in turn."""
    with app.app_context(), writing():
        here = db.session.get(Organisation, cast.office)
        assert here is not None
        for each in range(number):
            country, subdivision = where[each % len(where)]
            there = builders.organisation(de=f"Gemeindeverband Nummer {each}", country=country, subdivision=subdivision)
            builders.partnership(here, there, de=f"Landkreis Kassel – Gemeindeverband Nummer {each}")
        db.session.commit()
