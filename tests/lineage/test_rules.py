"""What cannot have led to what, and where each thing stands in the line."""

from datetime import date

import pytest
from flask import Flask

from tests.builders import text
from tracker.db import PartialDate
from tracker.lineage.rules import (
    MOST_LANES,
    Line,
    Link,
    Thing,
    ThingKind,
    check_date,
    check_ends,
    is_later,
    line_of,
)
from tracker.refusal import Refused

TODAY = date(2027, 3, 2)


def thing(number: int, begins: str = "", settled: str = "") -> Thing:
    """Return a project by a number, with its dates as far as they are known."""
    first, last = (PartialDate(one) if one else None for one in (begins, settled))
    return Thing(ThingKind.PROJECT, number, text(de=f"Projekt {number}"), first, last)


def links(*pairs: tuple[int, int]) -> list[Link]:
    """Return statements between projects by their numbers."""
    return [Link(f"project:{origin}", f"project:{outcome}", id=id_) for id_, (origin, outcome) in enumerate(pairs, 1)]


def drawn(here: int, pairs: list[tuple[int, int]], *shown: Thing) -> Line:
    """Return the line through a project; the others have no dates unless they are given with them."""
    numbers = {number for pair in pairs for number in pair} | {here}
    things = {number: thing(number) for number in numbers} | {one.id: one for one in shown}
    return line_of(f"project:{here}", {one.key: one for one in things.values()}, links(*pairs))


def order(line: Line) -> list[int]:
    """Return the numbers of what is in a line, from the top."""
    return [row.thing.id for row in line.rows]


def sentence(app: Flask, origin: Thing, outcome: Thing, *pairs: tuple[int, int]) -> str:
    """Return what is said against a statement, or nothing."""
    with app.test_request_context("/?lang=en"):
        try:
            check_ends(origin, outcome, links(*pairs))
        except Refused as refusal:
            return refusal.sentence
    return ""


def test_nothing_leads_to_itself(app: Flask) -> None:
    assert sentence(app, thing(1), thing(1)) == "Nothing leads to itself. Please choose something else."
    assert sentence(app, thing(1), thing(2)) == ""


@pytest.mark.parametrize("pairs", [[(2, 1)], [(2, 3), (3, 1)], [(2, 3), (2, 4), (4, 5), (5, 1)]])
def test_a_circle_is_refused_over_any_number_of_steps(app: Flask, pairs: list[tuple[int, int]]) -> None:
    said = sentence(app, thing(1), thing(2), *pairs)

    assert said == "This would be a circle: “Projekt 1” itself came out of “Projekt 2”."


def test_two_ways_to_the_same_are_no_circle(app: Flask) -> None:
    assert sentence(app, thing(1), thing(4), (1, 2), (2, 4), (1, 3), (3, 4)) == ""


def test_what_came_later_led_to_nothing_earlier(app: Flask) -> None:
    late, early = thing(1, "2010-04"), thing(2, "2007")

    assert sentence(app, late, early) == "“Projekt 1” (April 2010) is later than “Projekt 2” (2007)."
    assert sentence(app, early, late) == ""


def test_a_contact_of_long_ago_may_have_been_made_formal_by_something_later(app: Flask) -> None:
    assert sentence(app, thing(1, "2001"), thing(2, "1992", "2005")) == ""
    assert "is later than" in sentence(app, thing(1, "2006"), thing(2, "1992", "2005"))


def test_a_date_is_later_only_for_certain() -> None:
    assert is_later(PartialDate("2007-05"), PartialDate("2007-04"))
    assert not is_later(PartialDate("2007-05"), PartialDate("2007"))
    assert not is_later(PartialDate("2007"), PartialDate("2007-05"))


