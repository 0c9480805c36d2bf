"""What the files hold, as JSON Schema: taken from the tables, their remarks and their list of columns.

Whoever fills an installation reads from it which release made the files and which columns stand in them; what the
values may be, the database of that release knows itself.
"""

import inspect
import json
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa

from tracker.db import Amount, PartialDateType, TranslatedType, db
from tracker.language import Word, speaking
from tracker.locations import PACKAGE
from tracker.portability import cells
from tracker.portability.rules import TABLES_LEFT_OUT, is_kept
from tracker.refusal import Refused

#: Counts up when older releases can no longer read the files.
FORMAT = 1
#: One that describes a hundred tables is no longer than this.
LONGEST = 8 * 2**20
_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_NAME = re.compile(r"[a-z][a-z_0-9]{0,59}")
_REMARK = re.compile(r"\s*#: ?(.*)")
_COLUMN = re.compile(r"\s+(\w+): Mapped\[")
_PARTIAL = r"^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$"
_KINDS: tuple[tuple[type[Any], str], ...] = (
    (TranslatedType, "translated"),
    (Amount, "amount"),
    (PartialDateType, "partial date"),
    (sa.DateTime, "instant"),
    (sa.Date, "date"),
    (sa.Time, "time"),
    (sa.Boolean, "boolean"),
    (sa.JSON, "json"),
    (sa.Integer, "integer"),
)
#: JSON Schema of the values of a kind, once they were read.
_SCHEMAS: dict[str, dict[str, Any]] = {
    "integer": {"type": "integer"},
    "amount": {"type": "number", "multipleOf": 0.001},
    "text": {"type": "string"},
    "zone": {"type": "string"},
    "partial date": {"type": "string", "pattern": _PARTIAL},
    "instant": {"type": "string", "format": "date-time"},
    "date": {"type": "string", "format": "date"},
    "time": {"type": "string", "pattern": "^[0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?$"},
    "boolean": {"type": "boolean"},
    "json": {"type": ["array", "object"]},
}
INDEX_HEADINGS = ("path", "sha256", "size_bytes", "small_of", "hangs_on", "name")
_INDEX = {
    "path": {"type": ["string", "null"], "description": "The file in this archive; empty: it was lost before."},
    "sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$", "description": "Of its bytes, in hexadecimal digits."},
    "size_bytes": {"type": "integer"},
    "small_of": {"type": ["string", "null"], "description": "Of a small picture: the sha256 of the picture itself."},
    "hangs_on": {"type": ["string", "null"], "description": 'For people: what it hangs on, such as "project:12".'},
    "name": {"type": ["string", "null"], "description": "For people: what it is called there."},
}


@dataclass(frozen=True)
class Column:
    """A column of a table, and the columns of the file that hold it."""

    name: str
    kind: str
    headings: tuple[str, ...]
    #: The words that are allowed; none of them are listed if any text is.
    words: tuple[str, ...] = ()
    #: The table and the column of it in which the value has to stand.
    refers: tuple[str, str] | None = None


@dataclass(frozen=True)
class Table:
    """A table that leaves."""

    name: str
    columns: tuple[Column, ...]

    @property
    def path(self) -> str:
        """Its file."""
        return path_of(self.name)

    @property
    def headings(self) -> list[str]:
        """The columns of its file."""
        return [heading for column in self.columns for heading in column.headings]


@dataclass(frozen=True)
class Description:
    """What files of an office say of themselves."""

    release: str
    revision: str
    made_at: datetime
    tables: tuple[Table, ...]


def path_of(table: str) -> str:
    """Return the file of a table."""
    return f"tables/{table}.csv"


# ---- out


def tables() -> list[Table]:
    """Return what leaves, as the models have it, those first that others refer to."""
    return [
        Table(one.name, tuple(_column(column) for column in one.columns if _leaves(column)))
        for one in db.metadata.sorted_tables
        if one.name not in TABLES_LEFT_OUT
    ]


