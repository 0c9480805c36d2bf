"""Workbooks of any length, written row by row as they come: nothing of them is kept in memory, nor on the disk first.

XlsxWriter makes the frame, which is the workbook with its headings and looks; the rows are ours, for most of what a
long list costs is to write its cells.
"""

import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import IO
from zipfile import ZIP_DEFLATED, ZipFile

from xlsxwriter import Workbook
from xlsxwriter.utility import xl_col_to_name

#: What a cell holds: a word, a number, a day, or a moment on somebody's clock.
Cell = str | int | Decimal | date | datetime

#: A page of a workbook has no more rows; what comes then stands on the next.
MOST_ROWS = 1_048_576
_NOT_IN_TITLES = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
_LONGEST_TITLE, _LONGEST_CELL = 31, 32_767
#: A text so long is looked at more closely.
_LONG = 1_000
_NARROWEST, _WIDEST = 10, 60
#: Excel counts days from here on, and takes the year 1900 for a leap year.
_FIRST_YEAR = 1900
_DAY_ZERO, _LEAP = date(1899, 12, 31).toordinal(), 59
#: Excel's own formats of a day and of a moment: each reader sees them as their machine writes them.
_DAY, _MOMENT = 14, 22
#: What XML does not take as it is, and what Excel would read as one of the signs that it does not take.
_SPECIAL = re.compile(r"[&<>\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]|_x[0-9A-Fa-f]{4}_")
_NAMED = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_SHEET = "xl/worksheets/sheet{}.xml"
_STYLE = re.compile(r'<c r="[AB]2" s="(\d+)"')
_SIZE = re.compile(r"<dimension [^>]*/>")
#: Time is dearer than a tenth of the room.
_PACKED = 1


def write(title: str, headings: Sequence[str], batches: Iterable[Sequence[Sequence[Cell]]], file: IO[bytes]) -> None:
    """Write a list with its headings as a workbook, some rows at a time."""
    coming = iter(batches)
    first = next(coming, ())
    book = _Book(_NOT_IN_TITLES.sub(" ", title), headings, _widths(headings, first))
    with ZipFile(file, "w", ZIP_DEFLATED, compresslevel=_PACKED) as package:
        book.fill(package, _chain(first, coming))
        for name, part in book.parts().items():
            if name not in package.NameToInfo:
                package.writestr(name, part)


def _chain(
    first: Sequence[Sequence[Cell]], rest: Iterator[Sequence[Sequence[Cell]]]
) -> Iterator[Sequence[Sequence[Cell]]]:
    yield first
    yield from rest


def _widths(headings: Sequence[str], rows: Sequence[Sequence[Cell]]) -> list[int]:
    """Widths stand before the rows: the first of them say how wide."""
    longest = (
        max(len(str(one)) for one in (heading, *(cells[place] for cells in rows)))
        for place, heading in enumerate(headings)
    )
    return [max(_NARROWEST, min(one + 2, _WIDEST)) for one in longest]


