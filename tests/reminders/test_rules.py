"""Who is reminded of what, and when: pure, no database."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.db import Translated
from tracker.people.models import MailRhythm
from tracker.reminders import promises
from tracker.reminders.matters import Matter, Occurrence, Recipient, Rule, Why
from tracker.reminders.models import ReminderState, ReminderSubject
from tracker.reminders.review import Look, Planned, Topic, Unwanted
from tracker.reminders.rules import REASONS, expected, line_up, reach, rule_for
from tracker.reminders.rules import occurrences as occurrences_of
from tracker.reminders.subjects import DEFAULT_RULES
from tracker.workdays.rules import Calendar, first_of_week, is_workday, workdays_left

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
FAR = date(2100, 1, 1)
DAY = timedelta(days=1)
SUBJECTS = (promises.DUE, promises.OVERDUE)
DUE = Rule(1, ReminderSubject.MILESTONE_DUE, None, (14, 3, 0), None, None, LONG_AGO)
OVERDUE = Rule(2, ReminderSubject.MILESTONE_OVERDUE, None, (3,), 7, 4, LONG_AGO)
RADU = Recipient(7, "Radu", None, "radu@example.org", "ro", "Europe/Bucharest", Calendar("RO"), MailRhythm.DAILY)
KARLA = Recipient(
    3, "Karla", None, "karla@example.org", "de", "Europe/Berlin", Calendar("DE", "DE-HE"), MailRhythm.DAILY
)


def matter(due_on: date, **more: Any) -> Matter:
    values: dict[str, Any] = {
        "key": "milestone:12",
        "subjects": (promises.DUE, promises.OVERDUE),
        "title": Translated.of("de", LONG_AGO, de="Künstler benannt"),
        "project_id": 5,
        "project_title": Translated.of("de", LONG_AGO, de="Euarca"),
        "due_on": due_on,
        "since": LONG_AGO,
        "first_due_on": due_on,
        "responsible_id": 7,
        "coordinator_ids": (3,),
    }
    return Matter(**(values | more))


def occurrences(rule: Rule, one: Matter, recipient: Recipient, *, until: date) -> list[Occurrence]:
    """Return what a rule about milestones means."""
    subject = one.subject_of(rule.subject)
    assert subject is not None
    return occurrences_of(subject, rule, one, recipient, until=until)


def days(found: list[Occurrence]) -> list[tuple[str, str]]:
    return [(one.local_date.isoformat(), one.step) for one in found]


# ---- before a date


def test_fourteen_three_and_no_working_days_before() -> None:
    # In Romania 1 June 2026 is Pentecost Monday and Children's Day.
    found = occurrences(DUE, matter(date(2026, 6, 10)), RADU, until=FAR)

    assert days(found) == [("2026-05-20", "14"), ("2026-06-05", "3"), ("2026-06-10", "0")]


def test_a_reminder_before_a_closed_day_comes_earlier() -> None:
    found = occurrences(DUE, matter(date(2026, 6, 1)), RADU, until=FAR)

    assert days(found)[-1] == ("2026-05-29", "0")


def test_steps_that_meet_are_one_word() -> None:
    rule = replace(DUE, steps=(1, 0))

    found = occurrences(rule, matter(date(2026, 6, 1)), RADU, until=FAR)

    assert days(found) == [("2026-05-29", "0")]


def test_nothing_is_planned_for_a_moment_before_the_rule() -> None:
    rule = replace(DUE, active_since=datetime(2026, 6, 5, 12, tzinfo=UTC))

    found = occurrences(rule, matter(date(2026, 6, 10)), RADU, until=FAR)

    assert days(found) == [("2026-06-10", "0")]


def test_nothing_is_planned_for_a_moment_before_the_date_was_set() -> None:
    moved = matter(date(2026, 6, 10), since=datetime(2026, 6, 3, 12, tzinfo=UTC))

    found = occurrences(DUE, moved, RADU, until=FAR)

    assert days(found) == [("2026-06-05", "3"), ("2026-06-10", "0")]


def test_where_no_working_day_is_left_it_says_so() -> None:
    set_on_saturday = matter(date(2026, 6, 7), since=datetime(2026, 6, 6, 12, tzinfo=UTC))

    found = occurrences(DUE, set_on_saturday, RADU, until=FAR)

    assert found == [Occurrence(date(2026, 6, 6), "0", "no_day_left", {"due_on": "2026-06-07"})]
    assert found[0].state is ReminderState.SKIPPED


def test_a_rule_that_is_off_plans_nothing() -> None:
    assert occurrences(replace(DUE, active_since=None), matter(date(2026, 6, 10)), RADU, until=FAR) == []


# ---- after a date


def test_an_overdue_chain_comes_weekly_and_at_most_four_times() -> None:
    found = occurrences(OVERDUE, matter(date(2026, 6, 10)), RADU, until=FAR)

    assert days(found) == [("2026-06-15", "1"), ("2026-06-22", "2"), ("2026-06-29", "3"), ("2026-07-06", "4")]


def test_an_overdue_reminder_on_a_closed_day_comes_later() -> None:
    on_holiday = replace(RADU, calendar=Calendar("RO", None, ((date(2026, 6, 20), date(2026, 6, 24)),)))

    found = occurrences(OVERDUE, matter(date(2026, 6, 10)), on_holiday, until=FAR)

    assert days(found) == [("2026-06-15", "1"), ("2026-06-25", "2"), ("2026-06-29", "3"), ("2026-07-06", "4")]


def test_an_answer_after_the_first_letter_ends_the_chain() -> None:
    answered = matter(date(2026, 6, 10), answered_at=datetime(2026, 6, 16, 12, tzinfo=UTC))

    found = occurrences(OVERDUE, answered, RADU, until=FAR)

    assert found == [
        Occurrence(date(2026, 6, 15), "1"),
        Occurrence(date(2026, 6, 22), "2", "answered", {"answered_on": "2026-06-16"}),
    ]


def test_what_was_said_before_the_first_letter_is_no_answer() -> None:
    said_before = matter(date(2026, 6, 10), answered_at=datetime(2026, 6, 11, 12, tzinfo=UTC))

    assert len(occurrences(OVERDUE, said_before, RADU, until=FAR)) == 4


def test_switching_a_rule_on_never_mails_the_past() -> None:
    rule = replace(OVERDUE, active_since=datetime(2026, 12, 1, 12, tzinfo=UTC))

    assert occurrences(rule, matter(date(2026, 6, 10)), RADU, until=FAR) == []


def test_a_chain_without_end_stops_at_the_last_day_asked_for() -> None:
    rule = replace(OVERDUE, at_most=None)

    found = occurrences(rule, matter(date(2026, 6, 10)), RADU, until=date(2026, 8, 1))

    assert days(found)[-1] == ("2026-07-27", "7")


# ---- how often somebody wants mail


def test_who_wants_one_letter_a_week_gets_what_is_to_come_on_its_first_working_day() -> None:
    weekly = replace(RADU, rhythm=MailRhythm.WEEKLY)

    found = occurrences(DUE, matter(date(2026, 6, 26)), weekly, until=FAR)

    # 14 working days before is Monday the 8th; Tuesday the 23rd cannot wait for the week after.
    assert days(found) == [("2026-06-08", "14"), ("2026-06-23", "3"), ("2026-06-26", "0")]


def test_the_weekly_day_is_earlier_than_the_day_itself() -> None:
    weekly = replace(RADU, rhythm=MailRhythm.WEEKLY)
    due = matter(date(2026, 7, 1))

    assert days(occurrences(DUE, due, RADU, until=FAR))[0] == ("2026-06-11", "14")
    assert days(occurrences(DUE, due, weekly, until=FAR))[0] == ("2026-06-08", "14")


def test_what_comes_up_after_the_weekly_day_waits_for_the_next() -> None:
    weekly = replace(RADU, rhythm=MailRhythm.WEEKLY)
    moved = matter(date(2026, 7, 1), since=datetime(2026, 6, 9, 12, tzinfo=UTC))

    assert days(occurrences(DUE, moved, weekly, until=FAR))[0] == ("2026-06-15", "14")


def test_overdue_comes_alone_also_to_who_wants_one_letter_a_week() -> None:
    weekly = replace(RADU, rhythm=MailRhythm.WEEKLY)

    found = occurrences(OVERDUE, matter(date(2026, 6, 11)), weekly, until=FAR)

    assert days(found)[0] == ("2026-06-16", "1")


def test_who_wants_no_overview_is_reminded_as_it_falls_due() -> None:
    never = replace(RADU, rhythm=MailRhythm.NEVER)
    due = matter(date(2026, 7, 1))

    assert occurrences(DUE, due, never, until=FAR) == occurrences(DUE, due, RADU, until=FAR)


def test_who_wants_no_reminders_is_skipped_with_the_reason() -> None:
    stopped = replace(RADU, stopped=frozenset({"reminders"}))

    found = occurrences(DUE, matter(date(2026, 6, 10)), stopped, until=FAR)

    assert [one.reason for one in found] == ["unsubscribed"] * 3


def test_until_the_day_that_somebody_chose_nothing_comes() -> None:
    on_leave = replace(RADU, paused_until=date(2026, 6, 5))

    found = occurrences(DUE, matter(date(2026, 6, 10)), on_leave, until=FAR)

    assert [(one.local_date.isoformat(), one.reason) for one in found] == [
        ("2026-05-20", "on_leave"),
        ("2026-06-05", "on_leave"),
        ("2026-06-10", None),
    ]
    assert found[0].facts == {"until_on": "2026-06-05"}


# ---- to whom

PEOPLE = {7: RADU, 3: KARLA, 8: replace(RADU, person_id=8), 9: replace(RADU, person_id=9)}


def test_the_responsible_person_comes_first() -> None:
    line = line_up(matter(date(2026, 6, 10), contact_ids=(8, 9)), PEOPLE)

    assert line.chosen == ((RADU, Why.RESPONSIBLE),)
    assert line.passed_over == ()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"locked": True}, "locked"),
        ({"archived": True}, "person_archived"),
        ({"left": True}, "person_left"),
        ({"address": None}, "no_address_known"),
    ],
)
def test_who_cannot_be_reached_is_passed_over_with_the_reason(change: Mapping[str, Any], reason: str) -> None:
    gone = replace(RADU, **change)
    people = PEOPLE | {7: gone}

    found = expected([DUE], matter(date(2026, 6, 10), contact_ids=(8, 9)), people, until=FAR)

    assert {(one.recipient.person_id, one.why, one.occurrence.reason) for one in found} == {
        (7, Why.RESPONSIBLE, reason),
        (8, Why.CONTACT, None),
    }


def test_the_coordinators_are_reminded_where_nobody_else_is() -> None:
    found = expected([DUE], matter(date(2026, 6, 10), responsible_id=None), PEOPLE, until=FAR)

    assert {(one.recipient, one.why) for one in found} == {(KARLA, Why.COORDINATOR)}


def test_a_gap_is_shown_where_there_is_nobody() -> None:
    nobody = replace(KARLA, person_id=0, name="", address=None)
    orphan = matter(date(2026, 6, 10), responsible_id=None, coordinator_ids=())

    assert expected([DUE], orphan, PEOPLE, until=FAR) == []
    found = expected([DUE], orphan, PEOPLE, until=FAR, nobody=nobody)
    assert [one.occurrence.reason for one in found] == ["nobody"] * 3


def test_the_coordinators_join_from_the_second_overdue_letter_on() -> None:
    found = expected([OVERDUE], matter(date(2026, 6, 10)), PEOPLE, until=FAR)

    assert [(one.recipient.name, one.occurrence.step) for one in found] == [
        ("Radu", "1"),
        ("Radu", "2"),
        ("Radu", "3"),
        ("Radu", "4"),
        ("Karla", "2"),
        ("Karla", "3"),
        ("Karla", "4"),
    ]


def test_a_project_s_rule_stands_in_for_the_site_s_even_where_it_is_off() -> None:
    own = Rule(9, ReminderSubject.MILESTONE_DUE, 5, (1,), None, None, None)

    assert rule_for([DUE, own], ReminderSubject.MILESTONE_DUE, 5) == own
    assert rule_for([DUE, own], ReminderSubject.MILESTONE_DUE, 6) == DUE
    assert expected([DUE, own], matter(date(2026, 6, 10)), PEOPLE, until=FAR) == []


# ---- what holds for all of it

DATES = st.dates(date(2025, 1, 1), date(2032, 12, 31))
CALENDARS = st.builds(
    Calendar,
    st.sampled_from(["DE", "IT", "HU", "RO", "AT", "US", "XX"]),
    st.sampled_from([None, "DE-HE", "IT-FC", "US-WI"]),
    st.lists(DATES.map(lambda first: (first, first + timedelta(days=20))), max_size=3).map(tuple),
)
RECIPIENTS = st.builds(
    lambda person_id, zone, calendar, rhythm: Recipient(
        person_id, "Somebody", None, "somebody@example.org", "en", zone, calendar, rhythm
    ),
    st.integers(1, 10**6),
    st.sampled_from(["Europe/Berlin", "America/Chicago", "Pacific/Chatham", "Africa/Cairo"]),
    CALENDARS,
    st.sampled_from([MailRhythm.DAILY, MailRhythm.WEEKLY]),
)
MOMENTS = st.datetimes(datetime(2025, 1, 1), datetime(2032, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis adds the zone


@given(due_on=DATES, recipient=RECIPIENTS, since=MOMENTS)
def test_before_a_date_on_working_days_and_never_after(due_on: date, recipient: Recipient, since: datetime) -> None:
    found = occurrences(DUE, matter(due_on, since=since), recipient, until=FAR)

    planned = [one for one in found if one.reason is None]
    assert all(is_workday(one.local_date, recipient.calendar) for one in planned)
    assert all(one.local_date <= due_on for one in planned)
    assert all(recipient.moment(one.local_date) >= since for one in planned)
    assert len({one.local_date for one in planned}) == len(planned)
    if recipient.rhythm is MailRhythm.WEEKLY:
        for one in planned:
            is_weekly_day = one.local_date == first_of_week(one.local_date, recipient.calendar)
            assert is_weekly_day or due_on < first_of_week(one.local_date + 7 * DAY, recipient.calendar)


@given(due_on=DATES, recipient=RECIPIENTS, since=MOMENTS)
def test_after_a_date_on_working_days_and_not_too_often(due_on: date, recipient: Recipient, since: datetime) -> None:
    found = occurrences(OVERDUE, matter(due_on, since=since), recipient, until=FAR)

    assert len(found) <= 4
    for one in found:
        assert is_workday(one.local_date, recipient.calendar)
        assert workdays_left(due_on + DAY, one.local_date + DAY, recipient.calendar) >= 3
        assert recipient.moment(one.local_date) >= since


@given(due_on=DATES, recipient=RECIPIENTS)
def test_whatever_is_said_lies_within_reach(due_on: date, recipient: Recipient) -> None:
    for rule in (DUE, OVERDUE):
        for one in occurrences(rule, matter(due_on), recipient, until=FAR):
            within = reach(SUBJECTS, [DUE, OVERDUE], [recipient.calendar], one.local_date, one.local_date)
            assert within is not None
            assert within.earliest is not None
            assert within.earliest <= due_on <= within.latest


def test_only_four_weeks_are_within_reach_of_the_default_rules() -> None:
    rules = [
        Rule(number, subject, None, one.steps, one.then_every_days, one.at_most, LONG_AGO)
        for number, (subject, one) in enumerate(DEFAULT_RULES.items())
    ]

    within = reach(SUBJECTS, rules, [Calendar("DE", "DE-HE")], date(2026, 9, 14), date(2026, 9, 14))

    assert within is not None
    assert (within.earliest, within.latest) == (date(2026, 8, 17), date(2026, 10, 12))


# ---- looking again


def look(one: Matter, rules: tuple[Rule, ...] = (DUE, OVERDUE), people: Mapping[int, Recipient] = PEOPLE) -> Look:
    return Look.now(rules, {one.key: one}, people, date(2026, 6, 10))


PLANNED = Planned(1, "milestone:12", 7, date(2026, 6, 10), date(2026, 6, 10))
TODAY = date(2026, 6, 10)


def test_what_still_holds_is_said() -> None:
    one = matter(TODAY)

    assert look(one).at(PLANNED, TODAY) == Topic(one, promises.DUE, Why.RESPONSIBLE, TODAY)


@pytest.mark.parametrize(
    ("one", "unwanted"),
    [
        (matter(TODAY, over="milestone_done"), Unwanted("milestone_done")),
        (
            matter(date(2026, 7, 1), since=datetime(2026, 6, 9, tzinfo=UTC)),
            Unwanted("milestone_moved", {"was_on": "2026-06-10", "due_on": "2026-07-01"}),
        ),
        (matter(TODAY, responsible_id=8), Unwanted("responsible_changed")),
    ],
)
def test_what_no_longer_holds_says_why(one: Matter, unwanted: Unwanted) -> None:
    assert look(one).at(PLANNED, TODAY) == unwanted


def test_a_rule_that_was_switched_off_is_no_longer_followed() -> None:
    assert look(matter(TODAY), (replace(DUE, active_since=None), OVERDUE)).at(PLANNED, TODAY) == Unwanted("rule_off")


def test_a_person_who_was_locked_gets_nothing() -> None:
    people = PEOPLE | {7: replace(RADU, locked=True)}

    assert look(matter(TODAY), people=people).at(PLANNED, TODAY) == Unwanted("locked")


def test_the_day_after_is_too_late() -> None:
    facts = {"was_on": "2026-06-10", "due_on": "2026-06-10"}

    assert look(matter(TODAY)).at(PLANNED, TODAY + DAY) == Unwanted("date_passed", facts)


def test_a_date_that_moved_to_another_step_of_the_same_day_still_holds() -> None:
    # 15 June is three working days later: what was "today" becomes "in three working days".
    one = matter(date(2026, 6, 15), since=datetime(2026, 6, 10, 0, tzinfo=UTC))

    assert look(one).at(PLANNED, TODAY) == Topic(one, promises.DUE, Why.RESPONSIBLE, TODAY)


def test_every_reason_has_words() -> None:
    assert all(str(words).endswith(".") for words in REASONS.values())
