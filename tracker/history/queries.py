"""What was recorded, told in the reader's language."""

from collections.abc import Sequence

import sqlalchemy as sa

from tracker.db import Model, db
from tracker.history.models import HistoryLine
from tracker.history.rules import key_of


def latest(page: Model, limit: int = 20) -> Sequence[HistoryLine]:
    """Return the newest lines about a row and all that lies within it."""
    key = key_of(page)
    about = sa.or_(HistoryLine.subject == key, HistoryLine.within == key)
    return db.session.scalars(sa.select(HistoryLine).where(about).order_by(HistoryLine.id.desc()).limit(limit)).all()
