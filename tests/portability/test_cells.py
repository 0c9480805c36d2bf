"""What stands in a cell is what stood in the database, and nothing that a spreadsheet would take for a formula."""

import csv
import io
import json
import re
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tracker.db import db
from tracker.portability import description
from tracker.portability.cells import WrongCellError, headings_of, read, written
from tracker.portability.rules import BLANK_WHERE, TABLES_LEFT_OUT, guarded, guarded_json, unguarded
from tracker.web.sheets import HARMLESS

NOW = datetime(2027, 3, 2, 9, 0, tzinfo=UTC)
#: Letters that make trouble, more often than chance would bring them together.
WORDS = st.text(st.one_of(st.sampled_from("=+-@'\";,\t\r\n\0 1aé😀\uff1d"), st.characters(codec="utf-8")), max_size=30)
VALUES = {
    "integer": st.integers(-(2**63), 2**63 - 1),
    "amount": st.integers(-(10**12), 10**12),
    "text": WORDS,
    "zone": st.just("Europe/Berlin"),
    "partial date": st.sampled_from(["2007", "2007-04", "2007-04-16"]),
    "instant": st.datetimes().map(lambda at: at.isoformat(" ", "microseconds")),
    "date": st.dates().map(str),
    "time": st.times().map(lambda at: at.isoformat("microseconds")),
    "boolean": st.integers(0, 1),
    "json": st.dictionaries(WORDS, st.one_of(WORDS, st.integers(), st.none(), st.lists(WORDS))).map(json.dumps),
    "translated": st.dictionaries(st.sampled_from(["de", "hu", "fr"]), WORDS, min_size=1).map(
        lambda texts: json.dumps(
            {
                "original": next(iter(texts)),
                "texts": {code: {"text": words, "at": NOW.isoformat()} for code, words in texts.items()},
            }
        )
    ),
}


def through_a_file(row: list[object]) -> list[str]:
    """Write a row as CSV and read it."""
    file = io.StringIO(newline="")
    csv.writer(file, lineterminator="\r\n").writerow([*row, "end"])
    return next(csv.reader(io.StringIO(file.getvalue(), newline=""), strict=True))[:-1]


@pytest.mark.parametrize("kind", VALUES)
@given(data=st.data())
def test_each_kind_of_value_comes_back(kind: str, data: st.DataObject) -> None:
    value = data.draw(st.none() | VALUES[kind])

    cells = through_a_file(written(kind)(value))

    assert read(kind, headings_of("name", kind), NOW)(cells) == value


@given(words=WORDS)
@example(words="x;=1+2")
@example(words="'=1")
@example(words="-1\n+2")
def test_no_cell_is_a_formula_wherever_a_program_splits_it(words: str) -> None:
    cell = guarded(words)

    parts = [] if HARMLESS.fullmatch(cell) else re.split(r"[;,\t\r\n]", cell)
    assert [part for part in parts if part.lstrip().startswith(tuple("=+-@\uff1d\uff0b\uff0d\uff20"))] == []
    assert unguarded(cell) == words


def test_json_says_the_same_without_signs_that_begin_formulas() -> None:
    value = {"=a": ["@x", "y;=z", "plain = sign", "q\n-3"], "n": [-3, -4]}

    text = guarded_json(json.dumps(value))

    assert json.loads(text) == value
    assert re.findall(r'["; ]["n\\]*[=@]', text) == [" ="]
    assert "-3, -4" in text


def test_what_was_written_by_hand_stays() -> None:
    assert [unguarded(cell) for cell in ("=a", "O'Neill", "x;'y", "a,'=b", "''")] == [
        "=a",
        "O'Neill",
        "x;'y",
        "a,=b",
        "'",
    ]


def test_a_wording_that_was_added_by_hand_says_so_since_the_files_were_made() -> None:
    headings = headings_of("title", "translated")
    more = json.dumps({"de": {"at": "2020-01-01T00:00:00+00:00"}})
    cells = dict.fromkeys(headings, "") | {"title.original": "de", "title.de": "Reise", "title.hu": "Utazás"}

    made = json.loads(read("translated", headings, NOW)(list((cells | {"title.more": more}).values())))

    assert made["texts"] == {
        "de": {"text": "Reise", "at": "2020-01-01T00:00:00+00:00"},
        "hu": {"text": "Utazás", "at": NOW.isoformat()},
    }


@pytest.mark.parametrize(
    ("kind", "cell"),
    [
        ("integer", "1.5"),
        ("integer", "٣"),
        ("amount", "1.2345"),
        ("amount", "NaN"),
        ("zone", "Europe/Nowhere"),
        ("partial date", "2027-13"),
        ("instant", "2027-03-02T09:00:00"),
        ("date", "02.03.2027"),
        ("time", "25:00"),
        ("boolean", "yes"),
        ("json", "["),
        ("json", "[" * 100_000),
    ],
)
def test_what_a_column_does_not_take_is_told(kind: str, cell: str) -> None:
    with pytest.raises(WrongCellError):
        read(kind, ("name",), NOW)([cell])


def test_all_that_stays_behind_is_named_here() -> None:
    """A new column leaves unless it is of bytes, or listed: whoever adds one that opens doors lists it."""
    there = {(table.name, column.name) for table in description.tables() for column in table.columns}
    kept = [table for table in db.metadata.sorted_tables if table.name not in TABLES_LEFT_OUT]
    left = sorted({(table.name, column.name) for table in kept for column in table.columns} - there)

    assert [one for one in left if one[1] != "folded"] == [
        ("account", "password_hash"),
        ("message", "frozen"),
        ("message", "leased_until"),
    ]
    # Nobody can be let in without what says so: what stays behind is left empty, or made anew.
    columns = db.metadata.tables
    assert [one for one in left if one[1] != "folded" and not columns[one[0]].columns[one[1]].nullable] == []
    names = {one for one in there if re.search("hash|secret|token|nonce|password", one[1])}
    assert names == {("message", "secret")}
    assert set(BLANK_WHERE) == {table for table, column in names}


def test_what_stays_is_needed_by_nothing_that_leaves() -> None:
    leaving = {table.name: {column.name for column in table.columns} for table in description.tables()}
    keys = [
        (table, key.parent.name, key.column.table.name)
        for table, columns in leaving.items()
        for key in db.metadata.tables[table].foreign_keys
        if key.parent.name in columns
    ]

    assert [key for key in keys if key[2] not in leaving] == []
    assert len(keys) > 50
