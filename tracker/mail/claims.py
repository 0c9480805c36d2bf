"""Claims: who may hand a message over now, and what became of it.

Conditions inside the UPDATEs decide, whoever else is at work; a claim counts up the fence, and what an older claim
still wants to write finds no row.
"""

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from types import MappingProxyType
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy import select

from tracker import ready
from tracker.db import Instant, db, held_connection
from tracker.mail import changes, outbox
from tracker.mail.models import Attempt, Message, MessageState
from tracker.mail.outbox import BEING_SENT, TURNS, WAITING
from tracker.mail.rules import (
    REPEATS,
    UNCERTAIN_PAUSE,
    Answer,
    Outcome,
    Phase,
    Verdict,
    pause_after,
    spread,
)

_THAWED = {"frozen": None, "dated_at": None}
#: A message whose program stopped under it is tried again at once, unless that happens more often than this.
_STOPPED_AT_ONCE = 2
_luck = random.SystemRandom()
_MESSAGE = cast("sa.Table", Message.__table__)
_NEEDED = [_MESSAGE.c[name] for name in ("id", "fence", "attempts", "uncertain", "secret", "useful_until")]
_FIRST_DUE = (
    select(_MESSAGE.c.id)
    .where(_MESSAGE.c.state == sa.bindparam("its_state"), _MESSAGE.c.send_at <= sa.bindparam("now"))
    .order_by(*TURNS)
    .limit(1)
    .with_for_update(skip_locked=True)
)
_TAKE = (
    sa.update(_MESSAGE)
    .where(_MESSAGE.c.id == _FIRST_DUE.scalar_subquery(), _MESSAGE.c.state == sa.bindparam("its_state"))
    .values(
        state=MessageState.SENDING,
        fence=_MESSAGE.c.fence + 1,
        attempts=_MESSAGE.c.attempts + 1,
        leased_until=sa.bindparam("until"),
    )
    .returning(*_NEEDED, changes.NUMBER.label("changes"))
)
_TAKE_KEPT = (
    sa.update(_MESSAGE)
    .where(
        _MESSAGE.c.id == sa.bindparam("its_id"),
        _MESSAGE.c.fence == sa.bindparam("its_fence"),
        _MESSAGE.c.state == MessageState.QUEUED,
        sa.or_(_MESSAGE.c.useful_until.is_(None), _MESSAGE.c.useful_until >= sa.bindparam("now", type_=Instant())),
        sa.bindparam("its_changes", type_=sa.BigInteger()) == changes.NUMBER,
    )
    .values(
        state=MessageState.IN_DATA,
        fence=_MESSAGE.c.fence + 1,
        attempts=_MESSAGE.c.attempts + 1,
        frozen=sa.bindparam("content"),
        dated_at=sa.bindparam("dated"),
        leased_until=sa.bindparam("until"),
    )
)


def _is_ours(states: Iterable[MessageState]) -> list[sa.ColumnElement[bool]]:
    """Match the message of a claim that still holds, in one of the states."""
    return [
        _MESSAGE.c.id == sa.bindparam("its_id"),
        _MESSAGE.c.fence == sa.bindparam("its_fence"),
        sa.or_(*(_MESSAGE.c.state == state for state in states)),
    ]


_STILL = sa.select(changes.NUMBER).where(*_is_ours(BEING_SENT))
_ATTEMPT = cast("sa.Table", Attempt.__table__)
_NEW_ATTEMPT = sa.insert(_ATTEMPT).values({one.name: sa.bindparam(one.name) for one in _ATTEMPT.c if one.name != "id"})


@dataclass(frozen=True)
class Claimed:
    """A message that is ours until its lease ends."""

    id: int
    fence: int
    attempts: int
    uncertain: int
    secret: bool
    useful_until: datetime | None
    #: How often anything had been changed by then.
    changes: int

    def is_too_late(self, now: datetime) -> bool:
        """Whether nobody wants the message any more."""
        return self.useful_until is not None and now > self.useful_until


def claim(now: datetime, lease: timedelta) -> Claimed | None:
    """Take the message that has waited longest, or None if none is due. What may have arrived comes last."""
    connection = db.session.connection()
    for state in WAITING:
        wanted = {"its_state": state, "now": now, "until": now + lease}
        if taken := connection.execute(_TAKE, wanted).first():
            return Claimed(*taken)
    return None


def claim_kept(
    message: Message, *, content: bytes, dated_at: datetime, leased_until: datetime, now: datetime, changes: int
) -> Claimed | None:
    """Take a message as it was looked at, keep its bytes and say that they follow, all in one.

    None: the message, or anything at all, was changed since. Only for units that come one after the other: elsewhere
    others could not see the claim while its text is already decided on.
    """
    values = {
        "its_id": message.id,
        "its_fence": message.fence,
        "its_changes": changes,
        "now": now,
        "content": content,
        "dated": dated_at,
        "until": leased_until,
    }
    if ready.run(db.session.connection(), _TAKE_KEPT, values) != 1:
        return None
    counts = message.fence + 1, message.attempts + 1, message.uncertain
    return Claimed(message.id, *counts, message.secret, message.useful_until, changes)


