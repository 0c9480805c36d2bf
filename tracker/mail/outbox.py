"""The outbox: what is put in, who may hand it over now, and what became of it.

Unique keys and conditions inside the UPDATEs decide, whoever else is at work; a claim counts up the fence, and what an
older claim still wants to write finds no row.
"""

import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy import CursorResult, select, update

from tracker.db import db, insert_new, writing
from tracker.mail.models import Attempt, MailPause, Message, MessageKind, MessageState
from tracker.mail.rules import (
    KEPT,
    LEASE_IN_DATA,
    QUEUE_PAUSES,
    REPEATS,
    UNCERTAIN_PAUSE,
    Answer,
    Outcome,
    Phase,
    Verdict,
    pause_after,
    queue_pause,
    spread,
)

#: Has an attempt in hand.
BEING_SENT = (MessageState.SENDING, MessageState.IN_DATA)
#: Waits for its turn.
WAITING = (MessageState.QUEUED, MessageState.UNKNOWN)
#: Nothing more happens by itself.
FINAL = (MessageState.SENT, MessageState.HELD, MessageState.DEAD, MessageState.CANCELLED)
#: A message whose program stopped under it is tried again at once, unless that happens more often than this.
_STOPPED_AT_ONCE = 2
_NEEDED = (Message.id, Message.fence, Message.attempts, Message.uncertain, Message.secret, Message.useful_until)
_luck = random.SystemRandom()


@dataclass(frozen=True)
class Claimed:
    """A message that is ours until its lease ends."""

    id: int
    fence: int
    attempts: int
    uncertain: int
    secret: bool
    useful_until: datetime | None
    leased_until: datetime


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
        "secret": secret,
        "created_at": now,
        "send_at": send_at or now,
        "useful_until": useful_until,
        "message_id": sha256(key.encode()).hexdigest()[:32],
    }
    db.session.execute(insert_new(Message, values))
    return db.session.scalars(select(Message).where(Message.key == key)).one()


# ---- claiming


def claim(now: datetime, lease: timedelta) -> Claimed | None:
    """Take the message that has waited longest, or None if none is due. What may have arrived comes last."""
    found = _next_waiting(MessageState.QUEUED, now) or _next_waiting(MessageState.UNKNOWN, now)
    if found is None:
        return None
    ours = dict(found._mapping) | {"fence": found.fence + 1, "attempts": found.attempts + 1}  # noqa: SLF001 - its public name
    claimed = Claimed(**ours, leased_until=now + lease)
    taken = _change(
        (Message.id == found.id, Message.fence == found.fence, Message.state.in_(WAITING)),
        state=MessageState.SENDING,
        fence=claimed.fence,
        attempts=claimed.attempts,
        leased_until=claimed.leased_until,
    )
    return claimed if taken else None


def _next_waiting(state: MessageState, now: datetime) -> Any:  # noqa: ANN401 - a row of these columns, or None
    due = select(*_NEEDED).where(Message.state == state, Message.send_at <= now)
    return db.session.execute(due.order_by(Message.send_at).limit(1).with_for_update(skip_locked=True)).first()


def freeze(claimed: Claimed, *, content: bytes, dated_at: datetime, leased_until: datetime) -> bool:
    """Keep bytes and Date for good and say that the body follows. False: the claim is no longer ours, send nothing."""
    return _change(
        (Message.id == claimed.id, Message.fence == claimed.fence, Message.state == MessageState.SENDING),
        state=MessageState.IN_DATA,
        frozen=content,
        dated_at=dated_at,
        leased_until=leased_until,
    )


# ---- what became of it


def settle(
    claimed: Claimed, answer: Answer, outcome: Outcome, *, now: datetime, patience: float
) -> MessageState | None:
    """Write what became of an attempt, and return the new state. None: somebody else has it by now."""
    values = _settled(claimed, outcome, now=now, patience=patience)
    if not _finish(claimed, values):
        return None
    if outcome.verdict is Verdict.PAUSE:
        pause_queue(outcome.reason, answer.words, now=now, patience=patience)
    else:
        _keep_attempt(claimed, answer, outcome, now)
    return cast("MessageState", values["state"])


def cancel(claimed: Claimed, reason: str, facts: Mapping[str, Any], now: datetime) -> MessageState | None:
    """Write that it is no longer wanted; no attempt is counted."""
    values = _ended(MessageState.CANCELLED, reason, now, dict(facts)) | {"attempts": claimed.attempts - 1}
    return MessageState.CANCELLED if _finish(claimed, values) else None


def put_back(claimed: Claimed, *, send_at: datetime | None = None, reason: str | None = None) -> MessageState | None:
    """Let it wait as before, or until an instant; no attempt is counted."""
    values = _waiting(claimed, MessageState.QUEUED, reason, send_at) | {"attempts": claimed.attempts - 1}
    return MessageState.QUEUED if _finish(claimed, values) else None


def fail(claimed: Claimed, reason: str, facts: Mapping[str, Any], now: datetime) -> MessageState | None:
    """Write that it cannot be handed over; one that may have arrived is held."""
    state = MessageState.HELD if claimed.uncertain else MessageState.DEAD
    return state if _finish(claimed, _ended(state, reason, now, dict(facts))) else None


def _settled(claimed: Claimed, outcome: Outcome, *, now: datetime, patience: float) -> dict[str, Any]:
    match outcome.verdict:
        case Verdict.SENT:
            return _ended(MessageState.SENT, outcome.reason, now) | _read(claimed, now)
        case Verdict.DEAD:
            return _ended(MessageState.DEAD, outcome.reason, now)
        case Verdict.PAUSE:
            return _waiting(claimed, MessageState.QUEUED, outcome.reason) | {"attempts": claimed.attempts - 1}
        case Verdict.UNKNOWN:
            return _uncertain(claimed, now=now, patience=patience)
        case Verdict.RETRY:
            return _tried_again(claimed, outcome.reason, now=now, patience=patience)


