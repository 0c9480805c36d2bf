"""A word of its own in every field of every row, and the question who may read it: `tests/access/words.toml` says.

A word is a number between two marks ("zq17qz"), which no language holds, so that whatever a page shows can be told.
"""

import io
import re
import tomllib
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from tests import builders
from tests.access.rows import Entered
from tracker.accounts.models import Account
from tracker.db import Base, TranslatedType, db
from tracker.people.models import Person

TABLE: dict[str, Any] = tomllib.loads((Path(__file__).parent / "words.toml").read_text(encoding="utf-8"))
#: Table to column to those who may read it.
READERS: Mapping[str, Mapping[str, str]] = TABLE["readers"]
#: Names of columns that hold nothing which a person wrote.
WORDLESS: frozenset[str] = frozenset(TABLE["wordless"])
#: What finds every row that holds a word.
SOUGHT = "zq"
_WORD = re.compile(rb"zq(\d+)qz", re.IGNORECASE)


@dataclass(frozen=True)
class Word:
    """Where a word stands, and for whom the row is."""

    table: str
    row: int
    column: str
    #: The partners who may know of the row.
    circle: frozenset[str]
    #: Whose own it is, as ids of persons.
    own: frozenset[int]

    def is_for(self, who: str, *person_ids: int | None) -> bool:
        """Whether somebody may read it."""
        allowed = set(READERS[self.table][self.column].split())
        if who == "link" and "link" in allowed:
            # The link is about something of the project here.
            return "partner" in self.circle
        return (
            "anybody" in allowed
            or (who in allowed)
            or ("circle" in allowed and who in self.circle)
            or ("self" in allowed and not self.own.isdisjoint(person_ids))
        )

    def __str__(self) -> str:
        """Return it as a complaint names it."""
        return f"{self.table}.{self.column} of row {self.row}"


@dataclass(frozen=True)
class Words:
    """Every word, by its number."""

    known: Mapping[int, Word]

    def read_in(self, text: bytes) -> Iterator[Word]:
        """Yield each word that stands in a page or a letter."""
        for number in sorted({int(found) for found in _WORD.findall(_unpacked(text))}):
            yield self.known[number]

    def at(self, table: str, row: int, column: str) -> str:
        """Return the word in a field."""
        return next(
            f"zq{number}qz"
            for number, one in self.known.items()
            if (one.table, one.row, one.column) == (table, row, column)
        )

    def neighbour(self, person_id: int) -> str:
        """Return which of those who ask reads as much as somebody who does not ask themself."""
        return next(
            (
                who
                for word in self.known.values()
                if person_id in word.own and word.table in {"person", "taking_in"}
                for who in word.circle
            ),
            "nobody",
        )

    def leaked(self, text: bytes, who: str, *person_ids: int | None) -> list[str]:
        """Return what somebody reads that is not for them."""
        return [str(word) for word in self.read_in(text) if not word.is_for(who, *person_ids)]


def _unpacked(text: bytes) -> bytes:
    """Return what stands in a text; of a spreadsheet or another archive, in all its parts."""
    if not text.startswith(b"PK"):
        return text
    with zipfile.ZipFile(io.BytesIO(text)) as archive:
        return b"\n".join(archive.read(name) for name in archive.namelist())


def write(entered: Entered) -> Words:
    """Put a word into every column in which something stands. Rows that nobody spoke for are for the office alone."""
    known: dict[int, Word] = {}
    for mapper in sorted(Base.registry.mappers, key=lambda one: str(one.local_table.description)):
        name = str(mapper.local_table.description)
        columns = READERS.get(name, {})
        for row in db.session.scalars(sa.select(mapper.class_)).unique() if columns else ():
            for column in columns:
                if getattr(row, column) is None:
                    continue
                number = len(known) + 1
                circle = entered.circles.get((name, row.id), frozenset())
                known[number] = Word(_kind(entered, name, row.id), row.id, column, circle, frozenset(_own(row)))
                setattr(row, column, _value(mapper.local_table.columns[column], number))
    db.session.flush()
    return Words(known)


def _kind(entered: Entered, table: str, row: int) -> str:
    """Return by which lines of the table a row is read: some people are there to be turned to."""
    if table == "person" and row in entered.coordinating:
        return "coordinating"
    if table == "person" and row in entered.taking_in:
        return "taking_in"
    return "on_the_spot" if table == "person" and row in entered.on_the_spot else table


def _own(row: Any) -> Iterator[int]:  # noqa: ANN401 - a row of any table
    """Yield the ids of those whose own a row is: theirs, said by them, or put to them."""
    if isinstance(row, Person):
        yield row.id
    for column in ("person_id", "by_id"):
        if (found := getattr(row, column, None)) is not None:
            yield found
    if (account_id := getattr(row, "account_id", None)) is not None:
        yield db.session.get_one(Account, account_id).person_id


def _value(column: sa.ColumnElement[Any], number: int) -> object:
    word = f"zq{number}qz"
    if isinstance(column.type, TranslatedType):
        return builders.text(de=word)
    if isinstance(column.type, sa.JSON):
        # Language to subject and text.
        return {"de": [word, word]}
    return f"{word}@example.org" if getattr(column, "name", "") in {"email", "address", "reply_to"} else word
