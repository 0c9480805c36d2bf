"""What operators read after a backup and after a restore."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from tracker.accounts.models import Role
from tracker.backups.archive import Manifest
from tracker.backups.queries import Standing
from tracker.backups.restoring import Restored


def of_backup(path: Path, made: Manifest, *, sealed: bool) -> str:
    """Say what was written."""
    rows = sum(part.rows or 0 for part in made.parts)
    how = "sealed" if sealed else "not sealed"
    return f"{path}: {rows} rows and {len(made.files)} documents, {how}, read again and sound."


def of_restore(done: Restored) -> Iterator[str]:
    """Say what came back, and what did not."""
    settled = done.settled
    yield f"Restored from the backup of {_at(done.manifest.made_at)} (release {done.manifest.release})."
    if done.erasures is None:
        yield "There was no list of erasures: what was erased, and each role, password and lock, is as it was then."
    else:
        yield f"{settled.erased} rows were erased, closed or opened again, as {done.erasures} says."
    if Role.ADMINISTRATOR not in settled.roles:
        yield "Nobody is an administrator; `tracker account create` lets one in."
    for role, addresses in settled.roles.items():
        yield f"Who has the role {role.value}: {', '.join(addresses)}. Please look whether that is right."
    yield f"{len(settled.late)} messages are late and held, as they may have been sent since the backup."
    yield f"{settled.waiting} messages wait for their time. All sending is paused."
    if done.settings is not None:
        yield f"The settings of the backup are in {done.settings}; nothing reads them there."


def of_late(done: Restored) -> Iterator[str]:
    """List what is held: number, when it was due, to whom, what about."""
    for late in done.settled.late:
        yield f"{late.id}  {_at(late.send_at)}  {late.address}  {late.subject or ''}".rstrip()


def trouble(stands: Standing) -> str | None:
    """Say what is wrong with the backups, or None."""
    if stands.trouble:
        return f"The last backup failed: {stands.sentence}"
    if not stands.is_too_old:
        return None
    return f"The last backup is too old: {_at(stands.last_at)}." if stands.last_at else "No backup was ever made."


def _at(instant: datetime) -> str:
    return instant.isoformat(timespec="minutes")
