"""What series are reminded of, on a real database: when the next edition is to be started, and what ends that."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from tests import builders
from tracker.db import PartialDate, db
from tracker.mail.models import Message
from tracker.mail.rules import Cancel
from tracker.people.models import MailRhythm, Person
from tracker.projects.models import Project, ProjectStatus, Series
from tracker.reminders.actions import ensure_site_rules, plan_reminders, reconsider, upcoming
from tracker.reminders.models import Reminder, ReminderRule, ReminderSubject

URL = "https://partners.example.org"
DAY = timedelta(days=1)
#: Monday, 1 March 2027, half past midnight in Kassel.
NIGHT = datetime(2027, 2, 28, 23, 30, tzinfo=UTC)
LONG_AGO = datetime(2025, 1, 1, tzinfo=UTC)

pytestmark = [pytest.mark.both, pytest.mark.usefixtures("unit")]


@pytest.fixture
def camps(unit: None) -> list[Project]:
    """Enter two camps, five years from each other, that Karla coordinated; the next is expected in September 2028."""
    ensure_site_rules(LONG_AGO)
    kassel = builders.organisation(de="Landkreis Kassel", subdivision="DE-HE")
    karla = builders.person("Karla", at=kassel, mail_rhythm=MailRhythm.NEVER)
    series = Series(title=builders.text(de="Euarca"), every_years=5)
    found = []
    for begins in ("2018-08", "2023-09-12"):
        values: dict[str, Any] = {
            "begins": PartialDate(begins),
            "status": ProjectStatus.COMPLETED,
            "created_at": LONG_AGO,
        }
        found.append(builders.project(de=f"Euarca {begins[:4]}", series=series, coordinators=[karla], **values))
    plan(NIGHT - DAY)
    return found


def plan(now: datetime) -> int:
    made = plan_reminders(now, public_url=URL)
    db.session.expire_all()
    return made


def said() -> list[tuple[str, date, str]]:
    """Return who was reminded of an edition, when, and how many months before."""
    asked = (
        select(Person.name, Reminder.local_date, Reminder.step)
        .join(Person, Person.id == Reminder.person_id)
        .join(ReminderRule, ReminderRule.id == Reminder.rule_id)
        .where(ReminderRule.subject == ReminderSubject.EDITION)
        .order_by(Reminder.local_date)
    )
    return [(name, day, step) for name, day, step in db.session.execute(asked)]


def test_who_coordinated_the_last_edition_hears_eighteen_and_twelve_months_before(camps: list[Project]) -> None:
    foreseen = [one.local_date for one in upcoming(NIGHT, 200) if one.subject is ReminderSubject.EDITION]
    plan(NIGHT)
    plan(NIGHT + DAY)
    plan(datetime(2027, 8, 31, 23, 30, tzinfo=UTC))

    assert said() == [("Karla", date(2027, 3, 1), "18"), ("Karla", date(2027, 9, 1), "12")]
    assert foreseen == [day for _name, day, _step in said()]
    letter = db.session.scalars(select(Message).order_by(Message.id)).first()
    assert letter is not None
    assert letter.subject == "Zeit für die nächste Auflage: „Euarca“"
    lines = str(letter.text).splitlines()
    assert "  Die nächste Auflage wird erwartet: September 2028." in lines
    assert f"  {URL}/projects/{camps[1].id}/next-edition" in lines


def _next(camps: list[Project], begins: PartialDate | None) -> None:
    builders.project(de="Euarca, die nächste", series=camps[1].series, begins=begins, status=ProjectStatus.IDEA)


@pytest.mark.parametrize(
    ("happens", "reason"),
    [
        (lambda camps: _next(camps, PartialDate("2028")), "edition_started"),
        (lambda camps: _next(camps, None), "edition_started"),
        (lambda camps: setattr(camps[1].series, "every_years", None), "edition_unknown"),
        (lambda camps: setattr(camps[1], "begins", PartialDate("2024-09")), "milestone_moved"),
        (lambda camps: setattr(camps[1], "archived_at", NIGHT), "milestone_archived"),
    ],
)
def test_a_letter_about_what_is_started_or_expected_no_more_does_not_leave(
    camps: list[Project], happens: Callable[[list[Project]], None], reason: str
) -> None:
    plan(NIGHT)
    happens(camps)
    db.session.flush()
    letter = db.session.scalars(select(Message)).one()

    decision = reconsider([letter], datetime(2027, 3, 1, 10, tzinfo=UTC), public_url=URL)[letter.id]

    assert isinstance(decision, Cancel)
    assert decision.reason == reason


@pytest.mark.parametrize(
    ("status", "days"), [(ProjectStatus.COMPLETED, [date(2027, 3, 1)]), (ProjectStatus.RUNNING, [])]
)
def test_the_pause_of_a_project_holds_until_it_has_ended(
    camps: list[Project], status: ProjectStatus, days: list[date]
) -> None:
    camps[1].reminders_paused, camps[1].status = True, status
    plan(NIGHT)

    assert [day for _name, day, _step in said()] == days


def test_of_a_series_without_a_rhythm_nothing_is_said(camps: list[Project]) -> None:
    series = camps[1].series
    assert series is not None
    series.every_years = None
    plan(NIGHT)

    assert said() == []
