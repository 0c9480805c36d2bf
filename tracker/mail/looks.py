"""Looking at messages before they leave: at many together, and what was seen holds until somebody changes something."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy.exc import InterfaceError, OperationalError

from tracker.db import db
from tracker.mail import changes, outbox
from tracker.mail.claims import Claimed
from tracker.mail.models import Message
from tracker.mail.rules import Decision, Recompose

#: The database, not the message, is in trouble.
DATABASE_AWAY = (OperationalError, InterfaceError)
#: So many messages are looked at together, while nobody changes anything, and what was seen holds so long.
MOST_AHEAD = 128
HOLDS = timedelta(seconds=5)

#: Says what is to become of messages whose turn has come, message id to decision. Changes nothing.
Reconsider = Callable[[Sequence[Message], datetime], Mapping[int, Decision]]


@dataclass(frozen=True)
class Look:
    """A message as it was seen, and what was to become of it then."""

    message: Message
    decision: Decision
    #: How often anything had been changed when it was looked at.
    changes: int
    at: datetime

    def holds(self, claimed: Claimed, now: datetime) -> bool:
        """Whether neither the message nor anything else was changed between the look and the claim."""
        in_time = self.at <= now < self.at + HOLDS
        return in_time and self.changes == claimed.changes and self.message.fence == claimed.fence - 1

    @property
    def new_words(self) -> Mapping[str, str | None]:
        """The words that it leaves with, where they are not its own; bytes that may have left keep theirs."""
        if not isinstance(self.decision, Recompose) or self.message.frozen is not None:
            return {}
        return {"subject": self.decision.subject, "text": self.decision.text, "html": self.decision.html}

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
    _seen: dict[int, Look] = field(default_factory=dict)
    _ahead: int = 1

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
        looks = {one.id: Look(one, decisions[one.id], count, now) for one in found if one.id in decisions}
        db.session.expunge_all()
        return looks
