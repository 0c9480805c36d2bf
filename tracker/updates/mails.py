"""Who hears of a status update, in which words."""

from collections.abc import Iterable
from datetime import datetime

from flask import render_template

from tracker.language import _, speaking, translated
from tracker.mail.models import Message, MessageKind
from tracker.mail.outbox import enqueue
from tracker.organisations.models import Office
from tracker.people.models import MailRhythm, Person
from tracker.updates.models import StatusUpdate
from tracker.web.formats import long_day


def tell_coordinators(
    update: StatusUpdate, coordinators: Iterable[Person], office: Office, *, public_url: str, now: datetime
) -> list[Message]:
    """Write to those who coordinate the project, each in their language; who said it or wants no mail gets none."""
    return [
        _tell(update, person, person.email, office, public_url=public_url, now=now)
        for person in coordinators
        if person.email and _hears(person, update)
    ]


def _hears(person: Person, update: StatusUpdate) -> bool:
    gone = person.archived_at is not None or person.locked_at is not None
    return person.id != update.by_id and not gone and person.mail_rhythm is not MailRhythm.NEVER


def _tell(
    update: StatusUpdate, person: Person, address: str, office: Office, *, public_url: str, now: datetime
) -> Message:
    with speaking(person.language):
        about = update.milestone or update.project
        words = {
            "update": update,
            "name": person.form_of_address or person.name,
            "office": office.name,
            "language": person.language,
            "title": translated(about.title),
            "project": translated(update.project.title) if update.milestone else None,
            "new_due": long_day(update.new_due_on),
            "url": f"{public_url}/projects/{update.project_id}",
        }
        return enqueue(
            key=f"update|{update.id}|{person.id}",
            kind=MessageKind.UPDATE,
            person_id=person.id,
            address=address,
            language=person.language,
            zone=person.zone or office.zone,
            subject=_subject(update, str(words["title"])),
            text=render_template("updates/mail_update.txt", **words) + "\n",
            html=render_template("updates/mail_update.html", **words),
            now=now,
            subject_key=f"update:{update.id}",
            reply_to=update.by.email,
        )


def _subject(update: StatusUpdate, title: str) -> str:
    if update.assessment is not None:
        return _("“%(title)s”: %(assessment)s", title=title, assessment=update.assessment.label)
    if update.new_due_on is not None:
        return _("“%(title)s”: new date %(date)s", title=title, date=long_day(update.new_due_on))
    return _("“%(title)s”: a comment", title=title)
