"""What events are reminded of, on a real database: who hears on which day, and what ends it."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from tests import builders
from tracker.attendance.models import Answer, Attendance
from tracker.db import PartialDate, db
from tracker.events.models import Event, EventStatus
from tracker.guests.links import GuestLink
from tracker.hosting.links import HostLink
from tracker.mail.models import Message
from tracker.mail.rules import Cancel, Recompose
from tracker.organisations.models import Organisation
from tracker.people.models import MailRhythm, Person
from tracker.projects.models import Project
from tracker.reminders.actions import ensure_site_rules, plan_reminders, reconsider, upcoming
from tracker.reminders.models import Reminder, ReminderRule, ReminderSubject
from tracker.reminders.queries import calendars_in_use, rules_that_stand
from tracker.reminders.subjects import matters_within

URL = "https://partners.example.org"
DAY = timedelta(days=1)
#: Monday, 1 March 2027, half past midnight in Kassel.
NIGHT = datetime(2027, 2, 28, 23, 30, tzinfo=UTC)
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


def days(number: int) -> None:
    for day in range(number):
        plan(NIGHT + day * DAY)


def person(name: str, at: Organisation | None = None, **more: Any) -> Person:
    return builders.person(name, at=at, **({"mail_rhythm": MailRhythm.NEVER} | more))


def camp(kassel: Organisation, **more: Any) -> tuple[Event, Project]:
    """Return a camp that begins on Friday, 19 March 2027, in a project of Karla’s."""
    project = builders.project(de="Euarca", organisations=[kassel])
    project.coordinators = [person("Karla", kassel)]
    spot = person("Vor Ort", phone="+49 561 1")
    values: dict[str, Any] = {
        "project_id": project.id,
        "de": "Künstlercamp",
        "begins_on": PartialDate("2027-03-19"),
        "begins_at": time(14),
        "ends_on": PartialDate("2027-03-28"),
        "on_the_spot_id": spot.id,
        "created_at": LONG_AGO,
    }
    return builders.event(**(values | more)), project


def guest(event: Event, project: Project, name: str, answer: Answer = Answer.COMING, **more: Any) -> Attendance:
    participant = builders.participant(project, person=person(name, **more))
    return builders.attendance(event, participant, answer, created_at=LONG_AGO)


def reminders(word: ReminderSubject) -> list[tuple[str, str, str | None]]:
    """Return who, the local date and the reason of every reminder of a subject."""
    asked = (
        select(Person.name, Reminder.local_date, Reminder.reason)
        .join(Person, Person.id == Reminder.person_id)
        .join(ReminderRule, ReminderRule.id == Reminder.rule_id)
        .where(ReminderRule.subject == word)
        .order_by(Reminder.local_date, Person.name, Reminder.id)
    )
    return [(name, day.isoformat(), reason) for name, day, reason in db.session.execute(asked)]


def letters() -> list[Message]:
    return list(db.session.scalars(select(Message).order_by(Message.id)))


def test_guests_heads_and_the_host_hear_before_it_begins(kassel: Organisation) -> None:
    away = builders.organisation()
    house = builders.organisation()
    event, project = camp(kassel, host_id=house.id)
    person("Haus", house).contacts[0].is_first = True
    ana = guest(event, project, "Ana")
    guest(event, project, "Bruno", Answer.INVITED)
    guest(event, project, "Carla", Answer.NOT_COMING)
    guest(event, project, "Stumm", email=None)
    builders.delegation(event, away, head_id=person("Haupt").id, created_at=LONG_AGO)
    builders.item(event, on=date(2027, 3, 19), title=builders.text(de="Rundgang"))
    days(19)

    said = reminders(ReminderSubject.EVENT)

    assert [line for line in said if line[1] == "2027-03-17"] == [
        ("Ana", "2027-03-17", None),
        ("Bruno", "2027-03-17", None),
        ("Haupt", "2027-03-17", None),
        ("Haus", "2027-03-17", None),
        ("Stumm", "2027-03-17", "no_address_known"),
    ]
    assert {day for _name, day, _reason in said} == {"2027-03-01", "2027-03-17"}
    to_ana = next(one for one in letters() if one.key == f"letter|{_id('Ana')}|2027-03-17")
    assert to_ana.subject == "„Künstlercamp“ beginnt am 19. März 2027"
    assert "Vor Ort, +49 561 1" in str(to_ana.text)
    assert f"{URL}/guest/attendance:{ana.id}\n" in str(to_ana.text)
    sent = GuestLink.linked(to_ana, str(to_ana.text), keys=["key"])
    assert f"{URL}/guest/" in sent
    assert "attendance:" not in sent
    on_that_day = [one for one in letters() if one.key.endswith("2027-03-17")]
    assert len(on_that_day) == 4
    assert {one.attached for one in on_that_day} == {f"event:{event.id}"}
    assert all("Programm:\n" in str(one.text) and "Rundgang" in str(one.text) for one in on_that_day)


def test_with_whom_guests_stay_hears_too(kassel: Organisation) -> None:
    event, project = camp(kassel)
    ana, gone = guest(event, project, "Ana"), guest(event, project, "Carla", Answer.NOT_COMING)
    school = builders.organisation()
    person("Schule", school).contacts[0].is_first = True
    offer = builders.host_offer(event, person("Wirtin"), [ana], created_at=LONG_AGO)
    builders.host_offer(event, person("Umsonst"), [gone], created_at=LONG_AGO)
    builders.host_offer(event, person("Leer"), created_at=LONG_AGO)
    body = builders.host_offer(event, person("Niemand"), [ana], created_at=LONG_AGO)
    body.person_id, body.organisation_id = None, school.id
    builders.host_offer(event, db.session.get_one(Person, _id("Ana")), [ana], created_at=LONG_AGO)
    days(1)

    assert [name for name, _day, _reason in reminders(ReminderSubject.EVENT)] == ["Ana", "Schule", "Wirtin"]
    letter = next(one for one in letters() if one.person_id == _id("Wirtin"))
    assert letter.attached == f"event:{event.id}"
    assert "weil Gäste dieser Veranstaltung bei Ihnen wohnen" in str(letter.text)
    assert f"{URL}/host/" in HostLink.linked(letter, str(letter.text), keys=["key"])
    assert f"{URL}/host/host_offer:{offer.id}\n" in str(letter.text)
    to_ana = next(one for one in letters() if one.person_id == _id("Ana"))
    assert f"{URL}/guest/" in str(to_ana.text)


def test_a_letter_written_anew_carries_the_file_of_what_it_still_says(kassel: Organisation) -> None:
    gone, project = camp(kassel)
    stays, _other = camp(kassel, de="Ausstellung", project_id=project.id)
    for event in (gone, stays):
        row = builders.attendance(event, builders.participant(project, person=_ana()), created_at=LONG_AGO)
        assert row.answer is Answer.COMING
    days(1)
    (letter,) = (one for one in letters() if one.person_id == _id("Ana"))
    assert letter.attached == f"event:{gone.id} event:{stays.id}"
    gone.status = EventStatus.CANCELLED

    decision = _look()

    assert isinstance(decision, Recompose)
    assert decision.attached == f"event:{stays.id}"


def _ana() -> Person:
    return db.session.scalar(select(Person).where(Person.name == "Ana")) or person("Ana")


def _id(name: str) -> int:
    return db.session.scalars(select(Person.id).where(Person.name == name)).one()


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"status": EventStatus.CANCELLED}, "event_cancelled"),
        ({"status": EventStatus.HELD}, "event_held"),
        ({"archived_at": LONG_AGO}, "event_archived"),
        ({"reminders_paused": True}, "event_paused"),
    ],
)
def test_a_letter_about_what_is_no_more_does_not_leave(
    kassel: Organisation, values: dict[str, Any], reason: str
) -> None:
    event, project = camp(kassel)
    guest(event, project, "Ana")
    days(1)
    for name, value in values.items():
        setattr(event, name, value)

    assert _look() == Cancel(reason)
    before = len(reminders(ReminderSubject.EVENT))
    days(19)
    assert len(reminders(ReminderSubject.EVENT)) == before == 1


def _look() -> object:
    db.session.flush()
    message = next(one for one in letters() if one.person_id == _id("Ana"))
    return reconsider([message], datetime(2027, 3, 1, 10, tzinfo=UTC), public_url=URL)[message.id]


def test_who_says_no_or_is_taken_off_the_list_hears_no_more(kassel: Organisation) -> None:
    event, project = camp(kassel)
    row = guest(event, project, "Ana")
    days(1)
    row.answer = Answer.NOT_COMING

    assert _look() == Cancel("not_expected")


def test_a_moved_event_is_not_told_with_its_old_date(kassel: Organisation) -> None:
    event, project = camp(kassel)
    guest(event, project, "Ana")
    days(1)
    event.begins_on, event.ends_on = PartialDate("2027-04-19"), None

    assert _look() == Cancel("milestone_moved", {"was_on": "2027-03-19", "due_on": "2027-04-19"})


def test_a_paused_project_reminds_nobody(kassel: Organisation) -> None:
    event, project = camp(kassel)
    guest(event, project, "Ana")
    project.reminders_paused = True
    days(19)

    assert reminders(ReminderSubject.EVENT) == []


def test_the_coordinators_hear_what_is_open(kassel: Organisation) -> None:
    event, project = camp(kassel, on_the_spot_id=None)
    for number in range(3):
        guest(event, project, f"Gast {number}", Answer.INVITED)
    builders.delegation(event, builders.organisation(), planned=None)
    builders.delegation(event, builders.organisation(), planned=3)
    days(13)

    said = reminders(ReminderSubject.EVENT_OPEN)

    assert said == [("Karla", "2027-03-12", None)]
    text = str(next(one for one in letters() if one.person_id == _id("Karla")).text)
    assert "3 Gäste haben noch nicht geantwortet." in text
    assert "Bei 1 Delegation ist nicht bekannt, wie viele kommen." in text
    assert "Es ist keine Ansprechperson vor Ort genannt." in text


def test_where_nothing_is_open_the_coordinators_hear_nothing(kassel: Organisation) -> None:
    event, project = camp(kassel)
    guest(event, project, "Ana")
    days(19)

    assert reminders(ReminderSubject.EVENT_OPEN) == []


def test_an_event_of_a_partnership_is_asked_of_its_coordinator(kassel: Organisation) -> None:
    row = builders.partnership(kassel, builders.organisation(), coordinator_id=person("Paula", kassel).id)
    camp(kassel, project_id=None, partnership_id=row.id, on_the_spot_id=None)
    days(13)

    assert reminders(ReminderSubject.EVENT_OPEN) == [("Paula", "2027-03-12", None)]


def test_only_the_month_known_nobody_hears(kassel: Organisation) -> None:
    event, project = camp(kassel, begins_on=PartialDate("2027-03"), begins_at=None, ends_on=None)
    guest(event, project, "Ana")
    days(19)

    assert reminders(ReminderSubject.EVENT) == []


def test_who_is_invited_during_the_day_hears_of_it_the_same_day(kassel: Organisation) -> None:
    event, project = camp(kassel, begins_on=PartialDate("2027-03-03"), ends_on=None)
    plan(NIGHT)
    assert reminders(ReminderSubject.EVENT) == []
    builders.attendance(
        event, builders.participant(project, person=person("Ana")), created_at=NIGHT + timedelta(minutes=20)
    )
    plan(NIGHT + timedelta(minutes=30))

    assert reminders(ReminderSubject.EVENT) == [("Ana", "2027-03-01", None)]


def test_the_preview_says_what_is_planned(kassel: Organisation) -> None:
    event, project = camp(kassel, on_the_spot_id=None)
    guest(event, project, "Ana")
    foreseen = {(one.person, one.local_date.isoformat()) for one in upcoming(NIGHT, 19)}
    days(19)

    words = (ReminderSubject.EVENT, ReminderSubject.EVENT_OPEN)
    assert foreseen == {line[:2] for word in words for line in reminders(word)}
    assert len(foreseen) == 3


def test_more_events_and_guests_cost_no_more_queries(
    kassel: Organisation, count_queries: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    from_one = _queries(kassel, 1, count_queries)

    assert _queries(kassel, 5, count_queries) == from_one


def _queries(kassel: Organisation, number: int, count_queries: Callable[[], AbstractContextManager[list[str]]]) -> int:
    for _number in range(number):
        event, project = camp(kassel)
        for one in range(number):
            guest(event, project, f"Gast {one}")
    db.session.flush()
    db.session.expire_all()
    rules, calendars = rules_that_stand(), calendars_in_use(date(2027, 3, 1))
    with count_queries() as queries:
        matters_within(rules, calendars, date(2027, 3, 1), date(2027, 3, 19), date(2027, 3, 1))
    return len(queries)
