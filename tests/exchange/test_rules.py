"""Visits in both directions, how many came, and whose turn it is."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from flask import Flask

from tests import builders
from tracker.db import PartialDate
from tracker.events.models import EventStatus
from tracker.exchange.rules import Count, Period, Source, Visit, balance, period, relation, sorted_out, turn
from tracker.language import speaking
from tracker.partnerships.models import Side

TODAY = date(2027, 3, 2)


@pytest.fixture(autouse=True)
def english(app: Flask) -> Iterator[None]:
    """Speak English."""
    with app.app_context(), speaking("en"):
        yield


def visit(begins: str, host: Side = Side.HERE, **more: Any) -> Visit:
    """Return a visit that took place."""
    ends = PartialDate(more.pop("ends")) if "ends" in more else None
    values: dict[str, Any] = {"source": Source.EVENT, "id": 1, "status": EventStatus.HELD} | more
    title = builders.text(de="Besuch")
    return Visit(title=title, begins_on=PartialDate(begins), ends_on=ends, host=host, **values)


@pytest.mark.parametrize(
    ("visits", "sentence"),
    [
        ([], "No visit is noted yet."),
        (
            [visit("2007")],
            "It is our turn: they were with us (2007), and no visit of ours with them is noted.",
        ),
        (
            [visit("2007", Side.THERE)],
            "It is their turn: we were with them (2007), and no visit of theirs with us is noted.",
        ),
        (
            [visit("2007"), visit("2008", Side.THERE)],
            "It is their turn: we were with them last (2008), they with us before that (2007).",
        ),
        (
            [visit("2007", Side.THERE), visit("2008-05"), visit("2006")],
            "It is our turn: they were with us last (May 2008), we with them before that (2007).",
        ),
        (
            [visit("2008", Side.THERE), visit("2008-05")],
            "It is nobody’s turn: as far as is known, both last visits fell together (May 2008).",
        ),
    ],
)
def test_whose_turn_it_is_follows_from_the_last_visit(visits: list[Visit], sentence: str) -> None:
    assert turn(sorted_out(visits, TODAY)) == sentence


@pytest.mark.parametrize(
    ("count", "words", "sentence"),
    [
        (Count(12), "12", "12"),
        (Count(0), "0", "0"),
        (Count(12, 1), "at least 12", "at least 12; of 1 visit the number is not wholly known"),
        (Count(0, 2), "not known", "not known"),
    ],
)
def test_what_nobody_knows_is_not_counted_as_none(count: Count, words: str, sentence: str) -> None:
    assert (count.words, count.sentence) == (words, sentence)


@pytest.mark.parametrize(
    ("logged", "counted"),
    [
        (visit("2007", source=Source.LOG), 1),
        (visit("2007-05", source=Source.LOG), 1),
        (visit("2007-05-04", source=Source.LOG), 1),
        (visit("2007-05-06", source=Source.LOG), 2),
        (visit("2008", source=Source.LOG), 2),
        (visit("2007", Side.THERE, source=Source.LOG), 2),
    ],
)
def test_a_line_of_the_log_counts_where_no_event_may_be_the_same_visit(logged: Visit, counted: int) -> None:
    event = visit("2007-05-02", ends="2007-05-05")

    visits = sorted_out([logged, event], TODAY)

    assert (len(visits.happened), visits.repeated) == (counted, 2 - counted)


def test_two_visits_of_one_year_in_the_log_are_two() -> None:
    both = [visit("2007", source=Source.LOG, id=number) for number in (1, 2)]

    assert len(sorted_out(both, TODAY).happened) == 2


def test_what_comes_and_what_nobody_spoke_of_again_is_not_counted() -> None:
    held = visit("2027-01-10")
    coming = visit("2027-02-20", status=EventStatus.PLANNED, ends="2027-03-02")
    unsaid = visit("2027-03-01", status=EventStatus.CONFIRMED)
    off = visit("2027-02-01", status=EventStatus.CANCELLED)

    visits = sorted_out([unsaid, coming, off, held], TODAY)

    assert (visits.happened, visits.coming, visits.unsaid) == ((held,), (coming,), (unsaid,))


@pytest.mark.parametrize(
    ("since", "until", "years"),
    [
        (None, None, Period(2018, 2027)),
        (2007, None, Period(2007, 2027)),
        (None, 2010, Period(2001, 2010)),
        (2010, 2007, Period(2007, 2010)),
        (2030, None, Period(2030, 2030)),
    ],
)
def test_the_last_ten_years_are_shown_unless_others_are_asked_for(
    since: int | None, until: int | None, years: Period
) -> None:
    assert period(since, until, TODAY) == years


def test_each_year_is_counted_each_way() -> None:
    visits = sorted_out(
        [
            visit("2007", heads=Count(12), nights=Count(36)),
            visit("2007-05", id=2),
            visit("2008", Side.THERE, heads=Count(5), nights=Count(0, 1)),
            visit("2009", heads=Count(100)),
        ],
        TODAY,
    )

    told = balance(visits, Period(2007, 2008))

    assert (told.here.visits, told.here.heads, told.here.nights) == (2, Count(12, 1), Count(36, 1))
    assert (told.there.visits, told.there.heads, told.there.nights) == (1, Count(5), Count(0, 1))
    assert [(year.number, year.here.visits, year.there.visits) for year in told.years] == [(2007, 2, 0), (2008, 0, 1)]
    assert told.above == told.below * 2


def test_a_thousand_years_are_drawn_within_the_picture() -> None:
    told = balance(sorted_out([], TODAY), Period(1000, 1999))

    assert told.years[-1].x + told.years[-1].width <= 100
    assert sum(year.is_named for year in told.years) <= 6


def test_a_relation_says_how_many_more_one_way() -> None:
    visits = sorted_out([visit("1999", Side.THERE), visit("2020"), visit("2021"), visit("2022", Side.THERE)], TODAY)

    told = relation(1, builders.text(de="Eins"), visits, Period(2018, 2021))

    assert (told.here, told.there, told.more) == (2, 0, 2)
    assert told.last_there is not None
    assert told.last_there.begins_on == PartialDate("2022")
