"""The letters that a question which was passed on, or a link that is too old, brings about."""

from collections.abc import Iterable
from datetime import date, datetime

from flask import render_template

from tracker.answers.links import AnswerLink
from tracker.language import _, speaking, translated
from tracker.mail.models import Message, MessageKind
from tracker.mail.outbox import enqueue
from tracker.people.models import Person
from tracker.reminders.mails import compose
from tracker.reminders.matters import Matter, Recipient, Sender, Why
from tracker.reminders.promises import DUE, OVERDUE
from tracker.reminders.requests import STATUS_REQUEST
from tracker.reminders.review import Topic
from tracker.updates.models import StatusRequest
from tracker.web.access import OfficeSeen


def send_new_link(
    link: AnswerLink,
    matter: Matter,
    recipient: Recipient,
    office: Sender,
    *,
    number: int,
    today: date,
    public_url: str,
    reply_to: str | None,
    now: datetime,
) -> Message | None:
    """Send the question once more, with links that work; to the address that the person has, and at once."""
    if recipient.address is None:
        return None
    topic = _topic(matter, recipient.person_id, today)
    letter = compose(recipient, [topic], office, today=today, public_url=public_url, reply_to=reply_to)
    return enqueue(
        key=f"link|{link.key}|{now.date().isoformat()}|{number}",
        kind=MessageKind.LINK,
        person_id=recipient.person_id,
        address=recipient.address,
        language=recipient.language,
        zone=recipient.zone,
        subject=letter.subject,
        text=letter.text,
        html=letter.html,
        now=now,
        subject_key=matter.key,
        reply_to=reply_to,
    )


def _topic(matter: Matter, person_id: int, today: date) -> Topic:
    if STATUS_REQUEST in matter.subjects:
        return Topic(matter, STATUS_REQUEST, Why.DEPUTY if person_id in matter.deputy_ids else Why.ASKED, today)
    why = Why.RESPONSIBLE if person_id == matter.responsible_id else Why.CONTACT
    return Topic(matter, OVERDUE if matter.due_on < today else DUE, why, today)


def tell_who_is_asked_now(
    request: StatusRequest,
    coordinators: Iterable[Person],
    office: OfficeSeen,
    *,
    is_new: bool,
    public_url: str,
    now: datetime,
) -> list[Message]:
    """Tell those who coordinate the project that somebody else is asked, and whether the office knows them yet."""
    return [
        _tell(request, person, person.email, office, is_new=is_new, public_url=public_url, now=now)
        for person in coordinators
        if person.email and person.archived_at is None and person.locked_at is None
    ]


def _tell(
    request: StatusRequest,
    person: Person,
    address: str,
    office: OfficeSeen,
    *,
    is_new: bool,
    public_url: str,
    now: datetime,
) -> Message:
    before = request.asked_before or request.asked_by
    with speaking(person.language):
        title = str(translated((request.milestone or request.project).title))
        subject = _("“%(title)s”: %(person)s is asked now", title=title, person=request.person.name)
        words = {
            "name": person.form_of_address or person.name,
            "office": office.name,
            "language": person.language,
            "subject": subject,
            "request": request,
            "before": before.name,
            "is_new": is_new,
            "url": f"{public_url}/people/{request.person_id}",
        }
        return enqueue(
            key=f"passed-on|{request.id}|{person.id}",
            kind=MessageKind.UPDATE,
            person_id=person.id,
            address=address,
            language=person.language,
            zone=person.zone or office.zone,
            subject=subject,
            text=render_template("answers/mail_passed_on.txt", **words) + "\n",
            html=render_template("answers/mail_passed_on.html", **words),
            now=now,
            subject_key=f"request:{request.id}",
            reply_to=before.email,
        )
