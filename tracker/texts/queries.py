"""Texts in several languages, wherever they are kept: found by the columns of all tables."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from tracker.db import Base, Model, Translated, TranslatedType, db
from tracker.language import LANGUAGES, Word
from tracker.texts.rules import Concern, TextKind

#: What names a row in the address of its form, where that is not its id.
_ADDRESSES = {"pillar_text": "pillar"}
#: What a row is called, if that is a text in several languages.
_NAMES = ("title", "name")


@dataclass(frozen=True)
class TextColumn:
    """A column that holds texts in several languages."""

    model: type[Model]
    name: str

    @property
    def kind(self) -> str:
        """Its table: "project"."""
        return str(self.model.__tablename__)

    @property
    def key(self) -> str:
        """Its name with that of its table: "project.title"."""
        return f"{self.kind}.{self.name}"

    @property
    def values(self) -> sa.SQLColumnExpression[Translated]:
        """The column itself."""
        column: sa.SQLColumnExpression[Translated] = getattr(self.model, self.name)
        return column


@dataclass(frozen=True)
class FoundText:
    """A text with the row it belongs to."""

    kind: str
    name: str
    #: What names its row in the address of its form: the id, or a word.
    address: int | Word
    text: Translated
    #: The title or the name of its row, if that has one.
    called: Translated | None


def columns() -> list[TextColumn]:
    """Return every column that holds such texts, what most people read first."""
    order = [str(kind) for kind in TextKind]
    found = [
        TextColumn(mapper.class_, attribute.key)
        for mapper in Base.registry.mappers
        for attribute in mapper.column_attrs
        if isinstance(attribute.columns[0].type, TranslatedType)
    ]
    # Sorting keeps the columns of a table in their order.
    return sorted(found, key=lambda one: (order.index(one.kind) if one.kind in order else len(order), one.kind))


def listed(among: Sequence[TextColumn], concern: Concern, language: str | None = None) -> sa.Select[Any]:
    """Return keys ("project.title:12"), place and id of texts that need something, perhaps in one language."""
    parts = [_needing(one, place, concern, language) for place, one in enumerate(among)]
    return sa.select(sa.union_all(*parts).subquery("needing"))


def _needing(column: TextColumn, place: int, concern: Concern, language: str | None) -> sa.Select[Any]:
    model, value = column.model, sa.type_coerce(column.values, sa.JSON)
    query = sa.select(
        (sa.literal(f"{column.key}:") + sa.cast(model.id, sa.String)).label("key"),
        sa.literal(place).label("place"),
        model.id.label("id"),
    ).where(column.values.is_not(None), (_doubted if concern is Concern.DOUBTED else _missing)(value, language))
    archived_at = getattr(model, "archived_at", None)
    return query if archived_at is None else query.where(archived_at.is_(None))


def _missing(value: Any, language: str | None) -> sa.ColumnElement[bool]:  # noqa: ANN401 - a JSON column
    """Match texts that have no wording in a language."""
    wanted = [language] if language else LANGUAGES
    return sa.or_(*(value["texts"][code]["text"].as_string().is_(None) for code in wanted))


def _doubted(value: Any, language: str | None) -> sa.ColumnElement[bool]:  # noqa: ANN401 - a JSON column
    """Match texts with a translation that needs a look, as `Translated.doubt` says it.

    Moments are kept as text of one shape, which sorts as they do.
    """
    texts = sa.func.json_each(value["texts"]).table_valued(
        sa.column("key", sa.String), sa.column("value", sa.JSON), name="translation"
    )
    text, original = texts.c.value, value["original"].as_string()
    written_at, confirmed_at = text["at"].as_string(), text["confirmed_at"].as_string()
    is_older = sa.and_(
        _of_original(value, "at") > sa.func.coalesce(confirmed_at, written_at),
        _of_original(value, "at") > written_at,
        _of_original(value, "text") != text["text"].as_string(),
    )
    return sa.exists().where(
        texts.c.key == language if language else sa.true(),
        texts.c.key != original,
        sa.or_(text["by_machine"].as_string().is_not(None), is_older),
    )


def _of_original(value: Any, what: str) -> sa.ColumnElement[str]:  # noqa: ANN401 - a JSON column
    original = value["original"].as_string()
    return sa.case(*((original == code, value["texts"][code][what].as_string()) for code in LANGUAGES))


def found(keys: Iterable[str], among: Collection[TextColumn]) -> list[FoundText]:
    """Return the texts of keys, in their order; one query for each table."""
    asked = [_parts(key) for key in keys]
    rows = {
        kind: _rows([one for one in among if one.kind == kind], {row_id for of, _name, row_id in asked if of == kind})
        for kind in {kind for kind, _name, _row_id in asked}
    }
    return [
        FoundText(kind, name, row["address"], row[name], next((row[one] for one in _NAMES if one in row), None))
        for kind, name, row_id in asked
        if (row := rows[kind].get(row_id))
    ]


def _parts(key: str) -> tuple[str, str, int]:
    column, _colon, row_id = key.partition(":")
    kind, _dot, name = column.partition(".")
    return kind, name, int(row_id)


def _rows(of: Sequence[TextColumn], ids: Collection[int]) -> dict[int, Mapping[str, Any]]:
    model = of[0].model
    address = getattr(model, _ADDRESSES.get(of[0].kind, "id")).label("address")
    texts: list[sa.Label[Any]] = [one.values.label(one.name) for one in of]
    query = sa.select(model.id.label("row_id"), address, *texts).where(model.id.in_(sorted(ids)))
    return {row["row_id"]: dict(row) for row in db.session.execute(query).mappings()}
