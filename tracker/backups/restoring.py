"""Everything from a backup into an empty installation, on either database; all of it, or nothing."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError

from tracker import schema
from tracker.backups import erasures, tables
from tracker.backups.actions import Settled, settle
from tracker.backups.archive import Archive, Manifest, opened
from tracker.db import db, writing
from tracker.documents.store import folder_in
from tracker.mail.outbox import unit
from tracker.refusal import Refused

#: The settings of the backup, for the operator to look through: nothing reads this file.
SETTINGS_NAME = "config.from-backup.toml"


@dataclass(frozen=True)
class Restored:
    """What came back."""

    manifest: Manifest
    settled: Settled
    #: The list of erasures that was followed, or None: there was none.
    erasures: Path | None
    #: The settings of the backup, or None: it held none.
    settings: Path | None


def restore(path: Path, key: str, *, instance: Path, erased: Path | None, now: datetime, public_url: str) -> Restored:
    """Restore a backup, with sending paused. Raises Refused, and leaves nothing behind then.

    Without a list of erasures the one that lies beside the backup is followed.
    """
    erased = erased or erasures.beside(path)
    if not is_new(instance):
        raise Refused("This installation is not empty; a backup is restored into a new instance folder and database.")
    with opened(path, key) as archive:
        manifest = archive.manifest
        if not schema.is_known(manifest.revision):
            raise Refused(f"This backup was made by a newer release ({manifest.release}); please restore it with that.")
        done = erasures.after(erased, manifest.made_at) if erased else []
        files = placed(folder_in(instance), manifest.size, archive.unpack_files)
        with refilled(manifest.revision, lambda connection: _fill(connection, archive)), files, unit():
            settled = settle(done, now, public_url=public_url)
        settings = _settings(archive, instance)
    return Restored(manifest, settled, erased, settings)


def is_new(instance: Path) -> bool:
    """Whether nothing is here yet, neither rows nor documents."""
    folder = folder_in(instance)
    return tables.is_empty() and not (folder.is_dir() and any(path.is_file() for path in folder.rglob("*")))


@contextmanager
def placed(folder: Path, size: int, put: Callable[[Path], object]) -> Iterator[None]:
    """Put documents, so many bytes at most, where they belong once all else is there."""
    half = folder.with_name(f".{folder.name}.half")
    try:
        shutil.rmtree(half, ignore_errors=True)
        if size > shutil.disk_usage(folder.parent).free:
            raise Refused("There is not enough room left for what the file holds.")
        half.mkdir(mode=0o700)
        put(half)
        yield
        if folder.is_dir():
            shutil.rmtree(folder)
        half.rename(folder)
    except OSError as error:
        raise Refused(f"The documents cannot be written ({error.strerror}).") from None
    finally:
        shutil.rmtree(half, ignore_errors=True)


@contextmanager
def refilled(revision: str, fill: Callable[[Connection], object]) -> Iterator[None]:
    """Fill the tables as a revision has them, and bring them up to this release; what fails leaves nothing."""
    is_changed = (at := schema.current()) != revision
    try:
        with writing():
            if is_changed and at is not None:
                schema.downgrade("base")
            schema.upgrade(revision)
            with tables.filling() as connection:
                fill(connection)
                # Whatever comes next, no letter leaves before somebody has had a look.
                connection.execute(sa.text("UPDATE office SET sending_paused = :paused"), {"paused": True})
            is_changed = True
            schema.upgrade()
        yield
    except BaseException:
        db.session.rollback()
        if is_changed:
            with writing():
                schema.downgrade("base")
        raise


def _fill(connection: Connection, archive: Archive) -> None:
    parts = archive.manifest.tables
    expected = {table.name: table for table in tables.kept_in(connection)}
    if set(parts) != set(expected):
        raise Refused("The backup is damaged: it does not hold the tables of its release.")
    for name, part in parts.items():
        with archive.table(name) as file:
            table = tables.head_of(name, file)
            if set(table.columns) != set(expected[name].columns):
                raise Refused(f"The backup is damaged: its table {name} is not that of its release.")
            try:
                count = tables.fill(connection, table, tables.rows_of(table, file))
            except (SQLAlchemyError, db.engine.dialect.loaded_dbapi.Error):
                raise Refused(f"The backup is damaged: rows of its table {name} do not fit.") from None
            if count != part.rows:
                raise Refused(f"The backup is damaged: rows of its table {name} are missing.")


def _settings(archive: Archive, instance: Path) -> Path | None:
    text = archive.settings()
    if text is None:
        return None
    path = instance / SETTINGS_NAME
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")
    return path
