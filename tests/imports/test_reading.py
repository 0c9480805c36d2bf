"""Files as people have them, and as somebody hostile makes them: a table, or a sentence."""

import io
import zipfile
import zlib
from typing import Any

import pytest
from flask import Flask
from xlsxwriter import Workbook

from tracker.imports.reading import LARGEST_FILE, WHY, day_comes_first, read
from tracker.language import speaking
from tracker.refusal import Refused

#: What stands in an ODS file of which every part is encrypted.
SEALED = b"""<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">
<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"><manifest:encryption-data/>
</manifest:file-entry></manifest:manifest>"""
ROWS = [["Név", "Város"], ["Tamás Őry", "Ráckeve"]]


def workbook(fill: Any) -> bytes:  # noqa: ANN401 - what writes on a page of xlsxwriter
    """Return an XLSX file that is filled by a function."""
    file = io.BytesIO()
    book = Workbook(file, {"in_memory": True})
    fill(book.add_worksheet())
    book.close()
    return file.getvalue()


def packed(name: str, content: bytes, **more: bytes) -> bytes:
    """Return a ZIP file with this in it."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as into:
        into.writestr(name, content)
        for other, text in more.items():
            into.writestr(other, text)
    return file.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1250", "iso8859_2"])
@pytest.mark.parametrize("mark", [";", ",", "\t"])
def test_texts_are_read_whatever_they_are_written_in(encoding: str, mark: str) -> None:
    text = "\r\n".join(mark.join(row) for row in [*ROWS, *([["Őrsi Éva", "Győr"]] * 20)])

    assert list(read(text.encode(encoding)).rows[:2]) == ROWS


def test_what_stands_in_merged_cells_stands_in_each_of_them() -> None:
    def fill(page: Any) -> None:  # noqa: ANN401 - xlsxwriter's own
        page.merge_range(1, 0, 2, 0, "Amt")
        page.write_row(1, 1, ["Jana"])
        page.write_row(2, 1, ["Paul"])
        page.write_formula(3, 1, "=1+1", None, 2)

    assert list(read(workbook(fill)).rows) == [[], ["Amt", "Jana"], ["Amt", "Paul"], ["", "2"]]


@pytest.mark.parametrize(
    "content",
    [
        b"Name;Ort\nJana;Kassel\n" + b";;\n" * 1_000_000,
        workbook(
            lambda page: [
                page.write_row(0, 0, ["Name", "Ort"]),
                page.write_row(1, 0, ["Jana", "Kassel"]),
                page.write_string(1_048_575, 1, " "),
            ]
        ),
    ],
    ids=["csv", "xlsx"],
)
def test_a_million_empty_rows_are_none(content: bytes) -> None:
    assert list(read(content).rows) == [["Name", "Ort"], ["Jana", "Kassel"]]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "empty"),
        (b"\n;;\n", "empty"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "old"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20, "kind"),
        (packed("word/document.xml", b"<x/>"), "kind"),
        (
            packed(
                "content.xml",
                b"?",
                **{"META-INF/manifest.xml": SEALED, "mimetype": b"application/vnd.oasis.opendocument.spreadsheet"},
            ),
            "password",
        ),
        (b"PK\x03\x04" + bytes(200), "broken"),
        (packed("xl/workbook.xml", b"<x"), "broken"),
        (packed("xl/workbook.xml", b" " * 160_000_000), "bomb"),
        (b"a;b\n" * 20_002, "rows"),
        (b";".join([b"a"] * 200), "columns"),
        (workbook(lambda page: page.write_column(0, 0, ["a"] * 20_002)), "rows"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_table_gets_a_sentence(app: Flask, content: bytes, why: str) -> None:
    with app.test_request_context(), speaking("en"), pytest.raises(Refused) as refused:
        read(content)

    assert refused.value.sentence == WHY[why]


def test_a_file_that_says_less_of_its_size_than_it_holds_is_stopped(app: Flask) -> None:
    content = packed("xl/workbook.xml", b" " * 160_000_000)
    # The size stands in the directory at the end, as the part says it.
    lie = content.replace((160_000_000).to_bytes(4, "little"), (1_000).to_bytes(4, "little"))
    assert lie != content
    assert zlib.crc32(lie) != zlib.crc32(content)

    with app.test_request_context(), speaking("en"), pytest.raises(Refused) as refused:
        read(lie)

    assert refused.value.sentence in {WHY["bomb"], WHY["broken"]}


def test_a_cell_far_out_takes_nothing_else_with_it(app: Flask) -> None:
    far = workbook(lambda page: [page.write_string(row, column, "x") for row, column in ((0, 0), (1_048_575, 16_383))])

    with app.test_request_context(), speaking("en"), pytest.raises(Refused) as refused:
        read(far)

    assert refused.value.sentence in {WHY["bomb"], WHY["columns"]}


def test_a_large_file_is_not_read(app: Flask) -> None:
    with app.test_request_context(), speaking("en"), pytest.raises(Refused, match="larger than 10 MB"):
        read(b"a" * (LARGEST_FILE + 1))


@pytest.mark.parametrize(
    ("cells", "day_first"),
    [(["3/4/2027"], True), (["3/4/2027", "12/31/2027"], False), (["31.12.27", "1/13/2027"], True)],
)
def test_the_order_of_dates_is_told_by_all_of_them(cells: list[str], day_first: bool) -> None:  # noqa: FBT001 - a case
    assert day_comes_first(cells) is day_first
