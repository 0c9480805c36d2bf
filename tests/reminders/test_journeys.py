"""Who was asked when they can travel is reminded of it, on a real database: until they answer, and no longer."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from tests import builders
from tracker.db import db
from tracker.mail.models import Message
from tracker.mail.rules import Cancel
from tracker.people.models import Contact, MailChoice, MailRhythm, MailStop, Person
from tracker.reminders.actions import ensure_site_rules, plan_reminders, reconsider, upcoming
from tracker.reminders.models import Reminder, ReminderRule, ReminderSubject
from tracker.travel.links import TravelLink
from tracker.travel.models import TravelAsked, TravelPeriod, TravelQuestion

URL = "https://partners.example.org"
DAY = timedelta(days=1)
#: Monday, 1 March 2027, half past midnight in Kassel; the last day for answers is the Monday after.
NIGHT = datetime(2027, 2, 28, 23, 30, tzinfo=UTC)
UNTIL = date(2027, 3, 8)
LONG_AGO = datetime(2025, 1, 1, tzinfo=UTC)

pytestmark = [pytest.mark.both, pytest.mark.usefixtures("unit")]


@pytest.fixture
def asked(unit: None) -> TravelAsked:
    """Let Karla ask Radu in Bistrița, who wants no reminders, which of two weeks suit him."""
    ensure_site_rules(LONG_AGO)
    kassel = builders.organisation(de="Landkreis Kassel", subdivision="DE-HE")
    bistrita = builders.organisation(ro="Bistrița-Năsăud", country="RO", zone="Europe/Bucharest")
    karla = builders.person("Karla", at=kassel, mail_rhythm=MailRhythm.NEVER)
    radu = builders.person("Radu", at=bistrita, language="ro", mail_rhythm=MailRhythm.NEVER)
    db.session.add(MailStop(person_id=radu.id, kind=MailChoice.REMINDERS, at=LONG_AGO))
    project = builders.project(de="Euarca", coordinators=[karla])
    question = TravelQuestion(
        project=project,
        title=builders.text(de="Treffen", ro="Întâlnire"),
        by=karla,
        asked_at=NIGHT - 20 * DAY,
        answer_until=UNTIL,
    )
    question.periods = [
        TravelPeriod(first_on=first, last_on=first + 4 * DAY) for first in (date(2027, 5, 10), date(2027, 5, 17))
    ]
    row = TravelAsked(question=question, person=radu, organisation=bistrita)
    db.session.add_all([question, row])
    db.session.flush()
    plan(NIGHT - DAY)
    return row


def plan(now: datetime) -> None:
    plan_reminders(now, public_url=URL)
    db.session.expire_all()


def said() -> list[tuple[str, date, str]]:
    """Return who was asked again, when, and how many working days before the last one."""
    query = (
        select(Person.name, Reminder.local_date, Reminder.step)
        .join(Person, Person.id == Reminder.person_id)
        .join(ReminderRule, ReminderRule.id == Reminder.rule_id)
        .where(ReminderRule.subject == ReminderSubject.TRAVEL, Reminder.reason.is_(None))
        .order_by(Reminder.local_date)
    )
    return [(name, day, step) for name, day, step in db.session.execute(query)]


def test_who_has_not_answered_is_asked_again_twice_before_the_last_day(asked: TravelAsked) -> None:
    foreseen = [one.local_date for one in upcoming(NIGHT, 30) if one.subject is ReminderSubject.TRAVEL]
    for days in range(9):
        plan(NIGHT + days * DAY)

    # On 8 March nobody in Romania is told that it is too late, and the office, which asks, hears nothing.
    assert said() == [("Radu", date(2027, 3, 1), "5"), ("Radu", date(2027, 3, 4), "2")]
    assert foreseen == [day for _name, day, _step in said()]
    letter = db.session.scalars(select(Message).order_by(Message.id)).first()
    assert letter is not None
    assert letter.subject == "„Întâlnire”: când puteți călători?"
    assert letter.send_at.astimezone(UTC).hour in {7, 8}
    reference = f"{URL}{TravelLink.reference(asked.id)}"
    assert letter.text is not None
    assert reference in letter.text
    leaves = TravelLink.linked(letter, letter.text, keys=["k" * 32])
    assert reference not in leaves
    assert f"{URL}/travel/answer/" in leaves


def test_the_day_after_somebody_was_asked_is_left_to_the_letter_that_asked(asked: TravelAsked) -> None:
    asked.question.asked_at = datetime(2027, 3, 1, 6, tzinfo=UTC)
    db.session.flush()
    for days in range(9):
        plan(NIGHT + days * DAY)

    assert said() == [("Radu", date(2027, 3, 4), "2")]


def _answer(row: TravelAsked) -> None:
    row.answered_at = NIGHT


def _leave(row: TravelAsked) -> None:
    function = db.session.scalars(select(Contact).where(Contact.person_id == row.person_id)).one()
    function.until_on = date(2027, 2, 26)
    db.session.add(Contact(person=row.person, organisation=builders.organisation(de="Anderswo"), created_at=LONG_AGO))


@pytest.mark.parametrize(
    ("happens", "reason"),
    [
        (_answer, "request_answered"),
        (_leave, "person_left"),
        (lambda row: setattr(row.question, "closed_at", NIGHT), "request_closed"),
        (lambda row: setattr(row.question.project, "archived_at", NIGHT), "request_closed"),
        (lambda row: setattr(row.question.project, "reminders_paused", True), "project_paused"),
        (lambda row: setattr(row.question, "answer_until", UNTIL + 7 * DAY), "milestone_moved"),
    ],
)
def test_a_letter_that_asks_for_what_is_settled_does_not_leave(
    asked: TravelAsked, happens: Callable[[TravelAsked], None], reason: str
) -> None:
    plan(NIGHT)
    happens(asked)
    db.session.flush()
    letter = db.session.scalars(select(Message)).one()

    decision = reconsider([letter], datetime(2027, 3, 1, 10, tzinfo=UTC), public_url=URL)[letter.id]

    assert isinstance(decision, Cancel)
    assert decision.reason == reason


def test_the_overview_names_what_waits_for_an_answer(asked: TravelAsked) -> None:
    asked.person.mail_rhythm = MailRhythm.DAILY
    asked.question.answer_until = UNTIL + 14 * DAY
    db.session.flush()

    plan(NIGHT + DAY)

    letters = [str(one.text) for one in db.session.scalars(select(Message))]
    assert [f"{URL}{TravelLink.reference(asked.id)}" in text for text in letters] == [True]
