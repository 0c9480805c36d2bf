"""What becomes of orders: placed, begun, finished or given up, erased."""

import secrets
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from tracker.db import db, insert_new
from tracker.downloads import queries, store
from tracker.downloads.models import LONGEST_ADDRESS, OPEN, Download, DownloadKind, DownloadState
from tracker.downloads.rules import KEPT, LEASE, MOST_OPEN, MOST_TRIES, seen_as
from tracker.language import _, ngettext
from tracker.refusal import Refused
from tracker.web.access import OfficeSeen, Somebody

#: As whom an account is seen now, with the office, or None if nothing is open to it.
Seen = Callable[[int], tuple[Somebody, OfficeSeen] | None]
_NEW = {"done": 0, "tries": 0, "leased_until": None, "mark": None, "made_at": None, "size_bytes": None, "seen_as": None}


def order(kind: DownloadKind, *, address: str = "", name: str, rows: int = 0, account_id: int, now: datetime) -> None:
    """Keep that somebody wants a file; one they wait for already is not ordered twice. Raises Refused.

    What was made before gives way to the new one.
    """
    if len(address) > LONGEST_ADDRESS:
        raise Refused(_("This list is narrowed by too many words. Please take some out."))
    row = queries.same(account_id, kind, address)
    if row is not None and row.state in OPEN:
        return
    if queries.open_of(account_id) >= MOST_OPEN:
        raise Refused(
            ngettext(
                "You wait for %(num)s file already. Please ask again when it is ready.",
                "You wait for %(num)s files already. Please ask again when one of them is ready.",
                MOST_OPEN,
            )
        )
    values = {"name": name, "of": rows, "asked_at": now, "state": DownloadState.WAITING, **_NEW}
    whose = {"account_id": account_id, "kind": kind, "address": address}
    if row is None:
        # Two clicks at the same moment: the second finds the row of the first.
        insert_new(Download, whose | values)
    else:
        db.session.execute(sa.update(Download).where(Download.id == row.id).values(**values))


def begin(now: datetime) -> Download | None:
    """Take what has waited longest, under a new mark; what nobody could finish is given up. The caller commits."""
    while (row := queries.waiting(now)) is not None:
        row.tries += 1
        if row.tries > MOST_TRIES:
            row.state = DownloadState.BROKEN
            db.session.flush()
            continue
        row.state, row.mark, row.leased_until, row.done = (
            DownloadState.AT_WORK,
            secrets.token_hex(16),
            now + LEASE,
            0,
        )
        return row
    return None


def go_on(mark: str, done: int, of: int | None, now: datetime) -> bool:
    """Say how far it is; return whether it is still ours to make."""
    values = {"done": done, "leased_until": now + LEASE} | ({} if of is None else {"of": of})
    return _settle(mark, **values)


def finish(mark: str, size_bytes: int, reader: Somebody, now: datetime) -> bool:
    """Say that it is there; return whether it was still ours to make."""
    values = {"state": DownloadState.READY, "size_bytes": size_bytes, "made_at": now, "done": Download.of}
    return _settle(mark, seen_as=seen_as(reader), leased_until=None, **values)


def fail(mark: str, state: DownloadState) -> None:
    """Say why there is none."""
    _settle(mark, state=state, leased_until=None)


def put_back(mark: str) -> None:
    """Let somebody else begin with it: who stops in good order has not failed."""
    _settle(mark, state=DownloadState.WAITING, leased_until=None, tries=Download.tries - 1)


def _settle(mark: str, **values: object) -> bool:
    ours = sa.update(Download).where(Download.mark == mark, Download.state == DownloadState.AT_WORK).values(**values)
    done = db.session.execute(ours.execution_options(synchronize_session=False))
    return bool(done.rowcount)  # type: ignore[attr-defined] # an UPDATE has it


def forget(seen: Seen, now: datetime) -> int:
    """Drop orders of a day ago, and those whose owners have other rights since; return how many."""
    dropped = [
        row.id
        for row in db.session.scalars(sa.select(Download)).all()
        if row.asked_at <= now - KEPT or not _is_theirs(row, seen(row.account_id))
    ]
    if dropped:
        db.session.execute(sa.delete(Download).where(Download.id.in_(dropped)))
    return len(dropped)


def _is_theirs(row: Download, known: tuple[Somebody, OfficeSeen] | None) -> bool:
    return known is not None and row.seen_as in {None, seen_as(known[0])}


def tidy_folder(folder: Path) -> int:
    """Delete files that no order speaks of; return how many. The orders are gone before, and committed."""
    there = store.marks(folder)
    # Asked afterwards: an order has its mark before the first file bears it.
    left = there - set(db.session.scalars(sa.select(Download.mark)))
    for mark in left:
        store.remove(folder, mark)
    return len(left)
