"""What is in the outbox, and how it stands with the queue."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, func, select

from tracker.db import db
from tracker.mail.models import Attempt, MailPause, Message, MessageState, Tick

#: Needs somebody who has a look.
TROUBLED = (MessageState.HELD, MessageState.DEAD)
#: Is still on its way.
ON_ITS_WAY = (MessageState.QUEUED, MessageState.SENDING, MessageState.IN_DATA, MessageState.UNKNOWN)


@dataclass(frozen=True)
class Waiting:
    """The message that has been due for the longest time."""

    message_id: int
    since: datetime
    waited: timedelta


def newest_first(states: Collection[MessageState] | None = None) -> Select[Message]:
    """Select messages, of some states or of all, the newest first."""
    chosen = select(Message).order_by(Message.created_at.desc(), Message.id.desc())
    return chosen.where(Message.state.in_(states)) if states is not None else chosen


def sent_to(person_id: int) -> Select[Message]:
    """Select all messages to one person, the newest first."""
    return newest_first().where(Message.person_id == person_id)


def message(message_id: int) -> Message | None:
    """Return a message, or None if there is none."""
    return db.session.get(Message, message_id)


def attempts_of(message_ids: Collection[int]) -> dict[int, list[Attempt]]:
    """Return the attempts of many messages, message id to attempts in their order."""
    found: dict[int, list[Attempt]] = {message_id: [] for message_id in message_ids}
    tried = select(Attempt).where(Attempt.message_id.in_(found)).order_by(Attempt.id)
    for attempt in db.session.scalars(tried):
        found[attempt.message_id].append(attempt)
    return found


def counts() -> dict[MessageState, int]:
    """Return how many messages stand in each state."""
    counted = dict.fromkeys(MessageState, 0)
    rows = db.session.execute(select(Message.state, func.count()).group_by(Message.state))
    return counted | {state: number for state, number in rows}  # noqa: C416 - a row is no pair for dict()


def troubled() -> Sequence[Message]:
    """Return what somebody has to look at, the newest first."""
    return db.session.scalars(newest_first(TROUBLED)).all()


def waiting_longest(now: datetime) -> Waiting | None:
    """Return the message that has been due for the longest time and is not out yet, or None."""
    due = select(Message.id, Message.send_at).where(Message.state.in_(ON_ITS_WAY), Message.send_at <= now)
    row = db.session.execute(due.order_by(Message.send_at, Message.id).limit(1)).first()
    return Waiting(row.id, row.send_at, now - row.send_at) if row else None


def queue_pause() -> MailPause | None:
    """Return why everything waits and until when, or None if the mail server was last seen in order."""
    return db.session.scalar(select(MailPause).where(MailPause.failures > 0))


def ticks() -> Sequence[Tick]:
    """Return the last heartbeat of each job, by name."""
    return db.session.scalars(select(Tick).order_by(Tick.job)).all()


def silent_jobs(now: datetime) -> list[str]:
    """Return the jobs that have been silent for longer than they may take."""
    return [tick.job for tick in ticks() if now - tick.at > timedelta(seconds=tick.expected_seconds)]
