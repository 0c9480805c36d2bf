"""What a link in a letter stops, and how long such links work."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from itsdangerous import BadData

from tracker.language import _
from tracker.mail.models import Message, MessageKind
from tracker.people.models import MailChoice
from tracker.preferences.models import AddressChange
from tracker.refusal import Refused
from tracker.signing import signer

#: What the link in a letter switches off at one click. A letter without one was asked for, or lets somebody in.
STOPPED_BY: Mapping[MessageKind, frozenset[MailChoice]] = {
    MessageKind.LETTER: frozenset({MailChoice.REMINDERS, MailChoice.OVERVIEW}),
    MessageKind.UPDATE: frozenset({MailChoice.UPDATES}),
}
STOP_LINK_LASTS = timedelta(days=365)
ADDRESS_LINK_LASTS = timedelta(hours=72)
#: Nobody pauses for longer: who wants nothing for good switches it off.
LONGEST_PAUSE = timedelta(days=366)
_PURPOSE = "stop letters"


@dataclass(frozen=True)
class Wish:
    """What a link in a letter stands for."""

    person_id: int
    kind: MessageKind
    until: date

    @property
    def choices(self) -> frozenset[MailChoice]:
        """What it switches off."""
        return STOPPED_BY[self.kind]


def stop_link(message: Message, *, keys: Sequence[str], public_url: str) -> str | None:
    """Return the link in a letter that stops its like, or None where there is nothing to stop.

    It holds all it needs, so it works when the message is long forgotten.
    """
    if message.kind not in STOPPED_BY:
        return None
    until = message.created_at.date() + STOP_LINK_LASTS
    token = signer(keys, _PURPOSE).dumps([message.person_id, message.kind.value, until.isoformat()])
    return f"{public_url}/unsubscribe/{token}?lang={message.language}"


def wish_of(token: str, *, keys: Sequence[str]) -> Wish | None:
    """Return what a link stands for, or None if it is not of ours."""
    try:
        person_id, kind, until = signer(keys, _PURPOSE).loads(token)
        wish = Wish(int(person_id), MessageKind(kind), date.fromisoformat(until))
    except (BadData, ValueError, TypeError):
        return None
    return wish if wish.kind in STOPPED_BY else None


def check_pause(until: date | None, today: date) -> None:
    """Refuse a pause that is over or has no end in sight."""
    if until is not None and until < today:
        raise Refused(_("This day has passed."))
    if until is not None and until > today + LONGEST_PAUSE:
        raise Refused(_("A pause lasts for a year at most."))


def why_void(change: AddressChange, now: datetime) -> str | None:
    """Return why a link to a new address opens nothing, or None if it does."""
    if change.used_at is not None:
        return _("This link has been used already, or a newer one has taken its place.")
    if now >= change.expires_at:
        return _("This link has expired. Please ask for a new one in your settings.")
    if change.person.locked_at is not None or change.person.archived_at is not None:
        return _("This account is closed. Please ask the office.")
    return None
