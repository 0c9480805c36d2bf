"""What those who were asked when they can travel are reminded of, until they have answered."""

from collections.abc import Iterable
from datetime import date

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import joinedload, selectinload

from tracker.db import db
from tracker.language import _, ngettext
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
from tracker.reminders.models import ReminderSubject
from tracker.reminders.queries import ENDED, portions
from tracker.reminders.rules import DAY, before, reach_ahead
from tracker.reminders.wording import long_day, title_of
from tracker.travel.links import TravelLink
from tracker.travel.models import TravelAsked, TravelQuestion
from tracker.travel.queries import is_there


def _say(matter: Matter, _recipient: Recipient, _office: Sender, _today: date) -> list[str]:
    return [
        ngettext(
            "%(who)s asks when you can travel; there is %(num)s week to choose from.",
            "%(who)s asks when you can travel; there are %(num)s weeks to choose from.",
            matter.facts["weeks"],
            who=matter.facts["asked_by"],
        ),
        _("Please say by %(day)s what suits you. You need no password:", day=long_day(matter.due_on)),
    ]


TRAVEL = Subject(
    word=ReminderSubject.TRAVEL,
    default=DefaultRule((5, 2)),
    when=before,
    reaching=reach_ahead,
    section=Section.ASKED,
    say=_say,
    headline=lambda matter, _today: _("“%(title)s”: when can you travel?", title=title_of(matter)),
    headlines=lambda number: ngettext(
        "%(num)s question when you can travel", "%(num)s questions when you can travel", number
    ),
    expires=True,
    listed="/travel/",
)


def _within(asked: Asked) -> list[Matter]:
    first, last = asked.reach.earliest or asked.first, asked.reach.latest
    condition = and_(
        TravelAsked.answered_at.is_(None),
        TravelQuestion.closed_at.is_(None),
        TravelQuestion.answer_until.between(first, last),
    )
    if asked.changed_since is not None:
        condition = and_(condition, TravelQuestion.asked_at >= asked.changed_since)
    return [one for one in questions(condition, asked.today) if one.over is None]


def _of(ids: list[str], today: date) -> list[Matter]:
    return [
        matter
        for portion in portions(int(one) for one in ids)
        for matter in questions(TravelAsked.id.in_(portion), today)
    ]


def questions(condition: ColumnElement[bool], today: date) -> Iterable[Matter]:
    """Yield what each of those who match was asked; two queries."""
    about = joinedload(TravelAsked.question).options(
        joinedload(TravelQuestion.project),
        joinedload(TravelQuestion.partnership),
        joinedload(TravelQuestion.by),
        selectinload(TravelQuestion.periods),
    )
    query = select(TravelAsked, is_there(today)).join(TravelAsked.question).where(condition)
    for asked, has_function in db.session.execute(query.options(about).order_by(TravelAsked.id)):
        question = asked.question
        yield Matter(
            key=f"travel:{asked.id}",
            subjects=(TRAVEL,),
            title=question.title,
            project_id=question.project_id,
            project_title=question.home.title,
            path=f"/travel/{question.id}",
            own_path=TravelLink.reference(asked.id),
            due_on=question.answer_until,
            # The letter that asks has a day of its own.
            since=question.asked_at + DAY,
            responsible_id=asked.person_id,
            as_what=Why.ASKED,
            reply_ids=(question.by_id,),
            over=_over(asked) or (None if has_function else "person_left"),
            facts={"asked_by": question.by.name, "weeks": len(question.periods)},
        )


def _over(asked: TravelAsked) -> str | None:
    if asked.answered_at is not None:
        return "request_answered"
    question, home = asked.question, asked.question.home
    if question.closed_at is not None or home.archived_at is not None:
        return "request_closed"
    if not isinstance(home, Project):
        return None
    if home.status in ENDED:
        return "project_ended"
    return "project_paused" if home.reminders_paused else None


JOURNEYS = Source("travel", (TRAVEL,), _within, _of)