def freeze(
    claimed: Claimed,
    *,
    content: bytes,
    dated_at: datetime,
    leased_until: datetime,
    words: Mapping[str, str | None] = MappingProxyType({}),
    unless_changed_since: int | None = None,
) -> bool:
    """Keep bytes and Date for good and say that the body follows; `words` are the new words that the bytes hold.

    False: the claim is no longer ours, or something was changed since it was looked at; send nothing.
    """
    values = {"state": MessageState.IN_DATA, "frozen": content, "dated_at": dated_at, "leased_until": leased_until}
    return _change(claimed, BEING_SENT, {**values, **words}, unless_changed_since)


def still_holds(claimed: Claimed) -> int | None:
    """Return how often anything has been changed by now, or None if the claim is no longer ours."""
    found = ready.glance(held_connection(), _STILL, {"its_id": claimed.id, "its_fence": claimed.fence})
    return None if found is None else int(found[0])


# ---- what became of it


def settle(
    claimed: Claimed, answer: Answer, outcome: Outcome, *, now: datetime, patience: float, thaw: bool = False
) -> MessageState | None:
    """Write what became of an attempt, and return the new state. None: somebody else has it by now.

    `thaw`: its bytes were kept for the first time, and none of them left; they may still change.
    """
    values = _settled(claimed, outcome, now=now, patience=patience) | (_THAWED if thaw else {})
    if not _finish(claimed, values):
        return None
    if outcome.verdict is Verdict.PAUSE:
        outbox.pause_queue(outcome.reason, answer.words, now=now, patience=patience)
    else:
        _keep_attempt(claimed, answer, outcome, now)
    return cast("MessageState", values["state"])


def cancel(claimed: Claimed, reason: str, facts: Mapping[str, Any], now: datetime) -> MessageState | None:
    """Write that it is no longer wanted; no attempt is counted."""
    values = _ended(MessageState.CANCELLED, reason, now, dict(facts)) | {"attempts": claimed.attempts - 1}
    return MessageState.CANCELLED if _finish(claimed, values) else None


def put_back(
    claimed: Claimed, *, send_at: datetime | None = None, reason: str | None = None, thaw: bool = False
) -> MessageState | None:
    """Let it wait as before, or until an instant; no attempt is counted. `thaw` is that of `settle`."""
    values = _waiting(claimed, MessageState.QUEUED, reason, send_at) | {"attempts": claimed.attempts - 1}
    return MessageState.QUEUED if _finish(claimed, values | (_THAWED if thaw else {})) else None


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
    return _change(claimed, BEING_SENT, values)


def _keep_attempt(claimed: Claimed, answer: Answer, outcome: Outcome, now: datetime) -> None:
    values = {
        "message_id": claimed.id,
        "number": claimed.attempts,
        "at": now,
        "phase": answer.phase,
        "outcome": outcome.verdict,
        "reason": outcome.reason,
        "code": answer.code,
        "answer": answer.words or None,
    }
    ready.run(db.session.connection(), _NEW_ATTEMPT, values)


def _change(
    claimed: Claimed,
    states: tuple[MessageState, ...],
    values: Mapping[str, Any],
    unless_changed_since: int | None = None,
) -> bool:
    """Change a message if the claim still holds and it is in one of the states; say whether it was."""
    statement = _update(tuple(values), states, unless_changed=unless_changed_since is not None)
    named = {"its_id": claimed.id, "its_fence": claimed.fence}
    if unless_changed_since is not None:
        named["its_changes"] = unless_changed_since
    return ready.run(db.session.connection(), statement, {**named, **values}) == 1


@cache
def _update(columns: tuple[str, ...], states: tuple[MessageState, ...], *, unless_changed: bool) -> sa.Update:
    """Return the conditional UPDATE of some columns. Written once: building it takes longer than running it."""
    statement = sa.update(_MESSAGE).where(*_is_ours(states))
    statement = statement.values({column: sa.bindparam(column) for column in columns})
    return statement.where(sa.bindparam("its_changes") == changes.NUMBER) if unless_changed else statement


def _spread(pause: timedelta) -> timedelta:
    return spread(pause, _luck.uniform(-1, 1))


# ---- claims whose worker is gone


def recover(now: datetime, *, patience: float) -> int:
    """Take back what was claimed and never finished, and return how many. After the body began it may have arrived."""
    over = select(*_NEEDED, _MESSAGE.c.state).where(outbox.expired(now)).with_for_update(skip_locked=True)
    lost = db.session.execute(over).all()
    for row in lost:
        claimed = Claimed(**{column.name: row._mapping[column] for column in _NEEDED}, changes=0)  # noqa: SLF001 - its public name
        if row.state is MessageState.IN_DATA:
            answer, outcome = Answer(Phase.BODY), Outcome(Verdict.UNKNOWN, "uncertain")
        else:
            answer, outcome = Answer(Phase.CONNECT), Outcome(Verdict.RETRY, "interrupted")
        settle(claimed, answer, outcome, now=now, patience=patience)
        if outcome.verdict is Verdict.RETRY and claimed.attempts <= _STOPPED_AT_ONCE:
            _change(claimed, WAITING, {"send_at": now})
    return len(lost)
