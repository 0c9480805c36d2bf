"""The letters about an event, each in the language of who reads it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Self

from flask import render_template

from tracker.attendance.audience import BECAUSE, Part
from tracker.circulars.models import Circular
from tracker.circulars.queries import subject_key
from tracker.db import Translated
from tracker.events.models import Event, EventNews, EventStatus
from tracker.events.news import Standing
from tracker.events.rules import file_of, last_day
from tracker.events.telling import on_the_clock_of, when_there
from tracker.language import _, speaking, translated
from tracker.mail.models import Message, MessageKind
from tracker.mail.outbox import enqueue
from tracker.people.models import Person
from tracker.reminders.matters import Recipient, Sender
from tracker.web.access import OfficeSeen
from tracker.workdays.rules import instant_of

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Change:
    """One thing that is another now, in words."""

    what: str
    now: str
    #: None: nothing was said of it before.
    before: str | None


def tell_change(
    news: EventNews, recipient: Recipient, part: Part, office: Sender, *, now: datetime, url: str | None
) -> Message:
    """Write to one person what changed from what to what. `url`: where they read more."""
    event = news.event
    before, after = Standing.read(news.before), Standing.of(event)
    with speaking(recipient.language):
        title = translated(event.title)
        words = {
            "title": title,
            "status": after.status.value if "status" in before.differs(after) else None,
            "changes": changes(before, after),
            "clock": on_the_clock_of(recipient.zone, after) if after.status is not EventStatus.CANCELLED else None,
            "name": recipient.form_of_address or recipient.name,
            "office": office.name,
            "language": recipient.language,
            "url": url,
            "because": BECAUSE[part],
        }
        words["subject"] = subject = _subject(before, after, str(title))
        text = render_template("circulars/mail_change.txt", **words) + "\n"
        html = render_template("circulars/mail_change.html", **words)
    return enqueue(
        key=f"event-news|{news.id}|{recipient.person_id}",
        kind=MessageKind.EVENT,
        person_id=recipient.person_id,
        address=recipient.address or "",
        language=recipient.language,
        zone=recipient.zone,
        subject=subject,
        text=text,
        html=html,
        now=now,
        useful_until=over_at(event),
        subject_key=f"event:{event.id}",
        attached=file_of(event),
        reply_to=news.by.email if news.by else None,
    )


@dataclass(frozen=True)
class Draft:
    """A message in each language that it was written in."""

    original: str
    #: Language to subject and text.
    wordings: Mapping[str, tuple[str, str]]

    @classmethod
    def of(cls, title: Translated, text: Translated) -> Self:
        """Return the text in all its languages, each below a subject: in the same language where there is one."""
        wordings = {code: (str(title.texts.get(code, title)), str(words)) for code, words in text.texts.items()}
        return cls(text.original, wordings)

    def language_for(self, person: Person) -> str:
        """Return in which language somebody gets it."""
        return person.language if person.language in self.wordings else self.original


@dataclass(frozen=True)
class Letter:
    """A message in the words of one reader."""

    subject: str
    text: str
    html: str


def write(draft: Draft, event: Event, person: Person, office: OfficeSeen, by: str) -> Letter:
    """Write a message to one person: what somebody wrote, below a greeting in the reader's language."""
    said_in = draft.language_for(person)
    subject, words = draft.wordings[said_in]
    with speaking(person.language):
        facts = {
            "event": translated(event.title),
            "subject": subject,
            "paragraphs": [part.splitlines() for part in words.replace("\r\n", "\n").split("\n\n") if part.strip()],
            "said_in": said_in,
            "name": person.form_of_address or person.name,
            "by": by,
            "office": office.name,
            "language": person.language,
        }
        text = render_template("circulars/mail_circular.txt", **facts) + "\n"
        return Letter(subject, text, render_template("circulars/mail_circular.html", **facts))


def send(row: Circular, letter: Letter, person: Person, office: OfficeSeen, *, now: datetime) -> Message:
    """Put the letter of one person into the outbox."""
    return enqueue(
        key=f"circular|{row.id}|{person.id}",
        kind=MessageKind.EVENT,
        person_id=person.id,
        address=person.email or "",
        language=person.language,
        zone=person.zone or office.zone,
        subject=letter.subject,
        text=letter.text,
        html=letter.html,
        now=now,
        subject_key=subject_key(row),
        reply_to=row.by.email,
    )


def over_at(event: Event) -> datetime:
    """Return the end of the last day at its place."""
    return instant_of(last_day(event) + DAY, time(0), event.zone)


def changes(before: Standing, after: Standing) -> list[Change]:
    """Return what changed but the status, in the language that is spoken now."""
    names = set(before.differs(after))
    found: list[Change] = []
    if names & {"begins_on", "begins_at", "ends_on", "ends_at", "zone"}:
        old, new = when_there(before), when_there(after)
        # A zone that nobody sees, as no hour is named, is no news.
        found += [Change(_("When"), new, old)] if old != new else []
    for name, label in (("place", _("Place")), ("address", _("Address"))):
        if name in names:
            old, new = getattr(before, name), getattr(after, name)
            found.append(Change(label, new or _("not known yet"), old))
    return found


def _subject(before: Standing, after: Standing, title: str) -> str:
    is_news = before.status is not after.status
    if is_news and after.status is EventStatus.CANCELLED:
        return _("Cancelled: “%(title)s”", title=title)
    if is_news and after.status is EventStatus.CONFIRMED and not changes(before, after):
        return _("Confirmed: “%(title)s”", title=title)
    return _("Changed: “%(title)s”", title=title)
