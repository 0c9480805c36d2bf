"""Pages of visits in both directions."""

import gzip
import re
from collections.abc import Callable
from datetime import date, timedelta
from html import unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests import builders
from tests.conftest import Cast, change
from tracker import clock
from tracker.db import PartialDate, db
from tracker.events.models import EventStatus
from tracker.organisations.models import Organisation
from tracker.partnerships.models import Partnership

pytestmark = pytest.mark.both
Browse = Callable[..., FlaskClient]
MOST_QUERIES = 8
MOST_BYTES = 60_000


def words(page: str, section: str = "") -> str:
    """Return what one reads on a page, or in one of its sections."""
    main = page[page.index("<main") : page.index("</main>")]
    if section:
        main = main[main.index(f'aria-labelledby="{section}"') :]
        main = main[main.index(">") + 1 : main.index("</section>")]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", re.sub(r"<svg.*?</svg>", "", main, flags=re.DOTALL))).split())


def pair(cast: Cast, **more: Any) -> Partnership:
    """Return a partnership of the office with the partner's organisation."""
    here, there = (db.session.get_one(Organisation, id_) for id_ in (cast.office, cast.here))
    return builders.partnership(here, there, **more)


def visit(row: Partnership, on: str, host_id: int, guest_id: int, planned: int | None = None, **more: Any) -> None:
    """Enter a visit that took place."""
    held: dict[str, Any] = {"status": EventStatus.HELD, "ends_on": None} | more
    event = builders.event(partnership=row, begins_on=PartialDate(on), host_id=host_id, **held)
    builders.delegation(event, db.session.get_one(Organisation, guest_id), planned, nights=2)


@pytest.fixture
def both_ways(app: Flask, cast: Cast) -> int:
    """Enter a partnership with two visits of theirs and one of ours."""

    def enter() -> int:
        row = pair(cast, de="Freundschaft")
        visit(row, "2007", cast.office, cast.here, 12, de="Sie hier")
        visit(row, "2007-09", cast.office, cast.here, None, de="Sie wieder hier")
        visit(row, "2008", cast.here, cast.office, 5, de="Wir dort")
        return row.id

    return int(change(app, enter))


def test_the_page_tells_both_ways_and_whose_turn_it_is(browse: Browse, cast: Cast, both_ways: int) -> None:
    page = browse(cast.reader).get(f"/partnerships/{both_ways}/exchange?since=2007&until=2008&lang=en").text

    assert "It is their turn: we were with them last (2008), they with us before that (September 2007)." in words(page)
    assert words(page, "balance").startswith(
        "From 2007 to 2008 They with us 2 visits Persons: at least 12; of 1 visit the number is not wholly known "
        "Nights: at least 24; of 1 visit the number is not wholly known We with them 1 visit Persons: 5 Nights: 10"
    )
    years = "2008 – – – 1 5 10 2007 2 at least 12 at least 24 – – – Total 2 at least 12 at least 24 1 5 10"
    assert years in words(page)
    assert re.findall(r"<title>(\d[^<]*)</title>", page) == ["2007, with us: 2", "2008, with them: 1"]


def test_other_years_are_asked_for_in_the_address(browse: Browse, cast: Cast, both_ways: int) -> None:
    until, browser = clock.today("Europe/Berlin").year, browse(cast.reader)

    lately = browser.get(f"/partnerships/{both_ways}/exchange?lang=en&since={until - 9}").text
    early = browser.get(f"/partnerships/{both_ways}/exchange?lang=en&since=2008&until=2008").text

    assert "No visit is noted in these years." in words(lately)
    assert f'href="/partnerships/{both_ways}/exchange?since=2007&amp;until={until}">All years' in lately
    assert "They with us 0 visits We with them 1 visit" in words(early)


