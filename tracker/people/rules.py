"""Who may what with persons and accounts, and how long a sign-in lasts."""

import hashlib
import unicodedata
from datetime import date, datetime, timedelta

from tracker.language import _
from tracker.people.models import Account, AccountLink, Contact, LinkPurpose, Role
from tracker.refusal import Refused
from tracker.web.access import Somebody

# ---- how long

#: Idle and absolute length of a sign-in.
LENGTHS = {
    Role.ADMINISTRATOR: (timedelta(minutes=15), timedelta(hours=8)),
    Role.COORDINATOR: (timedelta(minutes=60), timedelta(hours=12)),
    Role.READER: (timedelta(minutes=60), timedelta(hours=12)),
    Role.PARTNER: (timedelta(minutes=60), timedelta(hours=12)),
}
#: What partners may choose: they sign in twice a year, on their own phone.
KEPT_SIGNED_IN = timedelta(days=30)
#: How long one can still see where one was signed in.
SIGN_INS_KEPT = timedelta(days=30)
NOTED_EVERY = timedelta(minutes=5)
#: How long a mailed link opens.
LINK_LENGTHS = {LinkPurpose.INVITATION: timedelta(hours=72), LinkPurpose.RESET: timedelta(hours=2)}
#: Mails for a new password to one account, and within which time.
RESETS, RESETS_WITHIN = 3, timedelta(hours=1)


def sign_in_lengths(role: Role, *, kept: bool) -> tuple[timedelta, timedelta]:
    """Return the idle and the absolute length of a sign-in; only partners are kept signed in."""
    return (KEPT_SIGNED_IN, KEPT_SIGNED_IN) if kept and role is Role.PARTNER else LENGTHS[role]


def is_over(used_at: datetime, idle_seconds: int, expires_at: datetime, now: datetime) -> bool:
    """Whether a sign-in was idle for too long, or has lasted long enough."""
    return now >= expires_at or now - used_at >= timedelta(seconds=idle_seconds)


def is_current(contact: Contact, today: date) -> bool:
    """Whether somebody has this function today."""
    begun = contact.from_on is None or contact.from_on <= today
    return begun and (contact.until_on is None or today <= contact.until_on) and contact.archived_at is None


def check_function(*, person_id: int, deputy_id: int | None, from_on: date | None, until_on: date | None) -> None:
    """Refuse a function that ends before it begins, and somebody who stands in for themselves."""
    if from_on and until_on and until_on < from_on:
        raise Refused(_("The last day lies before the first one."))
    if deputy_id == person_id:
        raise Refused(_("Nobody can be their own deputy."))


def overlap(one: Contact, other: Contact) -> bool:
    """Whether there is a day on which both functions are held."""
    first, second = (
        (one.from_on or date.min, one.until_on or date.max),
        (other.from_on or date.min, other.until_on or date.max),
    )
    return first[0] <= second[1] and second[0] <= first[1]


def part_kept(subdivision: str | None, country: str | None) -> str | None:
    """Return the part of a country, unless the person has gone to another one."""
    return subdivision if subdivision and country and subdivision.startswith(f"{country}-") else None


# ---- who may what


def may_see_contact_data(reader: Somebody) -> bool:
    """Whether addresses and telephone numbers are shown to them."""
    return reader.is_coordinator


def may_edit(reader: Somebody) -> bool:
    """Whether they enter and change persons and their functions."""
    return reader.is_coordinator


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
    return bool(roles) if account is None else account.password_hash is None and account.role in roles


def may_edit_accounts(reader: Somebody) -> bool:
    """Whether they change roles and lock people out."""
    return reader.is_administrator


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


# ---- secrets


#: Where a mailed link leads to.
PATHS = {LinkPurpose.INVITATION: "/welcome/", LinkPurpose.RESET: "/new-password/"}


def link_address(public_url: str, purpose: LinkPurpose, secret: str) -> str:
    """Return what stands in the letter."""
    return f"{public_url}{PATHS[purpose]}{secret}"


def hash_of(secret: str) -> str:
    """Return what the database keeps of a secret: SHA-256, for secrets of 256 random bits."""
    return hashlib.sha256(secret.encode()).hexdigest()


def address_kept(address: str) -> str:
    """Return an address as accounts are found by it: lower case, without spaces around it."""
    return unicodedata.normalize("NFC", address).strip().lower()
