"""Who hears that an address fails, and copies for the office."""

import re
from datetime import datetime
from html import escape

from flask import render_template

from tracker.language import _, speaking
from tracker.mail.models import Message, MessageKind
from tracker.mail.outbox import enqueue
from tracker.people.models import Person
from tracker.web.access import OfficeSeen

_BODY = re.compile(r"<body[^>]*>")


def tell_of_refusal(
    person: Person,
    refused_at: datetime,
    reader: Person,
    address: str,
    office: OfficeSeen,
    *,
    public_url: str,
    now: datetime,
) -> Message:
    """Tell somebody of the office that mail servers refuse a person's address."""
    with speaking(reader.language):
        subject = _("No mail reaches %(name)s", name=person.name)
        words = {
            "name": reader.form_of_address or reader.name,
            "person": person.name,
            "refused": person.email,
            "office": office.name,
            "language": reader.language,
            "subject": subject,
            "url": f"{public_url}/people/{person.id}",
        }
        return enqueue(
            key=f"refused|{person.id}|{refused_at:%Y%m%dT%H%M%S}|{reader.id}",
            kind=MessageKind.NOTICE,
            person_id=reader.id,
            address=address,
            language=reader.language,
            zone=reader.zone or office.zone,
            subject=subject,
            text=render_template("postbox/mail_refused.txt", **words) + "\n",
            html=render_template("postbox/mail_refused.html", **words),
            now=now,
            subject_key=f"person:{person.id}",
        )


def send_copy(message: Message, name: str, reader: Person, address: str, zone: str, *, now: datetime) -> Message:
    """Send a copy of a message to somebody of the office, in the words it was written in, with a line before them."""
    with speaking(reader.language):
        line = str(_("This is a copy of the letter to %(name)s, %(address)s.", name=name, address=message.address))
        subject = str(_("Copy: %(subject)s", subject=message.subject or ""))
    marked = f'<p lang="{reader.language}"><em>{escape(line)}</em></p>'
    html = message.html and _BODY.sub(lambda body: body[0] + marked, message.html, count=1)
    return enqueue(
        # A double click within the minute sends one.
        key=f"copy|{message.id}|{reader.id}|{now:%Y%m%dT%H%M}",
        kind=MessageKind.COPY,
        person_id=reader.id,
        address=address,
        language=message.language,
        zone=zone,
        subject=subject,
        text=f"{line}\n\n{message.text}",
        html=html,
        now=now,
        subject_key=message.subject_key,
        attached=message.attached,
    )