@pytest.mark.parametrize("typed", ["", "x", "0", "-5", "99999", "2007.5", "\x00", "9" * 5000])
def test_where_nobody_asked_for_years_the_last_visits_are_shown(
    app: Flask, browse: Browse, cast: Cast, both_ways: int, typed: str
) -> None:
    year, browser = clock.today("Europe/Berlin").year, browse(cast.reader)
    asked: dict[str, Any] = {"query_string": {"since": typed, "lang": "en"}}

    long_ago = browser.get(f"/partnerships/{both_ways}/exchange", **asked)
    change(app, lambda: visit(db.session.get_one(Partnership, both_ways), str(year - 9), cast.office, cast.here))
    lately = browser.get(f"/partnerships/{both_ways}/exchange", **asked)

    assert f"From 2007 to {year} They with us 2 visits" in words(long_ago.text)
    assert "All years" not in words(long_ago.text)
    assert f"From {year - 9} to {year} They with us 1 visit" in words(lately.text)


def test_the_page_of_the_partnership_says_it_in_short(browse: Browse, cast: Cast, both_ways: int) -> None:
    page = browse(cast.reader).get(f"/partnerships/{both_ways}?lang=en").text

    assert words(page, "exchange") == (
        "Exchange and balance Year by year It is their turn: we were with them last (2008), they with us before that "
        "(September 2007). They with us 2 visits last: September 2007 We with them 1 visit last: 2008"
    )


def test_what_comes_is_said_and_not_counted(app: Flask, browse: Browse, cast: Cast, both_ways: int) -> None:
    soon = clock.today("Europe/Berlin") + timedelta(days=5)

    def enter() -> None:
        row = db.session.get_one(Partnership, both_ways)
        planned = {"status": EventStatus.PLANNED, "de": "Gegenbesuch"}
        visit(row, soon.isoformat(), cast.office, cast.here, 4, **planned)

    change(app, enter)
    browser = browse(cast.reader)

    assert words(browser.get(f"/partnerships/{both_ways}?lang=en").text, "exchange").endswith(
        "Gegenbesuch (German) they with us"
    )
    page = browser.get(f"/partnerships/{both_ways}/exchange?lang=en&since=2007").text
    assert "Gegenbesuch (German) they with us · 4 persons, 8 nights" in words(page, "coming")
    assert "They with us 2 visits" in words(page, "balance")


def test_the_office_finds_the_one_sided(app: Flask, browse: Browse, cast: Cast, both_ways: int) -> None:
    def enter() -> None:
        row = pair(cast, de="Ausgeglichen")
        visit(row, "2007", cast.office, cast.here)
        visit(row, "2008", cast.here, cast.office)
        pair(cast, de="Nie")

    change(app, enter)
    page = browse(cast.reader).get("/partnerships/exchange?since=2007&until=2008&lang=en").text

    table = words(page[page.index("<main") :])
    assert "Freundschaft (German) 2 September 2007 1 2008 1 more with us 1 entry" in table
    assert (
        "In 1 partnership both sides visited each other equally often. Of 1 no visit is noted in these years." in table
    )


def test_a_thousand_visits_cost_as_many_queries_as_few(
    app: Flask, browse: Browse, cast: Cast, both_ways: int, count_queries: Callable[[], Any]
) -> None:
    browser = browse(cast.reader)
    paths = (f"/partnerships/{both_ways}/exchange?since=1900", "/partnerships/exchange?since=1900")
    for path in paths:
        browser.get(path)
    few = []
    for path in paths:
        with count_queries() as asked:
            browser.get(path)
        few.append(len(asked))

    def enter() -> None:
        row = db.session.get_one(Partnership, both_ways)
        for number in range(300):
            on = (date(1990, 1, 1) + timedelta(days=40 * number)).isoformat()
            visit(row, on, cast.office, cast.here, number)
        for number in range(60):
            visit(pair(cast), f"{1950 + number}", cast.here, cast.office, 3)

    change(app, enter)

    for path, number in zip(paths, few, strict=True):
        with count_queries() as asked:
            page = browser.get(path).text
        assert (len(asked), number <= MOST_QUERIES) == (number, True)
        assert len(gzip.compress(page.encode())) < MOST_BYTES