def _leaves(column: sa.Column[Any]) -> bool:
    # Bytes are nothing for people or other programs; documents leave as files.
    return is_kept(column.table.name, column.name) and not isinstance(column.type, sa.LargeBinary)


def _column(column: sa.Column[Any]) -> Column:
    kind = _kind(column)
    words = tuple(column.type.enums) if isinstance(column.type, sa.Enum) else ()
    refers = next(((key.column.table.name, key.column.name) for key in column.foreign_keys), None)
    return Column(column.name, kind, cells.headings_of(column.name, kind), words, refers)


def _kind(column: sa.Column[Any]) -> str:
    of = column.type
    inner = of.impl_instance if isinstance(of, sa.TypeDecorator) else of
    found = next((kind for made, kind in _KINDS if isinstance(of, made) or isinstance(inner, made)), "text")
    return "zone" if (found, column.name) == ("text", "zone") else found


def as_json(said: Description, title: str) -> str:
    """Return the whole description."""
    with speaking("en"):
        files = {table.path: _of_table(table) for table in said.tables}
    index = {"type": "object", "properties": _INDEX, "required": list(_INDEX)}
    files["documents/index.csv"] = {
        "type": "array",
        "description": "The documents: each file of the folder, and where in the tables it belongs.",
        "items": index,
    }
    schema = {
        "$schema": _DRAFT,
        "title": title,
        "description": "Each file as a list of its lines, as objects, once README.txt was followed.",
        "x-tracker": {
            "format": FORMAT,
            "release": said.release,
            "revision": said.revision,
            "made_at": said.made_at.isoformat(),
        },
        "type": "object",
        "properties": files,
        "required": list(files),
    }
    return json.dumps(schema, ensure_ascii=False, indent=1)


def _of_table(table: Table) -> dict[str, Any]:
    made = db.metadata.tables[table.name]
    listed = _listed().get(table.name, {})
    model = _models().get(table.name)
    remarks = dict(_remarks(model)) if model else {}
    properties: dict[str, Any] = {}
    for column in table.columns:
        properties |= _of_column(made.columns[column.name], column, remarks.get(column.name, ""))
        if column.name in listed.get("personal", {}):
            for heading in column.headings:
                properties[heading]["x-personal"] = True
    facts = {f"x-{name}": listed[name] for name in ("purpose", "basis", "kept") if name in listed}
    said = {"description": _sentence(model)} if model and model.__doc__ else {}
    return {
        "type": "array",
        **said,
        "x-columns": [[column.name, column.kind, list(column.headings)] for column in table.columns],
        "x-key": [column.name for column in made.primary_key],
        **facts,
        "items": {"type": "object", "properties": properties, "required": table.headings},
    }


def _of_column(made: sa.Column[Any], column: Column, remark: str) -> dict[str, dict[str, Any]]:
    if column.kind == "translated":
        return _of_languages(made, column, remark)
    schema = dict(_SCHEMAS[column.kind])
    length = getattr(made.type, "length", None)
    if column.words:
        labels = _labels(made)
        schema |= {"enum": [*column.words, *([None] if made.nullable else [])]}
        schema |= {"x-labels": labels} if labels else {}
    elif column.kind in {"text", "zone"} and length:
        schema["maxLength"] = length
    said = remark
    if column.refers:
        of, key = column.refers
        schema["x-refers"] = column.refers
        said = f"{remark} The {key} of a line in {path_of(of)}.".strip()
    return {column.headings[0]: _said(schema, said, nullable=bool(made.nullable))}


def _of_languages(made: sa.Column[Any], column: Column, remark: str) -> dict[str, dict[str, Any]]:
    first, *words, more = column.headings
    original = _said(
        {"type": "string"}, f"The language it was written in. {remark}".strip(), nullable=bool(made.nullable)
    )
    told = "Since when each wording says what it says, and who looked it through; the words in any other language."
    return {
        first: original,
        **{heading: _said({"type": "string"}, remark, nullable=True) for heading in words},
        more: _said({"type": "object"}, told, nullable=True),
    }


