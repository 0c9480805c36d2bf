"""Who may give an account to whom and close it, and what is kept of its secrets."""

import hashlib
import unicodedata
from datetime import datetime, timedelta

from tracker.accounts.models import Account, LinkPurpose, Role
from tracker.web.access import Somebody
from tracker.web.limits import Limit

#: How long a mailed link opens.
LINK_LENGTHS = {
    LinkPurpose.INVITATION: timedelta(hours=72),
    LinkPurpose.RESET: timedelta(hours=2),
    LinkPurpose.ALARM: timedelta(days=7),
}
#: Browsers keep no cookie for longer than 400 days.
DEVICES_KEPT = timedelta(days=400)
#: The longest address that mail can be sent to (RFC 5321).
ADDRESS_LENGTH = 254
#: Invitations that one person may send.
INVITATIONS = Limit("invitation", each=30, client=60, site=200, within=timedelta(hours=1))


def is_over(used_at: datetime, idle_seconds: int, expires_at: datetime, now: datetime) -> bool:
    """Whether a sign-in was idle for too long, or has lasted long enough."""
    return now >= expires_at or now - used_at >= timedelta(seconds=idle_seconds)


# ---- who may what


def may_archive(reader: Somebody, account: Account | None) -> bool:
    """Whether they archive somebody, which closes their account: coordinators only those whom they may invite."""
    return reader.is_coordinator if account is None else account.role in roles_to_invite(reader)


def roles_to_invite(reader: Somebody) -> tuple[Role, ...]:
    """Return the roles they may give."""
    if reader.is_administrator:
        return tuple(Role)
    return (Role.PARTNER,) if reader.is_coordinator else ()


def may_invite(reader: Somebody, account: Account | None) -> bool:
    """Whether they invite somebody who has no account yet, or one that was never used and whose role they may give."""
    roles = roles_to_invite(reader)
    return bool(roles) if account is None else not account.is_accepted and account.role in roles


def may_edit_accounts(reader: Somebody) -> bool:
    """Whether they change roles and lock people out."""
    return reader.is_administrator


# ---- secrets

#: Where a mailed link leads to.
PATHS = {
    LinkPurpose.INVITATION: "/welcome/",
    LinkPurpose.RESET: "/new-password/",
    LinkPurpose.ALARM: "/not-me/",
}


def link_address(public_url: str, purpose: LinkPurpose, secret: str) -> str:
    """Return what stands in the letter."""
    return f"{public_url}{PATHS[purpose]}{secret}"


def hash_of(secret: str) -> str:
    """Return what the database keeps of a secret: SHA-256, for secrets of 256 random bits."""
    return hashlib.sha256(secret.encode()).hexdigest()


def device_hash(account_id: int, secret: str) -> str:
    """Return what the database keeps of a browser that is known to an account."""
    return hash_of(f"{account_id}:{secret}")


def address_kept(address: str) -> str:
    """Return an address as accounts are found by it: lower case, without spaces around it."""
    return unicodedata.normalize("NFC", address).strip().lower()
