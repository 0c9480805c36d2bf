"""What waits to be told, to whom one can write, and what became of what was written."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from tracker.accounts.models import Account
from tracker.attendance.models import Answer, Attendance
from tracker.circulars.models import Circular, Readership
from tracker.db import db
from tracker.events.models import Delegation, Event, EventNews
from tracker.hosting.models import HostOffer
from tracker.mail.models import Message, MessageState
from tracker.mail.queries import ON_ITS_WAY
from tracker.participants.models import Participant
from tracker.people.models import Contact, Person
from tracker.people.queries import current_on

#: What changes within this time after another change is told together with it.
GATHERED_FOR = timedelta(minutes=10)


def is_anything_to_tell(now: datetime) -> bool:
    """Whether a change waits that nobody has added to for a while."""
    return db.session.scalar(_ripe(now).with_only_columns(EventNews.id).limit(1)) is not None


def to_tell(now: datetime) -> Sequence[EventNews]:
    """Return those changes."""
    query = _ripe(now).options(joinedload(EventNews.event), joinedload(EventNews.by))
    return db.session.scalars(query.order_by(EventNews.id)).all()


def _ripe(now: datetime) -> sa.Select[EventNews]:
    return sa.select(EventNews).where(EventNews.told_at.is_(None), EventNews.changed_at <= now - GATHERED_FOR)


def with_accounts(person_ids: Collection[int]) -> set[int]:
    """Return which persons can sign in."""
    return set(db.session.scalars(sa.select(Account.person_id).where(Account.person_id.in_(person_ids))))


# ---- what people write


def readers(
    event: Event, readership: Readership, today: date, *, answer: Answer | None = None, delegation: int | None = None
) -> Sequence[Person]:
    """Return to whom a message would go, by name, whether or not mail reaches them; one query."""
    ids: dict[Readership, sa.Select[Any]] = {
        Readership.GUESTS: _guests(event, answer, delegation),
        Readership.HEADS: _heads(event, delegation),
        Readership.HOSTS: _hosts(event, today),
    }
    query = sa.select(Person).where(
        Person.id.in_(ids[readership]), Person.archived_at.is_(None), Person.locked_at.is_(None)
    )
    return db.session.scalars(query.order_by(Person.folded, Person.id)).all()


def _guests(event: Event, answer: Answer | None, delegation: int | None) -> sa.Select[Any]:
    # Who said no is written to only where somebody chooses it.
    answers = (answer,) if answer else tuple(one for one in Answer if one is not Answer.NOT_COMING)
    query = sa.select(Participant.person_id).join(Attendance, Attendance.participant_id == Participant.id)
    query = query.where(
        Attendance.event_id == event.id,
        Attendance.archived_at.is_(None),
        Attendance.answer.in_(answers),
        Participant.archived_at.is_(None),
        Participant.person_id.is_not(None),
    )
    if delegation is None:
        return query
    sent_with = sa.exists().where(
        Delegation.id == delegation,
        Delegation.event_id == event.id,
        Delegation.organisation_id == Participant.organisation_id,
        Delegation.via_id.is_not_distinct_from(Participant.via_id),
    )
    return query.where(sent_with)


def _heads(event: Event, delegation: int | None) -> sa.Select[Any]:
    query = sa.select(Delegation.head_id).where(
        Delegation.event_id == event.id, Delegation.archived_at.is_(None), Delegation.head_id.is_not(None)
    )
    return query if delegation is None else query.where(Delegation.id == delegation)


def _hosts(event: Event, today: date) -> sa.Select[Any]:
    """Return those who offer beds, and the first contacts of the organisations that do, or that receive the guests."""
    offered = (HostOffer.event_id == event.id, HostOffer.archived_at.is_(None))
    bodies = sa.select(HostOffer.organisation_id).where(*offered, HostOffer.organisation_id.is_not(None))
    persons = sa.select(HostOffer.person_id).where(*offered, HostOffer.person_id.is_not(None))
    receives = sa.or_(Contact.organisation_id.in_(bodies), Contact.organisation_id == (event.host_id or 0))
    contacts = sa.select(Contact.person_id).where(receives, Contact.is_first.is_(True), current_on(today))
    found = sa.union(persons, contacts).subquery()
    return sa.select(found.c[0])


@dataclass(frozen=True)
class Written:
    """A message, and what became of its letters."""

    circular: Circular
    sent: int
    waiting: int
    failed: int


def written(event: Event) -> list[Written]:
    """Return what was written to those whom an event concerns, the newest first; two queries."""
    query = sa.select(Circular).where(Circular.event_id == event.id).options(joinedload(Circular.by))
    rows = db.session.scalars(query.order_by(Circular.sent_at.desc(), Circular.id.desc())).all()
    about = [subject_key(row) for row in rows]
    counted = sa.select(Message.subject_key, Message.state, sa.func.count()).where(Message.subject_key.in_(about))
    found: dict[tuple[str, MessageState], int] = {}
    for key, state, number in db.session.execute(counted.group_by(Message.subject_key, Message.state)):
        found[str(key), state] = number
    return [_became(row, found) for row in rows]


def _became(row: Circular, found: dict[tuple[str, MessageState], int]) -> Written:
    by_state = {state: found.get((subject_key(row), state), 0) for state in MessageState}
    waiting = sum(by_state[state] for state in ON_ITS_WAY)
    sent = by_state[MessageState.SENT]
    return Written(row, sent, waiting, sum(by_state.values()) - sent - waiting)


def subject_key(row: Circular) -> str:
    """Return by what its letters are found."""
    return f"circular:{row.id}"
