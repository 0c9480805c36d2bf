"""The session, what a row is made of, and what differs between the two databases."""

import json
import re
from calendar import monthrange
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from functools import cache, lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Self, cast

import sqlalchemy as sa
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session as FlaskSession
from sqlalchemy import event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Dialect, Engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, registry
from sqlalchemy.types import TypeDecorator

from tracker import ready
from tracker.folding import fold_all
from tracker.language import Wording

NAMES = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
#: What each SQLite connection must answer; asserted at the start, through the pool.
PRAGMAS = {
    "journal_mode": "wal",
    "synchronous": 2,
    "foreign_keys": 1,
    "busy_timeout": 10_000,
    "wal_autocheckpoint": 4_000,
}


# ---- values


class Instant(TypeDecorator[datetime]):
    """A moment, aware and in UTC on both databases."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a moment without a zone: nobody knows when that was."""
        if value is None:
            return None
        if value.tzinfo is None:
            message = "an instant needs a zone"
            raise ValueError(message)
        return value.astimezone(UTC).replace(tzinfo=None) if dialect.name == "sqlite" else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - its caller's signature
        """Return the moment in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


_PARTIAL = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", re.ASCII)


@dataclass(frozen=True, order=True)
class PartialDate:
    """A date as history knows it: a year, a month of it, or a day. Unknown is None."""

    text: str

    def __post_init__(self) -> None:
        """Raise ValueError for what no calendar has."""
        parts = _PARTIAL.fullmatch(self.text)
        if parts is None or not int(parts[1]) >= 1:
            raise ValueError(self.text)
        date(int(parts[1]), int(parts[2] or 1), int(parts[3] or 1))

    @classmethod
    def of(cls, day: date) -> Self:
        """Return a day that is wholly known."""
        return cls(day.isoformat())

    @property
    def year(self) -> int:
        """The year, always known."""
        return int(self.text[:4])

    @property
    def month(self) -> int | None:
        """The month, if it is known."""
        return int(self.text[5:7]) if len(self.text) > len("2007") else None

    @property
    def day(self) -> int | None:
        """The day, if it is known."""
        return int(self.text[8:10]) if len(self.text) > len("2007-04") else None

    @property
    def earliest(self) -> date:
        """The first day it may have been."""
        return date(self.year, self.month or 1, self.day or 1)

    @property
    def latest(self) -> date:
        """The last day it may have been."""
        if self.day is not None:
            return self.earliest
        month = self.month or 12
        return date(self.year, month, monthrange(self.year, month)[1])

    def __str__(self) -> str:
        """Return "2007", "2007-04" or "2007-04-16"."""
        return self.text


class PartialDateType(TypeDecorator[PartialDate]):
    """Kept as its text, which sorts as dates do."""

    impl = sa.String(10)
    cache_ok = True

    def process_bind_param(self, value: PartialDate | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - its caller's signature
        """Return the text."""
        return None if value is None else value.text

    def process_result_value(self, value: str | None, dialect: Dialect) -> PartialDate | None:  # noqa: ARG002 - its caller's signature
        """Return the value."""
        return None if value is None else _partial(value)


#: Each made once: no value ever changes.
_partial = lru_cache(maxsize=8192)(PartialDate)


class Amount(TypeDecorator[Decimal]):
    """A decimal number, kept as a whole number of thousandths: exact, and added up alike on both databases."""

    impl = sa.BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:  # noqa: ARG002 - its caller's signature
        """Refuse what would be rounded: nobody gave that."""
        if value is None:
            return None
        thousandths = value * 1000
        if thousandths != int(thousandths):
            message = f"{value} has more than three digits after the point"
            raise ValueError(message)
        return int(thousandths)

    def process_result_value(self, value: int | Decimal | None, dialect: Dialect) -> Decimal | None:  # noqa: ARG002 - its caller's signature
        """Return the number."""
        # PostgreSQL answers a sum of such numbers with a decimal one.
        return None if value is None else Decimal(int(value)) / 1000


@dataclass(frozen=True)
class Text:
    """A wording, and since when it is there."""

    text: str
    #: When it was written; of an original, since when it says what it says.
    at: datetime
    #: When somebody said that this translation, as it stands, still says what the original says.
    confirmed_at: datetime | None = None
    #: A machine translated it, and nobody has looked it through.
    by_machine: bool = False

    def __str__(self) -> str:
        """Return the words."""
        return self.text


@dataclass(frozen=True)
class Doubt:
    """Why a translation needs a look, and since when: its original changed, or a machine wrote it."""

    since: datetime
    by_machine: bool


@dataclass(frozen=True)
class Translated:
    """One value of a field: an original and its translations, language code to wording."""

    original: str
    texts: Mapping[str, Text] = field(hash=False)
    #: What readers of each language get (`language.translated`): a text is shown far more often than made.
    wordings: dict[str, Wording] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Raise ValueError if there is no wording in the original's language."""
        if self.original not in self.texts:
            raise ValueError(self.original)
        object.__setattr__(self, "texts", MappingProxyType(dict(self.texts)))

    @classmethod
    def of(cls, original: str, at: datetime, **wordings: str) -> Self:
        """Return a text as somebody wrote it: of("de", now, de="Reise", en="Journey")."""
        return cls(original, {language: Text(words, at) for language, words in wordings.items() if words})

    @property
    def doubts(self) -> Mapping[str, Doubt]:
        """The translations that need a look, language code to why."""
        return {code: doubt for code in self.texts if (doubt := self.doubt(code))}

    def doubt(self, code: str) -> Doubt | None:
        """Return why the translation into a language needs a look, or None."""
        text, origin = self.texts[code], self.texts[self.original]
        if code == self.original:
            return None
        if text.by_machine:
            return Doubt(text.at, by_machine=True)
        # A name that is the same in both languages is right, however old it is.
        is_older = origin.at > max(text.at, text.confirmed_at or text.at) and text.text != origin.text
        return Doubt(origin.at, by_machine=False) if is_older else None

    def revised(self, other: "Translated") -> "Translated":
        """Return the other wording; what it left as it was keeps its moments, unless it confirms it."""
        texts = {code: self._revised(code, new) for code, new in other.texts.items()}
        texts[other.original] = self._origin(other)
        return Translated(other.original, texts)

    def _revised(self, code: str, new: Text) -> Text:
        old = self.texts.get(code)
        if old is None or old.text != new.text:
            return replace(new, confirmed_at=None)
        return old if new.confirmed_at is None else replace(old, confirmed_at=new.confirmed_at, by_machine=False)

    def _origin(self, other: "Translated") -> Text:
        """Return the other's original with the moment since when it says what it says."""
        origin, words = self.texts[self.original], str(other)
        # The words may be the same under another language; or a translation that is sound takes the original's place.
        promoted = self.texts.get(other.original)
        is_same = words == origin.text or (
            promoted is not None and promoted.text == words and self.doubt(other.original) is None
        )
        return Text(words, origin.at if is_same else other.texts[other.original].at)

    @property
    def spellings(self) -> Iterable[str]:
        """Every wording, for search."""
        return [str(text) for text in self.texts.values()]

    def __str__(self) -> str:
        """Return the original words."""
        return str(self.texts[self.original])


