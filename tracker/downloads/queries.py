"""Which files were ordered, and whose they are."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from tracker.db import db
from tracker.downloads import store
from tracker.downloads.models import OPEN, Download, DownloadKind, DownloadState
from tracker.downloads.rules import KEPT, seen_as
from tracker.web.access import Somebody


def of(reader: Somebody, now: datetime) -> Sequence[Download]:
    """Return what somebody ordered and is still kept, the newest first; not what they got with other rights."""
    query = sa.select(Download).where(Download.account_id == reader.account_id, Download.asked_at > now - KEPT)
    query = query.where(sa.or_(Download.seen_as.is_(None), Download.seen_as == seen_as(reader)))
    return db.session.scalars(query.order_by(Download.asked_at.desc(), Download.id.desc())).all()


def one(reader: Somebody, download_id: int, now: datetime) -> Download | None:
    """Return an order of somebody's own."""
    return next((row for row in of(reader, now) if row.id == download_id), None)


def same(account_id: int, kind: DownloadKind, address: str) -> Download | None:
    """Return what an account has ordered already."""
    query = sa.select(Download).where(Download.account_id == account_id, Download.kind == kind)
    return db.session.scalar(query.where(Download.address == address))


def open_of(account_id: int) -> int:
    """Return for how many an account waits."""
    query = sa.select(sa.func.count()).where(Download.account_id == account_id, Download.state.in_(OPEN))
    return db.session.scalar(query) or 0


def waiting(now: datetime) -> Download | None:
    """Return what has waited longest, or was begun by somebody who is silent since."""
    is_left = sa.and_(Download.state == DownloadState.AT_WORK, Download.leased_until < now)
    query = sa.select(Download).where(sa.or_(Download.state == DownloadState.WAITING, is_left))
    return db.session.scalar(query.order_by(Download.asked_at, Download.id).limit(1).with_for_update(skip_locked=True))


def is_anything_waiting(now: datetime) -> bool:
    """Whether there is something to make."""
    is_left = sa.and_(Download.state == DownloadState.AT_WORK, Download.leased_until < now)
    query = sa.select(Download.id).where(sa.or_(Download.state == DownloadState.WAITING, is_left))
    return db.session.scalar(query.limit(1)) is not None


def troubles(folder: Path, now: datetime) -> Iterator[str]:
    """Say what is wrong with what was made."""
    made = sa.select(Download.mark).where(Download.state == DownloadState.READY, Download.asked_at > now - KEPT)
    missing = sum(mark is None or not store.path_of(folder, mark).is_file() for mark in db.session.scalars(made))
    if missing:
        yield f"{missing} of the files that were made for somebody to download are missing."
    for_nobody = sa.select(Download.id).where(Download.state == DownloadState.AT_WORK, Download.leased_until < now)
    if left := len(db.session.scalars(for_nobody).all()):
        yield f"{left} downloads were begun and nobody goes on with them: is the worker running?"
