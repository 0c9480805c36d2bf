"""Take a spreadsheet apart, as a process of its own: what breaks or swells here takes nothing else with it.

Reads the file from standard input and how it is to be read from the first argument (JSON), and writes JSON:
{"format", "encoding", "delimiter", "sheets", "sheet", "rows": [[text]]} or {"refused": why}. It loads no other module
of the program, for each file starts it anew.
"""

import csv
import io
import json
import sys
import zipfile
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from charset_normalizer import from_bytes
from python_calamine import CalamineError, CalamineWorkbook, PasswordError

#: Not everywhere.
resource: Any = import_module("resource") if find_spec("resource") else None

MOST_ROWS, MOST_COLUMNS, LONGEST_CELL = 20_000, 60, 5_000
MOST_UNPACKED, MOST_PARTS, MOST_MEMORY, MOST_SECONDS = 150_000_000, 5_000, 1_000_000_000, 30
_LIST = "META-INF/manifest.xml"
OLD = b"\xd0\xcf\x11\xe0"
MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
#: What spreadsheets of these countries write besides UTF-8.
ENCODINGS = ("utf-8", "cp1250", "cp1252", "iso8859_2", "iso8859_15", "utf-16")
DELIMITERS = (";", "\t", ",", "|")


class RefusedFileError(Exception):
    """It cannot be read; the argument says why."""


def main() -> None:
    """Take apart what comes in."""
    asked = json.loads(sys.argv[1])
    _limit()
    try:
        found = taken_apart(sys.stdin.buffer.read(), **asked)
    except RefusedFileError as refused:
        found = {"refused": str(refused)}
    except MemoryError:
        found = {"refused": "bomb"}
    sys.stdout.buffer.write(json.dumps(found).encode())


def _limit() -> None:
    if resource is None:
        return
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))


def taken_apart(
    content: bytes, *, encoding: str | None = None, delimiter: str | None = None, sheet: int | None = None
) -> dict[str, Any]:
    """Return the rows of a file as texts, and how it was read. What is None is found out."""
    if content.startswith(OLD):
        raise RefusedFileError("old")
    if content.startswith(b"PK"):
        return _workbook(content, sheet)
    return _text(content, encoding, delimiter)


# ---- XLSX and ODS


def _workbook(content: bytes, wanted: int | None) -> dict[str, Any]:
    names = _parts(content)
    kind = "xlsx" if "xl/workbook.xml" in names else "ods" if "content.xml" in names else None
    if kind is None:
        raise RefusedFileError("kind")
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        sheets = list(book.sheet_names)
        if not sheets:
            raise RefusedFileError("empty")
        chosen = wanted if wanted is not None and wanted < len(sheets) else _fullest(book, sheets)
        page = book.get_sheet_by_index(chosen)
        if page.total_width > 16 * MOST_COLUMNS:
            raise RefusedFileError("columns")
        rows = _few(_filled(page))
    except PasswordError:
        raise RefusedFileError("password") from None
    except (CalamineError, ValueError, OSError, zipfile.BadZipFile):
        raise RefusedFileError("broken") from None
    return {"format": kind, "encoding": None, "delimiter": None, "sheets": sheets, "sheet": chosen, "rows": rows}