def test_nothing_comes_out_of_what_is_not_there_yet(app: Flask) -> None:
    with app.test_request_context("/?lang=en"), pytest.raises(Refused) as refusal:
        check_date(thing(1, "2008"), PartialDate("2007"), TODAY)
    check_date(thing(1, "2008"), PartialDate("2008-03"), TODAY)
    check_date(thing(1, "2008"), None, TODAY)
    check_date(thing(1), PartialDate("1990"), TODAY)
    check_date(thing(1), PartialDate("2027"), TODAY)

    assert refusal.value.sentence == "“Projekt 1” came only later (2008)."


def test_a_line_holds_what_came_before_and_after_and_nothing_beside() -> None:
    line = drawn(2, [(1, 2), (2, 3), (1, 4), (5, 3), (6, 7)])

    assert order(line) == [1, 2, 3]
    assert [row.lane for row in line.rows] == [0, 0, 0]
    assert line.is_straight


def test_where_nothing_is_entered_there_is_no_line() -> None:
    assert drawn(1, []).rows == ()
    assert drawn(1, [(2, 3)]).rows == ()


def test_a_line_ends_where_something_is_left_out() -> None:
    things = {one.key: one for one in (thing(1), thing(2), thing(4))}

    line = line_of("project:1", things, links((1, 2), (2, 3), (3, 4)))

    assert order(line) == [1, 2]


def test_the_years_decide_where_nothing_else_does() -> None:
    line = drawn(1, [(1, 2), (1, 3), (1, 4)], thing(2, "2012"), thing(3, "1998"), thing(4))

    assert order(line) == [1, 3, 2, 4]


def test_what_has_no_date_takes_that_of_the_statement_or_stands_before_what_it_led_to() -> None:
    things = {one.key: one for one in (thing(1, "1990"), thing(2), thing(3), thing(4, "1995"), thing(5, "2001"))}
    said = [*links((1, 2), (3, 4), (4, 5)), Link("project:2", "project:5", PartialDate("1993"))]
    said.append(Link("project:1", "project:2", PartialDate("1993")))

    line = line_of("project:5", things, said)

    assert order(line) == [1, 2, 3, 4, 5]
    assert [str(row.since or "") for row in line.rows] == ["1990", "1993", "", "1995", "2001"]


def test_each_stands_below_what_it_came_out_of_whatever_its_date() -> None:
    assert order(drawn(1, [(1, 2), (2, 3)], thing(1, "2010"), thing(2, "2005"), thing(3, "2001"))) == [1, 2, 3]


def test_many_that_came_out_of_one_share_one_line() -> None:
    line = drawn(1, [(1, number) for number in range(2, 32)])

    assert line.lanes == 2
    assert [(row.lane, row.arriving, row.passing, row.leads_on) for row in line.rows] == [
        (0, (), (), True),
        *[(1, (0,), (0,), False)] * 29,
        (0, (0,), (), False),
    ]
    assert not line.is_straight


def test_two_that_led_to_one_meet() -> None:
    line = drawn(3, [(1, 3), (2, 3)], thing(1, "2007"), thing(2, "2008"), thing(3, "2010"))

    assert [(row.lane, row.arriving, row.passing, row.leads_on) for row in line.rows] == [
        (0, (), (), True),
        (1, (), (0,), True),
        (0, (0, 1), (), False),
    ]
    assert [origin.id for _link, origin in line.rows[2].origins] == [1, 2]


def test_however_many_meet_there_is_room_for_the_words() -> None:
    assert drawn(31, [(number, 31) for number in range(1, 31)]).lanes == MOST_LANES


def test_a_circle_that_is_there_all_the_same_can_be_drawn() -> None:
    line = drawn(1, [(1, 2), (2, 3), (3, 1)])

    assert order(line) == [1, 2, 3]
    assert [len(row.origins) for row in line.rows] == [0, 1, 1]


def test_more_years_are_a_longer_way() -> None:
    line = drawn(1, [(1, 2), (2, 3), (3, 4)], *(thing(n, y) for n, y in enumerate(["1990", "1994", "1999", "2014"], 1)))

    assert [row.far for row in line.rows] == [0, 1, 2, 0]
