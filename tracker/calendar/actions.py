"""Make and void the secret addresses of calendars."""

import secrets
from datetime import datetime

import sqlalchemy as sa

from tracker.accounts.rules import hash_of
from tracker.calendar.models import Feed
from tracker.db import db, insert_new


def make_address(person_id: int, project_id: int | None, *, now: datetime) -> str:
    """Return the secret of a new address; the one before, if there was one, opens nothing any more."""
    secret = secrets.token_urlsafe(32)
    fresh = {"secret_hash": hash_of(secret), "created_at": now}
    if not insert_new(Feed, {"person_id": person_id, "project_id": project_id, **fresh}):
        renewed = sa.update(Feed).where(*_of(person_id, project_id)).values(**fresh)
        db.session.execute(renewed.execution_options(synchronize_session=False))
    return secret


def revoke_address(person_id: int, project_id: int | None) -> None:
    """Let an address open nothing any more; nothing happens where there is none."""
    gone = sa.delete(Feed).where(*_of(person_id, project_id))
    db.session.execute(gone.execution_options(synchronize_session=False))


def _of(person_id: int, project_id: int | None) -> tuple[sa.ColumnElement[bool], ...]:
    of_this = Feed.project_id.is_(None) if project_id is None else Feed.project_id == project_id
    return Feed.person_id == person_id, of_this
