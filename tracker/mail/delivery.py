"""Delivery: one message after the other, from its claim to what became of it. No conversation inside a transaction."""

import logging
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy.exc import InterfaceError, OperationalError

from tracker.db import db
from tracker.mail import claims, outbox
from tracker.mail.claims import Claimed
from tracker.mail.letters import NoAddressError, Sender, compose, deliverable
from tracker.mail.models import Message, MessageState
from tracker.mail.outbox import unit
from tracker.mail.parcels import Parcel, Post
from tracker.mail.rules import (
    LEASE,
    LEASE_IN_DATA,
    Cancel,
    Decision,
    Fault,
    Recompose,
    Verdict,
    WaitUntil,
    outcome,
)

log = logging.getLogger(__name__)

#: A round ends after so many messages, or so long, so that others get their turn.
LIMIT = 1000
LONGEST_ROUND = timedelta(seconds=60)
#: Between two tries to write down what became of a message.
_ONCE_MORE = timedelta(milliseconds=500)
#: The database, not the message, is in trouble.
_DATABASE_AWAY = (OperationalError, InterfaceError)

#: Writes what became of a message, and returns its new state; None: somebody else has it by now.
Settlement = Callable[[], MessageState | None]


@dataclass(frozen=True)
class Delivered:
    """How many messages ended their turn in which state, and whether everything waits now."""

    counts: Counter[MessageState] = field(default_factory=Counter)
    paused: bool = False

    def __getitem__(self, state: MessageState) -> int:
        """Return how many ended their turn in a state."""
        return self.counts[state]


@dataclass(frozen=True)
class _Letter:
    """What goes over the line, and what the row has to keep of it."""

    parcel: Parcel
    dated_at: datetime


def deliver_waiting(
    clock_now: Callable[[], datetime],
    post: Post,
    reconsider: Callable[[Message, datetime], Decision],
    *,
    sender: Sender,
    patience: float = 1.0,
    limit: int = LIMIT,
    paused: Callable[[], bool] = lambda: False,
    unsubscribe: Callable[[Message], str | None] = lambda _message: None,
    linked: Callable[[Message, str], str] = lambda _message, words: words,
    refused: Callable[[int, datetime], None] = lambda _message_id, _now: None,
    stopping: threading.Event | None = None,
) -> Delivered:
    """Hand over what is due, and return what became of it.

    Safe to run in several processes and on several machines at once: claims decide. `reconsider` is asked for each
    message after it was claimed; `paused` whether the office holds all mail back; `stopping` ends the round after the
    message in hand; `refused` hears, within the unit that writes it down, of each message whose address is refused for
    good. Needs an application context, whose session it takes for itself.
    """
    db.session.rollback()
    try:
        now = clock_now()
        if not outbox.is_anything_due(now):
            return Delivered()
        if paused() or outbox.paused_until(now):
            return Delivered(paused=True)
        with unit():
            claims.recover(now, patience=patience)
        turn = _Round(
            clock_now,
            post,
            reconsider,
            sender,
            patience,
            paused,
            unsubscribe,
            linked,
            refused,
            stopping or threading.Event(),
        )
        return turn.run(limit)
    finally:
        post.close()
        db.session.rollback()


