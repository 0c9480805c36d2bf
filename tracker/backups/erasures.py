"""What must not come back with a backup: kept beside the backups as keys and instants, and done again after a restore.

A line of the file: instant, verb of the history, key of what it is about; where a role was given, which one. It holds
no name and no word of anybody.
"""

import logging
import os
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple, cast

import sqlalchemy as sa

from tracker.accounts.models import Account, Role
from tracker.db import db
from tracker.documents.models import Document
from tracker.factors.models import AuthenticatorApp, Passkey, RecoveryCode
from tracker.guests.actions import NEEDS
from tracker.guests.models import GuestConsent, GuestNeeds
from tracker.history.models import HistoryLine
from tracker.history.rules import Verb
from tracker.inbox.models import Discard, IncomingMail, IncomingState
from tracker.people.models import Person
from tracker.refusal import Refused

log = logging.getLogger(__name__)
NAME = "erasures.log"
#: A line may be committed a while after its own instant.
_OVERLAP = timedelta(minutes=10)
#: Verbs that give a role, and the fact that tells which: it stands in the line too.
_ROLE_IN = {Verb.ACCOUNT_INVITED: "role", Verb.ACCOUNT_ROLE_CHANGED: "new"}


class Done(NamedTuple):
    """What somebody did, and a backup that was made before would undo."""

    at: datetime
    verb: Verb
    row_id: int
    #: The role that was given.
    role: Role | None = None


Statement = sa.Update | sa.Delete
Act = Callable[[Done], Iterable[Statement]]


def _set(model: type[Any], column: str, *, to_instant: bool) -> Act:
    def again(done: Done) -> Iterable[Statement]:
        yield sa.update(model).where(model.id == done.row_id).values({column: done.at if to_instant else None})

    return again


def _take_back_needs(done: Done) -> Iterable[Statement]:
    said = (GuestNeeds.attendance_id == done.row_id, GuestNeeds.given_at <= done.at)
    yield sa.update(GuestNeeds).where(*said).values(dict.fromkeys(NEEDS) | {"taken_back_at": done.at})


def _revoke(done: Done) -> Iterable[Statement]:
    # To what they agreed instead is not written anywhere: they are asked anew.
    given = (GuestConsent.attendance_id == done.row_id, GuestConsent.given_at <= done.at)
    yield sa.update(GuestConsent).where(*given, GuestConsent.revoked_at.is_(None)).values(revoked_at=done.at)


def _give_role(done: Done) -> Iterable[Statement]:
    yield sa.update(Account).where(Account.id == done.row_id).values(role=done.role)


def _forget_password(done: Done) -> Iterable[Statement]:
    yield sa.update(Account).where(Account.id == done.row_id).values(password_hash=None)


def _close(done: Done) -> Iterable[Statement]:
    # As if nobody had accepted it yet: no mailed link or code opens it.
    closed = {"password_hash": None, "last_sign_in_at": None}
    yield sa.update(Account).where(Account.id == done.row_id).values(closed)


def _forget_codes(done: Done) -> Iterable[Statement]:
    yield sa.delete(RecoveryCode).where(RecoveryCode.account_id == done.row_id)


def _forget_factors(done: Done) -> Iterable[Statement]:
    # Whoever knows the password alone must not be asked for less than before.
    yield from _forget_password(done)
    yield from _forget_codes(done)
    for factor in (AuthenticatorApp, Passkey):
        yield sa.delete(factor).where(factor.account_id == done.row_id)


def _discard(done: Done) -> Iterable[Statement]:
    values = {"state": IncomingState.DISCARDED, "discarded": Discard.NOT_OURS, "settled_at": done.at}
    waits = (IncomingMail.id == done.row_id, IncomingMail.state == IncomingState.WAITING)
    yield sa.update(IncomingMail).where(*waits).values(values)


def _wait_again(done: Done) -> Iterable[Statement]:
    values = {"state": IncomingState.WAITING, "discarded": None, "settled_at": None}
    discarded = (IncomingMail.id == done.row_id, IncomingMail.state == IncomingState.DISCARDED)
    yield sa.update(IncomingMail).where(*discarded).values(values)


