"""The letters about an account: with a link or a code that opens it, and about what happened to it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import current_app

from tracker.accounts.models import Account, AccountLink, SignIn
from tracker.language import _, speaking
from tracker.mail.models import Message, MessageKind
from tracker.mail.outbox import enqueue
from tracker.people.models import Person
from tracker.web.access import OfficeSeen
from tracker.web.formats import moment

#: Nobody waits for a code behind the letters of the day: it takes its place among what was due so long ago.
AHEAD = timedelta(minutes=10)


def send_invitation(
    link: AccountLink, *, url: str, office: OfficeSeen, zone: str, reply_to: str | None, now: datetime
) -> Message:
    """Invite somebody to their account, in their language."""
    with speaking(link.account.person.language):
        subject = _("Your account at %(office)s", office=office.name)
    letter = _Letter("accounts/mail_invitation", MessageKind.INVITATION, f"invitation|{link.id}", subject)
    return letter.to(
        link.account, office=office, zone=zone, now=now, until=link.expires_at, secret=True, reply_to=reply_to, url=url
    )


def send_reset(link: AccountLink, *, url: str, office: OfficeSeen, zone: str, now: datetime) -> Message:
    """Let somebody choose a new password, in their language."""
    with speaking(link.account.person.language):
        subject = _("A new password for your account at %(office)s", office=office.name)
    letter = _Letter("accounts/mail_reset", MessageKind.RESET, f"reset|{link.id}", subject)
    return letter.to(link.account, office=office, zone=zone, now=now, until=link.expires_at, secret=True, url=url)


def send_code(
    way_id: int, account: Account, code: str, *, until: datetime, office: OfficeSeen, zone: str, now: datetime
) -> Message:
    """Send a code to sign in with, at once. The subject is kept when the text is blanked: it holds no code."""
    with speaking(account.person.language):
        subject = _("Your code to sign in at %(office)s", office=office.name)
    letter = _Letter("accounts/mail_code", MessageKind.CODE, f"code|{way_id}", subject)
    # In two halves it is easier to read and to type.
    shown = f"{code[: len(code) // 2]} {code[len(code) // 2 :]}"
    return letter.to(
        account, office=office, zone=zone, now=now, until=until, secret=True, send_at=now - AHEAD, code=shown
    )


def tell_of_sign_in(
    sign_in: SignIn, account: Account, *, url: str, office: OfficeSeen, zone: str, now: datetime
) -> Message:
    """Tell somebody that they, or somebody else, signed in with a browser that was not seen before."""
    with speaking(account.person.language):
        subject = _("Was this you? A new sign-in at %(office)s", office=office.name)
        words = {"url": url, "device": sign_in.device or _("unknown browser"), "at": moment(now, zone)}
    letter = _Letter("accounts/mail_sign_in", MessageKind.ACCOUNT, f"sign-in|{sign_in.id}", subject)
    return letter.to(account, office=office, zone=zone, now=now, secret=True, **words)


def tell_inviter(link: AccountLink, inviter: Person, *, office: OfficeSeen, zone: str, now: datetime) -> Message | None:
    """Tell who invited somebody that they came."""
    if inviter.email is None or inviter.locked_at or inviter.archived_at:
        return None
    guest = link.account.person.name
    with speaking(inviter.language):
        subject = _("%(name)s has accepted your invitation", name=guest)
    letter = _Letter("accounts/mail_accepted", MessageKind.ACCOUNT, f"accepted|{link.id}", subject)
    return letter.to_person(inviter, inviter.email, office=office, zone=zone, now=now, guest=guest)


@dataclass(frozen=True)
class _Letter:
    """A letter about an account: its templates, its kind, what makes it one, and its subject."""

    template: str
    kind: MessageKind
    key: str
    subject: str

    def to(self, account: Account, **more: Any) -> Message:
        """Send it to the address one signs in with."""
        return self.to_person(account.person, account.email, subject_key=f"account:{account.id}", **more)

    def to_person(
        self,
        person: Person,
        address: str,
        *,
        office: OfficeSeen,
        zone: str,
        now: datetime,
        until: datetime | None = None,
        send_at: datetime | None = None,
        subject_key: str | None = None,
        reply_to: str | None = None,
        secret: bool = False,
        **words: object,
    ) -> Message:
        """Send it to an address of somebody, in their language."""
        facts = words | {
            "name": person.form_of_address or person.name,
            "office": office.name,
            "language": person.language,
            "subject": self.subject,
        }
        with speaking(person.language):
            text, html = (
                current_app.jinja_env.get_template(f"{self.template}.{ending}").render(facts)
                for ending in ("txt", "html")
            )
        return enqueue(
            key=self.key,
            kind=self.kind,
            person_id=person.id,
            address=address,
            language=person.language,
            zone=zone,
            subject=self.subject,
            text=text,
            html=html,
            now=now,
            send_at=send_at,
            useful_until=until,
            subject_key=subject_key,
            reply_to=reply_to,
            secret=secret,
        )
