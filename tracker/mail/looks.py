"""Looking at messages before they leave: at many together, and what was seen holds until somebody changes something."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy.exc import InterfaceError, OperationalError

from tracker.db import db
from tracker.mail import changes, outbox
from tracker.mail.claims import Claimed
from tracker.mail.models import Message
from tracker.mail.parcels import Parcel
from tracker.mail.rules import Decision, Recompose, Send

#: The database, not the message, is in trouble.
DATABASE_AWAY = (OperationalError, InterfaceError)
#: So many messages are looked at together, while nobody changes anything, and what was seen holds so long.
MOST_AHEAD = 128
HOLDS = timedelta(seconds=5)

#: Says what is to become of messages whose turn has come, message id to decision. Changes nothing.
Reconsider = Callable[[Sequence[Message], datetime], Mapping[int, Decision]]


@dataclass(frozen=True)
class Letter:
    """What goes over the line, and the Date that stands in it."""

    parcel: Parcel
    dated_at: datetime


@dataclass(frozen=True)
class Look:
    """A message as it was seen, and what was to become of it then."""

    message: Message
    decision: Decision
    #: How often anything had been changed when it was looked at.
    changes: int
    at: datetime
    #: If it was to leave as it is, and was looked at together with others: many at once are written in half the time.
    letter: Letter | None

    def holds(self, claimed: Claimed, now: datetime) -> bool:
        """Whether neither the message nor anything else was changed between the look and the claim."""
        return self.is_fresh(now) and self.changes == claimed.changes and self.message.fence == claimed.fence - 1

    def is_fresh(self, now: datetime) -> bool:
        """Whether it was looked at just now."""
        return self.at <= now < self.at + HOLDS

    @property
    def new_words(self) -> Mapping[str, str | None]:
        """The words that it leaves with, where they are not its own; bytes that may have left keep theirs."""
        if not isinstance(self.decision, Recompose) or self.message.frozen is not None:
            return {}
        new = self.decision
        return {"subject": new.subject, "text": new.text, "html": new.html, "attached": new.attached}

    def as_it_leaves(self) -> Message:
        """Return the message with the words that it leaves with."""
        for name, value in self.new_words.items():
            setattr(self.message, name, value)
        return self.message

    def note(self) -> None:
        """Write down what the new words leave out."""
        if isinstance(self.decision, Recompose) and self.new_words:
            self.decision.note()


@dataclass
class Looks:
    """What one round of delivery has seen."""

    reconsider: Reconsider
    #: Whether the office holds all mail back.
    paused: Callable[[], bool]
    #: Writes the letter of a message.
    compose: Callable[[Message, datetime], Letter]
    _seen: dict[int, Look] = field(default_factory=dict)
    _ahead: int = 1

    def next(self, now: datetime) -> Look | None:
        """Return the look at the message that comes next, if one was looked at ahead and its letter is written."""
        look = next(iter(self._seen.values()), None)
        if look is None or look.letter is None or not look.is_fresh(now):
            return None
        return self._seen.pop(look.message.id)

    def forget(self) -> None:
        """Forget what was seen: something was changed since."""
        self._seen, self._ahead = {}, 1

    def at(self, claimed: Claimed, now: datetime) -> Look | None:
        """Return what was seen of a message if that still holds, else look again. None: the office holds it back."""
        seen = self._seen.pop(claimed.id, None)
        if seen is not None and seen.holds(claimed, now):
            return seen
        # Where others change something all the time, looking ahead is for nothing.
        self._ahead = min(2 * self._ahead, MOST_AHEAD) if seen is None else 1
        self._seen = {} if self.paused() else self._look(claimed, now, ahead=self._ahead - 1)
        return self._seen.pop(claimed.id, None)

    def again(self, claimed: Claimed, seen: Look, now: datetime) -> Look | None:
        """Look once more at a message that is about to leave. None: it should not leave as it was seen."""
        look = None if self.paused() else self._look(claimed, now, ahead=0)[claimed.id]
        return look if look is not None and look.decision == seen.decision else None

    def _look(self, claimed: Claimed, now: datetime, *, ahead: int) -> dict[int, Look]:
        """Look at a message, and at so many that come next. The session keeps none of them."""
        count = changes.number()
        found = [db.session.get_one(Message, claimed.id)]
        if ahead:
            found += db.session.scalars(outbox.next_due(now, ahead))
        try:
            decisions = self.reconsider(found, now)
        except DATABASE_AWAY:
            raise
        except Exception:
            if not ahead:
                raise
            # Whichever of them is poisoned, its own turn will tell.
            self._ahead = 1
            decisions = self.reconsider(found[:1], now)
        db.session.expunge_all()
        letters = {one.id: self._written(one, decisions.get(one.id), now) for one in found} if ahead else {}
        return {
            one.id: Look(one, decisions[one.id], count, now, letters.get(one.id))
            for one in found
            if one.id in decisions
        }

    def _written(self, message: Message, decision: Decision | None, now: datetime) -> Letter | None:
        """Return the letter of a message that leaves as it is. What is wrong with one its own turn will tell."""
        if decision != Send() or message.frozen is not None:
            return None
        try:
            return self.compose(message, now)
        except DATABASE_AWAY:
            raise
        except Exception:  # noqa: BLE001 - whatever it is
            return None
