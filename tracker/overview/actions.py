"""What people do with the outbox; the history says who did."""

from datetime import datetime

from tracker.history.actions import record
from tracker.history.rules import Verb
from tracker.mail import actions as mail
from tracker.mail.models import Message


def send_once_more(message: Message, *, by_id: int, now: datetime) -> None:
    """Let a message be tried again now. Raises Refused where that cannot be."""
    mail.retry(message, now)
    record(Verb.MESSAGE_RETRIED, message, by_id=by_id, now=now)


def give_up(message: Message, *, by_id: int, now: datetime) -> None:
    """Never send a message. Raises Refused if it is out or being handed over."""
    mail.give_up(message, now)
    record(Verb.MESSAGE_DROPPED, message, by_id=by_id, now=now)
