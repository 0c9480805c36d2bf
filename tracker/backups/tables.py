"""All tables as lines of JSON, the same from either database: out in one snapshot, and in again in one transaction.

The first line of a table names its columns and their kinds; each other one is a row. Instants are UTC, written as
SQLite keeps them; what is true is 1; bytes are hexadecimal.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any, BinaryIO

import sqlalchemy as sa
from alembic.migration import MigrationContext
from sqlalchemy.engine import Connection

from tracker.db import db, has_one_pen
from tracker.refusal import Refused

#: What opens doors, or only counts and beats, is not in a backup: it must not come back alive.
LEFT_OUT = frozenset(
    {
        "account_link",
        "address_change",
        "alembic_version",
        "backup",
        "download",
        "mail_pause",
        "sign_in",
        "submission",
        "tally",
        "tick",
        "way_in",
    }
)
#: As soon as one of them has a row, an installation is not empty.
_FIRST = ("office", "organisation", "person")
_KINDS: tuple[tuple[type[sa.types.TypeEngine[Any]], str], ...] = (
    (sa.DateTime, "instant"),
    (sa.Date, "date"),
    (sa.Time, "time"),
    (sa.Boolean, "boolean"),
    (sa.JSON, "json"),
    (sa.LargeBinary, "bytes"),
)
#: How a row becomes a line of JSON, and a value what SQLite keeps.
_WAYS_OUT = {
    "sqlite": {"row": "json_array({})", "bytes": "CASE WHEN {0} IS NOT NULL THEN hex({0}) END"},
    "postgresql": {
        "row": "json_build_array({})::text",
        "instant": "to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')",
        "date": "to_char({}, 'YYYY-MM-DD')",
        "time": "to_char(date '2000-01-01' + {}, 'HH24:MI:SS.US')",
        "boolean": "{}::int",
        "json": "{}::text",
        "bytes": "encode({}, 'hex')",
    },
}
#: Rows that are held at a time.
_MANY = 2_000
#: No row is longer than this: the longest holds the bytes of a letter.
_LONGEST = 64 * 2**20


@dataclass(frozen=True)
class Table:
    """A table: its columns, and what they hold."""

    name: str
    columns: tuple[tuple[str, str], ...]

    @property
    def head(self) -> bytes:
        """The line that says what the rows hold."""
        return json.dumps(self.columns).encode() + b"\n"

    @property
    def places_of_bytes(self) -> list[int]:
        """Where in a row bytes stand."""
        return [place for place, (_name, kind) in enumerate(self.columns) if kind == "bytes"]


@contextmanager
def snapshot() -> Iterator[Connection]:
    """Read everything as it stands at one moment, while others write. To be begun outside of a writing unit."""
    with db.engine.connect() as connection:
        if not has_one_pen():
            connection.execution_options(isolation_level="REPEATABLE READ")
        with connection.begin():
            yield connection


def revision(connection: Connection) -> str | None:
    """Return the migration that the database is at."""
    return MigrationContext.configure(connection).get_current_revision()


def is_empty() -> bool:
    """Whether nothing was entered here yet."""
    with snapshot() as connection:
        there = set(sa.inspect(connection).get_table_names())
        asked = [sa.text(f"SELECT 1 FROM {name} LIMIT 1") for name in _FIRST if name in there]  # noqa: S608 - our own names
        return not any(connection.scalar(one) for one in asked)


def kept_in(connection: Connection) -> list[Table]:
    """Return the tables that belong into a backup, whichever release made them."""
    inspector = sa.inspect(connection)
    found = inspector.get_multi_columns()
    return [
        Table(name, tuple((column["name"], _kind(column["type"])) for column in columns))
        for (_schema, name), columns in sorted(found.items(), key=lambda one: one[0][1])
        if name not in LEFT_OUT
    ]


def _kind(column: sa.types.TypeEngine[Any]) -> str:
    return next((kind for of, kind in _KINDS if isinstance(column, of)), "plain")


def assert_sound(connection: Connection) -> None:
    """Raise Refused if SQLite finds its file damaged: the backups of the days before must not give way to this one."""
    if not has_one_pen():
        return
    found = str(connection.exec_driver_sql("PRAGMA integrity_check(1)").scalar())
    if found != "ok":
        raise Refused(f"The database is damaged, so no backup of it is made: {found}.")


# ---- out


def lines(connection: Connection, table: Table) -> Iterator[bytes]:
    """Yield the rows of a table, many lines at a time. The database writes them: it takes a tenth of the time."""
    ways = _WAYS_OUT["sqlite" if has_one_pen() else "postgresql"]
    values = ", ".join(ways.get(kind, "{}").format(_quoted(name)) for name, kind in table.columns)
    asked = f"SELECT {ways['row'].format(values)} FROM {_quoted(table.name)}"  # noqa: S608 - the database's own names
    found = connection.exec_driver_sql(asked, execution_options={"stream_results": True})
    # `yield_per` is heard by no statement in the driver's own words: PostgreSQL would send a table at once.
    for rows in found.scalars().partitions(_MANY):
        yield "\n".join([*rows, ""]).encode()


def _quoted(name: str) -> str:
    return db.engine.dialect.identifier_preparer.quote(name)


# ---- in


def head_of(name: str, file: BinaryIO) -> Table:
    """Read which columns a table of a backup has. Raises Refused for what is none."""
    columns = _read(file)
    if not columns or not all(
        isinstance(one, list) and len(one) == len(("name", "kind")) and all(isinstance(word, str) for word in one)
        for one in columns
    ):
        raise _damaged(name)
    return Table(name, tuple((one[0], one[1]) for one in columns))


def rows_of(table: Table, file: BinaryIO) -> Iterator[list[Any]]:
    """Yield the rows of a table of a backup, as any database takes them. Raises Refused for what is none."""
    places = table.places_of_bytes
    while values := _read(file):
        if len(values) != len(table.columns) or any(isinstance(value, list | dict) for value in values):
            raise _damaged(table.name)
        try:
            for place in places:
                if values[place] is not None:
                    values[place] = bytes.fromhex(values[place])
        except (TypeError, ValueError):
            raise _damaged(table.name) from None
        yield values


def _read(file: BinaryIO) -> list[Any] | None:
    line = file.readline(_LONGEST)
    if not line:
        return None
    try:
        values = json.loads(line)
    except (ValueError, RecursionError):
        values = None
    if not line.endswith(b"\n") or not isinstance(values, list):
        raise Refused("The backup is damaged: a line of it cannot be read.")
    return values


def _damaged(name: str) -> Refused:
    return Refused(f"The backup is damaged: its table {name} cannot be read.")


@contextmanager
def filling() -> Iterator[Connection]:
    """Let all tables be filled in any order, in one transaction, and look at the end whether each row finds its others.

    To be begun in a writing unit.
    """
    with db.engine.connect() as connection:
        driver: Any = connection.connection.dbapi_connection
        if has_one_pen():
            # SQLite listens to this before a transaction only.
            driver.execute("PRAGMA foreign_keys=OFF")
            try:
                with connection.begin():
                    yield connection
                    _assert_all_found(connection)
            finally:
                driver.execute("PRAGMA foreign_keys=ON")
        else:
            with connection.begin():
                connection.exec_driver_sql("SET LOCAL TIME ZONE 'UTC'")
                bonds = _loosen(connection)
                yield connection
                for bond in bonds:
                    connection.exec_driver_sql(bond)
                _count_on(connection)


def _assert_all_found(connection: Connection) -> None:
    lost = {row[0] for row in connection.exec_driver_sql("PRAGMA foreign_key_check")}
    if lost:
        raise Refused(f"The backup is damaged: rows are missing that others belong to, in {', '.join(sorted(lost))}.")


def _loosen(connection: Connection) -> list[str]:
    """Take the foreign keys away, as PostgreSQL's own tools do, and return what puts them back."""
    keys = connection.exec_driver_sql(
        "SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid) FROM pg_constraint "
        "WHERE contype = 'f' AND connamespace = current_schema()::regnamespace"
    ).all()
    for table, name, _words in keys:
        connection.exec_driver_sql(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    return [f"ALTER TABLE {table} ADD CONSTRAINT {name} {words}" for table, name, words in keys]


def _count_on(connection: Connection) -> None:
    """Let new rows get the numbers after those that are there."""
    for table in sa.inspect(connection).get_table_names():
        counter = connection.exec_driver_sql(
            "SELECT pg_get_serial_sequence(quote_ident(table_name), 'id') FROM information_schema.columns "
            "WHERE table_schema = current_schema() AND table_name = %s AND column_name = 'id'",
            (table,),
        ).scalar()
        if counter:
            connection.exec_driver_sql(f"SELECT setval('{counter}', coalesce(max(id), 0) + 1, false) FROM {table}")  # noqa: S608 - the database's own names


def fill(connection: Connection, table: Table, rows: Iterator[list[Any]]) -> int:
    """Put rows into a table, whatever was in it before, and return how many they are."""
    name, columns = _quoted(table.name), ", ".join(_quoted(column) for column, _kind in table.columns)
    connection.exec_driver_sql(f"DELETE FROM {name}")  # noqa: S608 - checked against the database's own names
    count = 0
    if has_one_pen():
        marks = ", ".join("?" * len(table.columns))
        while many := [tuple(row) for row in islice(rows, _MANY)]:
            connection.exec_driver_sql(f"INSERT INTO {name} ({columns}) VALUES ({marks})", many)  # noqa: S608 - as above
            count += len(many)
        return count
    driver: Any = connection.connection.dbapi_connection
    with driver.cursor().copy(f"COPY {name} ({columns}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
            count += 1
    return count
