"""The backup of each night: made once, by whichever machine comes first, and old ones cleared away."""

import logging
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

from tracker.backups import erasures, queries
from tracker.backups.actions import begin, fail, finish, forget_ahead
from tracker.backups.archive import Source, write
from tracker.backups.parts import NO_ROOM, BrokenError, FullError, StoppedError, UnwritableError
from tracker.backups.rules import begins, name_of, night_of, not_kept
from tracker.db import db
from tracker.mail.outbox import unit
from tracker.organisations.queries import office
from tracker.refusal import Refused

log = logging.getLogger(__name__)


def back_up(
    folder: Path,
    key: str,
    source: Callable[[datetime], Source],
    clock: Callable[[], datetime],
    going_on: Callable[[], bool] = lambda: True,
) -> bool:
    """Note what was erased, make the backup of the last night if nobody has, and say whether it was made.

    Safe to run twice, late, or on two machines: the night is a row, and who gets it makes the backup.
    """
    if queries.is_any_ahead(clock().date()):
        with unit():
            forget_ahead(clock().date())
    night = _due(clock())
    if night is None:
        erasures.note(folder)
        return False
    with unit():
        if not begin(night, clock()):
            return False
    made_at = clock()
    path = folder / name_of(made_at, sealed=bool(key))
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        erasures.note(folder)
        db.session.rollback()
        write(path, source(made_at), key, going_on)
        size_bytes = path.stat().st_size
    except StoppedError:
        _fail(night, None, clock())
        return False
    except Exception as error:
        log.exception("the backup failed")
        _fail(night, _trouble(error), clock())
        return False
    with unit():
        finish(night, path.name, size_bytes, clock())
    clear(folder, made_at)
    return True


def clear(folder: Path, now: datetime) -> None:
    """Delete backups that are older than what is kept, and halves that a killed process left."""
    for name in not_kept([path.name for path in folder.iterdir()], now.astimezone(UTC).date()):
        (folder / name).unlink(missing_ok=True)


def _due(now: datetime) -> date | None:
    """Return the night whose backup is missing, or None. An office is not backed up before its first night."""
    seen = office()
    if seen is None:
        return None
    night = night_of(now, seen.zone)
    return None if seen.created_at >= begins(night, seen.zone) or queries.is_made(night) else night


def _fail(night: date, trouble: str | None, now: datetime) -> None:
    with unit():
        fail(night, trouble, now)


def _trouble(error: Exception) -> str:
    if isinstance(error, OSError) and error.errno in NO_ROOM:
        return "full"
    known: tuple[tuple[type[Exception], str], ...] = (
        (FullError, "full"),
        (UnwritableError, "folder"),
        (BrokenError, "broken"),
        (Refused, "damaged"),
        (OSError, "folder"),
    )
    return next((trouble for kind, trouble in known if isinstance(error, kind)), "error")