class TranslatedType(TypeDecorator[Translated]):
    """Kept as JSON: {"original": "de", "texts": {"de": {"text": …, "at": ISO instant}}}.

    A text holds "confirmed_at" and "by_machine" only where they say something.
    """

    impl = sa.JSON
    cache_ok = True

    def process_bind_param(self, value: Translated | None, dialect: Dialect) -> dict[str, Any] | None:  # noqa: ARG002 - its caller's signature
        """Return the JSON object."""
        if value is None:
            return None
        return {"original": value.original, "texts": {code: _kept(text) for code, text in value.texts.items()}}

    def process_result_value(self, value: dict[str, Any] | None, dialect: Dialect) -> Translated | None:  # noqa: ARG002 - its caller's signature
        """Return the value."""
        return None if value is None else _made(value)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Translated | None] | None:
        """Return what reads a value: of the same text the same, where the database answers with text."""
        return _read if dialect.name == "sqlite" else super().result_processor(dialect, coltype)


@lru_cache(maxsize=4096)
def _read(kept: str | None) -> Translated | None:
    """Take a text apart once: a page shows hundreds, most of them have been shown before, and no value ever changes."""
    value: dict[str, Any] | None = None if kept is None else json.loads(kept)
    return None if value is None else _made(value)


def _made(value: dict[str, Any]) -> Translated:
    # What nearly all texts are kept with is taken by itself: a page asks this hundreds of times.
    known = [
        (code, one["text"], one["at"])
        if len(one) == len(("text", "at"))
        else (code, one["text"], one["at"], one.get("confirmed_at"), one.get("by_machine", False))
        for code, one in value["texts"].items()
    ]
    return _translated(value["original"], *known)


