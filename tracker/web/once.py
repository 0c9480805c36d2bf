"""A double click makes one: each form has a key, and a key leads to one page."""

from datetime import datetime, timedelta

import sqlalchemy as sa

from tracker.db import db, insert_new
from tracker.web.forms import Form
from tracker.web.models import Submission

KEPT = timedelta(days=2)


def already(form: Form, now: datetime) -> str | None:
    """Return where the same form led to, or take its key. It is kept when the caller commits."""
    key = str(form.submission.data)
    if insert_new(Submission, {"key": key, "at": now}):
        return None
    return db.session.scalar(sa.select(Submission.location).where(Submission.key == key)) or "/"


def led_to(form: Form, location: str) -> str:
    """Remember the page a form leads to, and return it."""
    db.session.execute(
        sa.update(Submission).where(Submission.key == str(form.submission.data)).values(location=location)
    )
    return location


def forget_old(now: datetime) -> int:
    """Drop the keys of forms that nobody sends again; return how many."""
    old = sa.delete(Submission).where(Submission.at < now - KEPT)
    return int(db.session.execute(old).rowcount)  # type: ignore[attr-defined] # a DELETE has it
