"""Statements in the words of the database, made once, for what runs for every message.

SQLAlchemy takes several times as long over each run of a short statement as the database.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.exc import DBAPIError

#: Values by their names on both databases, which a tuple in their order would be on one of them.
_NAMED: Mapping[str, Callable[[], Dialect]] = {
    "sqlite": lambda: sqlite.dialect(paramstyle="named"),
    "postgresql": postgresql.psycopg.dialect,
}


@dataclass(frozen=True)
class _Made:
    words: str
    #: What the statement says by itself.
    fixed: Mapping[str, Any]
    #: How a value of a parameter becomes one of the driver's.
    converted: Mapping[str, Callable[[Any], Any] | None]


def run(connection: Connection, statement: sa.Executable, values: Mapping[str, Any]) -> int:
    """Run a statement within the unit that has begun, and return how many rows it changed.

    The statement is always the same object; all its parameters have names. Nobody hears of it: there are no events.
    Raises what SQLAlchemy would.
    """
    return int(_ran(connection, statement, values).rowcount)


def glance(connection: Connection, statement: sa.Executable, values: Mapping[str, Any]) -> tuple[Any, ...] | None:
    """Ask for one row as it is committed now, with the driver's own values, on a connection on which no unit runs."""
    row = _ran(connection, statement, values).fetchone()
    if connection.dialect.name == "postgresql":
        connection.connection.rollback()
    return None if row is None else tuple(row)


def _ran(connection: Connection, statement: sa.Executable, values: Mapping[str, Any]) -> Any:  # noqa: ANN401 - the driver's
    made = _made(statement, connection.dialect.name)
    given = {
        name: value if (convert := made.converted[name]) is None or value is None else convert(value)
        for name, value in values.items()
    }
    return say(connection, made.words, {**made.fixed, **given})


def say(connection: Connection, words: str, values: dict[str, Any] | None = None) -> Any:  # noqa: ANN401 - the driver's
    """Say something to the database, and return the driver's own cursor."""
    cursor = connection.connection.cursor()
    try:
        cursor.execute(words, values or {})
    except connection.dialect.loaded_dbapi.Error as error:
        raise _broken(connection, words, error) from error
    return cursor


def _broken(connection: Connection, words: str, error: Exception) -> BaseException:
    """Return what SQLAlchemy would raise for an error of the driver; a connection that is gone is given up."""
    dialect = connection.dialect
    is_gone = dialect.is_disconnect(error, connection.connection, None)  # type: ignore[arg-type] # its own are no base class
    if is_gone:
        connection.invalidate(error)
    return DBAPIError.instance(
        words,
        None,
        error,
        dialect.loaded_dbapi.Error,
        hide_parameters=True,
        connection_invalidated=is_gone,
        dialect=dialect,
    )


@cache
def _made(statement: sa.Executable, database: str) -> _Made:
    dialect = _NAMED[database]()
    compiled = statement.compile(dialect=dialect)  # type: ignore[attr-defined] # each of them has it
    converted = {name: one.type.dialect_impl(dialect).bind_processor(dialect) for name, one in compiled.binds.items()}
    fixed = {
        name: convert(one.value) if (convert := converted[name]) else one.value
        for name, one in compiled.binds.items()
        if not one.required
    }
    return _Made(str(compiled), fixed, converted)
