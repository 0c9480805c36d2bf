"""An empty installation filled from the files of a whole office, on either database; all of it, or nothing.

The tables may have been edited: what counts is that each line fits. The documents have to be what their index says.
"""

import csv
import io
import re
import shutil
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError

from tracker import schema
from tracker.accounts.actions import invitation_link
from tracker.accounts.models import Account, Role
from tracker.backups import erasures, tables
from tracker.backups.actions import Settled, settle
from tracker.backups.parts import CHUNK, DAMAGES, Part, claims_too_much, is_whole
from tracker.backups.restoring import is_new, placed, refilled
from tracker.db import Findable, Model, db, has_one_pen
from tracker.documents import store
from tracker.folding import fold_all
from tracker.history.rules import Verb
from tracker.mail.outbox import unit
from tracker.people.models import Person
from tracker.portability import description
from tracker.portability.cells import WrongCellError, read, shown
from tracker.portability.description import INDEX_HEADINGS, Column, Description, Table
from tracker.portability.leaving import DOCUMENTS, INDEX, README, SCHEMA
from tracker.portability.rules import MADE_ANEW, unguarded
from tracker.refusal import Refused

_PLACE = re.compile(r"(?!.*(?:^|/)\.{1,2}(?:/|$))[^/\\:\x00-\x1f][^\\:\x00-\x1f]*")
_HASH = re.compile(r"[0-9a-f]{64}")
#: No line of ours is longer, a text with all its translations included.
_LONGEST_LINE = 2**24
_FOLDED_AT_ONCE = 1_000
#: What a database says about a line, by SQLite's name of it and PostgreSQL's number.
_FAULTS = {
    "SQLITE_CONSTRAINT_PRIMARYKEY": "there is another line with the same key",
    "SQLITE_CONSTRAINT_UNIQUE": "there is another line that says the same of what is there once",
    "23505": "there is another line that says the same of what is there once",
    "SQLITE_CONSTRAINT_NOTNULL": "a cell is empty that must not be",
    "23502": "a cell is empty that must not be",
}


@dataclass(frozen=True)
class Filled:
    """What came in."""

    said: Description
    settled: Settled
    rows: int
    documents: int
    #: Address of each administrator, and a link by which they set a password.
    links: list[tuple[str, str]]


def fill(path: Path, *, instance: Path, erased: Path | None, now: datetime, public_url: str) -> Filled:
    """Fill an empty installation, with sending paused. Raises Refused, and leaves nothing behind then.

    Without a list of erasures the one that lies beside the file is followed.
    """
    if not is_new(instance):
        raise Refused("This installation is not empty; an office is filled into a new instance folder and database.")
    erased = erased or erasures.beside(path)
    with _opened(path) as office:
        said = office.said
        if not schema.is_known(said.revision):
            raise Refused(f"These files were made by a newer release ({said.release}); please fill with that.")
        done = erasures.after(erased, said.made_at) if erased else []
        files = placed(store.folder_in(instance), sum(one.size for one in office.files), office.unpack)
        try:
            with refilled(said.revision, office.fill), files, unit():
                _fold()
                settled = settle(done, now, public_url=public_url, verb=Verb.OFFICE_FILLED)
                links = _links(now, public_url)
        except SQLAlchemyError as error:
            raise Refused(f"The tables do not fit together: {str(error).splitlines()[0]}.") from None
    return Filled(said, settled, office.rows, sum(not one.small_of for one in office.files), links)


def _links(now: datetime, public_url: str) -> list[tuple[str, str]]:
    """Return links for those who let the others in: no password came along, and no mail leaves yet."""
    asked = sa.select(Account).join(Account.person).where(Account.role == Role.ADMINISTRATOR)
    found = db.session.scalars(
        asked.where(Person.locked_at.is_(None), Person.archived_at.is_(None)).order_by(Account.id)
    )
    return [(one.email, invitation_link(one, public_url=public_url, by_id=None, now=now)) for one in found.all()]


