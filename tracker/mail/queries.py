"""What is in the outbox, and how it stands with the queue."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Self

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, literal, or_, select

from tracker.db import Instant, db
from tracker.mail.models import Attempt, MailPause, Message, MessageKind, MessageState, Tick
from tracker.mail.outbox import BEING_SENT, WAITING
from tracker.mail.rules import DAY, ENTRANCE

#: Needs somebody who has a look.
TROUBLED = (MessageState.HELD, MessageState.DEAD)
#: May have arrived.
LEFT = (MessageState.SENT, MessageState.UNKNOWN)
#: Its handing over was tried so often that it is late, however soon the next try comes.
MANY_TRIES = 4
#: So long after its time a message is late.
LATE_AFTER = timedelta(minutes=15)
#: A worker that was just started has said nothing yet.
STARTS_WITHIN = timedelta(minutes=1)
#: Is still on its way.
ON_ITS_WAY = (MessageState.QUEUED, MessageState.SENDING, MessageState.IN_DATA, MessageState.UNKNOWN)


@dataclass(frozen=True)
class Standing:
    """How the outbox and the worker stand, as banners and machines are told."""

    #: Dead or held.
    troubled: int
    #: Longer on its way than it should be.
    late: int
    waiting_since: datetime | None
    last_tick_at: datetime | None
    #: Whether a job of the worker says nothing for longer than it may take; or something waits, and none ever spoke.
    is_silent: bool

    @classmethod
    def of(
        cls,
        troubled: int,
        late: int,
        waiting_since: datetime | None,
        last_tick_at: datetime | None,
        silent_after: datetime | None,
        *,
        now: datetime,
    ) -> Self:
        """Return it from the values of `standing_columns`."""
        never_came = silent_after is None and waiting_since is not None and waiting_since <= now - STARTS_WITHIN
        is_silent = never_came or (silent_after is not None and silent_after < now)
        return cls(troubled, late, waiting_since, last_tick_at, is_silent)


def newest_first(states: Collection[MessageState] | None = None) -> Select[Message]:
    """Select messages, of some states or of all, the newest first."""
    chosen = select(Message).order_by(Message.created_at.desc(), Message.id.desc())
    return chosen.where(Message.state.in_(states)) if states is not None else chosen


def message(message_id: int) -> Message | None:
    """Return a message, or None if there is none."""
    return db.session.get(Message, message_id)


def left_as(message_id: str, since: datetime) -> Message | None:
    """Return what left since an instant under a Message-ID, of which only what stands before the @ is given."""
    known = (Message.message_id == message_id, Message.state.in_(LEFT), Message.dated_at > since)
    return db.session.scalar(select(Message).where(*known))


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


def late(now: datetime) -> ColumnElement[bool]:
    """Match messages that are on their way for longer than they should be."""
    return _due_by(literal(now - LATE_AFTER, Instant()))


def _due_by(instant: ColumnElement[datetime]) -> ColumnElement[bool]:
    overdue = and_(_in_state(ON_ITS_WAY), Message.send_at <= instant)
    return or_(overdue, and_(_in_state(WAITING), Message.attempts >= MANY_TRIES))


def _in_state(states: Collection[MessageState]) -> ColumnElement[bool]:
    """Match states that are always the same: each by itself, for a list is written anew each time that it is asked."""
    return or_(*(Message.state == state for state in states))


def standing_columns() -> tuple[ColumnElement[Any], ...]:
    """Return what `Standing.of` is made of, as values that any query can bring along; `standing_at` fills them."""
    count = select(func.count(Message.id))
    now, late_since = bindparam("mail_now", type_=Instant()), bindparam("mail_late_since", type_=Instant())
    waiting = select(func.min(Message.send_at)).where(_in_state(ON_ITS_WAY), Message.send_at <= now)
    values = (
        count.where(_in_state(TROUBLED)),
        count.where(_due_by(late_since)),
        waiting,
        select(func.max(Tick.at)),
        select(func.min(Tick.silent_after)),
    )
    return tuple(value.scalar_subquery() for value in values)


def standing_at(now: datetime) -> dict[str, datetime]:
    """Return what a query with `standing_columns` is executed with."""
    return {"mail_now": now, "mail_late_since": now - LATE_AFTER}


def standing(now: datetime) -> Standing:
    """Return how the outbox and the worker stand; one query."""
    return Standing.of(*db.session.execute(select(*standing_columns()), standing_at(now)).one(), now=now)


def sent_or_in_hand(message: Message, kinds: Collection[MessageKind], since: datetime) -> tuple[list[datetime], int]:
    """Return when others of some kinds were sent to its recipient, the earliest first, and how many are in hand now."""
    values = {"its_person": message.person_id, "its_id": message.id, "since": since}
    moments = db.session.connection().execute(_sent_or_in_hand(frozenset(kinds)), values).scalars().all()
    sent = sorted(moment for moment in moments if moment is not None)
    return sent, len(moments) - len(sent)


@cache
def _sent_or_in_hand(kinds: frozenset[MessageKind]) -> Select[datetime | None]:
    """Write it once: it is asked for each message, and building it takes longer than running it."""
    theirs = (Message.person_id == bindparam("its_person"), Message.id != bindparam("its_id"))
    of_kind = or_(*(Message.kind == kind for kind in sorted(kinds)))
    in_hand = and_(Message.sent_at.is_(None), or_(*(Message.state == state for state in BEING_SENT)))
    return select(Message.sent_at).where(*theirs, of_kind, or_(Message.sent_at > bindparam("since"), in_hand))


def site_is_full_until(now: datetime, per_day: int) -> datetime | None:
    """Return until when the site has handed over all that it may in a day, or None: it has not."""
    sent = select(Message.sent_at).where(Message.sent_at > now - DAY, Message.kind.not_in(ENTRANCE))
    full_since = db.session.scalar(sent.order_by(Message.sent_at.desc()).offset(per_day - 1).limit(1))
    return full_since + DAY if full_since else None


def queue_pause() -> MailPause | None:
    """Return why everything waits and until when, or None if the mail server was last seen in order."""
    return db.session.scalar(select(MailPause).where(MailPause.failures > 0))


def ticks() -> Sequence[Tick]:
    """Return the last heartbeat of each job, by name."""
    return db.session.scalars(select(Tick).order_by(Tick.job)).all()


def silent_jobs(now: datetime) -> list[str]:
    """Return the jobs that have been silent for longer than they may take."""
    return [tick.job for tick in ticks() if tick.silent_after < now]
