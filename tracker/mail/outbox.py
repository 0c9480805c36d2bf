"""The outbox: what is put in, what is due, and when everything waits."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from hashlib import sha256
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy import CursorResult, select, update

from tracker.db import db, insert_new, writing
from tracker.mail.models import MailPause, Message, MessageKind, MessageState
from tracker.mail.rules import KEPT, LEASE_IN_DATA, QUEUE_PAUSES, queue_pause

#: Has an attempt in hand.
BEING_SENT = (MessageState.SENDING, MessageState.IN_DATA)
#: Waits for its turn.
WAITING = (MessageState.QUEUED, MessageState.UNKNOWN)
#: Whose turn comes first; of those due at one instant, what was written first.
TURNS = (Message.send_at, Message.id)


@contextmanager
def unit() -> Iterator[None]:
    """Write what happens in here, in a transaction of its own."""
    db.session.rollback()
    with writing():
        try:
            yield
            db.session.commit()
        except BaseException:
            db.session.rollback()
            raise


def enqueue(
    *,
    key: str,
    kind: MessageKind,
    person_id: int,
    address: str,
    language: str,
    zone: str,
    subject: str,
    text: str,
    html: str | None,
    now: datetime,
    send_at: datetime | None = None,
    useful_until: datetime | None = None,
    subject_key: str | None = None,
    reply_to: str | None = None,
    attached: str | None = None,
    secret: bool = False,
) -> Message:
    """Put a message into the outbox, once per key: whoever comes later gets the one that is there.

    The caller commits. The Message-ID is made of the key, so a copy has the same one and nobody can read it.
    """
    values = {
        "key": key,
        "kind": kind,
        "state": MessageState.QUEUED,
        "person_id": person_id,
        "subject_key": subject_key,
        "address": address,
        "reply_to": reply_to,
        "language": language,
        "zone": zone,
        "subject": subject,
        "text": text,
        "html": html,
        "attached": attached,
        "secret": secret,
        "created_at": now,
        "send_at": send_at or now,
        "useful_until": useful_until,
        "message_id": sha256(key.encode()).hexdigest()[:32],
    }
    insert_new(Message, values)
    return db.session.scalars(select(Message).where(Message.key == key)).one()


def rewrite(message: Message, subject: str, text: str, html: str | None) -> bool:
    """Give a message other words, if no worker has it in hand and no bytes of it may have left; say whether it was."""
    waits = (
        Message.id == message.id,
        Message.fence == message.fence,
        Message.state == MessageState.QUEUED,
        Message.frozen.is_(None),
    )
    changed = update(Message).where(*waits).values(subject=subject, text=text, html=html, fence=Message.fence + 1)
    result = db.session.execute(changed.execution_options(synchronize_session=False))
    db.session.refresh(message)
    return cast("CursorResult[Any]", result).rowcount == 1


# ---- the whole queue


def pause_queue(reason: str, words: str, *, now: datetime, patience: float) -> None:
    """Let everything wait for a server that is away or refuses us, longer each time. Several workers count once."""
    insert_new(MailPause, {"id": 1, "failures": 0})
    pause = db.session.execute(select(MailPause).with_for_update().where(MailPause.id == 1)).scalar_one()
    if pause.until is not None and now < pause.until <= now + QUEUE_PAUSES[-1]:
        return
    pause.failures += 1
    pause.until = now + queue_pause(pause.failures) * patience
    pause.reason, pause.answer = reason, words or None


def resume_queue() -> None:
    """Let the queue go on: the server took us in, or somebody has changed the settings."""
    db.session.execute(update(MailPause).values(until=None, failures=0, reason=None, answer=None))


def paused_until(now: datetime) -> datetime | None:
    """Return until when everything waits, or None. A pause longer than any was made by a clock that ran ahead."""
    until = db.session.scalar(select(MailPause.until))
    return until if until is not None and now < until <= now + QUEUE_PAUSES[-1] else None


def has_failed() -> bool:
    """Whether the last try to reach the server failed."""
    return bool(db.session.scalar(select(MailPause.failures)))


def expired(now: datetime) -> sa.ColumnElement[bool]:
    """Match claims whose lease is over, or longer than any lease: a clock that ran ahead made it."""
    over = sa.or_(Message.leased_until < now, Message.leased_until > now + 2 * LEASE_IN_DATA)
    return sa.and_(Message.state.in_(BEING_SENT), over)


def is_anything_due(now: datetime) -> bool:
    """Whether a message waits for its turn, or for somebody to take it back from a worker that is gone."""
    due = sa.and_(Message.state.in_(WAITING), Message.send_at <= now)
    return any(db.session.scalar(select(Message.id).where(which).limit(1)) is not None for which in (due, expired(now)))


def next_due(now: datetime, number: int) -> sa.Select[Message]:
    """Select so many messages that wait for their turn, in their order."""
    due = select(Message).where(Message.state == MessageState.QUEUED, Message.send_at <= now)
    return due.order_by(*TURNS).limit(number)


# ---- afterwards


def blank_old(now: datetime) -> int:
    """Forget the words of what ended thirty days ago, and return how many."""
    old = (Message.blanked_at.is_(None), Message.finished_at < now - KEPT)
    blanked = update(Message).where(*old).values(text=None, html=None, frozen=None, blanked_at=now)
    result = db.session.execute(blanked.execution_options(synchronize_session=False))
    return cast("CursorResult[Any]", result).rowcount
