"""A double click does one thing: a form has a key that leads to one page, a button says which of two it means."""

from collections.abc import Callable
from datetime import datetime, timedelta

import sqlalchemy as sa
from flask import request

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


def switched(*, is_on: bool, on: tuple[Callable[[], None], str], off: tuple[Callable[[], None], str]) -> str:
    """Do what a button that can take back itself says, unless that is done already, and return the words for it.

    Which of both it means stands in its address (`forms.switch`): told by what is there, the second click of two would
    undo what the first one did.
    """
    back = request.args.get("back") == "y"
    act, words = off if back else on
    if is_on is back:
        act()
    return words


def forget_old(now: datetime) -> int:
    """Drop the keys of forms that nobody sends again; return how many."""
    old = sa.delete(Submission).where(Submission.at < now - KEPT)
    return int(db.session.execute(old).rowcount)  # type: ignore[attr-defined] # a DELETE has it
