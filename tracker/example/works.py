"""Projects and milestones of a large invented office, over thirty years."""

import random
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise

from tracker.db import PartialDate, Translated, db
from tracker.example.bonds import DAY, YEARS, known
from tracker.example.crowd import Crowd
from tracker.milestones.models import Assessment, Milestone, MilestoneKind, MilestoneMove, MilestoneState
from tracker.organisations.models import Organisation
from tracker.participants.models import Participant, ParticipantRole
from tracker.partnerships.models import Partnership
from tracker.people.models import Person
from tracker.projects.models import Project, ProjectOrganisation, ProjectRole, ProjectStatus

#: What a tenth of the projects each is; the others are completed.
STATUSES = (ProjectStatus.RUNNING, ProjectStatus.RUNNING, ProjectStatus.RUNNING, ProjectStatus.PLANNED)
THEMES = (
    ("Künstleraustausch", "Artist exchange"),
    ("Jugendbegegnung", "Youth meeting"),
    ("Energie aus Holz", "Energy from wood"),
    ("Nahverkehr", "Public transport"),
    ("Schulen gemeinsam", "Schools together"),
    ("Feuerwehren im Austausch", "Fire brigades in exchange"),
    ("Wege am Wasser", "Paths by the water"),
    ("Chöre", "Choirs"),
)
STEPS = (
    ("Programm im Entwurf", "Draft of the programme"),
    ("Unterkunft bestätigt", "Lodging confirmed"),
    ("Teilnehmende benannt", "Participants named"),
    ("Reise gebucht", "Journey booked"),
    ("Bericht abgegeben", "Report handed in"),
    ("Vereinbarung unterschrieben", "Agreement signed"),
    ("Zuschuss beantragt", "Grant applied for"),
    ("Texte übersetzt", "Texts translated"),
)
LATE_AT_MOST, LATE_SHARE, CANCELLED_SHARE, MOVED_SHARE, LONGEST_MOVE = 120, 0.25, 0.04, 0.18, 40


@dataclass
class Plan:
    """A project and the days between which it happens."""

    project: Project
    begin: date
    end: date
    partners: list[Organisation]


@dataclass
class Works:
    """What the log and the updates speak of."""

    partnerships: list[Partnership]
    plans: list[Plan]
    milestones: list[Milestone]


def build(
    dice: random.Random,
    crowd: Crowd,
    partnerships: list[Partnership],
    *,
    projects: int,
    milestones: int,
    due_today: int,
    now: datetime,
    today: date,
) -> Works:
    """Enter so many projects under the partnerships, then so many milestones."""
    plans = [_plan(dice, crowd, partnerships, number, now=now, today=today) for number in range(projects)]
    db.session.add_all([plan.project for plan in plans])
    db.session.flush()
    rows = [*_due_today(crowd, plans, due_today, now, today)]
    rows += [
        _milestone(dice, crowd, dice.choice(plans), number, now=now, today=today)
        for number in range(len(rows), milestones)
    ]
    db.session.add_all(rows)
    db.session.flush()
    for row in rows:
        _move_perhaps(dice, row)
    db.session.add_all(_participants(dice, plans, now))
    db.session.flush()
    return Works(partnerships, plans, rows)


def _words(pair: tuple[str, str], number: int, at: datetime) -> Translated:
    return Translated.of("de", at, de=f"{pair[0]} {number + 1}", en=f"{pair[1]} {number + 1}")


def _plan(
    dice: random.Random, crowd: Crowd, partnerships: list[Partnership], number: int, *, now: datetime, today: date
) -> Plan:
    status = (STATUSES + (ProjectStatus.COMPLETED,) * 6)[number % 10]
    begin, end = _span(dice, status, today)
    partners = dice.sample(crowd.partners, min(len(crowd.partners), dice.randrange(1, 5)))
    project = Project(
        title=_words(THEMES[number % len(THEMES)], number, now),
        summary=Translated.of("de", now, de="Erfundenes Beispiel.", en="Invented example."),
        status=status,
        begins=PartialDate.of(begin) if status is ProjectStatus.RUNNING else known(dice, begin),
        ends=PartialDate(end.isoformat()[:7]),
        created_at=now - DAY * 380,
    )
    project.organisations = [
        ProjectOrganisation(organisation=body, role=ProjectRole.PARTNER if place else ProjectRole.LEAD)
        for place, body in enumerate([crowd.office, *partners])
    ]
    # The office's own partnerships stand first, one for each partner; beside them one twinning, as it comes.
    own = dict(zip(crowd.partners, partnerships, strict=False))
    twinnings = partnerships[len(own) :]
    project.partnerships = [own[body] for body in partners if body in own]
    project.partnerships += dice.sample(twinnings, min(len(twinnings), 1))
    project.coordinators = dice.sample(crowd.coordinators, dice.randrange(1, 3))
    return Plan(project, begin, end, partners)


