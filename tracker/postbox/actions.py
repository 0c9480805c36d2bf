"""What people do with messages, and what follows when an address fails; the history says who did."""

from datetime import datetime

from tracker.db import db
from tracker.history.actions import record
from tracker.history.rules import Verb
from tracker.language import _
from tracker.mail import actions as mail
from tracker.mail.models import Message
from tracker.mail.rules import Answer
from tracker.organisations.queries import office
from tracker.people.actions import change_person, note_refusal
from tracker.people.models import Person
from tracker.postbox import mails, queries
from tracker.postbox.rules import can_be_copied, can_be_dropped
from tracker.refusal import Refused

# ---- one message


def send_once_more(message: Message, *, by_id: int, now: datetime) -> None:
    """Let a message be tried again now. Raises Refused where that cannot be."""
    was_refused = message.reason == "address_refused"
    mail.retry(message, now)
    person = db.session.get_one(Person, message.person_id)
    if was_refused and person.email == message.address:
        # Whoever tries once more believes that it works by now.
        person.address_refused_at = None
    record(Verb.MESSAGE_RETRIED, message, by_id=by_id, now=now)


def correct_address(message: Message, address: str, *, for_good: bool, by_id: int, now: datetime) -> None:
    """Send a message to another address, and perhaps keep that in the person's record. Raises Refused as retrying."""
    if not can_be_dropped(message):
        raise Refused(_("This message is not waiting any more."))
    mail.correct_address(message, address, now)
    record(Verb.MESSAGE_READDRESSED, message, by_id=by_id, now=now)
    if for_good:
        change_person(db.session.get_one(Person, message.person_id), by_id=by_id, now=now, email=address)


def give_up(message: Message, *, by_id: int, now: datetime) -> None:
    """Never send a message. Raises Refused if it is out or being handed over."""
    mail.give_up(message, now)
    record(Verb.MESSAGE_DROPPED, message, by_id=by_id, now=now)


def send_copy(message: Message, reader: Person, *, zone: str, now: datetime) -> None:
    """Send a copy to somebody of the office. Raises Refused for what is secret or forgotten."""
    if not can_be_copied(message):
        raise Refused(_("There is no copy of this message."))
    if reader.email is None:
        raise Refused(_("No mail address of yours is known."))
    name = queries.names([message.person_id]).get(message.person_id, "")
    mails.send_copy(message, name, reader, reader.email, zone, now=now)
    record(Verb.MESSAGE_COPIED, message, by_id=reader.id, now=now)


# ---- addresses that fail


def hear_refusal(message_id: int, now: datetime) -> None:
    """Write down that mail servers refuse the address of a message for good, if it is the person's."""
    message = db.session.get_one(Message, message_id)
    note_refusal(db.session.get_one(Person, message.person_id), message.address, now)


def hear_return(message: Message, answer: Answer, now: datetime) -> None:
    """Write down that a message came back; if it names nobody, as a refusal while it was handed over would have."""
    found = mail.come_back(message, answer, now)
    if found is not None and found.reason == "address_refused":
        hear_refusal(message.id, now)


def tell_of_refusals(now: datetime, *, public_url: str) -> int:
    """Tell those who look after a person, once, that no mail reaches them; return how many letters were written."""
    seen = office()
    if seen is None:
        return 0
    written = 0
    for person in queries.refused_untold(now):
        for reader in queries.who_looks_after(person, now.date()):
            if reader.email and person.address_refused_at:
                refused_at = person.address_refused_at
                mails.tell_of_refusal(person, refused_at, reader, reader.email, seen, public_url=public_url, now=now)
                written += 1
    return written
