"""Whether a message may leave now: caps, addresses that fail, and what people chose since it was written."""

from datetime import datetime, timedelta

from tracker.db import db
from tracker.mail import queries as outbox
from tracker.mail.models import Message, MessageKind
from tracker.mail.rules import CAPS, ENTRANCE, Cancel, Decision, Send, WaitUntil, over_the_cap
from tracker.people.models import Person
from tracker.people.queries import stopped_by
from tracker.people.rules import is_paused
from tracker.preferences.rules import STOPPED_BY
from tracker.reminders.actions import reconsider as reconsider_letter
from tracker.workdays.rules import local_day

#: A message to an address that fails waits so long before it looks again whether somebody corrected it.
LOOKS_AGAIN = timedelta(hours=1)
#: Why reminders hold a letter for a lost one: the address that the person's record holds.
_OF_THE_RECORD = frozenset({"address_refused", "address_changed"})


def reconsider(message: Message, now: datetime, *, public_url: str, per_day: int) -> Decision:
    """Say what is to become of a message whose turn has come. Changes nothing."""
    decision = reconsider_letter(message, now, public_url=public_url)
    if message.readdressed and isinstance(decision, Cancel) and decision.reason in _OF_THE_RECORD:
        # Somebody chose another address for this message alone.
        decision = Send()
    if isinstance(decision, Cancel | WaitUntil):
        return decision
    return _unwanted(message, now) or _too_many(message, now, per_day) or decision


def _unwanted(message: Message, now: datetime) -> Decision | None:
    if message.kind is MessageKind.LETTER:
        # Reminders look at all that themselves, word by word.
        return None
    person = db.session.get_one(Person, message.person_id)
    if person.locked_at is not None:
        return Cancel("locked")
    is_refused = person.address_refused_at is not None and person.email == message.address
    if is_refused and not message.readdressed:
        return WaitUntil(now + LOOKS_AGAIN, "address_waits")
    choices = STOPPED_BY.get(message.kind)
    if choices is None:
        return None
    if is_paused(person, local_day(now, message.zone)) and person.paused_until:
        return Cancel("on_leave", {"until_on": person.paused_until.isoformat()})
    return Cancel("unsubscribed") if choices <= stopped_by(person.id) else None


def _too_many(message: Message, now: datetime, per_day: int) -> WaitUntil | None:
    if message.frozen is not None:
        # It may have arrived already: whoever gets it twice should get it twice soon.
        return None
    for kinds, caps in CAPS:
        if message.kind in kinds:
            handed_over = outbox.handed_over(message.person_id, kinds, now - max(caps))
            in_hand = outbox.in_hand(message.person_id, kinds, besides=message.id)
            if wait := over_the_cap(handed_over, in_hand, caps, now):
                return wait
    if per_day and message.kind not in ENTRANCE and (full_until := outbox.site_is_full_until(now, per_day)):
        return WaitUntil(full_until, "over_site")
    return None