def _span(dice: random.Random, status: ProjectStatus, today: date) -> tuple[date, date]:
    length = DAY * dice.randrange(200, 900)
    if status is ProjectStatus.RUNNING:
        begin = today - length * dice.uniform(0.2, 0.8)
    elif status is ProjectStatus.PLANNED:
        begin = today + DAY * dice.randrange(10, 200)
    else:
        begin = today - length - DAY * dice.randrange(30, 365 * YEARS - 900)
    return begin, begin + length


def _due_today(crowd: Crowd, plans: list[Plan], number: int, now: datetime, today: date) -> Iterable[Milestone]:
    """Yield milestones that fall due today, each with a person of its own as far as there are enough, zone by zone."""
    running = [plan for plan in plans if plan.project.status is ProjectStatus.RUNNING] or plans
    people = crowd.everybody_abroad()
    for place in range(number):
        row = _row(running[place % len(running)], today, place, now)
        yield _owned(row, people[place % len(people)])


def _milestone(dice: random.Random, crowd: Crowd, plan: Plan, number: int, *, now: datetime, today: date) -> Milestone:
    due_on = plan.begin + (plan.end - plan.begin) * dice.random()
    row = _row(plan, due_on, number, now)
    row.kind = dice.choice(list(MilestoneKind))
    at_work = crowd.coordinators if dice.random() < LATE_SHARE else crowd.people[dice.choice(plan.partners).id]
    _owned(row, dice.choice(at_work))
    if dice.random() < CANCELLED_SHARE:
        row.state = MilestoneState.CANCELLED
    elif due_on < today and not (_is_recent(plan, due_on, today) and dice.random() < LATE_SHARE):
        row.state, row.assessment = MilestoneState.DONE, Assessment.DONE
        row.done_on = min(due_on + DAY * dice.randrange(-5, 15), today)
    return row


def _is_recent(plan: Plan, due_on: date, today: date) -> bool:
    return plan.project.status is ProjectStatus.RUNNING and today - due_on < DAY * LATE_AT_MOST


def _row(plan: Plan, due_on: date, number: int, now: datetime) -> Milestone:
    long_ago = now - DAY * 380
    return Milestone(
        project=plan.project,
        title=_words(STEPS[number % len(STEPS)], number, long_ago),
        state=MilestoneState.OPEN,
        first_due_on=due_on,
        due_on=due_on,
        due_since=long_ago,
        responsible_since=long_ago,
        created_at=long_ago,
    )


def _owned(row: Milestone, person: Person) -> Milestone:
    row.responsible_person = person
    row.responsible_organisation_id = person.contacts[0].organisation_id
    return row


def _move_perhaps(dice: random.Random, row: Milestone) -> None:
    """Let some have been due earlier at first, perhaps moved twice."""
    if dice.random() >= MOVED_SHARE:
        return
    stops = [row.due_on - DAY * dice.randrange(5, LONGEST_MOVE) for _ in range(dice.randrange(1, 3))]
    stops = [*sorted(set(stops)), row.due_on]
    row.first_due_on = stops[0]
    for earlier, later in pairwise(stops):
        at = row.created_at + DAY * dice.randrange(1, 300)
        by_id = row.responsible_person.id if row.responsible_person else None
        row.moves.append(MilestoneMove(from_on=earlier, to_on=later, at=at, by_id=by_id))


def _participants(dice: random.Random, plans: list[Plan], now: datetime) -> Iterable[Participant]:
    for plan in plans:
        for body in plan.partners:
            yield Participant(
                project_id=plan.project.id,
                heads=dice.randrange(1, 20),
                role=dice.choice(list(ParticipantRole)),
                organisation_id=body.id,
                created_at=now - DAY * 100,
            )
