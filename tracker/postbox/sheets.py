"""The outbox as a file: what went to whom, and what became of it; no text of a letter."""

from collections.abc import Iterable, Sequence

from tracker.language import _, language_name
from tracker.mail.models import Message
from tracker.postbox import queries
from tracker.web.sheets import Sheet, Value


def messages() -> Sheet[Message]:
    """Return what is downloaded of the outbox."""
    headings = (
        *(_("Kind"), _("Subject"), _("To"), _("E-mail address"), _("Language"), _("Written"), _("Planned for")),
        *(_("Sent"), _("State"), _("Attempts")),
    )
    return Sheet(_("Outbox"), headings, _cells)


def _cells(rows: Sequence[Message]) -> Iterable[Sequence[Value]]:
    names = queries.names({message.person_id for message in rows})
    for one in rows:
        subject = None if one.secret or not one.text else one.subject
        who = (names[one.person_id], one.address, language_name(one.language))
        yield one.kind, subject, *who, one.created_at, one.send_at, one.sent_at, one.state, one.attempts
