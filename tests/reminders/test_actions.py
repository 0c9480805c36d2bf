"""Planning on a real database: rows, letters, and what becomes of them."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from tests import builders
from tracker.db import db
from tracker.mail.models import Message, MessageState
from tracker.mail.rules import Cancel, Recompose, Send, WaitUntil
from tracker.milestones.models import Milestone, MilestoneState
from tracker.organisations.models import Office
from tracker.people.models import MailChoice, MailRhythm, MailStop, Person
from tracker.projects.models import Project
from tracker.reminders.actions import ensure_site_rules, plan_reminders, reconsider, upcoming
from tracker.reminders.models import PlannedDay, Reminder, ReminderRule, ReminderState, ReminderSubject
from tracker.reminders.subjects import DEFAULT_RULES

URL = "https://partners.example.org"
DAY = timedelta(days=1)
#: Tuesday, 2 March 2027, half past midnight in Kassel.
NIGHT = datetime(2027, 3, 1, 23, 30, tzinfo=UTC)
MORNING = datetime(2027, 3, 2, 10, tzinfo=UTC)
TODAY = date(2027, 3, 2)
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)

pytestmark = [pytest.mark.both, pytest.mark.usefixtures("unit")]


def plan(now: datetime) -> int:
    made = plan_reminders(now, public_url=URL)
    db.session.expire_all()
    return made


def site_rules() -> None:
    """Have the default rules on for long, and yesterday planned."""
    ensure_site_rules(LONG_AGO)
    plan(NIGHT - DAY)


def milestone(due_on: date = TODAY, *, coordinators: int = 1) -> Milestone:
    kassel = builders.organisation(de="Landkreis Kassel", subdivision="DE-HE")
    karla = [
        builders.person("Karla Koordination", at=kassel, mail_rhythm=MailRhythm.NEVER) for _one in range(coordinators)
    ]
    project = builders.project(de="Euarca", organisations=[kassel], coordinators=karla)
    responsible = builders.person("Eva Erfurt", at=kassel, mail_rhythm=MailRhythm.NEVER)
    row = builders.milestone(project, de="Künstler benannt", due_on=due_on, person=responsible)
    row.due_since = row.responsible_since = LONG_AGO
    db.session.flush()
    return row


def reminders() -> list[tuple[str, str, str, ReminderState, str | None]]:
    """Return who, the local date, the step, the state and the reason of every reminder."""
    asked = (
        select(Person.name, Reminder.local_date, Reminder.step, Reminder.state, Reminder.reason)
        .join(Person, Person.id == Reminder.person_id)
        .order_by(Reminder.local_date, Person.name, Reminder.step, Reminder.id)
    )
    rows = db.session.execute(asked)
    return [(name, day.isoformat(), step, state, reason) for name, day, step, state, reason in rows]


def letters() -> list[Message]:
    return list(db.session.scalars(select(Message).order_by(Message.id)))


def letter() -> Message:
    return db.session.scalars(select(Message)).one()


# ---- planning


def test_a_milestone_that_is_due_brings_one_letter_in_the_morning() -> None:
    site_rules()
    row = milestone()

    assert plan(NIGHT) == 1
    assert reminders() == [("Eva Erfurt", "2027-03-02", "0", ReminderState.IN_LETTER, None)]
    message = letter()
    assert message.key == f"letter|{row.responsible_person_id}|2027-03-02"
    assert message.send_at.replace(tzinfo=UTC) >= datetime(2027, 3, 2, 8, tzinfo=UTC)
    assert message.send_at.replace(tzinfo=UTC) < datetime(2027, 3, 2, 10, tzinfo=UTC)


def test_planning_twice_makes_nothing_twice() -> None:
    site_rules()
    milestone()

    made = [plan(NIGHT + minute * timedelta(minutes=1)) for minute in range(50)]

    assert made == [1] + [0] * 49
    assert len(letters()) == 1


def test_everything_of_a_day_is_one_letter() -> None:
    site_rules()
    row = milestone()
    person = db.session.get_one(Person, row.responsible_person_id)
    project = db.session.get_one(Project, row.project_id)
    again = builders.milestone(project, de="Plakat", due_on=date(2027, 2, 25), person=person)
    again.due_since = again.responsible_since = LONG_AGO
    db.session.flush()

    assert plan(NIGHT) == 2
    assert {one.message_id for one in db.session.scalars(select(Reminder))} == {letter().id}


def test_nothing_from_before_the_rules_were_on() -> None:
    milestone()
    milestone(TODAY - 6 * DAY)

    assert plan(MORNING + timedelta(hours=2)) == 0 + sum(one[3] is ReminderState.SKIPPED for one in reminders())
    assert [one for one in reminders() if one[3] is not ReminderState.SKIPPED] == []
    assert letters() == []


def test_a_moved_milestone_reminds_anew() -> None:
    site_rules()
    row = milestone()
    plan(NIGHT)

    row.due_on, row.due_since = date(2027, 3, 9), MORNING
    db.session.flush()
    for day in range(8):
        plan(NIGHT + day * DAY)

    assert [(day, step) for _name, day, step, _state, _reason in reminders()] == [
        ("2027-03-02", "0"),
        ("2027-03-04", "3"),
        ("2027-03-09", "0"),
    ]
    assert len(letters()) == 3


def test_what_is_set_during_the_day_is_still_said_that_day() -> None:
    site_rules()
    milestone()
    plan(NIGHT)
    new = milestone(TODAY + 3 * DAY, coordinators=0)
    new.due_since = new.responsible_since = NIGHT + timedelta(hours=3)
    db.session.flush()

    assert plan(NIGHT + timedelta(hours=4)) == 1
    assert len(letters()) == 2


def test_what_falls_due_after_the_letter_was_written_is_skipped_or_waits() -> None:
    site_rules()
    row = milestone()
    plan(NIGHT)
    person, project = db.session.get_one(Person, row.responsible_person_id), db.session.get_one(Project, row.project_id)
    for days in (0, 3):
        new = builders.milestone(project, due_on=TODAY + days * DAY, person=person)
        new.due_since = new.responsible_since = NIGHT + timedelta(hours=3)
    db.session.flush()

    plan(NIGHT + timedelta(hours=4))
    assert [one[3:] for one in reminders()] == [
        (ReminderState.IN_LETTER, None),
        (ReminderState.SKIPPED, "letter_written"),
        (ReminderState.PLANNED, "next_letter"),
    ]

    plan(NIGHT + DAY)
    assert "unterbrochen" not in str(letters()[1].text)
    assert [one[3] for one in reminders()][2] is ReminderState.IN_LETTER
    assert len(letters()) == 2


def test_after_three_days_of_standstill_one_late_letter_lists_all() -> None:
    site_rules()
    row = milestone(date(2027, 3, 11))
    person, project = db.session.get_one(Person, row.responsible_person_id), db.session.get_one(Project, row.project_id)
    for due_on in (date(2027, 3, 10), date(2027, 3, 5), date(2027, 2, 26)):
        new = builders.milestone(project, due_on=due_on, person=person)
        new.due_since = new.responsible_since = LONG_AGO
    db.session.flush()

    # Planned last on Monday, 1 March; the next turn is on Tuesday the 9th.
    plan(NIGHT + 7 * DAY)

    states = [one[1:] for one in reminders()]
    assert states == [
        ("2027-03-02", "3", ReminderState.MISSED, "date_passed"),
        ("2027-03-03", "1", ReminderState.IN_LETTER, None),
        ("2027-03-05", "0", ReminderState.MISSED, "date_passed"),
        ("2027-03-05", "3", ReminderState.IN_LETTER, None),
        ("2027-03-08", "3", ReminderState.IN_LETTER, None),
    ]
    assert len(letters()) == 1
    assert "unterbrochen" in str(letter().text)


def test_what_is_older_than_a_week_is_missed_and_shown() -> None:
    site_rules()
    milestone(date(2027, 2, 25))

    plan(NIGHT + 9 * DAY)

    assert [one[1:] for one in reminders()] == [
        ("2027-03-02", "1", ReminderState.MISSED, "too_old"),
        ("2027-03-09", "2", ReminderState.IN_LETTER, None),
        ("2027-03-09", "2", ReminderState.IN_LETTER, None),
    ]


def test_a_clock_that_ran_ahead_silences_no_day() -> None:
    site_rules()
    plan(NIGHT + 30 * DAY)
    milestone()

    assert plan(NIGHT) == 1
    assert max(db.session.scalars(select(PlannedDay.local_date))) == TODAY


def test_a_closed_day_of_the_recipient_brings_no_letter() -> None:
    site_rules()
    row = milestone(date(2027, 3, 7))

    for day in range(7):
        plan(NIGHT + day * DAY)

    assert [(one[1], one[2]) for one in reminders()] == [("2027-03-03", "3"), ("2027-03-05", "0")]
    assert row.state is MilestoneState.OPEN


def test_who_cannot_be_reached_is_passed_over_and_it_is_shown() -> None:
    site_rules()
    row = milestone()
    db.session.get_one(Person, row.responsible_person_id).email = None

    plan(NIGHT)

    assert [one[0:1] + one[3:] for one in reminders()] == [
        ("Eva Erfurt", ReminderState.SKIPPED, "no_address_known"),
        ("Karla Koordination", ReminderState.IN_LETTER, None),
    ]


@pytest.mark.parametrize("number", [1, 30])
def test_planning_asks_as_much_for_thirty_milestones_as_for_one(number: int, count_queries: object) -> None:
    site_rules()
    row = milestone(TODAY + 100 * DAY)
    project = db.session.get_one(Project, row.project_id)
    person = db.session.get_one(Person, row.responsible_person_id)
    for _one in range(number):
        builders.milestone(project, due_on=TODAY + 5 * DAY, person=person)

    with count_queries() as asked:  # type: ignore[operator]  # the fixture gives a context manager
        upcoming(NIGHT)

    assert len(asked) == QUERIES_FOR_UPCOMING


QUERIES_FOR_UPCOMING = 31


# ---- looking again


def planned() -> tuple[Milestone, Message]:
    site_rules()
    row = milestone()
    plan(NIGHT)
    return row, letter()


def look(message: Message, now: datetime = MORNING) -> object:
    db.session.flush()
    return reconsider([message], now, public_url=URL)[message.id]


def test_a_letter_that_still_holds_is_sent() -> None:
    _row, message = planned()

    assert look(message) == Send()


def test_what_is_done_is_no_longer_said() -> None:
    row, message = planned()
    row.state, row.done_on = MilestoneState.DONE, TODAY

    assert look(message) == Cancel("milestone_done")


def test_a_paused_project_sends_nothing() -> None:
    row, message = planned()
    db.session.get_one(Project, row.project_id).reminders_paused = True

    assert look(message) == Cancel("project_paused")


def test_a_locked_person_gets_nothing() -> None:
    row, message = planned()
    db.session.get_one(Person, row.responsible_person_id).locked_at = MORNING

    assert look(message) == Cancel("locked")


def test_a_paused_office_holds_letters_back() -> None:
    _row, message = planned()
    db.session.get_one(Office, 1).sending_paused = True

    assert look(message) == WaitUntil(MORNING + timedelta(minutes=15), "office_paused")


def test_a_letter_waits_for_the_morning() -> None:
    _row, message = planned()

    assert look(message, datetime(2027, 3, 2, 3, tzinfo=UTC)) == WaitUntil(
        datetime(2027, 3, 2, 7, tzinfo=UTC), "outside_hours"
    )


def test_a_letter_of_yesterday_says_what_is_still_true() -> None:
    _row, message = planned()

    facts = {"was_on": "2027-03-02", "due_on": "2027-03-02"}
    assert look(message, MORNING + DAY) == Cancel("date_passed", facts)


def test_a_letter_is_written_anew_without_what_is_done() -> None:
    site_rules()
    row = milestone()
    project, person = db.session.get_one(Project, row.project_id), db.session.get_one(Person, row.responsible_person_id)
    other = builders.milestone(project, de="Plakat gedruckt", due_on=TODAY, person=person)
    other.due_since = other.responsible_since = LONG_AGO
    db.session.flush()
    plan(NIGHT)
    message = letter()
    assert "Plakat gedruckt" in str(message.text)

    other.state, other.done_on = MilestoneState.DONE, TODAY
    decision = look(message)

    assert isinstance(decision, Recompose)
    assert "Künstler benannt" in decision.text
    assert "Plakat gedruckt" not in decision.text
    decision.note()
    assert [one[3:] for one in reminders()] == [
        (ReminderState.IN_LETTER, None),
        (ReminderState.CANCELLED, "milestone_done"),
    ]
    assert look(message) == decision


def test_a_new_address_gets_the_next_letter() -> None:
    site_rules()
    row = milestone(TODAY + 3 * DAY)
    plan(NIGHT)
    message = letter()
    db.session.get_one(Person, row.responsible_person_id).email = "new@example.org"

    assert look(message) == Cancel("address_changed")

    message.state, message.reason, message.finished_at = MessageState.CANCELLED, "address_changed", MORNING
    db.session.flush()
    plan(NIGHT + DAY)
    assert [one.address for one in letters()][1:] == ["new@example.org"]
    assert reminders() == [("Eva Erfurt", "2027-03-02", "3", ReminderState.IN_LETTER, None)]


def test_an_address_that_somebody_chose_for_a_letter_stays() -> None:
    row, message = planned()
    message.address, message.readdressed = "elsewhere@example.org", True
    db.session.get_one(Person, row.responsible_person_id).address_refused_at = MORNING

    assert look(message) == Send()


def test_each_reminder_of_a_cancelled_letter_knows_its_own_reason() -> None:
    site_rules()
    row = milestone()
    project, person = (
        db.session.get_one(Project, row.project_id),
        db.session.get_one(Person, row.responsible_person_id),
    )
    poster = builders.milestone(project, de="Plakat", due_on=TODAY, person=person)
    poster.due_since = poster.responsible_since = LONG_AGO
    plan(NIGHT)
    message = letter()
    row.state, row.done_on = MilestoneState.DONE, TODAY
    poster.state = MilestoneState.CANCELLED

    message.state, message.reason, message.finished_at = MessageState.CANCELLED, "milestone_done", MORNING
    plan(MORNING + timedelta(minutes=1))

    assert [one[3:] for one in reminders()] == [
        (ReminderState.CANCELLED, "milestone_done"),
        (ReminderState.CANCELLED, "milestone_cancelled"),
    ]


def test_a_reminder_knows_that_its_letter_was_cancelled() -> None:
    _row, message = planned()
    message.state, message.reason, message.finished_at = MessageState.CANCELLED, "milestone_done", MORNING
    db.session.flush()

    plan(MORNING)

    assert [one[3:] for one in reminders()] == [(ReminderState.CANCELLED, "milestone_done")]


# ---- what is to come


def test_the_preview_and_the_plan_say_the_same() -> None:
    site_rules()
    milestone(TODAY + 2 * DAY)
    milestone(TODAY - 4 * DAY)
    foreseen = [(one.person, one.local_date.isoformat(), one.step) for one in upcoming(NIGHT, 14)]

    for hours in range(15 * 24):
        plan(NIGHT + timedelta(hours=hours))

    assert sorted(one[:3] for one in reminders()) == sorted(foreseen)


def test_the_preview_is_narrowed_to_a_person_and_a_project() -> None:
    site_rules()
    mine, other = milestone(), milestone()

    of_person = upcoming(NIGHT, person_id=mine.responsible_person_id)
    of_project = upcoming(NIGHT, project_id=other.project_id)

    assert {one.subject_key for one in of_person} == {f"milestone:{mine.id}"}
    assert {one.subject_key for one in of_project} == {f"milestone:{other.id}"}


def test_the_site_rules_are_made_once() -> None:
    assert ensure_site_rules(NIGHT) == len(DEFAULT_RULES)
    assert ensure_site_rules(MORNING) == 0
    assert set(db.session.scalars(select(ReminderRule.subject))) == set(ReminderSubject)


def test_who_wants_none_is_shown_with_the_reason() -> None:
    site_rules()
    row = milestone()
    db.session.add(MailStop(person_id=row.responsible_person_id, kind=MailChoice.REMINDERS, at=NIGHT))
    db.session.flush()

    assert {(one.state, one.reason) for one in upcoming(NIGHT, 0, person_id=row.responsible_person_id)} == {
        (ReminderState.SKIPPED, "unsubscribed")
    }
