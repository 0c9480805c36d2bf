"""What people do with documents."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import sqlalchemy as sa

from tracker.db import Model, Translated, db, insert_new
from tracker.documents import queries, store
from tracker.documents.contents import Content
from tracker.documents.models import Document, StoredFile
from tracker.documents.rules import KEPT, check_quota
from tracker.events.models import Delegation
from tracker.history.actions import change, record
from tracker.history.rules import Verb
from tracker.milestones.models import Milestone
from tracker.organisations.models import Office

_FILE = cast("sa.Table", StoredFile.__table__)


def keep(folder: Path, content: Content) -> str:
    """Write a file into the folder and return its hash; no row says so yet. Raises OSError."""
    return store.keep(folder, content.kept, content.preview)


def hold(
    contents: Sequence[tuple[str, Content]], *, folder: Path, most_megabytes: int, now: datetime
) -> dict[str, StoredFile]:
    """Write down that files are kept, by their hashes and what they are, and return hash to file.

    Raises Refused if there is no room for them. Whoever tidies the folder up waits meanwhile.
    """
    _lock()
    there = queries.stored(sha256 for sha256, _content in contents)
    new = {sha256: content for sha256, content in contents if sha256 not in there}
    check_quota((len(content.kept) for content in new.values()), queries.kept_bytes(), most_megabytes)
    for sha256, content in contents:
        if not store.is_there(folder, sha256):
            keep(folder, content)
        if sha256 in new:
            insert_new(StoredFile, _file(sha256, content, now))
    return queries.stored(sha256 for sha256, _content in contents)


def attach(
    row: Model,
    contents: Sequence[tuple[str, Content]],
    *,
    folder: Path,
    most_megabytes: int,
    by_id: int | None,
    now: datetime,
    description: Translated | None = None,
    language: str | None = None,
    coordinators_only: bool = False,
) -> int:
    """Hang files, by their hashes and what they are, on something; return how many did not hang there before.

    Raises Refused if there is no room for them.
    """
    held = hold(contents, folder=folder, most_megabytes=most_megabytes, now=now)
    files = [(held[sha256], content.name) for sha256, content in contents]
    said: dict[str, Any] = {"description": description, "language": language, "coordinators_only": coordinators_only}
    return hang(row, files, by_id=by_id, now=now, **said)


def hang(
    row: Model,
    files: Sequence[tuple[StoredFile, str]],
    *,
    by_id: int | None,
    now: datetime,
    description: Translated | None = None,
    language: str | None = None,
    coordinators_only: bool = False,
) -> int:
    """Hang files that are kept, each with a name, on something; return how many did not hang there before."""
    number = 0
    subject = f"{row.__tablename__}:{row.id}"
    for file, name in files:
        if queries.attached(subject, file.id):
            continue
        document = Document(
            subject=subject,
            file=file,
            name=name,
            description=description,
            language=language,
            coordinators_only=coordinators_only,
            by_id=by_id,
            created_at=now,
        )
        db.session.add(document)
        db.session.flush()
        number += 1
    if number:
        record(Verb.DOCUMENTS_ATTACHED, row, by_id=by_id, now=now, within=page_of(row), number=number)
    return number


def _file(sha256: str, content: Content, now: datetime) -> dict[str, Any]:
    width, height = content.size or (None, None)
    return {
        "sha256": sha256,
        "size_bytes": len(content.kept),
        "media_type": content.media_type,
        "width": width,
        "height": height,
        "created_at": now,
    }


def page_of(row: Model) -> Model:
    """Return what has a page of its own, on which a thing is shown."""
    if isinstance(row, Milestone):
        return row.project
    if isinstance(row, Delegation):
        return row.event
    # A log entry is about at least one of these; all others have pages themselves.
    above = (getattr(row, name, None) for name in ("project", "partnership", "organisation"))
    is_entry = row.__tablename__ == "log_entry"
    return cast("Model", next((one for one in above if one is not None), row)) if is_entry else row


def change_document(
    document: Document, row: Model, *, description: Translated | None, by_id: int, now: datetime, **values: Any
) -> bool:
    """Change what differs; return whether anything did."""
    if document.description is not None and description is not None:
        description = document.description.revised(description)
    changes = change(document, {"description": description, **values})
    if not changes:
        return False
    record(Verb.DOCUMENT_CHANGED, document, by_id=by_id, now=now, within=page_of(row), changes=changes)
    return True


def remove_document(document: Document, row: Model, *, by_id: int, now: datetime) -> None:
    """Put it out of the lists; it is erased later."""
    document.archived_at = now
    record(Verb.DOCUMENT_REMOVED, document, by_id=by_id, now=now, within=page_of(row))


def restore_document(document: Document, row: Model, *, by_id: int, now: datetime) -> None:
    """Bring it back into the lists."""
    document.archived_at = None
    record(Verb.DOCUMENT_RESTORED, document, by_id=by_id, now=now, within=page_of(row))


def erase_removed(now: datetime) -> int:
    """Erase what was removed long enough ago, and forget files that no document is kept in; return how many."""
    _lock()
    old = sa.delete(Document).where(Document.archived_at < now - KEPT)
    erased = int(db.session.execute(old).rowcount)  # type: ignore[attr-defined] # a DELETE has it
    # Rooms below keep files as well, before they hang on anything.
    held = (column for table in db.metadata.sorted_tables for column in table.columns if column.references(_FILE.c.id))
    unused = sa.delete(StoredFile).where(*(~sa.exists().where(column == _FILE.c.id) for column in held))
    # Without asking which rows these were: a statement that returns some counts as a change, also where there are none.
    db.session.execute(unused.execution_options(synchronize_session=False))
    return erased


def tidy_folder(folder: Path, now: datetime) -> int:
    """Delete files that no row speaks of; return how many. Nobody attaches anything meanwhile."""
    if not (found := list(store.old(folder, now))):
        return 0
    _lock()
    known = {one.sha256 for one in queries.all_files()}
    # Somebody may have sent one of them once more, before the lock was taken.
    left = [path for sha256, path in store.old(folder, now) if sha256 not in known]
    for path in left:
        store.remove(path)
    return len(left) if found else 0


def _lock() -> None:
    """Let nobody attach anything, count what is kept, or tidy it up, but one after the other."""
    db.session.execute(sa.select(Office.id).with_for_update())
