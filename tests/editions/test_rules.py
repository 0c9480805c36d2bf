"""How dates, labels and titles of one edition become those of the next."""

from datetime import date

import pytest

from tests import builders
from tracker.db import PartialDate
from tracker.editions.rules import (
    Plan,
    check_plan,
    like_last_time,
    name_of_series,
    onto_workday,
    relabelled,
    shifted,
    what_goes_on,
    who_goes_on,
)
from tracker.partnerships.models import PartnershipStatus
from tracker.projects.models import Project
from tracker.refusal import Refused
from tracker.workdays.rules import Calendar, ClosedKind

HESSE = Calendar("DE", "DE-HE")


@pytest.mark.parametrize(
    ("day", "before", "after", "then"),
    [
        ("2027-06-01", "2027-07-03", "2032-07-10", "2032-06-08"),
        ("2026-12-24", "2027-07-03", "2032-07-03", "2031-12-25"),
        # As far as all three are known.
        ("2027-06-01", "2027-07", "2032-08", "2032-07-01"),
        ("2027-06-01", "2027", "2032-08-01", "2032-06-01"),
        ("2027-06", "2027-07-03", "2032-09-01", "2032-08"),
        ("2027", "2027-07-03", "2032-09-01", "2032"),
        ("2026-12", "2027-01", "2032-12", "2032-11"),
        # What the later year or month does not have.
        ("2028-02-29", "2028", "2033", "2033-02-28"),
        ("2027-05-31", "2027-05", "2027-06", "2027-06-30"),
    ],
)
def test_a_date_keeps_its_distance_from_the_begin_as_far_as_that_is_known(
    day: str, before: str, after: str, then: str
) -> None:
    assert str(shifted(PartialDate(day), PartialDate(before), PartialDate(after))) == then


def test_a_date_moves_off_what_nobody_works_on_and_says_why() -> None:
    fest = Calendar("DE", "DE-HE", ((date(2032, 6, 7), date(2032, 6, 8)),))
    saturday, holiday, fest_day = (PartialDate(day) for day in ("2032-06-05", "2032-05-17", "2032-06-07"))

    weekend, public, closed = onto_workday(saturday, HESSE), onto_workday(holiday, HESSE), onto_workday(fest_day, fest)

    assert (str(weekend.on), weekend.instead_of) == ("2032-06-07", saturday)
    assert weekend.closed is not None
    assert weekend.closed.kind is ClosedKind.WEEKEND
    assert str(public.on) == "2032-05-18"
    assert public.closed is not None
    assert public.closed.name == "Pfingstmontag"
    assert str(closed.on) == "2032-06-09"
    assert closed.closed is not None
    assert closed.closed.kind is ClosedKind.CLOSED_DAY
    assert onto_workday(PartialDate("2032-06"), HESSE).instead_of is None
    assert onto_workday(PartialDate("2032-06-09"), HESSE).instead_of is None


def test_what_began_at_a_weekend_begins_on_the_same_day_of_the_week_again() -> None:
    saturday = PartialDate("2027-07-03")

    thursday = like_last_time(PartialDate("2032-07-01"), saturday, HESSE)
    sunday = like_last_time(PartialDate("2032-07-04"), saturday, HESSE)
    monday = like_last_time(PartialDate("2032-07-03"), PartialDate("2027-07-05"), HESSE)

    assert (str(thursday.on), str(sunday.on), str(monday.on)) == ("2032-07-03", "2032-07-03", "2032-07-05")
    assert thursday.closed is None
    assert str(thursday.instead_of) == "2032-07-01"
    assert like_last_time(PartialDate("2032-07-03"), saturday, HESSE).instead_of is None


def test_a_title_gets_the_new_label_wherever_the_old_one_stands(unit: None) -> None:
    title = builders.text(de="Euarca+ 2027 in Kassel", it="Euarca+ 2027", hu="Euarca")

    assert list(relabelled(title, "2027", "2032").spellings) == ["Euarca+ 2032 in Kassel", "Euarca+ 2032", "Euarca"]
    assert relabelled(title, None, "2032") == title
    assert name_of_series("Euarca+ 2027 in Kassel", "2027") == "Euarca+ in Kassel"
    assert name_of_series("Euarca", None) == "Euarca"


def planned(label: str = "2032", begins: str = "2032-07-03", ends: str | None = None) -> Plan:
    """Return a plan that takes nothing over."""
    return Plan(label, PartialDate(begins), PartialDate(ends) if ends else None, frozenset(), None)


@pytest.mark.parametrize(
    ("plan", "field"),
    [
        (planned(label="EUARCA 2027"), "label"),
        (planned(label="2022"), "label"),
        (planned(begins="2026"), "begins"),
        (planned(begins="2027-07-02"), "begins"),
        (planned(begins="2027-07-03"), "begins"),
        (planned(ends="2032-07-02"), "ends"),
    ],
)
def test_a_plan_that_does_not_follow_is_refused_beside_its_field(unit: None, plan: Plan, field: str) -> None:
    last = builders.project(edition_label="Euarca 2027", begins=PartialDate("2027-07-03"))
    others = [builders.project(edition_label="2022", begins=PartialDate("2022"))]

    with pytest.raises(Refused) as refused:
        check_plan(plan, last, others)

    assert refused.value.field == field


@pytest.mark.parametrize("begins", ["2027", "2027-07", "2027-07-04", "2032"])
def test_a_later_begin_may_be_known_only_in_part(unit: None, begins: str) -> None:
    last: Project = builders.project(edition_label="2027", begins=PartialDate("2027-07-03"))

    check_plan(planned(begins=begins), last, [last, builders.project()])


def test_who_ended_gives_way_to_one_successor_and_to_none_of_several(unit: None) -> None:
    county, split, region, one, other = (builders.organisation() for _ in range(5))
    gone = builders.organisation(archived_at=county.created_at)
    builders.change(county, region)
    builders.change(split, one, other)

    assert [who_goes_on(body) for body in (county, split, region, gone, None)] == [region, None, region, None, None]


def test_a_partnership_that_is_over_by_then_is_left_out_and_its_successor_taken(unit: None) -> None:
    here, there = builders.organisation(), builders.organisation()
    runs = builders.partnership(here, there)
    over = builders.partnership(here, there, status=PartnershipStatus.ENDED, ended=PartialDate("2030"))
    went_on = builders.partnership(
        here, there, status=PartnershipStatus.CONTINUED, ended=PartialDate("2030"), continued_by=runs
    )

    assert [what_goes_on(one, PartialDate("2032")) for one in (runs, over, went_on)] == [runs, None, runs]
    assert what_goes_on(over, PartialDate("2030-05")) is over
