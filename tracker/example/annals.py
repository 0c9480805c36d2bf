"""What happened and what was said in a large invented office."""

import random
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from tracker.db import PartialDate, Translated, db
from tracker.example.crowd import Crowd
from tracker.example.works import DAY, YEARS, Plan, Works
from tracker.history.actions import record
from tracker.history.rules import Verb
from tracker.log.models import LogEntry, LogKind
from tracker.milestones.models import Assessment, Milestone, MilestoneState
from tracker.people.models import Person
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
#: Before this long ago only the year or the month of some things is known.
LONG_AGO = DAY * 365 * 15


def narrate(dice: random.Random, crowd: Crowd, works: Works, *, entries: int, now: datetime, today: date) -> None:
    """Enter so many log entries, what partners said about a third of the milestones, and the history of both."""
    said = [*_said(dice, works.milestones, now, today)]
    happened = [_entry(dice, crowd, works, number, now=now, today=today) for number in range(entries)]
    db.session.add_all([*said, *happened])
    db.session.flush()
    lines: list[StatusUpdate | LogEntry] = sorted([*said, *happened], key=_moment)
    for row in lines:
        _tell(row)
    db.session.flush()


def _moment(row: StatusUpdate | LogEntry) -> datetime:
    return row.at if isinstance(row, StatusUpdate) else row.created_at


def _tell(row: StatusUpdate | LogEntry) -> None:
    by_id = row.by.id if row.by else None
    if isinstance(row, LogEntry):
        within = row.project or row.partnership or row.organisation
        record(Verb.LOG_ENTRY_CREATED, row, by_id=by_id, now=row.created_at, within=within, kind=row.kind)
    elif row.milestone is not None:
        facts = {"title": row.milestone.title, "assessment": row.assessment}
        record(Verb.UPDATE_SUBMITTED_ON_MILESTONE, row, by_id=by_id, now=row.at, within=row.project, **facts)


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


def _entry(dice: random.Random, crowd: Crowd, works: Works, number: int, *, now: datetime, today: date) -> LogEntry:
    place = dice.random()
    plan = dice.choice(works.plans) if place < 0.7 else None  # noqa: PLR2004 - most is about projects
    day = _day(dice, plan, today)
    kind = dice.choice(list(LogKind))
    (happened, event), (about, topic) = HAPPENED[kind], dice.choice(ABOUT)
    by: Person = dice.choice(crowd.coordinators)
    entry = LogEntry(
        happened_on=PartialDate(day.isoformat()[: dice.choice((4, 7, 10)) if today - day > LONG_AGO else 10]),
        kind=kind,
        summary=Translated.of("de", now, de=f"{happened} {about} ({number + 1})", en=f"{event} {topic} ({number + 1})"),
        details=DETAILS if number % 3 == 0 else None,
        language="de",
        by=by,
        created_at=_on(day, dice, now),
    )
    if plan is not None:
        entry.project = plan.project
        body = dice.choice(plan.partners)
        entry.people = [dice.choice(crowd.people[body.id])] if number % 2 else []
        entry.organisations = [body] if number % 5 == 0 else []
    elif place < 0.9:  # noqa: PLR2004 - the rest is about organisations
        entry.partnership = dice.choice(works.partnerships)
    else:
        entry.organisation = dice.choice(crowd.partners)
    if number % 20 == 0:
        _add_step(dice, entry, day, now)
    return entry


def _day(dice: random.Random, plan: Plan | None, today: date) -> date:
    if plan is None:
        return today - DAY * dice.randrange(365 * YEARS)
    begin, end = min(plan.begin, today - DAY * 30), min(plan.end, today)
    return begin + (end - begin) * dice.random()


def _add_step(dice: random.Random, entry: LogEntry, day: date, now: datetime) -> None:
    entry.next_step, entry.next_step_on = "Noch einmal nachfragen", day + DAY * dice.randrange(3, 30)
    if entry.next_step_on < now.date() - DAY * 10:
        entry.next_step_done_at = now - DAY
