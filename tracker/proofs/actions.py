"""What becomes of a proof that was right."""

from datetime import datetime

import sqlalchemy as sa

from tracker.accounts.models import SignIn
from tracker.db import db


def note_proof(sign_in_id: int, now: datetime) -> None:
    """Write down that whoever is signed in here has just proved who they are."""
    db.session.execute(sa.update(SignIn).where(SignIn.id == sign_in_id).values(confirmed_at=now))
