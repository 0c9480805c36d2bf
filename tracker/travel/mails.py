"""The letters that ask when somebody can travel, tell who asked of an answer, and say what was chosen."""

from datetime import datetime, time

from flask import render_template

from tracker.language import _, speaking, translated
from tracker.mail.models import Message, MessageKind
from tracker.mail.outbox import enqueue
from tracker.organisations.models import Office
from tracker.people.models import Person
from tracker.travel.links import TravelLink
from tracker.travel.models import TravelAsked, TravelPeriod
from tracker.travel.rules import DAY, KEY, can_be_written_to
from tracker.workdays.rules import instant_of, local_day


def ask(asked: TravelAsked, office: Office, *, public_url: str, now: datetime) -> Message:
    """Ask somebody which weeks suit them: at most once on a day, however often somebody wants it."""
    question = asked.question
    with speaking(asked.person.language):
        subject = _("“%(title)s”: when can you travel?", title=str(translated(question.title)))
    return _send(
        asked.person,
        office,
        "ask",
        subject,
        key=f"{KEY}{asked.id}|{local_day(now, office.zone).isoformat()}",
        zone=asked.person.zone or asked.organisation.zone,
        useful_until=instant_of(question.answer_until + DAY, time(0), office.zone),
        subject_key=f"travel_asked:{asked.id}",
        reply_to=question.by.email,
        now=now,
        asked=asked,
        url=f"{public_url}{TravelLink.reference(asked.id)}",
    )


def tell_of_answer(asked: TravelAsked, office: Office, *, public_url: str, now: datetime) -> Message | None:
    """Tell who asked that somebody answered: once a day of each. What they said stands on the page."""
    question = asked.question
    if asked.person_id == question.by_id or not can_be_written_to(question.by):
        return None
    with speaking(question.by.language):
        title = str(translated(question.title))
        subject = _("“%(title)s”: %(person)s says when it suits", title=title, person=asked.person.name)
    return _send(
        question.by,
        office,
        "answer",
        subject,
        key=f"travel-answer|{asked.id}|{local_day(now, office.zone).isoformat()}",
        zone=question.by.zone or office.zone,
        subject_key=f"travel_question:{question.id}",
        reply_to=asked.person.email,
        now=now,
        asked=asked,
        url=f"{public_url}/travel/{question.id}",
        kind=MessageKind.UPDATE,
    )


def tell_of_choice(
    asked: TravelAsked, period: TravelPeriod, office: Office, *, public_url: str, now: datetime
) -> Message:
    """Tell somebody who was asked which days were chosen."""
    question = asked.question
    with speaking(asked.person.language):
        subject = _("“%(title)s”: the days are chosen", title=str(translated(question.title)))
    return _send(
        asked.person,
        office,
        "choice",
        subject,
        key=f"travel-choice|{asked.id}|{period.id}|{now.timestamp():.0f}",
        zone=asked.person.zone or asked.organisation.zone,
        subject_key=f"travel_question:{question.id}",
        reply_to=question.by.email,
        now=now,
        asked=asked,
        period=period,
        url=f"{public_url}{TravelLink.reference(asked.id)}",
    )


def _send(
    person: Person,
    office: Office,
    template: str,
    subject: str,
    *,
    key: str,
    zone: str,
    subject_key: str,
    reply_to: str | None,
    now: datetime,
    useful_until: datetime | None = None,
    kind: MessageKind = MessageKind.EVENT,
    **facts: object,
) -> Message:
    with speaking(person.language):
        words = {
            "name": person.form_of_address or person.name,
            "office": office.name,
            "language": person.language,
            "subject": subject,
            **facts,
        }
        text = render_template(f"travel/mail_{template}.txt", **words) + "\n"
        html = render_template(f"travel/mail_{template}.html", **words)
    return enqueue(
        key=key,
        kind=kind,
        person_id=person.id,
        address=person.email or "",
        language=person.language,
        zone=zone,
        subject=subject,
        text=text,
        html=html,
        now=now,
        useful_until=useful_until,
        subject_key=subject_key,
        reply_to=reply_to,
    )
