"""What somebody is asked: status requests, until they are answered."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from sqlalchemy import JSON, ColumnElement, SQLColumnExpression, Text, and_, case, cast, func, literal, or_, select
from sqlalchemy.orm import joinedload

from tracker.db import db
from tracker.language import _, language_name, ngettext, spoken
from tracker.milestones.models import MilestoneState
from tracker.people.models import Contact
from tracker.people.whereabouts import Whereabouts
from tracker.projects.models import Project
from tracker.reminders.matters import (
    Asked,
    DefaultRule,
    Matter,
    Recipient,
    Section,
    Sender,
    Source,
    Subject,
    Why,
)
from tracker.reminders.models import ReminderRule, ReminderSubject
from tracker.reminders.queries import (
    coordinators_of,
    gathered,
    is_current,
    portions,
    recipients,
    sender,
)
from tracker.reminders.rules import chain_of, deputies_join, reach_everything, when_asked
from tracker.reminders.wording import long_day, title_of
from tracker.updates.models import EndedBecause, StatusRequest

OVER: Mapping[EndedBecause, str] = {
    EndedBecause.ANSWERED: "request_answered",
    EndedBecause.WITHDRAWN: "request_withdrawn",
    EndedBecause.CLOSED: "request_closed",
    EndedBecause.PASSED_ON: "request_passed_on",
}


def _say(matter: Matter, recipient: Recipient, _office: Sender, today: date) -> list[str]:
    facts: dict[str, Any] = {"who": matter.facts["asked_by"], "date": long_day(matter.due_on)}
    if today <= matter.due_on:
        found = [_("%(who)s asks how it stands. Please answer by %(date)s.", **facts)]
    else:
        found = [_("%(who)s asks how it stands. The answer was wanted by %(date)s.", **facts)]
    if recipient.person_id in matter.deputy_ids:
        found.append(_("%(person)s was asked and has not answered yet.", person=matter.facts["person"]))
    if matter.facts["before"]:
        found.append(_("%(person)s was asked before you.", person=matter.facts["before"]))
    if matter.facts["question"]:
        found.append(_question(matter.facts["question"], matter.facts["language"]))
    return found


def _question(words: str, language: str) -> str:
    quoted = _("“%(title)s”", title=" ".join(words.split()))
    return quoted if language == spoken() else f"{quoted} ({language_name(language)})"


def _headline(matter: Matter, _today: date) -> str:
    facts = {"title": title_of(matter), "date": long_day(matter.due_on)}
    return _("How does “%(title)s” stand? Please answer by %(date)s", **facts)


STATUS_REQUEST = Subject(
    word=ReminderSubject.STATUS_REQUEST,
    default=DefaultRule((0, 5, 10)),
    when=when_asked,
    reaching=reach_everything,
    section=Section.ASKED,
    say=_say,
    headline=_headline,
    headlines=lambda number: ngettext(
        "You are asked about %(num)s thing", "You are asked about %(num)s things", number
    ),
    joins=deputies_join,
    steps_of_the_first=lambda rule: len(chain_of(rule).days),
    asks_how=True,
    moved="request_renewed",
)


def _within(asked: Asked) -> list[Matter]:
    condition: ColumnElement[bool] = StatusRequest.ended_at.is_(None)
    if asked.changed_since is not None:
        condition = and_(condition, StatusRequest.asked_at >= asked.changed_since)
    return requests(condition, asked.today)


def _of(ids: list[str], today: date) -> list[Matter]:
    return [
        matter
        for portion in portions(int(one) for one in ids)
        for matter in requests(StatusRequest.id.in_(portion), today)
    ]


def requests(condition: ColumnElement[bool], today: date) -> list[Matter]:
    """Return the questions that match, in a number of queries that does not grow with them."""
    about = (
        joinedload(StatusRequest.project),
        joinedload(StatusRequest.milestone),
        joinedload(StatusRequest.person),
        joinedload(StatusRequest.asked_by),
        joinedload(StatusRequest.asked_before),
    )
    query = select(StatusRequest).join(Project, Project.id == StatusRequest.project_id).where(condition)
    rows = db.session.scalars(query.options(*about).order_by(StatusRequest.id)).all()
    coordinators = coordinators_of({row.project_id for row in rows})
    asked = {row.person_id for row in rows}
    deputies, people = _deputies(asked, today), recipients(asked, today, sender()) if asked else {}
    return [
        _matter(
            row,
            coordinators.get(row.project_id, ()),
            deputies.get(row.person_id, ()),
            people[row.person_id].there,
        )
        for row in rows
    ]


def _matter(row: StatusRequest, coordinators: tuple[int, ...], deputies: tuple[int, ...], there: Whereabouts) -> Matter:
    subject = row.milestone or row.project
    query = f"?milestone={row.milestone_id}" if row.milestone_id else ""
    return Matter(
        key=f"request:{row.id}",
        subjects=(STATUS_REQUEST,),
        title=subject.title,
        project_id=row.project_id,
        project_title=row.project.title if row.milestone else None,
        path=f"/projects/{row.project_id}/updates/new{query}",
        due_on=row.answer_by,
        since=row.asked_at,
        responsible_id=row.person_id,
        as_what=Why.ASKED,
        there=there,
        # Where the person asked cannot be reached, their deputy is asked instead.
        contact_ids=deputies,
        deputy_ids=deputies,
        reply_ids=tuple(dict.fromkeys((row.asked_by_id, *coordinators))),
        over=_over(row),
        facts={
            "asked_by": row.asked_by.name,
            "person": row.person.name,
            "before": row.asked_before.name if row.asked_before else None,
            "question": row.question,
            "language": row.language,
        },
    )


def _over(row: StatusRequest) -> str | None:
    if row.ended_because is not None:
        return OVER[row.ended_because]
    milestone = row.milestone
    is_gone = milestone is not None and (
        milestone.state is not MilestoneState.OPEN or milestone.archived_at is not None
    )
    if is_gone or row.project.archived_at is not None:
        return "request_closed"
    return "project_paused" if row.project.reminders_paused else None


def _deputies(person_ids: Iterable[int], today: date) -> dict[int, tuple[int, ...]]:
    """Return person id to who stands in for them now."""
    found: dict[int, tuple[int, ...]] = {}
    for portion in portions(person_ids):
        named = select(Contact.person_id, Contact.deputy_id).where(
            Contact.person_id.in_(portion), Contact.deputy_id.is_not(None), is_current(today)
        )
        found |= gathered(db.session.execute(named.order_by(Contact.is_first.desc(), Contact.id)))
    # One of them is enough.
    return {person_id: deputies[:1] for person_id, deputies in found.items()}


def steps_in(project_id: SQLColumnExpression[int]) -> ColumnElement[str]:
    """Return the steps of asking in a project, as JSON: its own rule's, else the site's; none where it is off."""
    standing = (
        ReminderRule.subject == ReminderSubject.STATUS_REQUEST,
        ReminderRule.archived_at.is_(None),
        or_(ReminderRule.project_id.is_(None), ReminderRule.project_id == project_id),
    )
    off, usual = literal([], JSON()), literal(list(STATUS_REQUEST.default.steps), JSON())
    as_it_is = case((ReminderRule.active_since.is_not(None), ReminderRule.steps), else_=off)
    rule = select(as_it_is).where(*standing).order_by(ReminderRule.project_id.is_(None)).limit(1)
    # Before the worker has made the rules, there is none.
    steps = func.coalesce(rule.correlate_except(ReminderRule).scalar_subquery(), usual, type_=JSON())
    # As text: what a query makes unique has to be hashable.
    return cast(steps, Text())


REQUESTS = Source("request", (STATUS_REQUEST,), _within, _of)