def _uncertain(claimed: Claimed, *, now: datetime, patience: float) -> dict[str, Any]:
    counted = {"uncertain": claimed.uncertain + 1}
    if claimed.uncertain >= REPEATS:
        return counted | _ended(MessageState.HELD, "uncertain_held", now)
    again_at = now + _spread(UNCERTAIN_PAUSE) * patience
    return counted | _waiting(claimed, MessageState.UNKNOWN, "uncertain", again_at)


def _tried_again(claimed: Claimed, reason: str, *, now: datetime, patience: float) -> dict[str, Any]:
    pause = pause_after(claimed.attempts, reason)
    failed = MessageState.HELD if claimed.uncertain else MessageState.DEAD
    if pause is None:
        return _ended(failed, "gave_up", now, {"attempts": claimed.attempts})
    again_at = now + _spread(pause) * patience
    if claimed.useful_until is not None and again_at > claimed.useful_until:
        return _ended(failed, "too_late", now)
    return _waiting(claimed, MessageState.QUEUED, reason, again_at)


def _waiting(
    claimed: Claimed, state: MessageState, reason: str | None, send_at: datetime | None = None
) -> dict[str, Any]:
    # What may have arrived stays so, whatever happened since.
    uncertain = MessageState.UNKNOWN if claimed.uncertain else state
    values: dict[str, Any] = {"state": uncertain, "reason": reason, "reason_facts": None, "leased_until": None}
    return values if send_at is None else values | {"send_at": send_at}


def _ended(state: MessageState, reason: str, now: datetime, facts: dict[str, Any] | None = None) -> dict[str, Any]:
    ended = {"state": state, "reason": reason, "reason_facts": facts or None, "leased_until": None, "finished_at": now}
    return ended | {"sent_at": now} if state is MessageState.SENT else ended


def _read(claimed: Claimed, now: datetime) -> dict[str, Any]:
    """Return what goes once it was sent: the second form of its words, and all of a secret's."""
    blank = {"text": None, "html": None, "blanked_at": now} if claimed.secret else {}
    return {"frozen": None, **blank}


def _finish(claimed: Claimed, values: Mapping[str, Any]) -> bool:
    return _change((Message.id == claimed.id, Message.fence == claimed.fence, Message.state.in_(BEING_SENT)), **values)


def _keep_attempt(claimed: Claimed, answer: Answer, outcome: Outcome, now: datetime) -> None:
    db.session.execute(
        sa.insert(Attempt).values(
            message_id=claimed.id,
            number=claimed.attempts,
            at=now,
            phase=answer.phase,
            outcome=outcome.verdict,
            reason=outcome.reason,
            code=answer.code,
            answer=answer.words or None,
        )
    )


def _change(where: tuple[sa.ColumnElement[bool], ...], **values: Any) -> bool:
    changed = update(Message).where(*where).values(**values).execution_options(synchronize_session=False)
    return cast("CursorResult[Any]", db.session.execute(changed)).rowcount == 1


def _spread(pause: timedelta) -> timedelta:
    return spread(pause, _luck.uniform(-1, 1))


# ---- claims whose worker is gone


def recover(now: datetime, *, patience: float) -> int:
    """Take back what was claimed and never finished, and return how many. After the body began it may have arrived."""
    columns = (*_NEEDED, Message.state)
    lost = db.session.execute(select(*columns).where(expired(now)).with_for_update(skip_locked=True)).all()
    for row in lost:
        claimed = Claimed(*row[:-1], leased_until=now)
        if row.state is MessageState.IN_DATA:
            answer, outcome = Answer(Phase.BODY), Outcome(Verdict.UNKNOWN, "uncertain")
        else:
            answer, outcome = Answer(Phase.CONNECT), Outcome(Verdict.RETRY, "interrupted")
        settle(claimed, answer, outcome, now=now, patience=patience)
        if outcome.verdict is Verdict.RETRY and claimed.attempts <= _STOPPED_AT_ONCE:
            _change((Message.id == claimed.id, Message.state.in_(WAITING)), send_at=now)
    return len(lost)


def expired(now: datetime) -> sa.ColumnElement[bool]:
    """Match claims whose lease is over, or longer than any lease: a clock that ran ahead made it."""
    over = sa.or_(Message.leased_until < now, Message.leased_until > now + 2 * LEASE_IN_DATA)
    return sa.and_(Message.state.in_(BEING_SENT), over)


# ---- the whole queue


def pause_queue(reason: str, words: str, *, now: datetime, patience: float) -> None:
    """Let everything wait for a server that is away or refuses us, longer each time. Several workers count once."""
    db.session.execute(insert_new(MailPause, {"id": 1, "failures": 0}))
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


def is_anything_due(now: datetime) -> bool:
    """Whether a message waits for its turn, or for somebody to take it back from a worker that is gone."""
    due = sa.and_(Message.state.in_(WAITING), Message.send_at <= now)
    return any(db.session.scalar(select(Message.id).where(which).limit(1)) is not None for which in (due, expired(now)))


# ---- afterwards


def blank_old(now: datetime) -> int:
    """Forget the words of what ended thirty days ago, and return how many."""
    old = (Message.blanked_at.is_(None), Message.finished_at < now - KEPT)
    blanked = update(Message).where(*old).values(text=None, html=None, frozen=None, blanked_at=now)
    result = db.session.execute(blanked.execution_options(synchronize_session=False))
    return cast("CursorResult[Any]", result).rowcount
