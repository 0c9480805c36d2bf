"""What people do with the outbox, and how the timetable says that it lives."""

from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, update

from tracker.db import db, insert_new
from tracker.language import _
from tracker.mail.letters import NoAddressError, deliverable
from tracker.mail.models import Attempt, Message, MessageState, Tick
from tracker.mail.outbox import WAITING, resume_queue
from tracker.mail.queries import LEFT, TROUBLED
from tracker.mail.rules import Answer, Outcome, Verdict, outcome
from tracker.refusal import Refused


def retry(message: Message, now: datetime) -> Message:
    """Let a message be tried again now, with all its tries; what may have arrived keeps its bytes.

    Raises Refused if it is out, being handed over, no longer wanted, or its text is no longer kept.
    """
    _assert_kept(message)
    return _tried_again(message, now, reason="once_more")


def correct_address(message: Message, address: str, now: datetime) -> Message:
    """Send a message to another address. Raises Refused as `retry` does, and if it is none."""
    try:
        deliverable(address)
    except NoAddressError:
        raise Refused(_("This is not an address that mail can be sent to.")) from None
    _assert_kept(message)
    if message.secret:
        raise Refused(_("This message holds a link for one person. Please invite them anew with the right address."))
    # The frozen bytes name the old address.
    values = {"address": address, "readdressed": True, "frozen": None, "dated_at": None}
    return _tried_again(message, now, reason="corrected", **values)


def follow_address(person_id: int, old: str, new: str) -> int:
    """Send what still waits for a person to their new address, and return how many messages that are.

    What may have left keeps its bytes, and a link that opens something goes nowhere else.
    """
    waits = (Message.state == MessageState.QUEUED, Message.frozen.is_(None), Message.secret.is_(False))
    theirs = (Message.person_id == person_id, Message.address == old, *waits)
    changed = (
        update(Message)
        .where(*theirs)
        .values(address=new, fence=Message.fence + 1)
        .execution_options(synchronize_session=False)
    )
    return cast("CursorResult[Any]", db.session.execute(changed)).rowcount


def cancel_waiting(person_id: int, reason: str, now: datetime) -> int:
    """Cancel what waits for a person, and return how many messages that are. One in a worker's hand goes its way."""
    waits = (Message.person_id == person_id, Message.state.in_(WAITING))
    values = {"state": MessageState.CANCELLED, "reason": reason, "reason_facts": None, "finished_at": now}
    changed = update(Message).where(*waits).values(**values, fence=Message.fence + 1)
    result = db.session.execute(changed.execution_options(synchronize_session=False))
    return cast("CursorResult[Any]", result).rowcount


def give_up(message: Message, now: datetime) -> Message:
    """Never send a message. Raises Refused if it is out or being handed over."""
    return _change(message, state=MessageState.CANCELLED, reason="given_up", finished_at=now)


def come_back(message: Message, answer: Answer, now: datetime) -> Outcome | None:
    """Write down that a message which had left came back, and return why; None if it does not stand as one that left.

    What the recipient's server said counts as if it had said so while the message was handed over.
    """
    found = outcome(answer)
    reason = found.reason if found.verdict is Verdict.DEAD else "came_back"
    left = (Message.id == message.id, Message.fence == message.fence, Message.state.in_(LEFT))
    values = {"state": MessageState.DEAD, "reason": reason, "reason_facts": None, "finished_at": now}
    changed = update(Message).where(*left).values(**values, fence=Message.fence + 1)
    result = db.session.execute(changed.execution_options(synchronize_session=False))
    if cast("CursorResult[Any]", result).rowcount != 1:
        return None
    db.session.add(
        Attempt(
            message_id=message.id,
            number=message.attempts,
            at=now,
            phase=answer.phase,
            outcome=Verdict.DEAD,
            reason=reason,
            code=answer.code,
            answer=answer.words or None,
        )
    )
    db.session.refresh(message)
    return Outcome(Verdict.DEAD, reason)


def record_tick(job: str, now: datetime, expected_seconds: int, *, failed: bool = False) -> None:
    """Write the heartbeat of a job; one that fails again and again is as silent as one that does not come."""
    silent_after = now + timedelta(seconds=expected_seconds)
    insert_new(Tick, {"job": job, "at": now, "silent_after": silent_after, "failures": 0})
    came = {"at": now, "silent_after": silent_after, "failures": 0}
    values = {"failures": Tick.failures + 1} if failed else came
    changed = update(Tick).where(Tick.job == job).values(**values)
    db.session.execute(changed.execution_options(synchronize_session=False))


def _assert_kept(message: Message) -> None:
    if message.blanked_at is not None:
        raise Refused(_("The text of this message is no longer kept."))


def _tried_again(message: Message, now: datetime, **values: Any) -> Message:
    # Whoever asks for it finds it useful.
    is_late = message.useful_until is not None and message.useful_until < now
    useful_until = None if is_late else message.useful_until
    state = MessageState.QUEUED
    changed = _change(
        message, state=state, send_at=now, useful_until=useful_until, attempts=0, finished_at=None, **values
    )
    resume_queue()
    return changed


def _change(message: Message, **values: Any) -> Message:
    """Change it unless a worker has it in hand by now; a claim that was made before finds no row any more."""
    waits = (Message.id == message.id, Message.fence == message.fence, Message.state.in_((*WAITING, *TROUBLED)))
    changes = values | {"reason_facts": None, "fence": Message.fence + 1}
    changed = update(Message).where(*waits).values(**changes).execution_options(synchronize_session=False)
    if cast("CursorResult[Any]", db.session.execute(changed)).rowcount != 1:
        raise Refused(_("This message is not waiting any more."))
    db.session.refresh(message)
    return message
