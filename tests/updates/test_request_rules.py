"""Who may be asked how things stand, when, and how far the asking has gone."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask

from tests.updates.test_rules import milestone, somebody
from tracker.accounts.models import Role
from tracker.language import speaking
from tracker.organisations.models import ClosedDay, Office, Organisation
from tracker.people.models import Contact, Person
from tracker.people.whereabouts import Whereabouts, whereabouts
from tracker.projects.models import Project, ProjectStatus
from tracker.refusal import Refused
from tracker.updates.models import StatusRequest
from tracker.updates.rules import (
    Chain,
    Stage,
    Step,
    check_asking,
    first_asked_on,
    may_ask,
    may_report,
    stage_of,
    usual_date,
)
from tracker.workdays.rules import Calendar

#: A Tuesday.
TODAY = date(2027, 3, 2)
BISTRITA = Whereabouts("Europe/Bucharest", Calendar("RO"))
OFFICE = Office(zone="Europe/Berlin", country="DE", subdivision="DE-HE")
RADU = 7
#: At once, and again after five and ten working days.
CHAIN = Chain((0, 5, 10))
ONCE, TWICE, THRICE = (Stage(Step.ASKED, times) for times in (1, 2, 3))


@pytest.fixture(autouse=True)
def english(app: Flask) -> Iterator[None]:
    """Let refusals speak English."""
    with app.app_context(), speaking("en"):
        yield


def at(day: date, hour: int = 12) -> datetime:
    """Return an hour of a day, in UTC."""
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


def asking(asked_at: datetime, **person: object) -> StatusRequest:
    """Return a question to Radu."""
    radu = Person(id=RADU, **({"email": "radu@example.org"} | person))
    running = Project(reminders_paused=False)
    return StatusRequest(asked_at=asked_at, person=radu, person_id=RADU, project=running)


@pytest.mark.parametrize(
    ("role", "allowed"),
    [(Role.ADMINISTRATOR, True), (Role.COORDINATOR, True), (Role.READER, False), (Role.PARTNER, False)],
)
def test_who_asks(role: Role, allowed: bool) -> None:  # noqa: FBT001 - a row of the table above
    assert may_ask(somebody(role), Project(status=ProjectStatus.RUNNING)) is allowed


def test_nobody_is_asked_about_what_is_over() -> None:
    coordinator = somebody(Role.COORDINATOR)

    assert not may_ask(coordinator, Project(status=ProjectStatus.COMPLETED))
    assert not may_ask(coordinator, Project(status=ProjectStatus.RUNNING, archived_at=at(TODAY)))


def test_who_is_asked_may_answer_about_what_is_not_theirs() -> None:
    foreign = milestone(organisation_id=99)

    assert not may_report(somebody(Role.PARTNER), Project(), foreign)
    assert may_report(somebody(Role.PARTNER), Project(), foreign, asked=True)
    assert not may_report(somebody(Role.READER), Project(), foreign, asked=True)


@pytest.mark.parametrize(
    ("people", "answer_by", "sentence"),
    [
        (0, TODAY, "Please choose whom you ask."),
        (
            1,
            date(2027, 3, 1),
            "The date by which you want an answer has gone by already. Please choose a later one.",
        ),
        (1, date(2028, 3, 4), "Please choose a date within a year."),
    ],
)
def test_what_cannot_be_asked(people: int, answer_by: date, sentence: str) -> None:
    with pytest.raises(Refused) as refusal:
        check_asking(people=people, answer_by=answer_by, today=TODAY)

    assert refusal.value.sentence == sentence


def test_an_answer_is_usually_expected_on_a_working_day_in_two_weeks() -> None:
    here = whereabouts(Person(), [], OFFICE)

    assert usual_date(TODAY, here) == date(2027, 3, 16)
    # Good Friday and Easter Monday.
    assert usual_date(date(2027, 3, 12), here) == date(2027, 3, 30)


@pytest.mark.parametrize(
    ("asked_at", "first"),
    [
        # Six in the morning there: the letter hour of that day is still to come.
        (at(TODAY, 4), TODAY),
        (at(TODAY, 12), date(2027, 3, 3)),
        # A Friday afternoon.
        (at(date(2027, 3, 5), 15), date(2027, 3, 8)),
        # Before the Orthodox Easter, when nobody works from Good Friday to Monday.
        (at(date(2027, 4, 29), 15), date(2027, 5, 4)),
    ],
)
def test_the_first_letter_comes_on_the_next_working_morning_there(asked_at: datetime, first: date) -> None:
    assert first_asked_on(asked_at, RADU, BISTRITA, CHAIN) == first


@pytest.mark.parametrize(
    ("day", "stage"),
    [
        (date(2027, 3, 2), Stage(Step.WAITS, first_on=date(2027, 3, 3))),
        (date(2027, 3, 3), ONCE),
        (date(2027, 3, 9), ONCE),
        (date(2027, 3, 10), TWICE),
        (date(2027, 3, 17), THRICE),
        (date(2027, 3, 23), THRICE),
        (date(2027, 3, 24), Stage(Step.DEPUTY, 3)),
        (date(2027, 3, 30), Stage(Step.DEPUTY, 3)),
        (date(2027, 3, 31), Stage(Step.CALL, 3)),
    ],
)
def test_the_steps_are_counted_in_working_days_of_the_person_asked(day: date, stage: Stage) -> None:
    assert stage_of(asking(at(TODAY)), at(day), BISTRITA, CHAIN, has_deputy=True) == stage


@pytest.mark.parametrize(
    ("chain", "day", "stage"),
    [
        # Once only: the deputy as long after as usual.
        (Chain((0,)), date(2027, 3, 9), ONCE),
        (Chain((0,)), date(2027, 3, 10), Stage(Step.DEPUTY, 1)),
        (Chain((0,)), date(2027, 3, 17), Stage(Step.CALL, 1)),
        (Chain((0, 2)), date(2027, 3, 5), TWICE),
        (Chain((0, 2)), date(2027, 3, 8), TWICE),
        (Chain((0, 2)), date(2027, 3, 9), Stage(Step.DEPUTY, 2)),
        (Chain((0, 2)), date(2027, 3, 11), Stage(Step.CALL, 2)),
        # Not at once.
        (Chain((3,)), date(2027, 3, 5), Stage(Step.WAITS, first_on=date(2027, 3, 8))),
    ],
)
def test_another_rule_makes_other_steps(chain: Chain, day: date, stage: Stage) -> None:
    assert stage_of(asking(at(TODAY)), at(day), BISTRITA, chain, has_deputy=True) == stage


def test_where_the_rule_is_off_one_calls() -> None:
    assert stage_of(asking(at(TODAY)), at(TODAY), BISTRITA, None, has_deputy=True) == Stage(Step.CALL)


def test_while_a_project_is_paused_its_questions_wait() -> None:
    request = asking(at(TODAY))
    request.project.reminders_paused = True

    assert stage_of(request, at(date(2027, 4, 15)), BISTRITA, CHAIN, has_deputy=True) == Stage(Step.WAITS)


def test_who_is_away_is_asked_when_they_are_back() -> None:
    # Back on a Saturday: the next working day is the Monday.
    away = replace(BISTRITA, away_until=date(2027, 3, 12))
    request, back = asking(at(TODAY)), date(2027, 3, 15)

    assert first_asked_on(at(TODAY), RADU, away, CHAIN) == back
    assert stage_of(request, at(date(2027, 3, 12)), away, CHAIN, has_deputy=True) == Stage(Step.WAITS, first_on=back)
    assert stage_of(request, at(back), away, CHAIN, has_deputy=True) == ONCE
    assert stage_of(request, at(date(2027, 3, 22)), away, CHAIN, has_deputy=True) == TWICE


def test_who_was_away_before_is_asked_at_once() -> None:
    back = replace(BISTRITA, away_until=TODAY - timedelta(days=1))

    assert first_asked_on(at(TODAY, 4), RADU, back, CHAIN) == TODAY


def test_closed_days_of_their_organisation_move_every_step() -> None:
    closed = Whereabouts("Europe/Bucharest", Calendar("RO", closed=((date(2027, 3, 8), date(2027, 3, 12)),)))

    assert stage_of(asking(at(TODAY)), at(date(2027, 3, 16)), closed, CHAIN, has_deputy=True) == ONCE
    assert stage_of(asking(at(TODAY)), at(date(2027, 3, 17)), closed, CHAIN, has_deputy=True) == TWICE


def test_where_nobody_stands_in_one_calls_sooner() -> None:
    request = asking(at(TODAY))

    assert stage_of(request, at(date(2027, 3, 23)), BISTRITA, CHAIN, has_deputy=False) == THRICE
    assert stage_of(request, at(date(2027, 3, 24)), BISTRITA, CHAIN, has_deputy=False) == Stage(Step.CALL, 3)


@pytest.mark.parametrize("person", [{"email": None}, {"address_refused_at": at(TODAY)}, {"locked_at": at(TODAY)}])
def test_who_cannot_be_written_to_is_called_at_once(person: dict[str, object]) -> None:
    request = asking(at(TODAY), **person)

    assert stage_of(request, at(TODAY), BISTRITA, CHAIN, has_deputy=True) == Stage(Step.CALL)


# ---- where somebody works


def contact(number: int, *, is_first: bool = False, archived: bool = False, **more: str) -> Contact:
    """Return a function at an organisation in Romania that is closed on one day."""
    place = {"country": "RO", "zone": "Europe/Bucharest"} | more
    there = Organisation(id=number, archived_at=at(TODAY) if archived else None, **place)
    there.closed_days = [ClosedDay(from_on=TODAY, until_on=TODAY)]
    return Contact(id=number, is_first=is_first, organisation=there)


def test_a_persons_own_zone_and_country_go_before_their_organisations() -> None:
    closed = ((TODAY, TODAY),)

    assert whereabouts(Person(), [contact(1)], OFFICE) == Whereabouts("Europe/Bucharest", Calendar("RO", None, closed))
    lives_abroad = Person(zone="Europe/Rome", country="IT", subdivision="IT-FC")
    assert whereabouts(lives_abroad, [contact(1)], OFFICE) == Whereabouts(
        "Europe/Rome", Calendar("IT", "IT-FC", closed)
    )


def test_who_works_nowhere_has_the_offices_clock_and_calendar() -> None:
    expected = Whereabouts("Europe/Berlin", Calendar("DE", "DE-HE"))

    assert whereabouts(Person(), [], OFFICE) == expected
    assert whereabouts(Person(), [contact(1, archived=True)], OFFICE) == expected


def test_where_one_is_first_contact_goes_before_where_one_was_first() -> None:
    places = [contact(1), contact(2, is_first=True, country="HU", zone="Europe/Budapest")]

    assert whereabouts(Person(), places, OFFICE).zone == "Europe/Budapest"


def test_a_step_lasts_for_its_whole_local_day() -> None:
    request, last_minute = asking(at(TODAY)), at(date(2027, 3, 10), 0) - timedelta(hours=2, minutes=1)

    assert stage_of(request, last_minute, BISTRITA, CHAIN, has_deputy=True) == ONCE
    assert stage_of(request, last_minute + timedelta(minutes=1), BISTRITA, CHAIN, has_deputy=True) == TWICE
