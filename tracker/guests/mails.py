"""The letter with which a guest gets their own link."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from flask import render_template

from tracker.attendance.models import Attendance
from tracker.events.models import Event
from tracker.events.rules import file_of, last_day
from tracker.events.telling import when
from tracker.guests.links import GuestLink
from tracker.guests.rules import KEY
from tracker.language import _, speaking, translated
from tracker.mail.models import Message, MessageKind
from tracker.mail.outbox import enqueue
from tracker.organisations.models import Office
from tracker.people.models import Person
from tracker.workdays.rules import instant_of, local_day


@dataclass(frozen=True)
class Letter:
    """What a guest reads: subject and words in their language, with a reference in place of their link."""

    language: str
    name: str
    subject: str
    text: str
    html: str


def written(attendance: Attendance, event: Event, office: Office, *, public_url: str) -> Letter:
    """Return the letter to a guest who stands on the list by name."""
    person = _person(attendance)
    with speaking(person.language):
        title = str(translated(event.title))
        subject = _("“%(title)s”: your invitation", title=title)
        words = {
            "name": person.form_of_address or person.name,
            "event": event,
            "when": when,
            "office": office.name,
            "language": person.language,
            "subject": subject,
            "url": f"{public_url}{GuestLink.reference(attendance.id)}",
        }
        text = render_template("guests/mail_invitation.txt", **words) + "\n"
        html = render_template("guests/mail_invitation.html", **words)
        return Letter(person.language, person.name, subject, text, html)


def in_each_language(rows: Sequence[Attendance], event: Event, office: Office, *, public_url: str) -> list[Letter]:
    """Return one letter in each of the guests' languages, to be looked at before any leaves."""
    first = {_person(row).language: row for row in reversed(rows)}
    return [written(first[code], event, office, public_url=public_url) for code in sorted(first)]


def send_link(
    attendance: Attendance, event: Event, office: Office, *, by: Person, public_url: str, now: datetime
) -> Message:
    """Send a guest their link: at most once on a day, whoever asks for it and how often."""
    person, letter = _person(attendance), written(attendance, event, office, public_url=public_url)
    sender = attendance.participant.organisation
    return enqueue(
        key=f"{KEY}{attendance.id}|{local_day(now, office.zone).isoformat()}",
        kind=MessageKind.EVENT,
        person_id=person.id,
        address=person.email or "",
        language=letter.language,
        zone=person.zone or (sender.zone if sender else office.zone),
        subject=letter.subject,
        text=letter.text,
        html=letter.html,
        now=now,
        useful_until=instant_of(last_day(event) + timedelta(days=1), time(0), event.zone),
        subject_key=f"attendance:{attendance.id}",
        attached=file_of(event),
        reply_to=by.email,
    )


def _person(attendance: Attendance) -> Person:
    person = attendance.participant.person
    if person is None:
        raise ValueError(attendance.id)
    return person
