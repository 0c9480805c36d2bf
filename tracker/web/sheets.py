"""Lists as files for a spreadsheet: XLSX with typed cells, and CSV as the reader's language splits it.

What one downloads is the list of the page, as it is filtered and sorted there: the same address and `as=xlsx`.
"""

import csv
import io
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import IO, Any, Generic, TypeVar
from zoneinfo import ZoneInfo

from babel.dates import format_skeleton
from babel.numbers import format_decimal
from flask import request, send_file
from sqlalchemy.sql.base import ExecutableOption
from werkzeug import Response

from tracker.db import PartialDate, Translated
from tracker.language import Word, Wording, _, spoken
from tracker.web import xlsx
from tracker.web.background import into
from tracker.web.formats import locale_of, partial_date, reader_zone
from tracker.web.xlsx import Cell

Row = TypeVar("Row")
#: What a cell may be given as; each kind of file writes it in its own way.
Value = str | int | Decimal | date | datetime | PartialDate | Translated | Wording | Word | bool | None
#: What is left of it: a word, a number, a day, or a moment on the reader's clock.
Plain = Cell

XLSX, CSV = "xlsx", "csv"
TYPES = {XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", CSV: "text/csv"}
#: Rows that are read and written at once.
BATCH = 500
#: Programs take a text for a formula by its first character; which character begins a cell depends on where they split.
FORMULA_SIGNS = r"=+\-@\uff1d\uff0b\uff0d\uff20"
CELL_BEGINS = r"(^|[;,\t\r\n])(\s*)"
_FORMULA = re.compile(rf"{CELL_BEGINS}(?=[{FORMULA_SIGNS}])")
HARMLESS = re.compile(r"\+[\d ()/-]+|-?\d+([.,]\d+)?")
#: Where numbers have a decimal comma, lists are split at semicolons.
_WITH_POINT = frozenset({"en"})
_NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\\x00-\x1f]")


@dataclass(frozen=True)
class Sheet(Generic[Row]):
    """What a list holds as a file."""

    title: str
    #: The headings; None leaves out a column that this reader may not see.
    headings: Sequence[str | None]
    #: The cells of some rows together, so that what belongs to all of them is asked for once.
    cells: Callable[[Sequence[Row]], Iterable[Sequence[Value]]] = field(repr=False)
    #: What the file needs of its rows besides what the page does.
    options: Sequence[ExecutableOption] = ()


def asked() -> str | None:
    """Return "xlsx" or "csv" if the address wants a file."""
    kind = request.args.get("as", "")
    return kind if kind in TYPES else None


def download(sheet: Sheet[Row], batches: Iterable[Sequence[Row]], kind: str) -> Response:
    """Answer with a list as a file, or have it written where the worker wants it."""
    if (where := into()) is not None:
        where.is_list = True
        if where.file is not None:
            try:
                write(sheet, where.counted(batches), kind, where.file)
            except Exception as error:  # noqa: BLE001 - handed on to who wanted it
                where.trouble = error
        return Response(status=204)
    file = io.BytesIO()
    write(sheet, batches, kind, file)
    file.seek(0)
    return send_file(file, mimetype=TYPES[kind], as_attachment=True, download_name=name_of(sheet, kind))


def name_of(sheet: Sheet[Any], kind: str) -> str:
    """Return what the file of a list is called."""
    return f"{_NOT_IN_NAMES.sub(' ', sheet.title)[:150]}.{kind}"


def write(sheet: Sheet[Row], batches: Iterable[Sequence[Row]], kind: str, file: IO[bytes]) -> None:
    """Write a list into a file, some rows at a time."""
    shown = [place for place, heading in enumerate(sheet.headings) if heading is not None]
    row = _Shown().row
    everything = len(shown) == len(sheet.headings)
    rows = (
        [row(cells if everything else [cells[place] for place in shown]) for cells in sheet.cells(batch)]
        for batch in batches
    )
    headings = [str(sheet.headings[place]) for place in shown]
    if kind == XLSX:
        xlsx.write(sheet.title, headings, rows, file)
    else:
        _write_csv(headings, rows, file)


class _Shown:
    """Makes of values what a cell holds, for one reader: what each kind becomes is looked up once."""

    def __init__(self) -> None:
        self._language, self._zone = spoken(), ZoneInfo(reader_zone())
        self._yes, self._no = _("yes"), _("no")
        # Two words of different kinds are equal where their keys are.
        self._labels: dict[tuple[type, str], str] = {}
        self._ways: dict[type, Callable[[Any], Plain]] = {
            type(None): lambda _value: "",
            bool: lambda value: self._yes if value else self._no,
            PartialDate: lambda value: value.earliest if value.day is not None else partial_date(value),
            Translated: self._translated,
            Wording: str,
            datetime: lambda value: value.astimezone(self._zone).replace(tzinfo=None, microsecond=0),
        }

    def row(self, cells: Iterable[Value]) -> list[Plain]:
        """Return the cells of a row."""
        ways = self._ways
        return [value if type(value) is str else (ways.get(type(value)) or self._way(value))(value) for value in cells]

    def _way(self, value: Value) -> Callable[[Any], Plain]:
        way: Callable[[Any], Plain] = self._label if isinstance(value, Word) else _as_it_is
        return self._ways.setdefault(type(value), way)

    def _translated(self, value: Translated) -> str:
        texts = value.texts
        return str(texts[self._language if self._language in texts else value.original])

    def _label(self, value: Word) -> str:
        key = (type(value), str(value.value))
        if key not in self._labels:
            self._labels[key] = str(value.label)
        return self._labels[key]


def _as_it_is(value: Plain) -> Plain:
    return value


# ---- CSV


def _write_csv(headings: Sequence[str], batches: Iterable[list[list[Plain]]], file: IO[bytes]) -> None:
    # Spreadsheets take a text for UTF-8 if it begins with this mark.
    words = io.TextIOWrapper(file, encoding="utf-8-sig", newline="", write_through=True)
    mark = "," if spoken() in _WITH_POINT else ";"
    out = csv.writer(words, delimiter=mark, lineterminator="\r\n", quoting=csv.QUOTE_MINIMAL)
    out.writerow([harmless(heading) for heading in headings])
    for batch in batches:
        out.writerows([[_written(value) for value in cells] for cells in batch])
    words.flush()
    words.detach()


def _written(value: Plain) -> str:
    if isinstance(value, str):
        return harmless(value)
    if isinstance(value, datetime):
        return f"{_day(value.date(), spoken())} {value:%H:%M}"
    if isinstance(value, date):
        return _day(value, spoken())
    # Without signs between thousands: spreadsheets would take those for letters.
    return format_decimal(value, locale=locale_of(spoken()), group_separator=False)


@lru_cache(maxsize=4096)
def _day(day: date, language: str) -> str:
    """Return "16.04.2027" as the language writes it: what spreadsheets take for a date."""
    return format_skeleton("yMMdd", day, locale=locale_of(language))


def harmless(text: str) -> str:
    """Return a text that no program takes for a formula, wherever it splits lines: an apostrophe goes before it."""
    text = text.replace("\0", "")
    if not text or HARMLESS.fullmatch(text):
        return text
    return _FORMULA.sub(r"\1\2'", text)
