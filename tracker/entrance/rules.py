"""How long a sign-in lasts, how often one may try, and whether a mailed code or link still opens something."""

import hashlib
import hmac
import unicodedata
from datetime import datetime, timedelta

from tracker.accounts.models import AccountLink, LinkPurpose, Role
from tracker.entrance.models import WayIn
from tracker.language import _, _l
from tracker.web.limits import Limit

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
#: Passwords and codes that may be tried.
PROOFS = Limit("first proof", each=10, client=50, site=1_000, within=timedelta(minutes=15))
#: Letters with a code or a link for a new password that may be asked for.
LETTERS = Limit("letter", each=5, client=20, site=120, within=timedelta(hours=1))
#: Forms behind mailed links: nobody guesses such a link, but each password that is sent takes its time.
LINKS = Limit("link", each=20, client=60, site=1_000, within=timedelta(minutes=15))
#: A code by mail: how many digits, how long it opens, and how often one may try.
DIGITS, CODE_LASTS, CODE_TRIES = 8, timedelta(minutes=10), 5
#: Requests at the door are kept so long.
WAYS_KEPT = timedelta(days=1)


def sign_in_lengths(role: Role, *, kept: bool) -> tuple[timedelta, timedelta]:
    """Return the idle and the absolute length of a sign-in; only partners are kept signed in."""
    return (KEPT_SIGNED_IN, KEPT_SIGNED_IN) if kept and role is Role.PARTNER else LENGTHS[role]


def code_hash(key: str, way_id: int, code: str) -> str:
    """Return what the database keeps of a code: without the installation's key its digits cannot be tried out."""
    digits = "".join(letter for letter in unicodedata.normalize("NFKC", code) if letter.isdecimal())
    return hmac.new(key.encode(), f"code|{way_id}|{digits}".encode(), hashlib.sha256).hexdigest()


def opens(way: WayIn, now: datetime) -> bool:
    """Whether a code may still be tried; that does not depend on whether there is one."""
    return way.used_at is None and way.tries < CODE_TRIES and now < way.asked_at + CODE_LASTS


_EXPIRED = {
    LinkPurpose.INVITATION: _l(
        "This link was open for 72 hours and has expired. Please ask the office for a new invitation."
    ),
    LinkPurpose.RESET: _l("This link was open for 2 hours and has expired. Please ask for a new one."),
    LinkPurpose.ALARM: _l(
        "This link was open for 7 days and has expired. Please tell the office if somebody else uses your account."
    ),
}


def why_void(link: AccountLink, purpose: LinkPurpose, now: datetime) -> str | None:
    """Return the sentence why a mailed link opens nothing, or None if it does."""
    if link.used_at is not None:
        return _("This link has been used already, or a newer one has taken its place.")
    if now >= link.expires_at:
        return str(_EXPIRED[purpose])
    if link.role is not link.account.role and purpose is not LinkPurpose.ALARM:
        return _("The role of this account was changed after the link was sent. Please ask the office for a new one.")
    if not link.account.is_open:
        return _("This account is closed. Please ask the office.")
    return None
