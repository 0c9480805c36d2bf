"""Whether a message may leave now: caps, addresses that fail, and what people chose since it was written."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select

from tracker.db import db
from tracker.guests.queries import unwanted
from tracker.mail import queries as outbox
from tracker.mail.models import Message, MessageKind
from tracker.mail.rules import CAPS, ENTRANCE, Cancel, Decision, Send, WaitUntil, over_the_cap
from tracker.people.models import MailChoice, Person
from tracker.people.queries import stopped_by_each
from tracker.people.rules import is_paused
from tracker.preferences.rules import STOPPED_BY
from tracker.reminders.actions import reconsider as reconsider_letters
from tracker.travel.queries import unwanted as unwanted_by_travellers
from tracker.workdays.rules import local_day

#: A message to an address that fails waits so long before it looks again whether somebody corrected it.
LOOKS_AGAIN = timedelta(hours=1)
#: Why reminders hold a letter for a lost one: the address that the person's record holds.
_OF_THE_RECORD = frozenset({"address_refused", "address_changed"})


def reconsider(messages: Sequence[Message], now: datetime, *, public_url: str) -> dict[int, Decision]:
    """Say what is to become of messages whose turn has come, message id to decision. Changes nothing."""
    letters = [message for message in messages if message.kind is MessageKind.LETTER]
    others = [message for message in messages if message.kind is not MessageKind.LETTER]
    decisions = _others(others, now) | reconsider_letters(letters, now, public_url=public_url)
    for message in letters:
        decision = decisions[message.id]
        if message.readdressed and isinstance(decision, Cancel) and decision.reason in _OF_THE_RECORD:
            # Somebody chose another address for this message alone.
            decisions[message.id] = Send()
    return decisions


def _others(messages: Sequence[Message], now: datetime) -> dict[int, Decision]:
    """Look at what is no letter; reminders look at theirs word by word."""
    if not messages:
        return {}
    person_ids = {message.person_id for message in messages}
    people = {one.id: one for one in db.session.scalars(select(Person).where(Person.id.in_(person_ids)))}
    stopped = stopped_by_each(person_ids) if any(message.kind in STOPPED_BY for message in messages) else {}
    off = dict.fromkeys(unwanted(messages), "no_guest")
    off |= dict.fromkeys(unwanted_by_travellers(messages, now), "question_closed")
    return {
        message.id: Cancel(off[message.id])
        if message.id in off
        else _decision(message, people[message.person_id], stopped.get(message.person_id, frozenset()), now)
        for message in messages
    }


def _decision(message: Message, person: Person, stopped: frozenset[MailChoice], now: datetime) -> Decision:
    if person.locked_at is not None:
        return Cancel("locked")
    is_refused = person.address_refused_at is not None and person.email == message.address
    if is_refused and not message.readdressed:
        return WaitUntil(now + LOOKS_AGAIN, "address_waits")
    choices = STOPPED_BY.get(message.kind)
    if choices is None:
        return Send()
    if is_paused(person, local_day(now, message.zone)) and person.paused_until:
        return Cancel("on_leave", {"until_on": person.paused_until.isoformat()})
    return Cancel("unsubscribed") if choices <= stopped else Send()


def too_many(message: Message, now: datetime, *, per_day: int) -> WaitUntil | None:
    """Say until when a message has to wait, since its recipient, or everybody together, was sent enough for now."""
    if message.frozen is not None:
        # It may have arrived already: whoever gets it twice should get it twice soon.
        return None
    for kinds, caps in CAPS:
        if message.kind in kinds:
            handed_over, in_hand = outbox.sent_or_in_hand(message, kinds, now - max(caps))
            if wait := over_the_cap(handed_over, in_hand, caps, now):
                return wait
    if per_day and message.kind not in ENTRANCE and (full_until := outbox.site_is_full_until(now, per_day)):
        return WaitUntil(full_until, "over_site")
    return None
