"""The letters with a link that sets a password."""

from datetime import datetime

from flask import current_app

from tracker.accounts.models import AccountLink, LinkPurpose
from tracker.language import _, speaking
from tracker.mail.models import Message, MessageKind
from tracker.mail.outbox import enqueue
from tracker.web.access import OfficeSeen


def send_invitation(
    link: AccountLink, *, url: str, office: OfficeSeen, zone: str, reply_to: str | None, now: datetime
) -> Message:
    """Invite somebody to choose a password, in their language."""
    with speaking(link.account.person.language):
        subject = _("Your account at %(office)s", office=office.name)
    return _send(link, MessageKind.INVITATION, subject, url=url, office=office, zone=zone, reply_to=reply_to, now=now)


def send_reset(link: AccountLink, *, url: str, office: OfficeSeen, zone: str, now: datetime) -> Message:
    """Let somebody choose a new password, in their language."""
    with speaking(link.account.person.language):
        subject = _("A new password for your account at %(office)s", office=office.name)
    return _send(link, MessageKind.RESET, subject, url=url, office=office, zone=zone, reply_to=None, now=now)


_LETTERS = {LinkPurpose.INVITATION: "accounts/mail_invitation", LinkPurpose.RESET: "accounts/mail_reset"}


def _send(
    link: AccountLink,
    kind: MessageKind,
    subject: str,
    *,
    url: str,
    office: OfficeSeen,
    zone: str,
    reply_to: str | None,
    now: datetime,
) -> Message:
    person = link.account.person
    words = {
        "name": person.form_of_address or person.name,
        "office": office.name,
        "url": url,
        "language": person.language,
        "subject": subject,
    }
    with speaking(person.language):
        text, html = (
            current_app.jinja_env.get_template(f"{_LETTERS[link.purpose]}.{ending}").render(words)
            for ending in ("txt", "html")
        )
    return enqueue(
        key=f"{kind.value}|{link.id}",
        kind=kind,
        person_id=person.id,
        address=link.account.email,
        language=person.language,
        zone=zone,
        subject=subject,
        text=text,
        html=html,
        now=now,
        useful_until=link.expires_at,
        subject_key=f"account:{link.account_id}",
        reply_to=reply_to,
        secret=True,
    )
