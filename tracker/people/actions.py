"""What people do with persons, functions and accounts."""

from datetime import datetime

import sqlalchemy as sa

from tracker.db import db
from tracker.people.models import SignIn


def note_use(sign_in_id: int, now: datetime) -> None:
    """Write down that a sign-in is in use."""
    db.session.execute(sa.update(SignIn).where(SignIn.id == sign_in_id, SignIn.used_at < now).values(used_at=now))