#: Each ends what a backup made before would bring back; a new act that erases takes its place here.
ACTS: dict[Verb, Act] = {
    Verb.NEEDS_TAKEN_BACK: _take_back_needs,
    Verb.CONSENTS_CHANGED: _revoke,
    Verb.PERSON_LOCKED: _set(Person, "locked_at", to_instant=True),
    Verb.PERSON_UNLOCKED: _set(Person, "locked_at", to_instant=False),
    Verb.PERSON_ARCHIVED: _set(Person, "archived_at", to_instant=True),
    Verb.PERSON_RESTORED: _set(Person, "archived_at", to_instant=False),
    Verb.ACCOUNT_INVITED: _give_role,
    Verb.ACCOUNT_ROLE_CHANGED: _give_role,
    # Mail to the address of the backup may reach somebody else by now; the new one is not written down here.
    Verb.ACCOUNT_ADDRESS_CHANGED: _close,
    # The password of the backup may be the one that was stolen: a new one is set by a mailed link.
    Verb.PASSWORD_SET: _forget_password,
    Verb.ALARM_SOUNDED: _forget_password,
    Verb.FACTORS_REMOVED: _forget_factors,
    Verb.RECOVERY_CODES_MADE: _forget_codes,
    Verb.DOCUMENT_REMOVED: _set(Document, "archived_at", to_instant=True),
    Verb.DOCUMENT_RESTORED: _set(Document, "archived_at", to_instant=False),
    Verb.MAIL_DISCARDED: _discard,
    Verb.MAIL_BROUGHT_BACK: _wait_again,
}


def note(folder: Path) -> int:
    """Append what the history tells since the last time; return how many lines. Safe to run twice, or late."""
    path = folder / NAME
    known = _mended(path)
    told = sa.select(HistoryLine.at, HistoryLine.verb, HistoryLine.subject, HistoryLine.facts).order_by(HistoryLine.id)
    told = told.where(HistoryLine.verb.in_([verb.name for verb in ACTS]))
    if known:
        told = told.where(HistoryLine.at >= _read(known[-1]).at - _OVERLAP)
    there = set(known)
    lines = [_line(*row) for row in db.session.execute(told)]
    new = [line for line in lines if line not in there]
    if new:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with path.open("a", encoding="ascii") as file:
            file.writelines(f"{line}\n" for line in new)
            file.flush()
            os.fsync(file.fileno())
    return len(new)


def _mended(path: Path) -> list[str]:
    """Return the lines that are there, without half of one that a full disk or a power cut left at the end.

    A list that cannot be read is put aside, and begun anew from all that the history tells.
    """
    try:
        text = path.read_text(encoding="ascii")
        whole = text[: text.rfind("\n") + 1]
        if whole != text:
            os.truncate(path, len(whole))
        for line in (lines := whole.splitlines()):
            _read(line)
    except FileNotFoundError:
        return []
    except (Refused, UnicodeDecodeError):
        aside = path.with_name(f"{NAME}.unreadable")
        log.exception("the list of erasures cannot be read", extra={"facts": {"kept as": str(aside)}})
        path.replace(aside)
        return []
    return lines


def _line(at: datetime, verb: str, subject: str, facts: dict[str, Any]) -> str:
    words = [at.isoformat(), verb, subject]
    if (fact := _ROLE_IN.get(Verb[verb])) is not None:
        words.append(facts[fact]["word"].rpartition(".")[2])
    return " ".join(words)


def _read(line: str) -> Done:
    """Return what a line says. Raises Refused for one that says nothing."""
    try:
        at, name, subject, *more = line.split(" ")
        verb = Verb[name]
        role = Role(*more) if more or verb in _ROLE_IN else None
        done = Done(datetime.fromisoformat(at), verb, int(subject.rpartition(":")[2]), role)
    except (ValueError, KeyError, TypeError):
        raise Refused(f"This is not a list of erasures: “{line[:60]}”.") from None
    if done.at.tzinfo is None:
        raise Refused(f"This is not a list of erasures: “{line[:60]}”.")
    return done


def after(path: Path, made_at: datetime) -> list[Done]:
    """Return what was done after a backup was made, in its order. Raises Refused for a file that is none."""
    try:
        text = path.read_text(encoding="ascii")
    except (OSError, ValueError):
        raise Refused(f"{path} cannot be read as a list of erasures.") from None
    # Half a line at the end was never all written, and so never said to be.
    lines = text[: text.rfind("\n") + 1].splitlines()
    return sorted((one for one in map(_read, lines) if one.at > made_at - _OVERLAP), key=lambda one: one.at)


def beside(path: Path) -> Path | None:
    """Return the list that lies beside a backup, or None."""
    found = path.with_name(NAME)
    return found if found.exists() else None


def repeat(done: Iterable[Done]) -> int:
    """Do it again, and return how many rows it met; what the backup does not hold needs nothing."""
    return sum(_rows(statement) for one in done if one.verb in ACTS for statement in ACTS[one.verb](one))


def _rows(statement: Statement) -> int:
    result = db.session.execute(statement.execution_options(synchronize_session=False))
    return cast("sa.CursorResult[Any]", result).rowcount
