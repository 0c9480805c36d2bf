"""What the program and people write to those who come to an event."""

from collections.abc import Container, Iterable
from datetime import datetime
from typing import cast

import sqlalchemy as sa
from sqlalchemy import CursorResult

from tracker.attendance.audience import TRAVELLING, Concerned, concerned
from tracker.circulars.mails import Draft, send, tell_change, write
from tracker.circulars.models import Circular, Readership
from tracker.circulars.queries import to_tell, with_accounts
from tracker.db import db
from tracker.events.models import Event, EventNews
from tracker.events.news import Standing
from tracker.events.rules import is_over
from tracker.guests.links import GuestLink
from tracker.people.models import Person
from tracker.reminders.queries import recipients, sender
from tracker.web.access import OfficeSeen
from tracker.workdays.rules import local_day


def send_circular(
    draft: Draft,
    event: Event,
    readership: Readership,
    people: Iterable[Person],
    office: OfficeSeen,
    *,
    by: Person,
    now: datetime,
) -> Circular:
    """Write to all of them that mail reaches, each in their language where there is a text for it."""
    row = Circular(
        event=event,
        by=by,
        readership=readership,
        original=draft.original,
        wordings={code: list(words) for code, words in draft.wordings.items()},
        sent_at=now,
    )
    db.session.add(row)
    db.session.flush()
    for person in people:
        if person.email:
            send(row, write(draft, event, person, office, by.name), person, office, now=now)
    return row


def tell_changes(now: datetime, *, public_url: str) -> int:
    """Write to those who come what changed about their events; return how many letters were written.

    Safe to run twice, late, or on two machines: who marks a change as told writes of it, and the outbox knows its keys.
    """
    return sum(_tell(news, now, public_url) for news in to_tell(now) if _claim(news, now))


def _claim(news: EventNews, now: datetime) -> bool:
    mine = sa.update(EventNews).where(EventNews.id == news.id, EventNews.told_at.is_(None))
    result = db.session.execute(mine.values(told_at=now).execution_options(synchronize_session=False))
    return cast("CursorResult[object]", result).rowcount == 1


def _tell(news: EventNews, now: datetime, public_url: str) -> int:
    event, office = news.event, sender()
    today = local_day(now, event.zone)
    is_news = Standing.read(news.before).differs(Standing.of(event))
    if not is_news or event.archived_at is not None or is_over(event, today):
        return 0
    told = concerned([event.id], today, TRAVELLING).get(event.id, {})
    people, readers = recipients(told, today, office), with_accounts(told)
    for person_id, one in sorted(told.items()):
        person = people[person_id]
        # A guest whose function has ended is still a guest.
        if person.address and not person.locked and not person.archived:
            tell_change(news, person, one.part, office, now=now, url=_page_of(one, event, readers, public_url))
    return len(told)


def _page_of(one: Concerned, event: Event, readers: Container[int], public_url: str) -> str | None:
    """Return where somebody reads more: guests by their own link, others if they can sign in."""
    if one.attendance_id is not None:
        return f"{public_url}{GuestLink.reference(one.attendance_id)}"
    return f"{public_url}/events/{event.id}" if one.person_id in readers else None
