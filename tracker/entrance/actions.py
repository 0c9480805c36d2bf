"""What happens at the entrance: signing in, asking for a new password, using a mailed link."""

from datetime import datetime

import sqlalchemy as sa

from tracker.accounts.actions import new_link, set_password
from tracker.accounts.mails import send_reset
from tracker.accounts.models import Account, AccountLink, LinkPurpose, SignIn
from tracker.accounts.rules import hash_of
from tracker.db import db
from tracker.entrance import queries
from tracker.entrance.rules import RESETS, RESETS_WITHIN, SIGN_INS_KEPT, sign_in_lengths, why_void
from tracker.language import _
from tracker.people.queries import zone_of
from tracker.refusal import Refused
from tracker.web.access import OfficeSeen


def begin_sign_in(account: Account, *, secret: str, kept: bool, device: str, now: datetime) -> SignIn:
    """Sign a browser in that holds this secret."""
    idle, length = sign_in_lengths(account.role, kept=kept)
    sign_in = SignIn(
        secret_hash=hash_of(secret),
        account_id=account.id,
        created_at=now,
        used_at=now,
        confirmed_at=now,
        idle_seconds=int(idle.total_seconds()),
        expires_at=now + length,
        device=device,
    )
    db.session.add(sign_in)
    # Not through the row: two browsers may sign in to one account at the same moment.
    seen = {"seen_until": Account.last_sign_in_at, "last_sign_in_at": now}
    db.session.execute(sa.update(Account).where(Account.id == account.id).values(seen))
    return sign_in


def renew_hash(account: Account, password_hash: str) -> None:
    """Keep the same password with today's parameters."""
    db.session.execute(sa.update(Account).where(Account.id == account.id).values(password_hash=password_hash))


def note_use(sign_in_id: int, now: datetime) -> None:
    """Write down that a sign-in is in use."""
    db.session.execute(sa.update(SignIn).where(SignIn.id == sign_in_id, SignIn.used_at < now).values(used_at=now))


def forget_sign_ins(now: datetime) -> int:
    """Drop what ended, or could not be used any more, thirty days ago; return how many."""
    long_ago = now - SIGN_INS_KEPT
    old = sa.delete(SignIn).where(sa.or_(SignIn.ended_at < long_ago, SignIn.expires_at < long_ago))
    return int(db.session.execute(old).rowcount)  # type: ignore[attr-defined] # a DELETE has it


def ask_for_reset(account: Account, *, office: OfficeSeen, public_url: str, now: datetime) -> bool:
    """Send a link for a new password, and return whether it was: not to closed or unused accounts, nor too often."""
    if not account.is_open or account.password_hash is None:
        return False
    if queries.resets_since(account, now - RESETS_WITHIN) >= RESETS:
        return False
    link, url = new_link(account, LinkPurpose.RESET, public_url=public_url, by_id=None, now=now)
    zone = zone_of(account.person, now.date()) or office.zone
    send_reset(link, url=url, office=office, zone=zone, now=now)
    return True


def use_link(link: AccountLink, *, password_hash: str, now: datetime) -> None:
    """Set the password that somebody chose through a mailed link. Raises Refused if it opens nothing (any more)."""
    if reason := why_void(link, link.purpose, now):
        raise Refused(reason)
    used = sa.update(AccountLink).where(AccountLink.id == link.id, AccountLink.used_at.is_(None)).values(used_at=now)
    if not db.session.execute(used).rowcount:  # type: ignore[attr-defined] # an UPDATE has it
        raise Refused(_("This link has been used already, or a newer one has taken its place."))
    set_password(link.account, password_hash=password_hash, by_id=link.account.person_id, now=now)
