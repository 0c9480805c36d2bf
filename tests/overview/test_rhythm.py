"""The picture of contact over ten years."""

from collections.abc import Iterator
from datetime import date
from itertools import pairwise

import pytest
from flask import Flask

from tracker.db import PartialDate
from tracker.language import speaking
from tracker.log.tally import Contacts
from tracker.overview.rhythm import HIGHEST, THICKEST, YEARS, first_day, rhythm

TODAY = date(2027, 3, 2)


@pytest.fixture(autouse=True)
def english(app: Flask) -> Iterator[None]:
    """Let quarters have English names."""
    with app.app_context(), speaking("en"):
        yield


def test_ten_calendar_years_end_with_this_one() -> None:
    drawn = rhythm([], TODAY)

    assert first_day(TODAY) == date(2018, 1, 1)
    assert [year.number for year in drawn.years] == list(range(2018, 2028))
    assert (len(drawn.years), drawn.is_empty, drawn.names) == (YEARS, True, ("Q1", "Q2", "Q3", "Q4"))


def test_months_are_put_together_by_quarter() -> None:
    drawn = rhythm([Contacts(PartialDate("2027-01"), 1, 1, 0), Contacts(PartialDate("2027-03"), 0, 0, 2)], TODAY)

    year = drawn.years[-1]
    assert [bar.total for bar in year.quarters] == [4, 0, 0, 0]
    first = year.quarters[0]
    assert (first.name, first.visits, first.entries, first.updates) == ("Q1 2027", 1, 1, 2)
    assert (year.total, year.visits, drawn.is_empty) == (4, 1, False)


def test_what_is_known_by_its_year_alone_stands_in_no_quarter() -> None:
    drawn = rhythm([Contacts(PartialDate("2018"), 2, 1, 0)], TODAY)

    year = drawn.years[0]
    assert [bar.total for bar in year.quarters] == [0, 0, 0, 0]
    assert (year.whole.total, year.total, year.visits, drawn.has_whole_years) == (3, 3, 1, True)


def test_bars_stand_side_by_side_within_the_width() -> None:
    drawn = rhythm([], TODAY)

    bars = [bar for year in drawn.years for bar in year.quarters]
    assert all(one.x + one.width < other.x for one, other in pairwise(bars))
    assert bars[0].x > 0
    assert bars[-1].x + bars[-1].width < 100


def test_the_highest_bar_has_room_and_a_single_contact_is_no_tower() -> None:
    many = rhythm([Contacts(PartialDate("2026-05"), 100, 20, 8)], TODAY)
    one = rhythm([Contacts(PartialDate("2026-05"), 0, 1, 0)], TODAY)

    assert (many.unit * 128, many.height) == (HIGHEST, HIGHEST)
    assert (one.unit, one.height) == (THICKEST, THICKEST)