def _parts(content: bytes) -> set[str]:
    """Return the names of what is packed in a file, if it unpacks to no more than a spreadsheet does."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            parts = packed.infolist()
            if len(parts) > MOST_PARTS or sum(one.file_size for one in parts) > MOST_UNPACKED:
                raise RefusedFileError("bomb")
            if any(one.flag_bits & 1 for one in parts):
                raise RefusedFileError("password")
            unpacked = 0
            for one in parts:
                # What a part says of its size may be a lie.
                with packed.open(one) as part:
                    while block := part.read(1 << 20):
                        unpacked += len(block)
                        if unpacked > MOST_UNPACKED:
                            raise RefusedFileError("bomb")
            names = {one.filename for one in parts}
            # An ODS file with a password says so here, of each of its parts.
            if _LIST in names and b"encryption-data" in packed.read(_LIST):
                raise RefusedFileError("password")
            return names
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, ValueError):
        raise RefusedFileError("broken") from None


def _fullest(book: CalamineWorkbook, sheets: list[str]) -> int:
    """Return the first sheet with something in it."""
    return next((place for place in range(len(sheets)) if book.get_sheet_by_index(place).total_height), 0)


def _filled(page: Any) -> Iterator[list[str]]:  # noqa: ANN401 - calamine's own
    """Yield the rows as texts; what stands in merged cells stands in each of them."""
    # A sheet may go on for a million rows in which nothing stands.
    rows = [[_said(cell) for cell in row] if row.count("") < len(row) else [] for row in page.iter_rows()]
    for (first_row, first_column), (last_row, last_column) in page.merged_cell_ranges or ():
        for cells in rows[first_row : last_row + 1]:
            for column in range(first_column, min(last_column + 1, len(cells))):
                cells[column] = rows[first_row][first_column]
    yield from rows


def _said(cell: object) -> str:
    """Return a cell as a text: days as 2027-04-16, whole numbers without a point."""
    if isinstance(cell, bool):
        return "1" if cell else "0"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)  # noqa: PLR2004 - exact so far
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(" ", "minutes")
    if isinstance(cell, (date, time)):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        return str(cell)
    return str(cell)[: LONGEST_CELL + 1]


# ---- CSV


def _text(content: bytes, encoding: str | None, delimiter: str | None) -> dict[str, Any]:
    marked = next((code for mark, code in MARKS if content.startswith(mark)), None)
    code = encoding or marked or _encoding(content)
    if code is None:
        raise RefusedFileError("kind")
    try:
        text = content.decode("utf-8-sig" if code == "utf-8" else code)
    except UnicodeDecodeError:
        raise RefusedFileError("encoding") from None
    if "\0" in text:
        raise RefusedFileError("kind")
    mark = delimiter or _delimiter(text)
    csv.field_size_limit(10 * LONGEST_CELL)
    try:
        lines = csv.reader(io.StringIO(text, newline=""), delimiter=mark)
        rows = _few([cell[: LONGEST_CELL + 1] for cell in row] for row in lines)
    except csv.Error:
        raise RefusedFileError("broken") from None
    code = "utf-8" if code == "utf-8-sig" else code
    return {"format": "csv", "encoding": code, "delimiter": mark, "sheets": [], "sheet": None, "rows": rows}


def _encoding(content: bytes) -> str | None:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        pass
    else:
        return "utf-8"
    if b"\0" in content[:4096]:
        return _without_mark(content)
    best = from_bytes(content[:200_000], cp_isolation=["cp1250", "cp1252", "iso8859_2", "iso8859_15"]).best()
    return best.encoding if best else None


def _without_mark(content: bytes) -> str | None:
    """UTF-16 without its mark has a nought in every second byte of plain letters."""
    even, odd = content[0:4096:2].count(0), content[1:4096:2].count(0)
    half = min(len(content), 4096) // 4
    return "utf-16-le" if odd > half > even else "utf-16-be" if even > half > odd else None


def _delimiter(text: str) -> str:
    """Return what parts most lines into equally many cells."""
    lines = [line for line in text.splitlines()[:30] if line.strip()]

    def evenness(mark: str) -> tuple[int, int]:
        counts = [line.count(mark) for line in lines]
        usual = max(set(counts), key=counts.count) if counts else 0
        return (counts.count(usual) if usual else 0, usual)

    return max(DELIMITERS, key=evenness)


def _few(rows: Iterable[list[str]]) -> list[list[str]]:
    """Return the rows to the last that holds something, if they are no more than can be taken over."""
    kept: list[list[str]] = []
    filled = blank = 0
    for row in rows:
        cells = [cell.strip() for cell in row] if any(row) else []
        while cells and not cells[-1]:
            cells.pop()
        if not cells:
            blank += 1
            continue
        if len(cells) > MOST_COLUMNS:
            raise RefusedFileError("columns")
        filled += 1
        if filled > MOST_ROWS:
            raise RefusedFileError("rows")
        kept += [*([] for _number in range(blank)), cells]
        blank = 0
    if not kept:
        raise RefusedFileError("empty")
    return kept


if __name__ == "__main__":
    main()
