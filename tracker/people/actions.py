"""What people do with persons, functions and accounts."""

from datetime import datetime

import sqlalchemy as sa

from tracker.db import db
from tracker.people.models import Account, SignIn
from tracker.people.rules import hash_of, sign_in_lengths


def begin_sign_in(account: Account, *, secret: str, kept: bool, device: str, now: datetime) -> SignIn:
    """Sign a browser in that holds this secret."""
    idle, length = sign_in_lengths(account.role, kept=kept)
    sign_in = SignIn(
        secret_hash=hash_of(secret),
        account_id=account.id,
        created_at=now,
        used_at=now,
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


def end_sign_in(account_id: int, sign_in_id: int, now: datetime) -> None:
    """End one sign-in of an account; the browser that held it is signed out."""
    _end(now, SignIn.account_id == account_id, SignIn.id == sign_in_id)


def end_sign_ins(account_id: int, now: datetime, *, besides: int = 0) -> int:
    """End all sign-ins of an account, perhaps but for one, and return how many."""
    return _end(now, SignIn.account_id == account_id, SignIn.id != besides)


def _end(now: datetime, *which: sa.ColumnElement[bool]) -> int:
    ended = sa.update(SignIn).where(SignIn.ended_at.is_(None), *which).values(ended_at=now)
    return int(db.session.execute(ended).rowcount)  # type: ignore[attr-defined] # an UPDATE has it
