"""Delivery: one message after the other, from its claim to what became of it. No conversation inside a transaction."""

import logging
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from tracker.db import db, has_one_pen, one_connection
from tracker.mail import claims, outbox
from tracker.mail.claims import Claimed
from tracker.mail.letters import Attachment, NoAddressError, Sender, compose, deliverable
from tracker.mail.looks import DATABASE_AWAY, Letter, Look, Looks, Reconsider
from tracker.mail.models import Message, MessageState
from tracker.mail.outbox import unit
from tracker.mail.parcels import Parcel, Post
from tracker.mail.rules import (
    LEASE,
    LEASE_IN_DATA,
    Cancel,
    Fault,
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
#: While others change something all the time, a message is looked at so often before its text, then it waits again.
_LOOKS = 3

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
class _Turn:
    """A message that is ours; and the look at it with its letter, if that was kept together with the claim."""

    claimed: Claimed
    kept: tuple[Look, Letter] | None = None


def deliver_waiting(
    clock_now: Callable[[], datetime],
    post: Post,
    reconsider: Reconsider,
    *,
    sender: Sender,
    patience: float = 1.0,
    limit: int = LIMIT,
    paused: Callable[[], bool] = lambda: False,
    too_many: Callable[[Message, datetime], WaitUntil | None] = lambda _message, _now: None,
    unsubscribe: Callable[[Message], str | None] = lambda _message: None,
    linked: Callable[[Message, str], str] = lambda _message, words: words,
    attached: Callable[[Message], Attachment | None] = lambda _message: None,
    refused: Callable[[int, datetime], None] = lambda _message_id, _now: None,
    stopping: threading.Event | None = None,
) -> Delivered:
    """Hand over what is due, and return what became of it.

    Safe to run in several processes and on several machines at once: claims decide. `reconsider` and `paused`, whether
    the office holds all mail back, are asked for many messages together; their answers hold as long as nobody changes
    anything, and a last look at the database before the text follows makes sure of that. `too_many`, whether somebody
    was sent enough for now, is asked for each message by itself. `stopping` ends the round after the message in hand;
    `refused` hears, within the unit that writes it down, of each message whose address is refused for good. Needs an
    application context, whose session it takes for itself.
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
            Looks(
                reconsider,
                paused,
                partial(_composed, sender=sender, unsubscribe=unsubscribe, linked=linked, attached=attached),
            ),
            patience,
            too_many,
            refused,
            stopping or threading.Event(),
        )
        with one_connection():
            return turn.run(limit)
    finally:
        post.close()
        db.session.rollback()


@dataclass
class _Round:
    clock_now: Callable[[], datetime]
    post: Post
    looks: Looks
    patience: float
    too_many: Callable[[Message, datetime], WaitUntil | None]
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
            turn = self._write(settlement, then_claim=True)
            settlement = None
            if turn is None:
                break
            claimed = turn.claimed
            settlement = self._hand_over(claimed, *turn.kept, is_kept=True) if turn.kept else self._take_turn(claimed)
        if settlement is not None:
            self._write(settlement, then_claim=False)
        return Delivered(self.counts, paused=self.is_over)

    def _write(self, settlement: Settlement | None, *, then_claim: bool) -> _Turn | None:
        """Write what became of the last message, and claim the next. The writing is tried again, never the sending."""
        ends_at = self.clock_now() + LEASE_IN_DATA * self.patience
        while True:
            try:
                with unit():
                    state = settlement() if settlement else None
                    turn = self._next_turn() if then_claim else None
            except DATABASE_AWAY:
                if settlement is None or self.clock_now() >= ends_at:
                    raise
                log.warning("what became of a message could not be written yet", exc_info=True)
                threading.Event().wait(_ONCE_MORE.total_seconds() * self.patience)
            else:
                if state is not None:
                    self.counts[state] += 1
                return turn

    def _next_turn(self) -> _Turn | None:
        """Claim the message that comes next."""
        now = self.clock_now()
        if turn := self._next_kept(now):
            return turn
        claimed = claims.claim(now, LEASE * self.patience)
        return _Turn(claimed) if claimed else None

    def _next_kept(self, now: datetime) -> _Turn | None:
        """Claim a message that was looked at ahead and keep its bytes at once: one write to disk instead of two.

        Only on a line that took the last letter: who is killed on the way to a server should not have to think that
        the letter may have arrived. And only where units come one after the other, so that no cap is passed by two.
        """
        look = self.looks.next(now) if self.post.is_warm and has_one_pen() else None
        if look is None or look.letter is None or self.too_many(look.message, now):
            return None
        claimed = claims.claim_kept(
            look.message,
            content=look.letter.parcel.content,
            dated_at=look.letter.dated_at,
            leased_until=now + LEASE_IN_DATA * self.patience,
            now=now,
            changes=look.changes,
        )
        if claimed is None:
            self.looks.forget()
            return None
        return _Turn(claimed, (look, look.letter))

    def _take_turn(self, claimed: Claimed) -> Settlement | None:
        """Ask what is still wanted and hand it over; whatever is wrong with one message is written into that one."""
        now = self.clock_now()
        if claimed.is_too_late(now):
            return lambda: claims.fail(claimed, "too_late", {}, self.clock_now())
        try:
            look = self.looks.at(claimed, now)
            if look is None:
                self.is_over = True
                return lambda: claims.put_back(claimed, reason="office_paused")
            if settlement := self._kept_back(claimed, look, now):
                return settlement
            letter = look.letter or self.looks.compose(look.as_it_leaves(), now)
        except DATABASE_AWAY:
            raise
        except NoAddressError as wrong:
            facts = {"address": str(wrong)}
            return lambda: claims.fail(claimed, "no_address", facts, self.clock_now())
        except Exception as error:
            log.exception("a message could not be written", extra={"facts": {"message": claimed.id}})
            facts = {"error": type(error).__name__}
            return lambda: claims.fail(claimed, "not_composed", facts, self.clock_now())
        finally:
            db.session.rollback()
        return self._hand_over(claimed, look, letter)

    def _kept_back(self, claimed: Claimed, look: Look, now: datetime) -> Settlement | None:
        """Return what is to be written of a message that does not leave now."""
        match look.decision:
            case Cancel(reason, facts):
                return lambda: claims.cancel(claimed, reason, facts, now)
            case WaitUntil(at, reason):
                return lambda: claims.put_back(claimed, send_at=at, reason=reason)
        if wait := self.too_many(look.message, now):
            return lambda: claims.put_back(claimed, send_at=wait.at, reason=wait.reason)
        return None

    # ---- the text follows

    def _keeps(self, claimed: Claimed, look: Look, letter: Letter, changes: int) -> bool:
        """Keep the bytes and say that they follow, unless anything was changed since the message was looked at."""
        return claims.freeze(
            claimed,
            content=letter.parcel.content,
            dated_at=letter.dated_at,
            leased_until=self.clock_now() + LEASE_IN_DATA * self.patience,
            words=look.new_words,
            unless_changed_since=changes,
        )

    def _may_follow(self, claimed: Claimed, look: Look, letter: Letter, *, is_kept: bool) -> bool | None:
        """Say whether all is still as it was seen, and the bytes are kept. None: the claim is lost."""
        seen: Look | None = look
        for _number in range(_LOOKS):
            if seen is None:
                return False
            if not is_kept:
                with unit():
                    if self._keeps(claimed, look, letter, seen.changes):
                        look.note()
                        return True
            changes = claims.still_holds(claimed)
            if changes is None:
                return None
            if is_kept and changes == seen.changes:
                return True
            seen = self.looks.again(claimed, look, self.clock_now())
            # What is asked next sees what has been committed by then.
            db.session.rollback()
        return False

    def _hand_over(self, claimed: Claimed, look: Look, letter: Letter, *, is_kept: bool = False) -> Settlement | None:
        """Hand over a letter. `is_kept`: that it follows was written down together with the claim."""
        may_follow: bool | None = True
        has_begun = False

        def before_body() -> bool:
            nonlocal may_follow, has_begun
            may_follow = self._may_follow(claimed, look, letter, is_kept=is_kept)
            db.session.rollback()
            has_begun = may_follow is True
            return has_begun

        answer = self.post.hand_over(letter.parcel, before_body)
        if may_follow is None:
            log.warning("another worker took a message over", extra={"facts": {"message": claimed.id}})
            return None
        thaw = is_kept and not has_begun
        if may_follow is False:
            # It comes first again at once, as things stand then.
            return lambda: claims.put_back(claimed, thaw=thaw)
        what_follows = outcome(answer)
        if what_follows.verdict is Verdict.PAUSE:
            self.is_over = True
            if self.stopping.is_set() and answer.fault is Fault.LINE:
                # We cut the line ourselves: that says nothing about the server.
                return lambda: claims.put_back(claimed, thaw=thaw)
        resumes = self.was_away and what_follows.verdict is not Verdict.PAUSE
        self.was_away = self.was_away and not resumes

        def settlement() -> MessageState | None:
            if resumes:
                outbox.resume_queue()
            now = self.clock_now()
            state = claims.settle(claimed, answer, what_follows, now=now, patience=self.patience, thaw=thaw)
            if state is not None and what_follows.reason == "address_refused":
                self.refused(claimed.id, now)
            return state

        return settlement


def _composed(
    message: Message,
    now: datetime,
    *,
    sender: Sender,
    unsubscribe: Callable[[Message], str | None],
    linked: Callable[[Message, str], str],
    attached: Callable[[Message], Attachment | None],
) -> Letter:
    """Write the letter of a message; what may have left already leaves as it was."""
    recipient = deliverable(message.address)
    content, dated_at = message.frozen, message.dated_at
    if content is None or dated_at is None:
        if not message.text:
            raise LookupError("the text is no longer kept")
        content = compose(
            message,
            sender=sender,
            dated_at=now,
            unsubscribe=unsubscribe(message),
            linked=partial(linked, message),
            attachment=attached(message),
        )
        dated_at = now
    name = f"{message.created_at:%Y%m%dT%H%M%S}-{message.id}"
    return Letter(Parcel(name, sender.address, recipient, content), dated_at)