def _said(schema: dict[str, Any], description: str, *, nullable: bool) -> dict[str, Any]:
    if nullable and "type" in schema:
        kinds = schema["type"]
        schema["type"] = [*(kinds if isinstance(kinds, list) else [kinds]), "null"]
    return {"description": description, **schema} if description else schema


def _labels(made: sa.Column[Any]) -> dict[str, str]:
    kind = getattr(made.type, "enum_class", None)
    return {word.value: str(word.label) for word in kind} if kind and issubclass(kind, Word) else {}


@cache
def _listed() -> dict[str, Any]:
    return tomllib.loads((PACKAGE / "privacy" / "columns.toml").read_text(encoding="utf-8"))


@cache
def _models() -> dict[str, type[Any]]:
    return {mapper.local_table.name: mapper.class_ for mapper in db.Model.registry.mappers}  # type: ignore[attr-defined]


def _sentence(model: type[Any]) -> str:
    return " ".join(inspect.cleandoc(model.__doc__ or "").split())


def _remarks(model: type[Any]) -> tuple[tuple[str, str], ...]:
    """Return what stands above columns of a model, and of what it shares with others."""
    return tuple(
        found for one in reversed(model.__mro__) if one.__module__.startswith("tracker.") for found in _remarks_in(one)
    )


def _remarks_in(model: type[Any]) -> Iterator[tuple[str, str]]:
    try:
        lines = inspect.getsource(model).splitlines()
    except OSError:  # installed without its source
        return
    remark: list[str] = []
    for line in lines:
        if words := _REMARK.fullmatch(line):
            remark.append(words[1])
        else:
            if remark and (column := _COLUMN.match(line)):
                yield column[1], " ".join(remark)
            remark = []


# ---- in


def read(text: bytes) -> Description:
    """Read what files say of themselves. Raises Refused for what is none of ours, or of a newer release."""
    try:
        said = json.loads(text)
        facts = said["x-tracker"]
        if facts["format"] > FORMAT:
            raise Refused(f"These files were made by a newer release ({facts['release']}); please fill with that.")
        made_at = datetime.fromisoformat(facts["made_at"])
        found = [_read_table(path, one) for path, one in said["properties"].items() if path.startswith("tables/")]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise Refused("schema.json cannot be read; please leave it as it was.") from None
    if made_at.tzinfo is None:
        raise Refused("schema.json cannot be read; please leave it as it was.")
    return Description(str(facts["release"]), str(facts["revision"]), made_at, tuple(found))


def _read_table(path: str, said: dict[str, Any]) -> Table:
    name = path.removeprefix("tables/").removesuffix(".csv")
    properties = said["items"]["properties"]
    columns = [
        _read_column(str(column), str(kind), tuple(map(str, headings)), properties[headings[0]])
        for column, kind, headings in said["x-columns"]
    ]
    if not all(is_kept(name, column.name) for column in columns):
        raise Refused(f"{path} says what never leaves an office; please leave schema.json as it was.")
    names = [name, *(column.name for column in columns), *(one for column in columns for one in column.refers or ())]
    if path_of(name) != path or not all(map(_NAME.fullmatch, names)) or {one.kind for one in columns} - cells.KINDS:
        raise ValueError(path)
    headings = [heading for column in columns for heading in column.headings]
    if len(set(headings)) != len(headings) or any(
        (one.kind == "translated") < (len(one.headings) > 1) for one in columns
    ):
        raise ValueError(path)
    return Table(name, tuple(columns))


def _read_column(name: str, kind: str, headings: tuple[str, ...], schema: dict[str, Any]) -> Column:
    words = tuple(str(word) for word in schema.get("enum", ()) if word is not None)
    refers = schema.get("x-refers")
    return Column(name, kind, headings, words, (str(refers[0]), str(refers[1])) if refers else None)