@dataclass
class _Round:
    clock_now: Callable[[], datetime]
    post: Post
    reconsider: Callable[[Message, datetime], Decision]
    sender: Sender
    patience: float
    paused: Callable[[], bool]
    unsubscribe: Callable[[Message], str | None]
    linked: Callable[[Message, str], str]
    refused: Callable[[int, datetime], None]
    stopping: threading.Event
    #: Everything waits: the round ends after the message in hand.
    is_over: bool = False
    was_away: bool = False
    counts: Counter[MessageState] = field(default_factory=Counter)

    def run(self, limit: int) -> Delivered:
        """Settle each message in the same transaction that claims the next: one write to disk instead of two."""
        self.was_away = outbox.has_failed()
        ends_at = self.clock_now() + LONGEST_ROUND
        settlement: Settlement | None = None
        for _number in range(limit):
            if self.is_over or self.stopping.is_set() or self.clock_now() >= ends_at:
                break
            claimed = self._write(settlement, then_claim=True)
            settlement = None
            if claimed is None:
                break
            settlement = self._take_turn(claimed)
        if settlement is not None:
            self._write(settlement, then_claim=False)
        return Delivered(self.counts, paused=self.is_over)

    def _write(self, settlement: Settlement | None, *, then_claim: bool) -> Claimed | None:
        """Write what became of the last message, and claim the next. The writing is tried again, never the sending."""
        ends_at = self.clock_now() + LEASE_IN_DATA * self.patience
        while True:
            try:
                with unit():
                    state = settlement() if settlement else None
                    claimed = claims.claim(self.clock_now(), LEASE * self.patience) if then_claim else None
            except _DATABASE_AWAY:
                if settlement is None or self.clock_now() >= ends_at:
                    raise
                log.warning("what became of a message could not be written yet", exc_info=True)
                threading.Event().wait(_ONCE_MORE.total_seconds() * self.patience)
            else:
                if state is not None:
                    self.counts[state] += 1
                return claimed

    def _take_turn(self, claimed: Claimed) -> Settlement | None:
        """Ask what is still wanted and hand it over; whatever is wrong with one message is written into that one."""
        now = self.clock_now()
        if claimed.useful_until is not None and now > claimed.useful_until:
            return lambda: claims.fail(claimed, "too_late", {}, self.clock_now())
        try:
            with unit():
                letter = self._reconsidered(claimed, now)
        except _DATABASE_AWAY:
            raise
        except NoAddressError as wrong:
            facts = {"address": str(wrong)}
            return lambda: claims.fail(claimed, "no_address", facts, self.clock_now())
        except Exception as error:
            log.exception("a message could not be written", extra={"facts": {"message": claimed.id}})
            facts = {"error": type(error).__name__}
            return lambda: claims.fail(claimed, "not_composed", facts, self.clock_now())
        if isinstance(letter, _Letter):
            return self._hand_over(claimed, letter)
        if letter is not None:
            self.counts[letter] += 1
        return None

    def _reconsidered(self, claimed: Claimed, now: datetime) -> _Letter | MessageState | None:
        """Return the letter, or the state that the message has now. What `reconsider` changes is committed with it."""
        if self.paused():
            self.is_over = True
            return claims.put_back(claimed, reason="office_paused")
        message = db.session.get_one(Message, claimed.id)
        match self.reconsider(message, now):
            case Cancel(reason, facts):
                return claims.cancel(claimed, reason, facts, now)
            case WaitUntil(at, reason):
                return claims.put_back(claimed, send_at=at, reason=reason)
            case Recompose(subject, text, html) if message.frozen is None:
                message.subject, message.text, message.html = subject, text, html
        return self._composed(message, now)

    def _composed(self, message: Message, now: datetime) -> _Letter:
        recipient = deliverable(message.address)
        content, dated_at = message.frozen, message.dated_at
        if content is None or dated_at is None:
            if not message.text:
                raise LookupError("the text is no longer kept")
            content, dated_at = self._bytes_of(message, now), now
        name = f"{message.created_at:%Y%m%dT%H%M%S}-{message.id}"
        return _Letter(Parcel(name, self.sender.address, recipient, content), dated_at)

    def _bytes_of(self, message: Message, now: datetime) -> bytes:
        return compose(
            message,
            sender=self.sender,
            dated_at=now,
            unsubscribe=self.unsubscribe(message),
            linked=partial(self.linked, message),
        )

    def _hand_over(self, claimed: Claimed, letter: _Letter) -> Settlement | None:
        is_ours = True

        def before_body() -> bool:
            nonlocal is_ours
            content, dated_at = letter.parcel.content, letter.dated_at
            leased_until = self.clock_now() + LEASE_IN_DATA * self.patience
            with unit():
                is_ours = claims.freeze(claimed, content=content, dated_at=dated_at, leased_until=leased_until)
            return is_ours

        answer = self.post.hand_over(letter.parcel, before_body)
        if not is_ours:
            log.warning("another worker took a message over", extra={"facts": {"message": claimed.id}})
            return None
        what_follows = outcome(answer)
        if what_follows.verdict is Verdict.PAUSE:
            self.is_over = True
            if self.stopping.is_set() and answer.fault is Fault.LINE:
                # We cut the line ourselves: that says nothing about the server.
                return lambda: claims.put_back(claimed)
        resumes = self.was_away and what_follows.verdict is not Verdict.PAUSE
        self.was_away = self.was_away and not resumes

        def settlement() -> MessageState | None:
            if resumes:
                outbox.resume_queue()
            now = self.clock_now()
            state = claims.settle(claimed, answer, what_follows, now=now, patience=self.patience)
            if state is not None and what_follows.reason == "address_refused":
                self.refused(claimed.id, now)
            return state

        return settlement
