"""How long a sign-in lasts, and whether a mailed link still opens something."""

from datetime import datetime, timedelta

from tracker.accounts.models import AccountLink, LinkPurpose, Role
from tracker.language import _

#: Idle and absolute length of a sign-in.
LENGTHS = {
    Role.ADMINISTRATOR: (timedelta(minutes=15), timedelta(hours=8)),
    Role.COORDINATOR: (timedelta(minutes=60), timedelta(hours=12)),
    Role.READER: (timedelta(minutes=60), timedelta(hours=12)),
    Role.PARTNER: (timedelta(minutes=60), timedelta(hours=12)),
}
#: What partners may choose: they sign in twice a year, on their own phone.
KEPT_SIGNED_IN = timedelta(days=30)
#: Between the first proof and the second.
ARRIVES_WITHIN = timedelta(minutes=10)
#: How long one can still see where one was signed in.
SIGN_INS_KEPT = timedelta(days=30)
NOTED_EVERY = timedelta(minutes=5)
#: Mails for a new password to one account, and within which time.
RESETS, RESETS_WITHIN = 3, timedelta(hours=1)


def sign_in_lengths(role: Role, *, kept: bool) -> tuple[timedelta, timedelta]:
    """Return the idle and the absolute length of a sign-in; only partners are kept signed in."""
    return (KEPT_SIGNED_IN, KEPT_SIGNED_IN) if kept and role is Role.PARTNER else LENGTHS[role]


def why_void(link: AccountLink, purpose: LinkPurpose, now: datetime) -> str | None:
    """Return the sentence why a mailed link opens nothing, or None if it does."""
    if link.used_at is not None:
        return _("This link has been used already, or a newer one has taken its place.")
    if now >= link.expires_at:
        if purpose is LinkPurpose.INVITATION:
            return _("This link was open for 72 hours and has expired. Please ask the office for a new invitation.")
        return _("This link was open for 2 hours and has expired. Please ask for a new one.")
    if link.role is not link.account.role:
        return _("The role of this account was changed after the link was sent. Please ask the office for a new one.")
    if not link.account.is_open:
        return _("This account is closed. Please ask the office.")
    return None