def _kept(text: Text) -> dict[str, Any]:
    kept: dict[str, Any] = {"text": text.text, "at": text.at.astimezone(UTC).isoformat()}
    if text.confirmed_at is not None:
        kept["confirmed_at"] = text.confirmed_at.astimezone(UTC).isoformat()
    if text.by_machine:
        kept["by_machine"] = True
    return kept


@lru_cache(maxsize=4096)
def _translated(original: str, *texts: tuple[Any, ...]) -> Translated:
    """Make a value once: rows are read far more often than written, and no value ever changes."""
    return Translated(original, {code: _text(*known) for code, *known in texts})


def _text(words: str, at: str, confirmed_at: str | None = None, by_machine: bool = False) -> Text:  # noqa: FBT001, FBT002 - of a tuple
    confirmed = datetime.fromisoformat(confirmed_at) if confirmed_at else None
    return Text(words, datetime.fromisoformat(at), confirmed, by_machine)


# ---- rows


class Base(DeclarativeBase):
    """What every table shares."""

    metadata = sa.MetaData(naming_convention=NAMES)
    registry = registry(
        metadata=metadata,
        type_annotation_map={
            datetime: Instant(),
            PartialDate: PartialDateType(),
            Decimal: Amount(),
            Translated: TranslatedType(none_as_null=True),
            dict[str, Any]: sa.JSON(none_as_null=True),
            list[int]: sa.JSON(),
            list[str]: sa.JSON(),
            Enum: sa.Enum(
                Enum,
                native_enum=False,
                create_constraint=True,
                length=40,
                values_callable=lambda words: [word.value for word in words],
            ),
        },
    )
    id: Any


class HeldSession(FlaskSession):
    """A session whose units may share one connection."""

    def get_bind(self, *arguments: Any, **more: Any) -> Engine | Connection:
        """Return the connection that is held, else that of Flask-SQLAlchemy's choice."""
        held: Connection | None = self.info.get("held")
        return super().get_bind(*arguments, **more) if held is None else held


db = SQLAlchemy(model_class=Base, disable_autonaming=True, session_options={"class_": HeldSession})
if TYPE_CHECKING:
    Model = Base
else:
    Model = db.Model


class Editable:
    """A row that people edit: each change counts up its version; it is archived, never deleted."""

    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    archived_at: Mapped[datetime | None]

    @sa.orm.declared_attr.directive
    @classmethod
    def __mapper_args__(cls) -> dict[str, Any]:
        """Let an update fail that somebody else's came before."""
        return {"version_id_col": cls.version}


class Findable:
    """A row that search finds by any of its spellings, kept folded beside it."""

    folded: Mapped[str] = mapped_column(sa.Text)

    def spellings(self) -> Iterable[str]:
        """Return everything one may look for."""
        raise NotImplementedError

    def fold(self) -> None:
        """Keep what search compares."""
        self.folded = fold_all(self.spellings())


def holding(column: sa.SQLColumnExpression[str], folded_words: str) -> sa.ColumnElement[bool]:
    """Match rows that hold every word, wherever it stands in them."""
    return sa.and_(sa.true(), *(column.contains(word, autoescape=True) for word in folded_words.split()))


# ---- units of work

_writing: ContextVar[bool] = ContextVar("writing", default=False)
_held: ContextVar[bool] = ContextVar("held", default=False)


@contextmanager
def writing() -> Iterator[None]:
    """Let what begins in here write. SQLite takes its one pen at once; elsewhere a unit may only read."""
    token = _writing.set(True)
    try:
        yield
    finally:
        _writing.reset(token)


@contextmanager
def one_connection() -> Iterator[None]:
    """Let all units in here go over one connection: to take one for each costs more than many a unit."""
    db.session.rollback()
    with db.engine.connect() as connection:
        db.session.info["held"] = connection
        token = _held.set(True)
        try:
            yield
        finally:
            db.session.rollback()
            _held.reset(token)
            del db.session.info["held"]


