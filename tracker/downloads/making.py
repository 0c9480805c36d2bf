"""Make what was ordered: one file after the other, each by the maker of its kind.

Whoever begins with an order takes a mark and a lease on it. Who is killed leaves both behind: when the lease is over,
somebody takes a new mark and begins anew. Nothing is there under a mark before it is there whole.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from flask import Flask, current_app

from tracker.db import db
from tracker.downloads import queries, store
from tracker.downloads.actions import Seen, begin, fail, finish, go_on, put_back
from tracker.downloads.models import DownloadKind, DownloadState
from tracker.downloads.rules import TOLD_EVERY, seen_as
from tracker.mail.outbox import unit
from tracker.web.access import NO_ROOM, OfficeSeen, Somebody

log = logging.getLogger(__name__)


class StoppedError(Exception):
    """Whoever makes it is told to stop."""


class LostError(Exception):
    """Somebody else makes it by now, or nobody wants it any more."""


class ClosedError(Exception):
    """It is not open to who ordered it, or not any more."""


@dataclass(frozen=True)
class Making:
    """A file that is being made: what it is to hold, for whom, and where it is written to."""

    #: What the order says.
    address: str
    reader: Somebody
    office: OfficeSeen
    #: Not there yet; nothing else is in its folder.
    path: Path
    #: To be called often, with how much is done and, if that was not known, of how much. Raises what ends it.
    tell: Callable[..., None]


#: What makes files of a kind. Raises ClosedError for those that are not open to their reader.
Maker = Callable[[Making], None]


def make_next(
    makers: Mapping[DownloadKind, Maker],
    seen: Seen,
    folder: Path,
    clock: Callable[[], datetime],
    going_on: Callable[[], bool] = lambda: True,
) -> bool:
    """Make what has waited longest; return whether there was anything. Safe to run twice, or on two machines."""
    if not queries.is_anything_waiting(clock()):
        return False
    with unit():
        row = begin(clock())
        if row is None or row.mark is None:
            return False
        work = _Work(row.account_id, row.address, row.mark, seen, folder, clock, going_on)
        maker = makers[row.kind]
    work.do(maker)
    return True


@dataclass
class _Work:
    """What was begun, until it is finished or given up."""

    account_id: int
    address: str
    mark: str
    seen: Seen
    folder: Path
    clock: Callable[[], datetime]
    going_on: Callable[[], bool]
    told_at: datetime | None = None

    def __post_init__(self) -> None:
        self.app: Flask = current_app._get_current_object()  # type: ignore[attr-defined] # noqa: SLF001 - Werkzeug documents it

    def do(self, maker: Maker) -> None:
        """Make it; whatever goes wrong, somebody waits for it, and is told."""
        try:
            reader, office = self._owner()
            db.session.rollback()
            path = store.workshop(self.folder, self.mark) / "file"
            maker(Making(self.address, reader, office, path, self.tell))
            self._keep(path, reader)
        except Exception as error:  # noqa: BLE001 - see above
            store.remove(self.folder, self.mark)
            self._give_up(error)
        finally:
            store.clear(self.folder, self.mark)

    def _owner(self, before: Somebody | None = None) -> tuple[Somebody, OfficeSeen]:
        """Return who ordered it, as they are seen now; with other rights than before it is not theirs."""
        known = self.seen(self.account_id)
        if known is None or (before is not None and seen_as(known[0]) != seen_as(before)):
            raise ClosedError
        return known

    def _keep(self, path: Path, reader: Somebody) -> None:
        size_bytes = store.keep(self.folder, self.mark, path)
        with unit():
            # They may have lost their rights while it was made.
            self._owner(before=reader)
            if not finish(self.mark, size_bytes, reader, self.clock()):
                raise LostError

    def _give_up(self, error: Exception) -> None:
        if isinstance(error, LostError):
            return
        state = DownloadState.BROKEN
        if isinstance(error, ClosedError):
            state = DownloadState.CLOSED
        elif isinstance(error, OSError) and error.errno in NO_ROOM:
            state = DownloadState.FULL
        if not isinstance(error, (ClosedError, StoppedError)):
            log.error("a download failed", exc_info=error)
        with unit():
            if isinstance(error, StoppedError):
                put_back(self.mark)
            else:
                fail(self.mark, state)

    def tell(self, done: int, of: int | None = None) -> None:
        """Write down now and then how far it is, beside the unit in which things are read."""
        if not self.going_on():
            raise StoppedError
        now = self.clock()
        # A clock that was set back must not keep it silent.
        if self.told_at and self.told_at <= now < self.told_at + TOLD_EVERY:
            return
        self.told_at = now
        with self.app.app_context(), unit():
            is_ours = go_on(self.mark, done, of, now)
        if not is_ours:
            raise LostError
