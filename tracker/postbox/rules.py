"""Who may look into the outbox, and what can be done with a message."""

from tracker.mail.models import Message, MessageState
from tracker.web.access import Somebody

_TROUBLED = (MessageState.HELD, MessageState.DEAD)


def may_see_outbox(reader: Somebody) -> bool:
    """Whether the mails and what became of them are shown to them."""
    return reader.is_coordinator


def can_be_retried(message: Message) -> bool:
    """Whether somebody has to say what becomes of a message, and its text is still there to be sent."""
    return message.state in _TROUBLED and message.blanked_at is None


def can_be_dropped(message: Message) -> bool:
    """Whether a message can still be kept from being sent."""
    return message.state in _TROUBLED or message.state is MessageState.QUEUED


def can_be_readdressed(message: Message) -> bool:
    """Whether a message can go to another address: not one with a link that lets one person in."""
    return can_be_dropped(message) and message.blanked_at is None and not message.secret


def can_be_copied(message: Message) -> bool:
    """Whether the office may have a copy of a message."""
    return not message.secret and message.blanked_at is None and bool(message.text)
