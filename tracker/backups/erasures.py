"""What must not come back with a backup: kept beside the backups as keys and instants, and done again after a restore.

A line of the file: instant, verb of the history, key of what it is about. It holds no name and no word of anybody.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

import sqlalchemy as sa

from tracker.accounts.models import Account
from tracker.db import db
from tracker.documents.models import Document
from tracker.guests.actions import NEEDS
from tracker.guests.models import GuestConsent, GuestNeeds
from tracker.history.models import HistoryLine
from tracker.history.rules import Verb
from tracker.people.models import Person
from tracker.refusal import Refused

NAME = "erasures.log"
#: A line may be committed a while after its own instant.
_OVERLAP = timedelta(minutes=10)
Undo = Callable[[int, datetime], sa.Update]


def _set(model: type[Any], column: str, *, to_instant: bool) -> Undo:
    def undo(row_id: int, at: datetime) -> sa.Update:
        return sa.update(model).where(model.id == row_id).values({column: at if to_instant else None})

    return undo


def _take_back_needs(attendance_id: int, at: datetime) -> sa.Update:
    said = (GuestNeeds.attendance_id == attendance_id, GuestNeeds.given_at <= at)
    return sa.update(GuestNeeds).where(*said).values(dict.fromkeys(NEEDS) | {"taken_back_at": at})


def _revoke(attendance_id: int, at: datetime) -> sa.Update:
    # To what they agreed instead is not written anywhere: they are asked anew.
    given = (GuestConsent.attendance_id == attendance_id, GuestConsent.given_at <= at)
    return sa.update(GuestConsent).where(*given, GuestConsent.revoked_at.is_(None)).values(revoked_at=at)


#: Each ends what a backup made before would bring back; a new act that erases takes its place here.
ACTS: dict[Verb, Undo] = {
    Verb.NEEDS_TAKEN_BACK: _take_back_needs,
    Verb.CONSENTS_CHANGED: _revoke,
    Verb.PERSON_LOCKED: _set(Person, "locked_at", to_instant=True),
    Verb.PERSON_UNLOCKED: _set(Person, "locked_at", to_instant=False),
    Verb.PERSON_ARCHIVED: _set(Person, "archived_at", to_instant=True),
    Verb.PERSON_RESTORED: _set(Person, "archived_at", to_instant=False),
    # The password of the backup may be the one that was stolen: a new one is set by a mailed link.
    Verb.PASSWORD_SET: _set(Account, "password_hash", to_instant=False),
    Verb.ALARM_SOUNDED: _set(Account, "password_hash", to_instant=False),
    Verb.DOCUMENT_REMOVED: _set(Document, "archived_at", to_instant=True),
    Verb.DOCUMENT_RESTORED: _set(Document, "archived_at", to_instant=False),
}


def note(folder: Path) -> int:
    """Append what the history tells since the last time; return how many lines. Safe to run twice, or late."""
    path = folder / NAME
    known = path.read_text(encoding="ascii").splitlines() if path.exists() else []
    told = sa.select(HistoryLine.at, HistoryLine.verb, HistoryLine.subject).order_by(HistoryLine.id)
    told = told.where(HistoryLine.verb.in_([verb.name for verb in ACTS]))
    if known:
        told = told.where(HistoryLine.at >= _read(known[-1])[0] - _OVERLAP)
    there = set(known)
    lines = [f"{at.isoformat()} {verb} {subject}" for at, verb, subject in db.session.execute(told)]
    new = [line for line in lines if line not in there]
    if new:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with path.open("a", encoding="ascii") as file:
            file.writelines(f"{line}\n" for line in new)
            file.flush()
            os.fsync(file.fileno())
    return len(new)


def _read(line: str) -> tuple[datetime, str, int]:
    """Return instant, verb and id. Raises Refused for a line that is none."""
    try:
        at, verb, subject = line.split(" ")
        instant, row_id = datetime.fromisoformat(at), int(subject.rpartition(":")[2])
    except ValueError:
        raise Refused(f"This is not a list of erasures: “{line[:60]}”.") from None
    if instant.tzinfo is None or verb not in Verb.__members__:
        raise Refused(f"This is not a list of erasures: “{line[:60]}”.")
    return instant, verb, row_id


def after(path: Path, made_at: datetime) -> list[tuple[datetime, str, int]]:
    """Return what was done after a backup was made, in its order. Raises Refused for a file that is none."""
    try:
        lines = path.read_text(encoding="ascii").splitlines()
    except (OSError, ValueError):
        raise Refused(f"{path} cannot be read as a list of erasures.") from None
    return sorted(one for one in map(_read, lines) if one[0] > made_at - _OVERLAP)


def repeat(done: Iterable[tuple[datetime, str, int]]) -> int:
    """Do it again, and return how many rows it met; what the backup does not hold needs nothing."""
    return sum(_rows(statement) for statement in _statements(done))


def _statements(done: Iterable[tuple[datetime, str, int]]) -> Iterator[sa.Update]:
    for at, verb, row_id in done:
        if (act := ACTS.get(Verb[verb])) is not None:
            yield act(row_id, at)


def _rows(statement: sa.Update) -> int:
    result = db.session.execute(statement.execution_options(synchronize_session=False))
    return cast("sa.CursorResult[Any]", result).rowcount
