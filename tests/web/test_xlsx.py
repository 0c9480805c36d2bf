"""Workbooks are whole and sound, whatever stands in their cells and however many rows there are."""

import io
import zipfile
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree as ET

from python_calamine import CalamineWorkbook

from tracker.web import xlsx

HOSTILE = ("a & b <c> ]]>", " am Rand ", "Zeile\nZeile", "\x01\x0b\ufffe", "_x0041_", "🎨", "'=1+1", "x" * 40_000)


def written(headings: list[str], *batches: list[list[Any]]) -> bytes:
    """Write a workbook, and return the file."""
    file = io.BytesIO()
    xlsx.write("Blatt: [1]", headings, batches, file)
    return file.getvalue()


def test_whatever_stands_in_a_cell_comes_out_again() -> None:
    content = written(["eins", "zwei"], [[one, number] for number, one in enumerate(HOSTILE)])

    with zipfile.ZipFile(io.BytesIO(content)) as package:
        assert package.testzip() is None
        # Each part is XML that any program reads.
        page = {name: ET.fromstring(package.read(name)) for name in package.namelist()}
    texts = [one.text for one in page["xl/worksheets/sheet1.xml"].iter() if one.tag.endswith("}t")]
    assert texts[:3] == list(HOSTILE[:3])
    assert texts[3:7] == ["_x0001__x000B__xFFFE_", "_x005F_x0041_", *HOSTILE[5:7]]
    assert texts[7] == "x" * 32_767
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    assert book.sheet_names == ["Blatt   1"]
    assert [row[1] for row in book.get_sheet_by_index(0).to_python()[1:]] == list(range(len(HOSTILE)))


def test_numbers_days_and_moments_are_what_they_were() -> None:
    days = [date(1900, 1, 1), date(1900, 3, 1), date(2024, 2, 29), datetime(2027, 3, 28, 2, 30, 59)]  # noqa: DTZ001 - a clock on the wall
    content = written(["Wert"], [[day] for day in days], [[Decimal("0.125")], [-7]])

    rows = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()

    assert [row[0] for row in rows[1:]] == [*days, 0.125, -7.0]


def test_an_empty_list_has_its_headings() -> None:
    rows = CalamineWorkbook.from_filelike(io.BytesIO(written(["eins", "zwei"]))).get_sheet_by_index(0).to_python()

    assert rows == [["eins", "zwei"]]


def test_what_a_page_does_not_hold_stands_on_the_next() -> None:
    empty = [[""]] * 100_000
    content = written(["Nummer"], [["erste"]], *[empty] * 10, [[""]] * (xlsx.MOST_ROWS - 1_000_003), [["letzte"], [1]])

    book = CalamineWorkbook.from_filelike(io.BytesIO(content))

    assert book.sheet_names == ["Blatt   1", "Blatt   1 2"]
    assert book.get_sheet_by_index(0).end == (xlsx.MOST_ROWS - 1, 0)
    assert book.get_sheet_by_index(1).to_python() == [["Nummer"], [1.0]]