@dataclass
class _Book:
    """A workbook while it is written: what stands around its rows depends on how many there are."""

    title: str
    headings: Sequence[str]
    widths: Sequence[int]
    #: The rows of each page so far.
    rows: list[int] = field(default_factory=list)

    def fill(self, package: ZipFile, batches: Iterator[Sequence[Sequence[Cell]]]) -> None:
        """Write page after page, until there are no more rows."""
        left: Sequence[Sequence[Cell]] | None = next(batches, ())
        while left is not None:
            self.rows.append(0)
            head, looks = self._head()
            with package.open(_SHEET.format(len(self.rows)), "w") as page:
                page.write(head.encode())
                write_rows = _row_writer(len(self.headings), looks)
                while left is not None and self.rows[-1] + 1 < MOST_ROWS:
                    fitting = left[: MOST_ROWS - 1 - self.rows[-1]]
                    page.write(write_rows(fitting, self.rows[-1] + 2).encode())
                    self.rows[-1] += len(fitting)
                    left = left[len(fitting) :] or next(batches, None)
                page.write(self._tail().encode())

    def parts(self) -> dict[str, bytes]:
        """Return all of the workbook but its rows, as XlsxWriter packs it."""
        file = io.BytesIO()
        book = Workbook(file, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        day, moment = (book.add_format({"num_format": number}) for number in (_DAY, _MOMENT))
        for number, rows in enumerate(self.rows, 1):
            mark = f" {number}" if number > 1 else ""
            page = book.add_worksheet(self.title[: _LONGEST_TITLE - len(mark)].strip("' ") + mark)
            for column, (heading, width) in enumerate(zip(self.headings, self.widths, strict=True)):
                page.set_column(column, column, width)
                page.write_string(0, column, heading, bold)
            # Not to be read: they tell by which numbers the looks of a day and of a moment go.
            page.write_blank(1, 0, None, day)
            page.write_blank(1, 1, None, moment)
            page.freeze_panes(1, 0)
            if self.headings:
                page.autofilter(0, 0, rows, len(self.headings) - 1)
        book.close()
        with ZipFile(file) as package:
            return {name: package.read(name) for name in package.namelist()}

    def _frame(self) -> str:
        return self.parts()[_SHEET.format(len(self.rows))].decode()

    def _head(self) -> tuple[str, dict[type, str]]:
        frame = self._frame()
        day, moment = _STYLE.findall(frame)
        return _SIZE.sub("", frame[: frame.index('<row r="2"')]), {date: day, datetime: moment}

    def _tail(self) -> str:
        frame = self._frame()
        return frame[frame.index("</sheetData>") :]


def _row_writer(columns: int, looks: dict[type, str]) -> Callable[[Sequence[Sequence[Cell]], int], str]:
    """Return what writes rows, the first of them with a number, as XML."""
    begins = [f'<c r="{xl_col_to_name(column)}' for column in range(columns)]

    def other(begin: str, number: int, value: Cell) -> str:
        if isinstance(value, str):
            return f'{begin}{number}" t="inlineStr"><is><t xml:space="preserve">{_text(value)}</t></is></c>'
        if not isinstance(value, date):
            return f'{begin}{number}"><v>{value}</v></c>'
        if value.year < _FIRST_YEAR:
            words = value.isoformat(" ") if isinstance(value, datetime) else value.isoformat()
            return f'{begin}{number}" t="inlineStr"><is><t>{words}</t></is></c>'
        return f'{begin}{number}" s="{looks[type(value)]}"><v>{_serial(value)}</v></c>'

    def rows(batch: Sequence[Sequence[Cell]], number: int) -> str:
        written: list[str] = []
        put = written.append
        special = _SPECIAL.search
        for line, cells in enumerate(batch, number):
            put(f'<row r="{line}">')
            for begin, value in zip(begins, cells, strict=True):
                if value == "":
                    continue
                # What nearly all cells are; a space at either end has to be asked for.
                if (
                    type(value) is str
                    and not special(value)
                    and value[0] > " "
                    and value[-1] > " "
                    and len(value) < _LONG
                ):
                    put(f'{begin}{line}" t="inlineStr"><is><t>{value}</t></is></c>')
                else:
                    put(other(begin, line, value))
            put("</row>")
        return "".join(written)

    return rows


def _text(value: str) -> str:
    return _SPECIAL.sub(_escaped, value[:_LONGEST_CELL])


def _escaped(found: re.Match[str]) -> str:
    sign = found[0]
    if len(sign) > 1:
        return f"_x005F{sign}"
    return _NAMED.get(sign) or f"_x{ord(sign):04X}_"


def _serial(day: date) -> str:
    """Return a day or a moment as Excel counts."""
    days = day.toordinal() - _DAY_ZERO
    days += days > _LEAP
    if not isinstance(day, datetime):
        return str(days)
    return repr(days + (day.hour * 3600 + day.minute * 60 + day.second) / 86_400)