def held_connection() -> Connection:
    """Return the connection of `one_connection`."""
    held: Connection = db.session.info["held"]
    return held


def has_one_pen() -> bool:
    """Whether units that write come one after the other, whoever begins them."""
    return db.engine.dialect.name == "sqlite"


def utc_day(instant: sa.SQLColumnExpression[Any]) -> sa.ColumnElement[PartialDate | None]:
    """Return the day of an instant in UTC, as dates are kept that history knows."""
    if db.engine.dialect.name == "sqlite":
        return sa.type_coerce(sa.func.date(instant), PartialDateType())
    return sa.type_coerce(sa.func.to_char(sa.func.timezone("UTC", instant), "YYYY-MM-DD"), PartialDateType())


def days_before(day: sa.ColumnElement[date], days: sa.SQLColumnExpression[Any]) -> sa.ColumnElement[str]:
    """Return the day that lies so many days (each row its own number) before one: "2027-02-16"."""
    if db.engine.dialect.name == "sqlite":
        return sa.func.date(day, sa.literal("-") + sa.cast(days, sa.String) + sa.literal(" days"))
    return sa.func.to_char(day - days, "YYYY-MM-DD")


def measure_tables() -> None:
    """Let the database look what its tables hold, roughly: else it takes each index for as good as another.

    PostgreSQL does so by itself, in its own time. The caller commits.
    """
    if has_one_pen():
        db.session.execute(sa.text("PRAGMA analysis_limit=1000"))
    db.session.execute(sa.text("ANALYZE"))


def is_writing() -> bool:
    """Whether a unit that begins now may write."""
    return _writing.get()


def watch(engine: Engine) -> None:
    """Begin every unit as a reading or a writing one, on either database."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        event.listen(engine, "begin", _begin_postgresql)


def _prepare_sqlite(connection: Any, record: Any) -> None:  # noqa: ANN401, ARG001 - sqlite3's connection through the pool
    connection.isolation_level = None
    for name, value in PRAGMAS.items():
        connection.execute(f"PRAGMA {name}={value}")
    connection.execute("PRAGMA trusted_schema=OFF")


def _begin_sqlite(connection: Connection) -> None:
    wanted = _writing.get()
    # A connection that is held writes all the time: each change makes SQLite prepare all its statements anew.
    if connection.info.get("writes") is not wanted and not (_held.get() and connection.info.get("writes")):
        # A forgotten `writing()` fails at once instead of waiting for a lock that it may never get.
        ready.say(connection, f"PRAGMA query_only={'OFF' if wanted else 'ON'}")
        connection.info["writes"] = wanted
    ready.say(connection, "BEGIN IMMEDIATE" if wanted else "BEGIN")


def _begin_postgresql(connection: Connection) -> None:
    driver: Any = connection.connection.dbapi_connection
    if driver.read_only is not (not _writing.get()):
        driver.read_only = not _writing.get()


def broken_pragmas(engine: Engine) -> dict[str, object]:
    """Return the pragmas that are not as they must be, with what they are. Empty elsewhere than on SQLite."""
    if engine.dialect.name != "sqlite":
        return {}
    with engine.connect() as connection:
        found = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in PRAGMAS}
    return {name: value for name, value in found.items() if value != PRAGMAS[name]}


def insert_new(model: type[Base], values: dict[str, Any]) -> bool:
    """Insert a row where no unique key of it is taken, and say whether it was inserted."""
    result = db.session.execute(_insert_where_new(model, db.engine.dialect.name), values)
    return cast("sa.CursorResult[Any]", result).rowcount == 1


@cache
def _insert_where_new(model: type[Base], database: str) -> sa.Executable:
    """Write it once: building a statement takes longer than running it."""
    insert = sqlite.insert if database == "sqlite" else postgresql.insert
    statement = insert(cast("sa.Table", model.__table__)).on_conflict_do_nothing()
    # PostgreSQL answers with the new key, and then forgets how many rows there were.
    return statement.execution_options(preserve_rowcount=True)


@event.listens_for(Session, "before_flush")
def _fold_what_changed(session: Session, context: object, rows: object) -> None:  # noqa: ARG001 - SQLAlchemy's signature
    for row in (*session.new, *session.dirty):
        if isinstance(row, Findable):
            row.fold()
