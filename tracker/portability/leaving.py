"""The whole office into one zip: a file for each table, what they hold, and the documents under names for people."""

import codecs
import csv
import io
import json
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from tracker import schema
from tracker.backups import tables
from tracker.backups.parts import CHUNK, DAMAGES, LEVEL, BrokenError, Writer, is_whole, new_file
from tracker.documents import store
from tracker.documents.models import Document, StoredFile
from tracker.documents.rules import named
from tracker.language import speaking
from tracker.organisations.models import Office
from tracker.portability import description
from tracker.portability.cells import written
from tracker.portability.description import INDEX_HEADINGS, Description, Table
from tracker.portability.readme import readme
from tracker.portability.rules import BLANK_WHERE, guarded
from tracker.refusal import Refused

README, SCHEMA, INDEX, DOCUMENTS = "README.txt", "schema.json", "documents/index.csv", "documents/"


@dataclass(frozen=True)
class Exported:
    """What was written."""

    rows: int
    documents: int
    #: Files that are not in their folder any more, or not what they were.
    lost: int


def write(
    path: Path,
    *,
    files: Path,
    release: str,
    made_at: datetime,
    tell: Callable[[int, int], None] = lambda _done, _of: None,
) -> Exported:
    """Write the whole office under a new name, and read it again. Raises Refused, leaving no half file behind.

    To be called outside of a writing unit, while others work: all tables are as they stood at one moment. `tell` is
    called often, with how many parts are written and of how many; what it raises ends it.
    """
    if (at := schema.current()) is None or at != schema.newest():
        raise Refused("The database is not up to date; please run `tracker db upgrade`.")
    said = Description(release, at, made_at, tuple(description.tables()))
    with (
        new_file(path, "export", lambda half: _assert_same(half, writer)) as file,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=LEVEL) as archive,
        tables.snapshot() as connection,
    ):
        tables.assert_sound(connection)
        parts = len(said.tables) + 3 + (connection.scalar(sa.select(sa.func.count(StoredFile.id))) or 0)

        def going_on() -> bool:
            # A picture has a small one beside it.
            tell(min(len(writer.parts), parts), parts)
            return True

        writer = Writer(archive, going_on)
        office = connection.execute(sa.select(Office.name, Office.language)).first()
        if office is None:
            raise Refused("There is no office here yet.")
        with speaking(office.language):
            _text(writer, README, readme(office.name, said))
        _text(writer, SCHEMA, description.as_json(said, office.name))
        there = {table.name: table for table in tables.kept_in(connection)}
        rows = sum(_write_table(writer, connection, table, there[table.name]) for table in said.tables)
        kept, lost = _write_documents(writer, connection, files)
    return Exported(rows, kept, lost)


def _assert_same(path: Path, writer: Writer) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            broken = [part.name for part in writer.parts if not is_whole(archive, part)]
    except DAMAGES:
        broken = [path.name]
    if broken:
        raise BrokenError(f"The export was written but reads differently ({broken[0]}); it is not kept.")


def _text(writer: Writer, name: str, text: str) -> None:
    with writer.part(name) as write_text:
        # Any editor opens it, with its own line ends.
        write_text(text.encode())


def _lines(rows: Iterable[Iterable[object]]) -> bytes:
    """Return rows as RFC 4180 has them."""
    words = io.StringIO(newline="")
    csv.writer(words, lineterminator="\r\n").writerows(rows)
    return words.getvalue().encode("utf-8", "replace")


def _write_table(writer: Writer, connection: Connection, table: Table, there: tables.Table) -> int:
    kinds = dict(there.columns)
    source = tables.Table(table.name, tuple((column.name, kinds[column.name]) for column in table.columns))
    outs = [written(column.kind) for column in table.columns]
    blank = _blank(table)
    count = 0
    with writer.part(table.path) as write_lines:
        # Spreadsheets take a text for UTF-8 if it begins with this mark.
        write_lines(codecs.BOM_UTF8 + _lines([table.headings]))
        for lines in tables.lines(connection, source):
            found = [blank(json.loads(line)) for line in lines.splitlines()]
            write_lines(_lines(_cells(outs, row) for row in found))
            count += len(found)
    return count


def _cells(outs: list[Callable[[Any], list[Any]]], row: list[Any]) -> list[Any]:
    return [cell for out, value in zip(outs, row, strict=True) for cell in out(value)]


def _blank(table: Table) -> Callable[[list[Any]], list[Any]]:
    """Return what empties columns of rows that hold a secret."""
    if table.name not in BLANK_WHERE:
        return lambda row: row
    flag, emptied = BLANK_WHERE[table.name]
    names = [column.name for column in table.columns]
    place, places = names.index(flag), {names.index(name) for name in emptied}
    return lambda row: [None if at in places else value for at, value in enumerate(row)] if row[place] else row


# ---- documents


def _write_documents(writer: Writer, connection: Connection, folder: Path) -> tuple[int, int]:
    """Write the documents and their index; return how many there are, and how many are lost."""
    kept = lost = 0
    index = [list(INDEX_HEADINGS)]
    for file in _files(connection):
        path = f"{DOCUMENTS}{_name_of(file)}"
        is_there = _write_file(writer, path, store.path_of(folder, file.sha256), file.sha256)
        index.append(_entry(path if is_there else "", file.sha256, file.size_bytes, "", file))
        kept, lost = kept + is_there, lost + (not is_there)
        small = store.small_of(folder, file.sha256)
        if is_there and file.width is not None and small.is_file():
            path = f"{DOCUMENTS}small/{file.id}.webp"
            if _write_file(writer, path, small):
                index.append(_entry(path, writer.parts[-1].sha256, writer.parts[-1].size, file.sha256, file))
    with writer.part(INDEX) as write_index:
        write_index(codecs.BOM_UTF8 + _lines(index))
    return kept, lost


def _files(connection: Connection) -> Iterator[Any]:
    """Yield each file once, with what it hangs on first and what it is called there."""
    columns = (StoredFile.id, StoredFile.sha256, StoredFile.size_bytes, StoredFile.width)
    asked = sa.select(*columns, Document.subject, Document.name).outerjoin(Document, Document.file_id == StoredFile.id)
    found = connection.execute(asked.order_by(StoredFile.id, Document.id).execution_options(yield_per=500))
    last = None
    for row in found:
        if row.id != last:
            yield row
        last = row.id


def _name_of(file: Any) -> str:  # noqa: ANN401 - a row of `_files`
    folder = (file.subject or "unused").replace(":", "-")
    return f"{folder}/{file.id} {named(file.name)}"


def _entry(path: str, sha256: str, size_bytes: int, small_of: str, file: Any) -> list[Any]:  # noqa: ANN401 - a row of `_files`
    words = [guarded(word) if word else "" for word in (path, small_of, file.subject, file.name)]
    return [words[0], sha256, size_bytes, *words[1:]]


def _write_file(writer: Writer, name: str, path: Path, sha256: str | None = None) -> bool:
    """Write a file, and say whether it is there and still what it was."""
    try:
        if sha256 is not None and store.digest(path) != sha256:
            return False
        file = path.open("rb")
    except OSError:  # removed by now, and erased; or lost
        return False
    with file, writer.part(name, is_packed=True) as write_piece:
        while piece := file.read(CHUNK):
            write_piece(piece)
    return True
