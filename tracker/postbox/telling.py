"""What became of a message, in the reader's language."""

from collections.abc import Mapping
from datetime import datetime
from urllib.parse import unquote

from tracker.language import _, _l
from tracker.mail import rules as mail
from tracker.mail.models import Attempt, Message, MessageState
from tracker.mail.rules import Phase
from tracker.reminders import rules as reminders
from tracker.web.formats import moment

#: How far an attempt came.
_PHASES: Mapping[str, str] = {
    Phase.CONNECT: _l("at the connection"),
    Phase.HELLO: _l("at the greeting"),
    Phase.TLS: _l("at the encryption"),
    Phase.LOGIN: _l("at the log-in"),
    Phase.MAIL: _l("at the sender’s address"),
    Phase.RCPT: _l("at the recipient’s address"),
    Phase.DATA: _l("before the text"),
    Phase.BODY: _l("within the text"),
    Phase.ANSWER: _l("after the text"),
    Phase.FILE: _l("in the folder"),
    Phase.RETURNED: _l("it came back"),
}


def why(message: Message, now: datetime) -> str:
    """Return in a sentence what became of a message, or what it waits for."""
    if message.reason in mail.REASONS and message.state is not MessageState.CANCELLED:
        return mail.sentence(message.reason, message.reason_facts)
    if message.reason in reminders.REASONS:
        return reminders.told(message.reason, message.reason_facts) or ""
    if message.reason:
        return mail.sentence(message.reason, message.reason_facts)
    if message.state is MessageState.QUEUED and message.send_at > now:
        return _("It leaves %(moment)s.", moment=moment(message.send_at))
    return {
        MessageState.QUEUED: _("It leaves in the next minutes."),
        MessageState.SENDING: _("It is being handed over to the mail server."),
        MessageState.IN_DATA: _("It is being handed over to the mail server."),
        MessageState.SENT: _("The mail server has taken it."),
    }.get(message.state, "")


def what_happened(attempt: Attempt) -> str:
    """Return in a sentence how an attempt ended, and where."""
    return f"{mail.sentence(attempt.reason)} ({_PHASES.get(attempt.phase, attempt.phase)})"


def folder_of(mail_url: str) -> str | None:
    """Return the folder that mails are written to as files, or None where a server takes them."""
    return unquote(mail_url.removeprefix("file://").removeprefix("file:")) if mail_url.startswith("file:") else None
