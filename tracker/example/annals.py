"""What happened and what was said in a large invented office."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from operator import itemgetter
from typing import Any

import sqlalchemy as sa

from tracker.db import Model, PartialDate, Translated, db
from tracker.example.bonds import DAY, YEARS
from tracker.example.crowd import Crowd
from tracker.example.works import Plan, Works
from tracker.folding import fold_all
from tracker.history.models import HistoryLine
from tracker.history.rules import Verb, kept, key_of
from tracker.log.models import LogEntry, LogEntryOrganisation, LogEntryPerson, LogKind
from tracker.milestones.models import Assessment, Milestone, MilestoneState
from tracker.organisations.models import Organisation
from tracker.partnerships.models import Partnership
from tracker.people.models import Person
from tracker.projects.models import Project
from tracker.updates.models import StatusUpdate

#: Language to what somebody says about a milestone.
SAID = {
    "de": ("Wir sind gut dabei.", "Es fehlt noch eine Unterschrift.", "Das wird etwas später."),
    "en": ("We are well on the way.", "One signature is missing.", "This will take a little longer."),
    "it": ("Siamo a buon punto.", "Manca ancora una firma.", "Ci vorrà un po' di più."),
    "hu": ("Jól haladunk.", "Még hiányzik egy aláírás.", "Ez kicsit később lesz kész."),
    "ro": ("Totul merge bine.", "Mai lipsește o semnătură.", "Va dura puțin mai mult."),
}
HAPPENED = {
    LogKind.MEETING: ("Besprechung", "Meeting"),
    LogKind.CALL: ("Telefonat", "Call"),
    LogKind.LETTER: ("Brief", "Letter"),
    LogKind.MAIL: ("E-Mail", "Mail"),
    LogKind.VISIT: ("Besuch", "Visit"),
    LogKind.DECISION: ("Entscheidung", "Decision"),
    LogKind.DELIVERY: ("Lieferung", "Delivery"),
    LogKind.GIFT_GIVEN: ("Gastgeschenk überreicht", "Gift given"),
    LogKind.GIFT_RECEIVED: ("Gastgeschenk erhalten", "Gift received"),
    LogKind.PRESS: ("Pressebericht", "Press report"),
    LogKind.NOTE: ("Notiz", "Note"),
}
ABOUT = (
    ("zum Programm", "about the programme"),
    ("zur Reise", "about the journey"),
    ("zum Zuschuss", "about the grant"),
    ("zur Ausstellung", "about the exhibition"),
    ("zu den Unterkünften", "about lodging"),
)
DETAILS = "Die wichtigsten Punkte sind besprochen; wer was bis wann tut, steht bei den Meilensteinen. Ton: freundlich."
#: How many of the entries are about a project, and how many about a partnership; the others are about organisations.
ON_PROJECTS, ON_PARTNERSHIPS = 0.5, 0.4
#: Before this long ago only the year or the month of some things is known.
LONG_AGO = DAY * 365 * 15


def narrate(dice: random.Random, crowd: Crowd, works: Works, *, entries: int, now: datetime, today: date) -> None:
    """Enter so many log entries, what partners said about a third of the milestones, and the history of both."""
    said = [*_said(dice, works.milestones, now, today)]
    happened = [_entry(dice, crowd, works, number, now=now, today=today) for number in range(entries)]
    db.session.add_all(said)
    db.session.flush()
    _enter(happened)
    lines = [_told_of_update(one) for one in said] + [_told_of_entry(one) for one in happened]
    _insert(HistoryLine, sorted(lines, key=itemgetter("at")))


@dataclass
class _Entry:
    """A row of the log, who was there, and to what it belongs."""

    row: dict[str, Any]
    within: Project | Partnership | Organisation
    people: list[Person]
    organisations: list[Organisation]


def _enter(happened: list[_Entry]) -> None:
    """Insert them together: objects for tens of thousands would take most of the time."""
    # Else SQLAlchemy parts the rows by what each leaves empty, and sends one statement after the other.
    query = sa.insert(LogEntry).execution_options(render_nulls=True)
    query = query.returning(LogEntry.id, sort_by_parameter_order=True)
    ids = db.session.scalars(query, [one.row for one in happened]).all() if happened else []
    for one, id_ in zip(happened, ids, strict=True):
        one.row["id"] = id_
    met = [(one.row["id"], person.id) for one in happened for person in one.people]
    bodies = [(one.row["id"], body.id) for one in happened for body in one.organisations]
    _insert(LogEntryPerson, [{"log_entry_id": entry, "person_id": person} for entry, person in met])
    _insert(LogEntryOrganisation, [{"log_entry_id": entry, "organisation_id": body} for entry, body in bodies])


def _insert(model: type[Model], rows: list[dict[str, Any]]) -> None:
    if rows:
        db.session.execute(sa.insert(model), rows)


def _told_of_entry(one: _Entry) -> dict[str, Any]:
    row = one.row
    key = f"{LogEntry.__tablename__}:{row['id']}"
    return _line(Verb.LOG_ENTRY_CREATED, key, row["by_id"], row["created_at"], one.within, kind=row["kind"])


def _told_of_update(row: StatusUpdate) -> dict[str, Any]:
    facts = {"title": row.milestone.title if row.milestone else None, "assessment": row.assessment}
    return _line(Verb.UPDATE_SUBMITTED_ON_MILESTONE, key_of(row), row.by.id, row.at, row.project, **facts)


def _line(verb: Verb, subject: str, by_id: int, at: datetime, within: Model, **facts: object) -> dict[str, Any]:
    told = {name: kept(value) for name, value in facts.items()}
    return {"at": at, "verb": verb.name, "by_id": by_id, "subject": subject, "within": key_of(within), "facts": told}


def _said(dice: random.Random, milestones: Sequence[Milestone], now: datetime, today: date) -> Iterable[StatusUpdate]:
    for milestone in milestones[::3]:
        person = milestone.responsible_person
        if person is None:
            continue
        assessment = Assessment.DONE
        if milestone.state is MilestoneState.OPEN:
            assessment = milestone.assessment = dice.choice([one for one in Assessment if one is not Assessment.DONE])
        day = min(milestone.due_on - DAY * dice.randrange(20), today)
        yield StatusUpdate(
            project=milestone.project,
            milestone=milestone,
            assessment=assessment,
            text=dice.choice(SAID[person.language]),
            language=person.language,
            at=_on(day, dice, now),
            by=person,
        )


def _on(day: date, dice: random.Random, now: datetime) -> datetime:
    """Return a moment of office hours on a day, not later than now."""
    then = datetime(day.year, day.month, day.day, tzinfo=now.tzinfo) + timedelta(
        minutes=dice.randrange(8 * 60, 17 * 60)
    )
    return min(then, now)


def _entry(dice: random.Random, crowd: Crowd, works: Works, number: int, *, now: datetime, today: date) -> _Entry:
    place = dice.random()
    plan = dice.choice(works.plans) if place < ON_PROJECTS else None
    day = _day(dice, plan, today)
    kind = dice.choice(list(HAPPENED))
    (happened, event), (about, topic) = HAPPENED[kind], dice.choice(ABOUT)
    by: Person = dice.choice(crowd.coordinators)
    summary = Translated.of("de", now, de=f"{happened} {about} ({number + 1})", en=f"{event} {topic} ({number + 1})")
    details = DETAILS if number % 3 == 0 else None
    row: dict[str, Any] = {
        "project_id": None,
        "partnership_id": None,
        "organisation_id": None,
        "happened_on": PartialDate(day.isoformat()[: dice.choice((4, 7, 10)) if today - day > LONG_AGO else 10]),
        "kind": kind,
        "summary": summary,
        "details": details,
        "language": "de",
        "by_id": by.id,
        "created_at": _on(day, dice, now),
        **_step(dice, number, day, now),
    }
    row["folded"] = fold_all([*summary.spellings, details or "", row["next_step"] or ""])
    if plan is not None:
        row["project_id"] = plan.project.id
        body = dice.choice(plan.partners)
        people = [dice.choice(crowd.people[body.id])] if number % 2 else []
        return _Entry(row, plan.project, people, [body] if number % 5 == 0 else [])
    if place < ON_PROJECTS + ON_PARTNERSHIPS:
        partnership = dice.choice(works.partnerships)
        row["partnership_id"] = partnership.id
        return _Entry(row, partnership, [], [])
    body = dice.choice(crowd.partners)
    row["organisation_id"] = body.id
    return _Entry(row, body, [], [])


def _day(dice: random.Random, plan: Plan | None, today: date) -> date:
    if plan is None:
        return today - DAY * dice.randrange(365 * YEARS)
    begin, end = min(plan.begin, today - DAY * 30), min(plan.end, today)
    return begin + (end - begin) * dice.random()


def _step(dice: random.Random, number: int, day: date, now: datetime) -> dict[str, Any]:
    """Return the next step of one entry in twenty; most are done."""
    if number % 20:
        return {"next_step": None, "next_step_on": None, "next_step_done_at": None}
    on = day + DAY * dice.randrange(3, 30)
    done_at = now - DAY if on < now.date() - DAY * 10 else None
    return {"next_step": "Noch einmal nachfragen", "next_step_on": on, "next_step_done_at": done_at}
