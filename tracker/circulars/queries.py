"""What waits to be told, and to whom."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from tracker.accounts.models import Account
from tracker.db import db
from tracker.events.models import EventNews

#: What changes within this time after another change is told together with it.
GATHERED_FOR = timedelta(minutes=10)


def is_anything_to_tell(now: datetime) -> bool:
    """Whether a change waits that nobody has added to for a while."""
    return db.session.scalar(_ripe(now).with_only_columns(EventNews.id).limit(1)) is not None


def to_tell(now: datetime) -> Sequence[EventNews]:
    """Return those changes."""
    query = _ripe(now).options(joinedload(EventNews.event), joinedload(EventNews.by))
    return db.session.scalars(query.order_by(EventNews.id)).all()


def _ripe(now: datetime) -> sa.Select[EventNews]:
    return sa.select(EventNews).where(EventNews.told_at.is_(None), EventNews.changed_at <= now - GATHERED_FOR)


def with_accounts(person_ids: Collection[int]) -> set[int]:
    """Return which persons can sign in."""
    return set(db.session.scalars(sa.select(Account.person_id).where(Account.person_id.in_(person_ids))))
