"""The ledger: what comes, put together as people get it, and what became of it."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests import builders
from tests.conftest import Cast, change
from tracker import clock
from tracker.db import db
from tracker.mail.models import MessageKind, MessageState
from tracker.mail.outbox import enqueue
from tracker.people.models import Person
from tracker.projects.models import Project
from tracker.reminders.actions import ensure_site_rules, upcoming
from tracker.reminders.ledger import By, compare, headings, letters, lines
from tracker.reminders.models import Reminder, ReminderRule, ReminderState, ReminderSubject

Browse = Callable[..., FlaskClient]
DAY = date(2026, 3, 3)


@pytest.fixture
def rules(app: Flask) -> None:
    """Have the default rules on for long."""
    change(app, lambda: ensure_site_rules(clock.now() - timedelta(days=500)))


@pytest.fixture
def more(app: Flask, cast: Cast) -> None:
    """Have four milestones in two projects on one day, for one person."""

    def enter() -> None:
        person = db.session.get_one(Person, cast.partner)
        for project_id in (cast.project, cast.other_project):
            for _one in range(2):
                builders.milestone(db.session.get_one(Project, project_id), person=person)

    change(app, enter)


def test_one_person_and_day_is_one_line(app: Flask, cast: Cast, rules: None, more: None) -> None:
    with app.app_context():
        found = [one for one in upcoming(clock.now()) if one.subject is ReminderSubject.MILESTONE_DUE]
        made = letters(found)

        assert sum(len(letter.words) for letter in made) == len(found)
        assert len({(one.first.person_id, one.first.local_date) for one in made}) == len(made)
        assert max(len(letter.said) for letter in made) == 5


def test_lines_stand_under_days_people_or_projects(app: Flask, cast: Cast, rules: None, more: None) -> None:
    with app.app_context():
        found = [one for one in upcoming(clock.now()) if one.subject is ReminderSubject.MILESTONE_DUE]
        under = {by: [key for key, _letters in headings(lines(found, by))] for by in By}

        assert under[By.DAY] == sorted(under[By.DAY])
        assert under[By.PERSON] == [(cast.partner, "Radu Partener")]
        assert under[By.PROJECT] == [(cast.project, "Euarca"), (cast.other_project, "Radweg")]


@pytest.mark.parametrize("by", list(By))
def test_each_order_is_a_page(cast: Cast, browse: Browse, rules: None, more: None, by: By) -> None:
    page = browse(cast.coordinator).get(f"/reminders/?by={by.value}&lang=en").get_data(as_text=True)

    assert "Radu Partener" in page
    assert "One letter about" in page
    assert f'by={by.value}" aria-current="page"' in page


def test_what_left_already_is_neither_new_nor_gone(app: Flask, cast: Cast, rules: None) -> None:
    now = clock.now()
    with app.app_context():
        first, *others = [one for one in upcoming(now) if one.subject is ReminderSubject.MILESTONE_DUE]
    left = replace(first, state=ReminderState.IN_LETTER, send_at=now - timedelta(hours=1))

    made = compare([left, *others[:1]], [left, *others], now=now, begins_today=True, concerns=lambda _one: True)

    assert (made.new, made.same, made.gone) == (tuple(others[1:]), tuple(others[:1]), ())


def test_what_only_comes_back_is_not_planned_for_today(app: Flask, cast: Cast, rules: None) -> None:
    now = clock.now()
    with app.app_context():
        first, *others = [one for one in upcoming(now) if one.subject is ReminderSubject.MILESTONE_DUE]
    today = replace(first, local_date=clock.today(first.zone), send_at=now + timedelta(hours=1))

    made = compare([], [today, *others], now=now, begins_today=False, concerns=lambda _one: True)

    assert made.new == tuple(others)


# ---- what was


def remember(cast: Cast) -> dict[str, int]:
    """Write down what somebody got on a day, what not, and what another got."""
    now = clock.now()
    ensure_site_rules(now)
    rule = db.session.query(ReminderRule).filter_by(subject=ReminderSubject.MILESTONE_DUE).one()
    project = db.session.get_one(Project, cast.other_project)
    other = builders.milestone(project, de="Radweg eröffnet")
    mail: dict[str, Any] = {"person_id": cast.partner, "address": "radu@example.org", "language": "ro", "now": now}
    mail |= {"zone": "Europe/Bucharest", "subject": "Termen", "text": "Bună", "html": "<p>Bună</p>"}
    letter = enqueue(key=f"letter|{cast.partner}|2026-03-03", kind=MessageKind.LETTER, **mail)
    letter.state, letter.sent_at = MessageState.SENT, now
    enqueue(key="update|1|2", kind=MessageKind.UPDATE, **mail)
    db.session.flush()

    def word(subject: str, person_id: int, day: date, **values: Any) -> None:
        shared = {"rule_id": rule.id, "step": "3", "due_on": day, "created_at": now}
        db.session.add(Reminder(subject=subject, person_id=person_id, local_date=day, **shared, **values))

    word(f"milestone:{cast.milestone}", cast.partner, DAY, state=ReminderState.IN_LETTER, message_id=letter.id)
    facts = {"due_on": DAY.isoformat()}
    skipped = {"state": ReminderState.SKIPPED, "reason": "no_day_left", "reason_facts": facts}
    word(f"milestone:{other.id}", cast.partner, DAY, **skipped)
    word(f"milestone:{other.id}", cast.stranger, DAY - timedelta(days=1), state=ReminderState.MISSED, reason="too_old")
    word("milestone:4711", cast.stranger, DAY, state=ReminderState.CANCELLED, reason="milestone_archived")
    db.session.flush()
    return {"letter": letter.id}


@pytest.mark.both
def test_what_somebody_got_on_a_day_what_not_and_why(app: Flask, cast: Cast, browse: Browse) -> None:
    letter = change(app, lambda: remember(cast))["letter"]
    address = f"/reminders/past?person={cast.partner}&day=2026-03-03&lang=en"

    page = browse(cast.coordinator).get(address).get_data(as_text=True)

    assert words(page) == ["Radu Partener", "Künstler benannt", "Radweg eröffnet"]
    assert f"/outbox/?person={cast.partner}#message-{letter}" in page
    assert "There was no working day left for it" in page


@pytest.mark.both
def test_what_a_project_reminded_of(app: Flask, cast: Cast, browse: Browse) -> None:
    change(app, lambda: remember(cast))

    page = browse(cast.reader).get(f"/reminders/past?project={cast.other_project}&lang=en").get_data(as_text=True)

    assert words(page) == ["Radu Partener", "Radweg eröffnet", "Ilona Idegen", "Radweg eröffnet"]
    assert "/outbox/" not in page


def test_other_mails_stand_beside_for_coordinators(app: Flask, cast: Cast, browse: Browse) -> None:
    change(app, lambda: remember(cast))

    def seen(person_id: int) -> bool:
        page = browse(person_id).get(f"/reminders/past?person={cast.partner}&lang=en").get_data(as_text=True)
        return "News of a status update" in page

    assert [seen(cast.coordinator), seen(cast.reader)] == [True, False]


@pytest.mark.parametrize(
    ("query", "sentence"),
    [("", "Nobody has been reminded"), ("day=2020-01-01", "No reminder fell"), ("day=2999-01-01", "still to come")],
)
def test_an_empty_page_says_why(cast: Cast, browse: Browse, query: str, sentence: str) -> None:
    assert sentence in browse(cast.reader).get(f"/reminders/past?{query}&lang=en").get_data(as_text=True)


def test_thirty_days_cost_as_many_queries_as_one(
    app: Flask, cast: Cast, browse: Browse, count_queries: Callable[[], Any]
) -> None:
    change(app, lambda: remember(cast))
    client = browse(cast.coordinator)
    client.get("/reminders/past")
    with count_queries() as first:
        client.get("/reminders/past")

    def more() -> None:
        rule = db.session.query(ReminderRule).first()
        assert rule is not None
        for number in range(30):
            day, person = DAY - timedelta(days=number + 5), builders.person()
            builders.milestone(db.session.get_one(Project, cast.project), person=person)
            values = {"rule_id": rule.id, "step": "3", "due_on": day, "created_at": clock.now()}
            db.session.add(
                Reminder(subject=f"milestone:{cast.milestone}", person_id=person.id, local_date=day, **values)
            )

    change(app, more)
    with count_queries() as second:
        client.get("/reminders/past")

    assert len(second) == len(first)


def words(page: str) -> list[str]:
    """Return people and things of the table, in their order."""
    table = page[page.index("<tbody>") : page.index("</table>")]
    shown = re.findall(r">\s*(Radu Partener|Ilona Idegen|Künstler benannt|Radweg eröffnet)\s*<", table)
    return [str(one) for one in shown]
