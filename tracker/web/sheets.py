"""Lists as files for a spreadsheet: XLSX with typed cells, and CSV as the reader's language splits it.

What one downloads is the list of the page, as it is filtered and sorted there: the same address and `as=xlsx`.
"""

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
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
from xlsxwriter import Workbook

from tracker.db import PartialDate, Translated
from tracker.language import Word, Wording, _, spoken
from tracker.web.background import into
from tracker.web.formats import locale_of, partial_date, plain, reader_zone

Row = TypeVar("Row")
#: What a cell may be given as; each kind of file writes it in its own way.
Value = str | int | Decimal | date | datetime | PartialDate | Translated | Wording | Word | bool | None
#: What is left of it: a word, a number, a day, or a moment on the reader's clock.
Plain = str | int | Decimal | date | datetime

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
_LONGEST_NAME, _LONGEST_CELL = 31, 32_767
_NARROWEST, _WIDEST = 10, 60
#: Excel counts days from here on.
_FIRST_YEAR = 1900
#: Excel's own formats of a day and of a moment: each reader sees them as their machine writes them.
_DAY, _MOMENT = 14, 22


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
    rows = ([[_plain(cells[place]) for place in shown] for cells in sheet.cells(batch)] for batch in batches)
    headings = [str(sheet.headings[place]) for place in shown]
    (_write_xlsx if kind == XLSX else _write_csv)(sheet.title, headings, rows, file)


def _plain(value: Value) -> Plain:
    made: Plain
    match value:
        case None:
            made = ""
        case bool():
            made = _("yes") if value else _("no")
        case Word():
            made = str(value.label)
        case PartialDate():
            made = value.earliest if value.day is not None else partial_date(value)
        case Translated() | Wording():
            made = plain(value)
        case datetime():
            made = value.astimezone(ZoneInfo(reader_zone())).replace(tzinfo=None, microsecond=0)
        case _:
            made = value
    return made


# ---- XLSX


def _write_xlsx(title: str, headings: Sequence[str], batches: Iterable[list[list[Plain]]], file: IO[bytes]) -> None:
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    book = Workbook(file, options)
    page = book.add_worksheet(_NOT_IN_NAMES.sub(" ", title)[:_LONGEST_NAME].strip("' "))
    bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
    numbers = {date: _DAY, datetime: _MOMENT}
    looks: dict[type, Any] = {kind: book.add_format({"num_format": one}) for kind, one in numbers.items()}
    row = 0
    for place, batch in enumerate(_first_empty(batches)):
        if place == 0:
            # Widths stand before the rows: the first of them say how wide.
            for column, heading in enumerate(headings):
                longest = max(len(str(one)) for one in (heading, *(cells[column] for cells in batch)))
                page.set_column(column, column, max(_NARROWEST, min(longest + 2, _WIDEST)))
            for column, heading in enumerate(headings):
                page.write_string(0, column, heading, bold)
            page.freeze_panes(1, 0)
        for cells in batch:
            row += 1
            for column, value in enumerate(cells):
                _put(page, row, column, value, looks)
    if headings:
        page.autofilter(0, 0, row, len(headings) - 1)
    book.close()


def _first_empty(batches: Iterable[list[list[Plain]]]) -> Iterator[list[list[Plain]]]:
    """Yield the batches, and an empty one if there is none."""
    there = False
    for batch in batches:
        there = True
        yield batch
    if not there:
        yield []


def _put(page: Any, row: int, column: int, value: Plain, looks: dict[type, Any]) -> None:  # noqa: ANN401 - xlsxwriter's own
    if isinstance(value, str):
        if value:
            page.write_string(row, column, value[:_LONGEST_CELL])
    elif isinstance(value, (int, Decimal)):
        page.write_number(row, column, value)
    elif value.year < _FIRST_YEAR:
        page.write_string(row, column, value.isoformat(" ") if isinstance(value, datetime) else value.isoformat())
    else:
        page.write_datetime(row, column, value, looks[type(value)])


# ---- CSV


def _write_csv(_title: str, headings: Sequence[str], batches: Iterable[list[list[Plain]]], file: IO[bytes]) -> None:
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