def _fold() -> None:
    """Make anew what search compares."""
    for mapper in Model.registry.mappers:
        if not issubclass(mapper.class_, Findable):
            continue
        model: Any = mapper.class_
        table, last = model.__table__, 0
        changed = sa.update(table).where(table.c.id == sa.bindparam("of")).values({MADE_ANEW: sa.bindparam("words")})
        asked = sa.select(model).order_by(table.c.id).limit(_FOLDED_AT_ONCE)
        while rows := db.session.scalars(asked.where(table.c.id > last)).all():
            last = rows[-1].id
            # Not by the row itself, whose version would count up.
            values = [{"of": row.id, "words": fold_all(row.spellings())} for row in rows]
            db.session.expunge_all()
            db.session.execute(changed, values)


# ---- the files


@dataclass(frozen=True)
class _File:
    """A document, as the index lists it."""

    name: str
    sha256: str
    size: int
    #: Of a small picture: the hash of the picture.
    small_of: str


class _Office:
    """The files of an office, of which the documents were looked at."""

    def __init__(self, archive: zipfile.ZipFile, said: Description) -> None:
        self._archive, self.said, self.rows = archive, said, 0
        self._names = frozenset(archive.namelist())
        self.files = list[_File]()
        #: Files that were lost before they left.
        self.lost = set[str]()
        self._read_index()

    def _read_index(self) -> None:
        for line, row in self._lines(INDEX, INDEX_HEADINGS):
            name, sha256, size, small_of = unguarded(row[0]), row[1], row[2], row[3]
            if not _HASH.fullmatch(sha256) or not size.isdecimal() or (small_of and not _HASH.fullmatch(small_of)):
                raise Refused(f"{INDEX}, line {line}: please leave hashes and sizes as they were.")
            if not name:
                self.lost.add(sha256)
                continue
            if name not in self._names:
                raise Refused(f"{INDEX}, line {line}: the file {shown(name)} is missing.")
            file = _File(name, sha256, int(size), small_of)
            if not is_whole(self._archive, Part(name, file.size, sha256)):
                raise Refused(f"{INDEX}, line {line}: the file {shown(name)} is not what it was.")
            self.files.append(file)
        for table in self.said.tables:
            if table.path not in self._names:
                raise Refused(f"The file {table.path} is missing.")
        listed = {README, SCHEMA, INDEX, *(table.path for table in self.said.tables), *(one.name for one in self.files)}
        for name in sorted(self._names - listed):
            if not name.endswith("/"):
                where = f"is not listed in {INDEX}" if name.startswith(DOCUMENTS) else "does not belong there"
                raise Refused(f"The file {shown(name)} {where}.")

    def unpack(self, folder: Path) -> None:
        """Put the documents under their hashes."""
        for file in self.files:
            path = store.small_of(folder, file.small_of) if file.small_of else store.path_of(folder, file.sha256)
            path.parent.mkdir(parents=True, exist_ok=True)
            with self._archive.open(file.name) as source, path.open("wb") as target:
                shutil.copyfileobj(source, target, CHUNK)

    def fill(self, connection: Connection) -> None:
        """Put all lines into the tables of the release that made the files."""
        there = {table.name: table for table in tables.kept_in(connection)}
        for table in self.said.tables:
            if table.name not in there:
                raise Refused(f"{table.path} is no table of the release that schema.json names.")
        for table in self.said.tables:
            self.rows += self._fill_table(connection, table)
        if connection.scalar(sa.text("SELECT count(*) FROM office")) != 1:
            raise Refused("tables/office.csv has to have one line: the office.")
        self._assert_all_found(connection)
        self._assert_no_file_is_missing(connection)

    def _fill_table(self, connection: Connection, table: Table) -> int:
        columns = {column["name"]: column for column in sa.inspect(connection).get_columns(table.name)}
        if unknown := [one.name for one in table.columns if one.name not in columns]:
            raise Refused(f"{table.path} has a column that the release in schema.json does not know: {unknown[0]}.")
        filled = [(one.name, one.kind) for one in table.columns]
        besides: list[str] = []
        if MADE_ANEW in columns and MADE_ANEW not in dict(filled):
            filled.append((MADE_ANEW, "text"))
            besides.append("")
        rows = self._rows(table, columns)
        try:
            return tables.fill(connection, tables.Table(table.name, tuple(filled)), ([*row, *besides] for row in rows))
        except (SQLAlchemyError, db.engine.dialect.loaded_dbapi.Error) as error:
            at = self._line_of_row(table, _number_of_row(connection, table.name, error))
            raise Refused(f"{table.path}, line {at}: {_fault(error)}.") from None

    def _rows(self, table: Table, columns: dict[str, Any]) -> Iterator[list[Any]]:
        plan, place = list[tuple[Column, slice, Callable[[Sequence[str]], Any], _Limits]](), 0
        for column in table.columns:
            cells = slice(place, place + len(column.headings))
            place = cells.stop
            limits = _Limits.of(columns[column.name], column)
            plan.append((column, cells, read(column.kind, column.headings, self.said.made_at), limits))
        for line, row in self._lines(table.path, table.headings):
            values = []
            for column, cells, taken, limits in plan:
                try:
                    value = taken(row[cells])
                    limits.check(value)
                except WrongCellError as error:
                    raise Refused(_about(table, line, column, row[cells], error)) from None
                values.append(value)
            yield values

    def _lines(self, name: str, headings: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
        """Yield the lines of a table with the number of the line they begin at, their cells in our order."""
        if name not in self._names:
            raise Refused(f"The file {name} is missing.")
        csv.field_size_limit(_LONGEST_LINE)
        with self._archive.open(name) as file, io.TextIOWrapper(file, encoding="utf-8-sig", newline="") as words:
            read_until = 0
            try:
                first = words.readline(_LONGEST_LINE)
                # A spreadsheet that saves the file splits lines as its country does.
                mark = max(",;\t", key=first.count)
                lines = csv.reader(
                    chain([first], iter(partial(words.readline, _LONGEST_LINE), "")), delimiter=mark, strict=True
                )
                places = _places(name, headings, next(lines, []))
                read_until = lines.line_num
                for row in lines:
                    begins, read_until = read_until + 1, lines.line_num
                    if not row:
                        continue
                    if len(row) != len(places):
                        raise Refused(f"{name}, line {begins}: there are {len(row)} columns, not {len(places)}.")
                    yield begins, [row[place] for place in places]
            except UnicodeDecodeError:
                raise Refused(f"{name}, after line {read_until}: this is not UTF-8.") from None
            except csv.Error as error:
                raise Refused(f"{name}, line {read_until + 1}: this is not CSV ({error}).") from None
            except DAMAGES:
                raise Refused(f"The file is damaged: {name} is not whole.") from None

    # ---- where it is wrong

    def _line_of_row(self, table: Table, number: int) -> int:
        return next((line for line, _row in islice(self._lines(table.path, table.headings), number - 1, None)), 0)

    def _assert_all_found(self, connection: Connection) -> None:
        """Raise Refused for the first line that refers to one that is not there."""
        for table, column, (of, key) in [(t, c, c.refers) for t in self.said.tables for c in t.columns if c.refers]:
            # It may be the table itself.
            child, parent = sa.table(table.name, sa.column(column.name)), sa.table(of, sa.column(key)).alias("referred")
            here, there = child.c[column.name], parent.c[key]
            asked = sa.select(here).outerjoin_from(child, parent, here == there)
            lost = connection.scalar(asked.where(here.is_not(None), there.is_(None)).limit(1))
            if lost is not None:
                place = table.headings.index(column.headings[0])
                at = next(line for line, row in self._lines(table.path, table.headings) if _is(row[place], lost))
                where = description.path_of(of)
                raise Refused(f"{table.path}, line {at}, column {column.name}: there is no {lost} in {where}.")

    def _assert_no_file_is_missing(self, connection: Connection) -> None:
        there = self.lost | {file.sha256 for file in self.files if not file.small_of}
        for (sha256,) in connection.execute(sa.text("SELECT sha256 FROM stored_file ORDER BY id")):
            if sha256 not in there:
                table = next(one for one in self.said.tables if one.name == "stored_file")
                place = table.headings.index("sha256")
                at = next(line for line, row in self._lines(table.path, table.headings) if row[place] == sha256)
                raise Refused(f"{table.path}, line {at}: {INDEX} does not list this file.")


def _is(cell: str, value: object) -> bool:
    return cell.lstrip("+").lstrip("0") == str(value).lstrip("0")


@dataclass(frozen=True)
class _Limits:
    """What a column takes besides its kind, as its database says: SQLite keeps to none of it."""

    is_optional: bool
    most_letters: int | None
    is_long: bool
    words: frozenset[str]

    @classmethod
    def of(cls, found: dict[str, Any], column: Column) -> "_Limits":
        kind = found["type"]
        # Counted before what a column is kept as: a text in several languages is no longer than its JSON.
        length = getattr(kind, "length", None) if column.kind != "translated" else None
        return cls(bool(found["nullable"]), length, isinstance(kind, sa.BigInteger), frozenset(column.words))

    def check(self, value: object) -> None:
        """Raise WrongCellError."""
        if value is None:
            if not self.is_optional:
                raise WrongCellError("there has to be something")
        elif isinstance(value, str):
            if self.most_letters is not None and len(value) > self.most_letters:
                raise WrongCellError(f"a text of at most {self.most_letters} characters")
            if self.words and value not in self.words:
                raise WrongCellError(f"one of {', '.join(sorted(self.words))}")
            if "\0" in value and not has_one_pen():
                raise WrongCellError("a text that PostgreSQL keeps: it holds a character of number 0")
        elif isinstance(value, int) and not self.is_long and not -(2**31) <= value < 2**31:
            raise WrongCellError("a number of at most nine digits")


def _about(table: Table, line: int, column: Column, cells: Sequence[str], error: WrongCellError) -> str:
    if not any(cells):
        return f"{table.path}, line {line}, column {column.headings[0]}: {error}."
    if len(cells) > 1:
        return f"{table.path}, line {line}, columns {column.name}.…: this is not {error}."
    return f"{table.path}, line {line}, column {column.name}: “{shown(cells[0])}” is not {error}."


def _places(name: str, headings: Sequence[str], first: Sequence[str]) -> list[int]:
    """Return where each column stands; they may have been put into another order."""
    missing = [one for one in headings if one not in first]
    unknown = [one for one in first if one not in headings]
    if missing or unknown or len(first) != len(headings):
        what = f"{shown(missing[0])} is missing" if missing else f"{shown((unknown or first)[0])} is one too many"
        raise Refused(f"{name}, line 1: these are not the columns that schema.json lists; {what}.")
    return [first.index(one) for one in headings]


def _number_of_row(connection: Connection, table: str, error: Exception) -> int:
    """Return which row of a table did not fit, from 1 on."""
    if has_one_pen():
        # Those before it are in.
        return int(connection.scalar(sa.select(sa.func.count()).select_from(sa.table(table))) or 0) + 1
    where = re.search(r"COPY \w+, line (\d+)", str(getattr(getattr(error, "diag", None), "context", "")))
    return int(where[1]) if where else 1


def _fault(error: Exception) -> str:
    cause = getattr(error, "orig", None) or error
    code = getattr(cause, "sqlite_errorname", None) or getattr(cause, "sqlstate", None)
    return _FAULTS.get(str(code), f"the line contradicts itself ({str(cause).splitlines()[0]})")


# ---- opening


@contextmanager
def _opened(path: Path) -> Iterator[_Office]:
    """Open the files of an office and look at its documents. Raises Refused for what is none, or is damaged."""
    try:
        file = path.open("rb")
    except OSError as error:
        raise Refused(f"{path} cannot be read ({error.strerror}).") from None
    with ExitStack() as stack:
        stack.enter_context(file)
        try:
            archive = stack.enter_context(zipfile.ZipFile(file))
            office = _Office(archive, _said(archive, path.stat().st_size))
        except zipfile.BadZipFile:
            raise Refused("This file is not a zip, or is not whole.") from None
        except DAMAGES:
            raise Refused("The file is damaged, or is locked by a password.") from None
        yield office


def _said(archive: zipfile.ZipFile, size: int) -> Description:
    names = archive.namelist()
    if SCHEMA not in names:
        raise Refused("These are not the files of an office: schema.json is missing at the top of the zip.")
    for name in names:
        if not _PLACE.fullmatch(name):
            raise Refused(f"The file {shown(name)} lies outside of its folder.")
    if len(set(names)) != len(names):
        raise Refused(f"The zip holds a file twice: {shown(next(one for one in names if names.count(one) > 1))}.")
    unpacked = sum(one.file_size for one in archive.infolist())
    if claims_too_much(unpacked, size) or archive.getinfo(SCHEMA).file_size > description.LONGEST:
        raise Refused("These are not files of ours: they would unpack to more than two hundred times their size.")
    return description.read(archive.read(SCHEMA))
