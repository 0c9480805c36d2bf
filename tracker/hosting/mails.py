"""The letters that tell a host of the guests, and the guests of their host, each in their language."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from flask import render_template

from tracker.attendance.models import Attendance
from tracker.attendance.rules import first_of, heads_of, last_of
from tracker.events.rules import file_of
from tracker.hosting.links import HostLink
from tracker.hosting.models import HostOffer
from tracker.language import _, ngettext, speaking, translated
from tracker.mail.models import Message, MessageKind
from tracker.mail.outbox import enqueue
from tracker.people.models import Person
from tracker.web.access import OfficeSeen


@dataclass(frozen=True)
class Reader:
    """Somebody who is written to; without an address the letter cannot leave."""

    person: Person
    #: The guest whose letter it is; None: it is the host's.
    guest: Attendance | None

    @property
    def address(self) -> str | None:
        """Where a letter reaches them."""
        gone = self.person.archived_at is not None or self.person.locked_at is not None
        return None if gone else self.person.email


@dataclass(frozen=True)
class Letter:
    """What is written to whom."""

    reader: Reader
    subject: str
    text: str
    html: str


def readers(offer: HostOffer, host: Person | None) -> list[Reader]:
    """Return who hears of a stay: the host, or who answers for the organisation, and the guests who have a name."""
    hosts = [Reader(host, None)] if host else []
    return [*hosts, *(Reader(one.participant.person, one) for one in offer.guests if one.participant.person)]


def write(
    reader: Reader, offer: HostOffer, host: Person | None, office: OfficeSeen, *, reply_to: Person, public_url: str
) -> Letter:
    """Write one letter in the language of who reads it. What guests need stands behind a link, in no letter."""
    event = offer.event
    with speaking(reader.person.language):
        title = str(translated(event.title))
        subject = (
            _("%(event)s: where you stay", event=title) if reader.guest else _("%(event)s: your guests", event=title)
        )
        words = {
            "name": reader.person.form_of_address or reader.person.name,
            "language": reader.person.language,
            "office": office.name,
            "subject": subject,
            "title": title,
            "event": event,
            "guests": [_told(one) for one in ([reader.guest] if reader.guest else offer.guests)],
            "host": _host(offer),
            "address": offer.address or (offer.person.postal_address if offer.person else _seat(offer)),
            "phone": host.phone if host else None,
            "conditions": offer.conditions,
            "conditions_language": offer.language,
            "from_whom": reply_to,
            "url": f"{public_url}{HostLink.reference(offer.id)}",
        }
        kind = "guest" if reader.guest else "host"
        text = render_template(f"hosting/mail_{kind}.txt", **words).strip() + "\n"
        return Letter(reader, subject, text, render_template(f"hosting/mail_{kind}.html", **words))


def _told(one: Attendance) -> dict[str, object]:
    who = one.participant
    name = who.person.name if who.person else ngettext("%(num)d person", "%(num)d people", heads_of(one))
    return {
        "name": name,
        "from_on": first_of(one),
        "until_on": last_of(one),
        "language": who.person.language if who.person else None,
        "phone": who.person.phone if who.person else None,
        "address": who.person.email if who.person else None,
        "sender": str(translated(who.organisation.name)) if who.organisation else None,
    }


def _host(offer: HostOffer) -> str:
    return offer.person.name if offer.person else str(translated(offer.organisation.name)) if offer.organisation else ""


def _seat(offer: HostOffer) -> str | None:
    return offer.organisation.place if offer.organisation else None


def send(
    letters: Sequence[Letter], offer: HostOffer, office: OfficeSeen, *, reply_to: str | None, now: datetime
) -> list[Message]:
    """Put the letters into the outbox; the same words to the same person leave once."""
    return [
        enqueue(
            key=f"stay|{offer.id}|{letter.reader.person.id}|{sha256(letter.text.encode()).hexdigest()[:16]}",
            kind=MessageKind.EVENT,
            person_id=letter.reader.person.id,
            address=letter.reader.address,
            language=letter.reader.person.language,
            zone=letter.reader.person.zone or office.zone,
            subject=letter.subject,
            text=letter.text,
            html=letter.html,
            now=now,
            subject_key=f"event:{offer.event_id}",
            attached=file_of(offer.event),
            reply_to=reply_to,
        )
        for letter in letters
        if letter.reader.address
    ]
