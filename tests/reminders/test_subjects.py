"""Each subject on a real database: who hears of it on which day, and what ends it."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from tests import builders
from tracker.agreements.models import Agreement
from tracker.db import PartialDate, db
from tracker.log.models import LogEntry
from tracker.mail.models import Message
from tracker.mail.rules import Cancel, Recompose, Send
from tracker.milestones.models import Milestone, MilestoneState
from tracker.organisations.models import Organisation
from tracker.partnerships.models import Partnership, PartnershipStatus, Side
from tracker.people.models import Contact, MailChoice, MailRhythm, MailStop, Person
from tracker.projects.models import Project
from tracker.reminders.actions import ensure_site_rules, plan_reminders, reconsider, upcoming
from tracker.reminders.models import Reminder, ReminderRule, ReminderState, ReminderSubject
from tracker.reminders.rulebook import pause, resume
from tracker.updates.models import EndedBecause, StatusRequest

URL = "https://partners.example.org"
DAY = timedelta(days=1)
#: Monday, 1 March 2027, half past midnight in Kassel.
NIGHT = datetime(2027, 2, 28, 23, 30, tzinfo=UTC)
TODAY = date(2027, 3, 1)
LONG_AGO = datetime(2025, 1, 1, tzinfo=UTC)

pytestmark = [pytest.mark.both, pytest.mark.usefixtures("unit")]


@pytest.fixture
def kassel(unit: None) -> Organisation:
    """Have the rules on for long, and yesterday planned."""
    ensure_site_rules(LONG_AGO)
    row = builders.organisation(de="Landkreis Kassel", subdivision="DE-HE")
    plan(NIGHT - DAY)
    return row


def plan(now: datetime) -> int:
    made = plan_reminders(now, public_url=URL)
    db.session.expire_all()
    return made


def days(number: int, *, start: int = 0) -> None:
    """Plan one day after the other."""
    for day in range(start, number):
        plan(NIGHT + day * DAY)


def person(name: str, at: Organisation | None = None, **more: Any) -> Person:
    return builders.person(name, at=at, **({"mail_rhythm": MailRhythm.NEVER} | more))


def reminders(word: ReminderSubject) -> list[tuple[str, str, str, str | None]]:
    """Return who, the local date, the step and the reason of every reminder of a subject."""
    asked = (
        select(Person.name, Reminder.local_date, Reminder.step, Reminder.reason)
        .join(Person, Person.id == Reminder.person_id)
        .join(ReminderRule, ReminderRule.id == Reminder.rule_id)
        .where(ReminderRule.subject == word)
        .order_by(Reminder.local_date, Person.name, Reminder.id)
    )
    return [(name, day.isoformat(), step, reason) for name, day, step, reason in db.session.execute(asked)]


def letters() -> list[Message]:
    return list(db.session.scalars(select(Message).order_by(Message.id)))


def look(message: Message, now: datetime) -> object:
    db.session.flush()
    return reconsider([message], now, public_url=URL)[message.id]


def morning(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 10, tzinfo=UTC)


# ---- next steps


def test_a_next_step_comes_on_its_day_to_who_wrote_it(kassel: Organisation) -> None:
    karla, project = person("Karla", kassel), builders.project(de="Euarca", organisations=[kassel])
    builders.log_entry(
        project_id=project.id, by_id=karla.id, at=LONG_AGO, next_step="Radu anrufen", next_step_on=TODAY + 6 * DAY
    )
    days(7)

    # The day itself is a Sunday.
    assert reminders(ReminderSubject.NEXT_STEP) == [("Karla", "2027-03-05", "0", None)]
    assert "Radu anrufen" in str(letters()[0].subject)
    assert f"{URL}/projects/{project.id}" in str(letters()[0].text)


def test_a_step_that_is_done_is_not_said(kassel: Organisation) -> None:
    karla = person("Karla", kassel)
    entry = builders.log_entry(
        organisation_id=kassel.id, by_id=karla.id, at=LONG_AGO, next_step="Anrufen", next_step_on=TODAY
    )
    plan(NIGHT)
    entry = db.session.get_one(type(entry), entry.id)
    entry.next_step_done_at = NIGHT

    assert look(letters()[0], morning(TODAY)) == Cancel("step_done")


# ---- partnerships


def partnership(kassel: Organisation, **more: Any) -> Partnership:
    karla = person("Karla", kassel)
    values = {"de": "Kassel und Forlì", "coordinator_id": karla.id, "created_at": LONG_AGO}
    return builders.partnership(kassel, builders.organisation(de="Forlì"), **(values | more))


def test_a_partnership_without_contact_is_noticed_once_and_every_ninety_days(kassel: Organisation) -> None:
    row = partnership(kassel)
    builders.log_entry(partnership_id=row.id, on=(TODAY - 180 * DAY).isoformat(), at=LONG_AGO)
    days(95)

    assert reminders(ReminderSubject.PARTNERSHIP_QUIET) == [
        ("Karla", "2027-03-01", "1", None),
        ("Karla", "2027-05-31", "2", None),
    ]
    assert "180" in str(letters()[0].text)


def test_an_entry_or_an_update_on_a_project_of_it_is_contact(kassel: Organisation) -> None:
    row = partnership(kassel)
    builders.log_entry(partnership_id=row.id, on=(TODAY - 180 * DAY).isoformat(), at=LONG_AGO)
    project = builders.project(de="Euarca")
    project.partnerships = [row]
    # Contact is what the other side says.
    theirs = next(party.organisation for party in row.parties if party.side is Side.THERE)
    builders.update(project, person("Radu", theirs), at=NIGHT - 10 * DAY)
    days(3)

    assert reminders(ReminderSubject.PARTNERSHIP_QUIET) == []


def test_contact_before_the_letter_leaves_ends_it(kassel: Organisation) -> None:
    row = partnership(kassel)
    builders.log_entry(partnership_id=row.id, on=(TODAY - 180 * DAY).isoformat(), at=LONG_AGO)
    plan(NIGHT)
    builders.log_entry(partnership_id=row.id, on=TODAY.isoformat(), at=NIGHT)

    decision = look(letters()[0], morning(TODAY))
    assert isinstance(decision, Cancel)
    assert decision.reason == "contact_made"


@pytest.mark.parametrize("more", [{"status": PartnershipStatus.DORMANT}, {"contact_interval_days": None}])
def test_nobody_asks_after_a_partnership_that_rests(kassel: Organisation, more: dict[str, Any]) -> None:
    row = partnership(kassel, **more)
    builders.log_entry(partnership_id=row.id, on=(TODAY - 180 * DAY).isoformat(), at=LONG_AGO)

    assert plan(NIGHT) == 0


def test_a_jubilee_is_told_twelve_and_three_months_before(kassel: Organisation) -> None:
    partnership(kassel, formal_since=PartialDate("2002-03-01"), contact_interval_days=None)
    partnership(kassel, formal_since=PartialDate("2003-06"), contact_interval_days=None)
    partnership(kassel, contact_since=PartialDate("2013"), contact_interval_days=None)
    partnership(kassel, contact_interval_days=None)
    days(95)

    assert [one[1:3] for one in reminders(ReminderSubject.JUBILEE)] == [("2027-06-01", "12")]
    # Twelve months before 1 June 2028; 1 January 2028 was told of on the first working day of 2027.


def test_the_letter_of_a_jubilee_says_what_is_known(kassel: Organisation) -> None:
    partnership(kassel, formal_since=PartialDate("2003-06"), contact_interval_days=None)
    days(93)

    assert "25 " in str(letters()[0].subject)
    assert "Juni 2028" in str(letters()[0].text)
    assert "1. Juni" not in str(letters()[0].text)


# ---- agreements


def test_the_end_of_an_agreement_is_told_six_and_two_months_before(kassel: Organisation) -> None:
    row = partnership(kassel, contact_interval_days=None)
    for until in ("2027-09-10", "2027-05-10", "2027", None):
        builders.agreement(row, valid_until=PartialDate(until) if until else None, created_at=LONG_AGO)
    days(15)

    assert reminders(ReminderSubject.AGREEMENT_ENDS) == [
        ("Karla", "2027-03-10", "6", None),
        ("Karla", "2027-03-10", "2", None),
    ]


def test_of_an_agreement_the_letter_says_what_is_known_and_where_more_stands(kassel: Organisation) -> None:
    row = partnership(kassel, contact_interval_days=None)
    agreement = builders.agreement(row, de="Rahmen", valid_until=PartialDate("2027-09"), created_at=LONG_AGO)
    days(35)

    assert "Rahmen" in str(letters()[0].subject)
    assert "September 2027" in str(letters()[0].text)
    assert "30. September" not in str(letters()[0].text)
    assert f"{URL}/agreements/{agreement.id}" in str(letters()[0].text)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda row: setattr(row, "archived_at", NIGHT), "agreement_archived"),
        (lambda row: setattr(row, "valid_until", None), "agreement_endless"),
        (lambda row: setattr(row, "valid_until", PartialDate("2029")), "milestone_moved"),
        (lambda row: setattr(row.partnership, "status", PartnershipStatus.ENDED), "partnership_over"),
    ],
)
def test_an_agreement_that_ends_no_more_is_not_said(
    kassel: Organisation, change: Callable[[Agreement], None], reason: str
) -> None:
    row = partnership(kassel, contact_interval_days=None)
    agreement = builders.agreement(row, valid_until=PartialDate("2027-09-01"), created_at=LONG_AGO)
    plan(NIGHT)
    change(db.session.get_one(Agreement, agreement.id))

    decision = look(letters()[0], morning(TODAY))
    assert isinstance(decision, Cancel)
    assert decision.reason == reason


# ---- status requests


def request(kassel: Organisation, *, deputy: bool = True, **more: Any) -> StatusRequest:
    there = builders.organisation(de="Bistrița", country="RO", zone="Europe/Bucharest", language="ro")
    radu, dana = person("Radu", language="ro"), person("Dana", language="ro")
    substitute = dana.id if deputy else None
    db.session.add(
        Contact(person_id=radu.id, organisation_id=there.id, is_first=True, deputy_id=substitute, created_at=LONG_AGO)
    )
    karla = person("Karla", kassel)
    project = builders.project(de="Euarca", organisations=[kassel, there], coordinators=[karla])
    values = {
        "project_id": project.id,
        "person_id": radu.id,
        "asked_by_id": karla.id,
        "asked_at": datetime(2027, 3, 1, 14, tzinfo=UTC),
        "answer_by": date(2027, 3, 5),
        "question": "Wie viele kommen?",
        "language": "de",
    }
    row = StatusRequest(**(values | more))
    db.session.add(row)
    db.session.flush()
    return row


def test_a_request_is_asked_again_and_then_the_deputy_is(kassel: Organisation) -> None:
    row = request(kassel)
    days(40, start=1)

    assert reminders(ReminderSubject.STATUS_REQUEST) == [
        ("Radu", "2027-03-02", "1", None),
        ("Radu", "2027-03-09", "2", None),
        ("Radu", "2027-03-16", "3", None),
        ("Dana", "2027-03-23", "4", None),
    ]
    first = letters()[0]
    assert (first.reply_to, first.language) == (db.session.get_one(Person, row.asked_by_id).email, "ro")
    assert f"{URL}/projects/{row.project_id}/updates/new" in str(first.text)
    assert "Wie viele kommen?" in str(first.text)
    assert "Radu" in str(letters()[3].text)


def test_an_answer_ends_what_is_in_the_outbox_already(kassel: Organisation) -> None:
    row = request(kassel)
    days(2)
    message = letters()[0]
    assert look(message, morning(date(2027, 3, 2))) == Send()

    row = db.session.get_one(StatusRequest, row.id)
    row.ended_at, row.ended_because = NIGHT + DAY, EndedBecause.ANSWERED

    assert look(message, morning(date(2027, 3, 2))) == Cancel("request_answered")
    days(40, start=2)
    assert len(letters()) == 1


def test_who_cannot_be_reached_is_shown_and_the_deputy_asked_at_once(kassel: Organisation) -> None:
    row = request(kassel)
    db.session.get_one(Person, row.person_id).email = None
    days(3)

    assert reminders(ReminderSubject.STATUS_REQUEST) == [
        ("Dana", "2027-03-02", "1", None),
        ("Radu", "2027-03-02", "1", "no_address_known"),
    ]


def test_what_is_asked_is_asked_also_of_who_wants_no_reminders(kassel: Organisation) -> None:
    row = request(kassel)
    db.session.add(MailStop(person_id=row.person_id, kind=MailChoice.REMINDERS, at=LONG_AGO))
    days(3)

    assert reminders(ReminderSubject.STATUS_REQUEST) == [("Radu", "2027-03-02", "1", None)]


def test_what_is_asked_waits_for_who_is_away(kassel: Organisation) -> None:
    row = request(kassel)
    db.session.get_one(Person, row.person_id).paused_until = date(2027, 3, 9)
    days(40)

    assert reminders(ReminderSubject.STATUS_REQUEST) == [
        ("Radu", "2027-03-10", "1", None),
        ("Radu", "2027-03-17", "2", None),
        ("Radu", "2027-03-24", "3", None),
        ("Dana", "2027-03-31", "4", None),
    ]


def test_who_goes_away_while_a_letter_waits_is_asked_anew_when_they_are_back(kassel: Organisation) -> None:
    row = request(kassel)
    days(2)
    db.session.get_one(Person, row.person_id).paused_until = date(2027, 3, 4)

    decision = look(letters()[0], morning(date(2027, 3, 2)))
    days(6, start=2)

    assert decision == Cancel("on_leave", {"until_on": "2027-03-04"})
    assert reminders(ReminderSubject.STATUS_REQUEST)[-1] == ("Radu", "2027-03-05", "1", None)


def test_a_deputy_who_is_away_is_passed_over_with_the_reason(kassel: Organisation) -> None:
    request(kassel)
    db.session.scalars(select(Person).where(Person.name == "Dana")).one().paused_until = date(2027, 3, 31)
    days(40)

    assert reminders(ReminderSubject.STATUS_REQUEST)[-1] == ("Dana", "2027-03-23", "4", "on_leave")


def test_a_pause_of_the_project_stops_what_is_asked_and_the_next_steps(kassel: Organisation) -> None:
    row = request(kassel)
    entry = builders.log_entry(
        project=row.project, by_id=row.asked_by_id, next_step="Nachfragen", next_step_on=date(2027, 3, 3)
    )
    days(2)
    waiting = letters()[0]
    row = db.session.get_one(StatusRequest, row.id)
    pause(row.project, by_id=row.asked_by_id, now=NIGHT + DAY)

    decision = look(waiting, morning(date(2027, 3, 2)))
    days(8, start=2)

    assert decision == Cancel("project_paused")
    assert reminders(ReminderSubject.NEXT_STEP) == []
    assert len(letters()) == 1
    assert db.session.get_one(LogEntry, entry.id).next_step_done_at is None


def test_when_a_project_is_resumed_what_is_open_is_asked_anew(kassel: Organisation) -> None:
    row = request(kassel)
    days(2)
    row = db.session.get_one(StatusRequest, row.id)
    pause(row.project, by_id=row.asked_by_id, now=NIGHT + DAY)
    days(14, start=2)
    resumed_at = NIGHT + 14 * DAY
    row = db.session.get_one(StatusRequest, row.id)

    resume(row.project, by_id=row.asked_by_id, now=resumed_at)
    plan(resumed_at + timedelta(minutes=2))

    assert db.session.get_one(StatusRequest, row.id).asked_at == resumed_at
    assert reminders(ReminderSubject.STATUS_REQUEST)[-1] == ("Radu", "2027-03-15", "1", None)


# ---- the overview


def promised(kassel: Organisation, reader: Person, **more: Any) -> Milestone:
    project = builders.project(de="Euarca", organisations=[kassel], **more)
    row = builders.milestone(project, de="Künstler benannt", due_on=TODAY + 200 * DAY, person=reader)
    row.due_since = row.responsible_since = LONG_AGO
    db.session.flush()
    return row


@pytest.mark.parametrize(
    ("rhythm", "expected"),
    [
        (MailRhythm.WEEKLY, ["2027-03-01", "2027-03-08"]),
        (MailRhythm.DAILY, [f"2027-03-{day:02}" for day in (1, 2, 3, 4, 5, 8, 9, 10)]),
        (MailRhythm.NEVER, []),
    ],
)
def test_the_overview_comes_as_somebody_chose(kassel: Organisation, rhythm: MailRhythm, expected: list[str]) -> None:
    promised(kassel, person("Eva", kassel, mail_rhythm=rhythm))
    days(10)

    assert [day for _name, day, _step, _reason in reminders(ReminderSubject.OVERVIEW)] == expected
    assert all("Künstler benannt" in str(one.text) for one in letters())


def test_the_weekly_overview_comes_on_their_first_working_day(kassel: Organisation) -> None:
    promised(kassel, person("Eva", kassel, mail_rhythm=MailRhythm.WEEKLY))
    # Easter Monday is 29 March.
    days(31)

    weekly = ["2027-03-01", "2027-03-08", "2027-03-15", "2027-03-22", "2027-03-30"]
    assert [one[1] for one in reminders(ReminderSubject.OVERVIEW)] == weekly


def test_nobody_without_something_open_gets_one(kassel: Organisation) -> None:
    row = promised(kassel, person("Eva", kassel, mail_rhythm=MailRhythm.WEEKLY))
    row.state, row.done_on = MilestoneState.DONE, TODAY
    person("Otto", kassel, mail_rhythm=MailRhythm.DAILY)
    db.session.flush()

    assert plan(NIGHT) == 0


def test_the_overview_is_one_letter_with_what_is_due(kassel: Organisation) -> None:
    row = promised(kassel, person("Eva", kassel, mail_rhythm=MailRhythm.WEEKLY))
    other = builders.milestone(
        db.session.get_one(Project, row.project_id),
        de="Plakat",
        due_on=TODAY + 2 * DAY,
        person=db.session.get_one(Person, row.responsible_person_id),
    )
    other.due_since = other.responsible_since = LONG_AGO
    db.session.flush()
    plan(NIGHT)

    (letter,) = letters()
    assert letter.key == f"letter|{row.responsible_person_id}|2027-03-01"
    assert str(letter.text).count("Plakat") == 1
    assert {one.state for one in db.session.scalars(select(Reminder))} <= {
        ReminderState.IN_LETTER,
        ReminderState.SKIPPED,
    }


def test_who_coordinates_reads_what_is_late_and_who_owes_an_answer(kassel: Organisation) -> None:
    asking = request(kassel, asked_at=LONG_AGO, answer_by=TODAY - 3 * DAY)
    karla = db.session.get_one(Person, asking.asked_by_id)
    karla.mail_rhythm = MailRhythm.WEEKLY
    project = db.session.get_one(Project, asking.project_id)
    radu = db.session.get_one(Person, asking.person_id)
    late = builders.milestone(project, de="Plakat", due_on=TODAY - 100 * DAY, person=radu)
    late.due_since = late.responsible_since = LONG_AGO
    db.session.flush()
    plan(NIGHT)

    (letter,) = [one for one in letters() if one.person_id == karla.id]
    assert "Plakat" in str(letter.text)
    assert str(letter.text).count("Radu") == 2


def test_an_overview_is_written_anew_when_something_was_done(kassel: Organisation) -> None:
    eva = person("Eva", kassel, mail_rhythm=MailRhythm.WEEKLY)
    first, second = promised(kassel, eva), promised(kassel, eva)
    second.title = builders.text(de="Plakat")
    db.session.flush()
    plan(NIGHT)
    (letter,) = letters()
    assert look(letter, morning(TODAY)) == Send()

    row = db.session.get_one(Milestone, second.id)
    row.state, row.done_on = MilestoneState.DONE, TODAY
    decision = look(letter, morning(TODAY))
    assert isinstance(decision, Recompose)
    assert "Plakat" not in decision.text

    row = db.session.get_one(Milestone, first.id)
    row.state, row.done_on = MilestoneState.DONE, TODAY
    assert look(letter, morning(TODAY)) == Cancel("nothing_open")


# ---- all of them


def test_after_ten_days_one_late_letter_tells_what_is_not_too_old(kassel: Organisation) -> None:
    karla = person("Karla", kassel)
    for number in (1, 4, 9):
        builders.log_entry(
            organisation_id=kassel.id,
            by_id=karla.id,
            at=LONG_AGO,
            next_step=f"Schritt {number}",
            next_step_on=TODAY + number * DAY,
        )
    plan(NIGHT)
    plan(NIGHT + 11 * DAY)

    assert [(day, reason) for _name, day, _step, reason in reminders(ReminderSubject.NEXT_STEP)] == [
        ("2027-03-02", "too_old"),
        ("2027-03-05", None),
        ("2027-03-10", None),
    ]
    (letter,) = letters()
    assert [f"Schritt {number}" in str(letter.text) for number in (1, 4, 9)] == [False, True, True]
    assert "unterbrochen" in str(letter.text)


def test_a_project_s_own_rule_stands_in_for_the_site_s(kassel: Organisation) -> None:
    row = request(kassel)
    db.session.add(
        ReminderRule(
            subject=ReminderSubject.STATUS_REQUEST,
            project_id=row.project_id,
            steps=[0, 2],
            active_since=LONG_AGO,
            created_at=LONG_AGO,
        )
    )
    db.session.flush()
    days(20, start=1)

    assert [one[:3] for one in reminders(ReminderSubject.STATUS_REQUEST)] == [
        ("Radu", "2027-03-02", "1"),
        ("Radu", "2027-03-04", "2"),
        ("Dana", "2027-03-08", "3"),
    ]


def test_the_preview_and_the_plan_say_the_same_of_every_subject(kassel: Organisation) -> None:
    request(kassel)
    row = partnership(kassel, formal_since=PartialDate("2003-03-05"))
    builders.agreement(row, valid_until=PartialDate("2027-05-10"), created_at=LONG_AGO)
    builders.log_entry(partnership_id=row.id, on=(TODAY - 171 * DAY).isoformat(), at=LONG_AGO)
    promised(kassel, person("Eva", kassel, mail_rhythm=MailRhythm.WEEKLY))
    builders.log_entry(
        organisation_id=kassel.id, by_id=person("Otto").id, at=LONG_AGO, next_step="Gehen", next_step_on=TODAY + 5 * DAY
    )
    foreseen = [(one.subject, one.person, one.local_date.isoformat(), one.step) for one in upcoming(NIGHT, 20)]
    days(21)

    rows = [(word, *one[:3]) for word in ReminderSubject for one in reminders(word)]
    assert sorted(rows) == sorted(foreseen)
    assert {one[0] for one in rows} == set(ReminderSubject) - {
        ReminderSubject.MILESTONE_DUE,
        ReminderSubject.MILESTONE_OVERDUE,
        # Their own test looks at them.
        ReminderSubject.EVENT,
        ReminderSubject.EVENT_OPEN,
        ReminderSubject.EDITION,
        ReminderSubject.TRAVEL,
    }
