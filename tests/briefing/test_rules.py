"""The clocks and the days off around the day of a visit."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from tests import builders
from tracker.briefing.rules import Change, DaysOff, LocalTime, days_off, descent, holidays_unknown, hours, local_times
from tracker.db import PartialDate
from tracker.lineage.rules import Link, Thing, ThingKind, line_of
from tracker.organisations.models import ClosedDay, Organisation
from tracker.partnerships.models import PartnershipParty, Side

HERE = "Europe/Berlin"
HOUR = timedelta(hours=1)


def body(id_: int, zone: str = HERE, country: str = "DE", subdivision: str | None = None) -> Organisation:
    """Return an organisation that stands in no database."""
    language = {"US": "en", "HU": "hu"}.get(country, "de")
    return Organisation(id=id_, zone=zone, country=country, subdivision=subdivision, language=language)


def party(one: Organisation, side: Side) -> PartnershipParty:
    """Return an organisation on a side."""
    return PartnershipParty(organisation_id=one.id, organisation=one, side=side)


# ---- the clocks


@pytest.mark.parametrize(
    ("on", "ahead", "changes"),
    [
        (date(2027, 1, 15), -7, []),
        # America changes two weeks before Europe does …
        (date(2027, 3, 5), -7, [(date(2027, 3, 14), -6)]),
        (date(2027, 3, 14), -6, [(date(2027, 3, 28), -7)]),
        (date(2027, 3, 28), -7, []),
        # … and one week after it.
        (date(2027, 10, 30), -7, [(date(2027, 10, 31), -6), (date(2027, 11, 7), -7)]),
        (date(2999, 7, 1), -7, []),
    ],
)
def test_the_difference_is_that_of_the_day(on: date, ahead: int, changes: list[tuple[date, int]]) -> None:
    madison = body(1, "America/Chicago", "US")

    [there] = local_times([madison], HERE, on)

    noon = datetime(on.year, on.month, on.day, 12, tzinfo=ZoneInfo(HERE)).astimezone(ZoneInfo("America/Chicago"))
    expected = tuple(Change(day, number * HOUR) for day, number in changes)
    assert there == LocalTime("America/Chicago", (madison,), noon, 0, ahead * HOUR, expected)


@pytest.mark.parametrize(
    ("zone", "here", "later", "shown"),
    [
        ("Europe/Berlin", HERE, 0, "+0"),
        ("Asia/Kolkata", HERE, 0, "+4:30"),
        ("America/St_Johns", HERE, 0, "\N{MINUS SIGN}4:30"),
        ("Pacific/Kiritimati", HERE, 1, "+13"),
        ("Pacific/Pago_Pago", "Pacific/Auckland", -1, "\N{MINUS SIGN}24"),
    ],
)
def test_another_day_and_half_an_hour_are_told(zone: str, here: str, later: int, shown: str) -> None:
    [there] = local_times([body(1, zone)], here, date(2027, 1, 15))

    assert (there.days_later, hours(there.ahead)) == (later, shown)


def test_organisations_in_one_zone_share_a_line() -> None:
    bodies = [body(1), body(2, "Europe/Budapest"), body(3)]

    assert [one.organisations for one in local_times(bodies, HERE, date(2027, 1, 1))] == [
        (bodies[0], bodies[2]),
        (bodies[1],),
    ]


# ---- days off


def test_days_off_are_told_for_whom_they_are() -> None:
    kassel, kaufungen, madison = body(1, subdivision="DE-HE"), body(2, subdivision="DE-HE"), body(3, country="US")
    parties = [party(kassel, Side.HERE), party(kaufungen, Side.HERE), party(madison, Side.THERE)]
    closed = [
        ClosedDay(organisation_id=2, from_on=date(2026, 12, 28), until_on=date(2026, 12, 31), label="Betriebsruhe"),
        ClosedDay(organisation_id=3, from_on=date(2026, 12, 24), until_on=date(2026, 12, 24), label=None),
    ]

    assert days_off(parties, closed, date(2026, 12, 20)) == [
        DaysOff(date(2026, 12, 24), date(2026, 12, 24), None, None, (madison,), (Side.THERE,)),
        DaysOff(
            date(2026, 12, 25), date(2026, 12, 25), "Erster Weihnachtstag", "de", (kassel, kaufungen), (Side.HERE,)
        ),
        DaysOff(date(2026, 12, 25), date(2026, 12, 25), "Christmas Day", "en", (madison,), (Side.THERE,)),
        DaysOff(
            date(2026, 12, 26), date(2026, 12, 26), "Zweiter Weihnachtstag", "de", (kassel, kaufungen), (Side.HERE,)
        ),
        DaysOff(date(2026, 12, 28), date(2026, 12, 31), "Betriebsruhe", "de", (kaufungen,), ()),
        DaysOff(date(2027, 1, 1), date(2027, 1, 1), "Neujahr", "de", (kassel, kaufungen), (Side.HERE,)),
        DaysOff(date(2027, 1, 1), date(2027, 1, 1), "New Year's Day", "en", (madison,), (Side.THERE,)),
    ]


def test_a_day_in_one_country_is_off_for_both_sides() -> None:
    parties = [party(body(1), Side.HERE), party(body(2), Side.THERE)]

    [day] = days_off(parties, [], date(2027, 10, 3))

    assert day.sides == (Side.HERE, Side.THERE)


@pytest.mark.parametrize("on", [date(1000, 1, 1), date(1500, 5, 1), date(2999, 12, 31)])
def test_a_year_that_no_calendar_knows_has_no_surprises(on: date) -> None:
    bodies = [body(number, country=code) for number, code in enumerate(("DE", "US", "HU", "RO", "IT", "AT"))]

    found = days_off([party(one, Side.THERE) for one in bodies], [], on)

    assert all(on - timedelta(days=14) <= one.first <= on + timedelta(days=14) for one in found)


def test_it_is_said_whose_holidays_are_not_known() -> None:
    hessen, forli = body(1, subdivision="DE-HE"), body(2, country="IT", subdivision="IT-FC")
    nowhere = body(3, country="XX")

    assert holidays_unknown([party(one, Side.HERE) for one in (hessen, forli, nowhere)]) == [forli, nowhere]


# ---- what led to what


def thing(id_: int, year: str) -> Thing:
    """Return a project."""
    return Thing(ThingKind.PROJECT, id_, builders.text(de="Projekt"), PartialDate(year))


def test_a_chain_is_told_whole_and_else_what_is_next(app: Flask) -> None:
    things = {one.key: one for one in (thing(1, "1998"), thing(2, "2001"), thing(3, "2004"), thing(4, "2007"))}
    chain = [Link("project:1", "project:2"), Link("project:2", "project:3")]

    with app.app_context():
        whole = descent(line_of("project:2", things, chain), "project:2")
        forked = descent(line_of("project:2", things, [*chain, Link("project:2", "project:4")]), "project:2")
        alone = descent(line_of("project:4", things, chain), "project:4")

    many = [Link("project:1", f"project:{number}") for number in range(2, 12)]
    with app.app_context():
        wide = descent(
            line_of("project:1", {one.key: one for one in [thing(n, "1998") for n in range(1, 12)]}, many), "project:1"
        )

    assert ([row.thing.id for row in wide.after], wide.goes_on) == ([2, 3, 4, 5, 6, 7], True)
    assert [row.thing.id for row in whole.chain] == [1, 2, 3]
    assert ([one.id for one in forked.before], [row.thing.id for row in forked.after]) == ([1], [3, 4])
    assert (forked.chain, alone.chain, alone.before, alone.after) == ((), (), (), ())
