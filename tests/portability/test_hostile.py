"""What somebody edited is taken if it fits; all else is refused in a sentence that says where, and nothing is left."""

import csv
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from tests.backups.conftest import Installation
from tests.portability.conftest import NOON
from tracker.backups.tables import is_empty
from tracker.db import db
from tracker.documents.store import folder_in
from tracker.organisations.models import Organisation
from tracker.portability.filling import Filled, fill
from tracker.refusal import Refused

#: One process loads the example for all of them.
pytestmark = pytest.mark.xdist_group("portability")
BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]
Parts = dict[str, bytes]
Change = Callable[[Parts], object]


@pytest.fixture(scope="package", params=BOTH)
def vacant(request: pytest.FixtureRequest, empty: Callable[[str], Installation]) -> Installation:
    """Give an empty installation, which stays empty."""
    return empty(request.param)


@pytest.fixture
def edited(exported: Path, tmp_path: Path) -> Callable[[Change], Path]:
    """Return a copy of the files in which somebody changed something."""

    def changed(change: Change) -> Path:
        with zipfile.ZipFile(exported) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
        change(parts)
        path = tmp_path / "edited.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in parts.items():
                archive.writestr(name, content)
        return path

    return changed


def fill_in(place: Installation, path: Path) -> Filled:
    """Fill an installation."""
    with place.app.app_context():
        settings = place.settings
        return fill(path, instance=settings.instance, erased=None, now=NOON, public_url=settings.public_url)


def table(name: str, change: Callable[[list[list[str]]], object], mark: str = ",") -> Change:
    """Return what edits the rows of a table, as a spreadsheet saves them."""
    path = f"tables/{name}.csv"

    def changed(parts: Parts) -> None:
        rows = list(csv.reader(io.StringIO(parts[path].decode("utf-8-sig"), newline="")))
        change(rows)
        file = io.StringIO(newline="")
        csv.writer(file, delimiter=mark, lineterminator="\r\n").writerows(rows)
        parts[path] = file.getvalue().encode()

    return changed


def cell(name: str, row: int, column: str, words: str) -> Change:
    """Return what puts words into one cell."""

    def changed(rows: list[list[str]]) -> None:
        rows[row][rows[0].index(column)] = words

    return table(name, changed)


def said(change: Callable[[dict[str, Any]], object]) -> Change:
    """Return what edits schema.json."""

    def changed(parts: Parts) -> None:
        schema = json.loads(parts["schema.json"])
        change(schema)
        parts["schema.json"] = json.dumps(schema).encode()

    return changed


def replaced(path: str, old: bytes, new: bytes) -> Change:
    """Return what replaces bytes of a file."""
    return lambda parts: parts.update({path: parts[path].replace(old, new, 1)})


def _widen(rows: list[list[str]]) -> None:
    for row in rows:
        row.append("x")


def _narrow(rows: list[list[str]]) -> None:
    for row in rows:
        row.pop()


def _bring(said: dict[str, Any], column: str) -> None:
    said["x-columns"].append([column, "text", [column]])
    said["items"]["properties"][column] = {"type": "string"}


def _document(parts: Parts) -> str:
    """Return the file that the first line of the index names."""
    lines = list(csv.DictReader(io.StringIO(parts["documents/index.csv"].decode("utf-8-sig"), newline="")))
    return lines[0]["path"]


def _forget_documents(parts: Parts) -> None:
    parts["documents/index.csv"] = parts["documents/index.csv"].splitlines(keepends=True)[0]
    for name in [name for name in parts if name.startswith("documents/") and not name.endswith("index.csv")]:
        del parts[name]


#: The change, and the sentence; on PostgreSQL too where the database itself says no.
OF_THE_DATABASE: dict[str, tuple[Change, str]] = {
    "the same key twice": (
        table("organisation", lambda rows: rows.append(rows[5])),
        r"tables/organisation\.csv, line \d+: there is another line ",
    ),
    "a contradiction": (
        cell("participant", 1, "heads", "-3"),
        r"tables/participant\.csv, line 2: the line contradicts itself",
    ),
    "a reference to nothing": (
        cell("contact", 2, "person_id", "9999"),
        r"tables/contact\.csv, line 3, column person_id: there is no 9999 in tables/person\.csv",
    ),
    "no office": (
        table("office", lambda rows: rows.pop()),
        r"tables/office\.csv has to have one line",
    ),
}
HOSTILE: dict[str, tuple[Change, str]] = {
    "an empty cell": (cell("person", 3, "name", ""), r"tables/person\.csv, line 4, column name: there has to be some"),
    "a text that is too long": (
        cell("person", 2, "phone", "1" * 61),
        r"tables/person\.csv, line 3, column phone: “1+” is not a text of at most 60",
    ),
    "a foreign word": (
        cell("organisation", 1, "kind", "kingdom"),
        r"tables/organisation\.csv, line 2, column kind: “kingdom” is not one of agency, ",
    ),
    "a day as people write it": (
        cell("milestone", 1, "due_on", "02.03.2027"),
        r"tables/milestone\.csv, line 2, column due_on: “02\.03\.2027” is not a day such as 2027-03-02\.",
    ),
    "no original": (
        cell("project", 1, "title.original", "hu"),
        r"tables/project\.csv, line 2, columns title\.…: this is not a text in the language ",
    ),
    "a column more": (
        table("series", _widen),
        r"tables/series\.csv, line 1: these are not the columns that schema\.json lists; x is one too many",
    ),
    "a column less": (
        table("series", _narrow),
        r"tables/series\.csv, line 1: these are not the columns that schema\.json lists; version is missing",
    ),
    "a cell more": (
        table("series", lambda rows: rows[1].append("x")),
        r"tables/series\.csv, line 2: there are \d+ columns, not \d+",
    ),
    "no CSV": (replaced("tables/series.csv", b"\r\n1,", b'\r\n"1"x,'), r"tables/series\.csv, line 2: this is not CSV"),
    "no UTF-8": (
        replaced("tables/series.csv", b"\r\n1,", b"\r\n1\xff,"),
        r"tables/series\.csv, after line \d: this is not UTF-8",
    ),
    "a table left out": (lambda parts: parts.pop("tables/person.csv"), r"The file tables/person\.csv is missing"),
    "a changed document": (
        lambda parts: parts.update({_document(parts): b"another"}),
        r"documents/index\.csv, line 2: the file documents/.+ is not what it was",
    ),
    "a document left out": (
        lambda parts: parts.pop(_document(parts)),
        r"documents/index\.csv, line 2: the file documents/.+ is missing",
    ),
    "a document of nobody": (
        lambda parts: parts.update({"documents/evil.exe": b"MZ"}),
        r"The file documents/evil\.exe is not listed in documents/index\.csv",
    ),
    "a document that no line lists": (
        _forget_documents,
        r"tables/stored_file\.csv, line 2: documents/index\.csv does not list this file",
    ),
    "a way out": (
        lambda parts: parts.update({"documents/../../evil": b""}),
        r"The file documents/\.\./\.\./evil lies outside",
    ),
    "an absolute path": (lambda parts: parts.update({"/etc/evil": b""}), "The file /etc/evil lies outside"),
    "a bomb": (
        lambda parts: parts.update({"documents/bomb": bytes(300 * 2**20)}),
        "These are not files of ours: they would",
    ),
    "no description": (lambda parts: parts.pop("schema.json"), "These are not the files of an office"),
    "another description": (lambda parts: parts.update({"schema.json": b"[[["}), r"schema\.json cannot be read"),
    "a table of nobody": (
        said(
            lambda schema: schema["properties"].update({"tables/evil.csv": schema["properties"]["tables/series.csv"]})
        ),
        r"The file tables/evil\.csv is missing",
    ),
    "a secret brought along": (
        said(lambda schema: _bring(schema["properties"]["tables/account.csv"], "password_hash")),
        r"tables/account\.csv says what never leaves an office",
    ),
    "a newer release": (
        said(lambda schema: schema["x-tracker"].update(revision="9999", release="9.0")),
        r"These files were made by a newer release \(9\.0\)",
    ),
    "a newer format": (
        said(lambda schema: schema["x-tracker"].update(format=2, release="9.0")),
        r"These files were made by a newer release \(9\.0\)",
    ),
}


@pytest.mark.parametrize(("change", "sentence"), OF_THE_DATABASE.values(), ids=OF_THE_DATABASE.keys())
def test_what_does_not_fit_is_named_and_nothing_is_left(
    vacant: Installation, edited: Callable[[Change], Path], change: Change, sentence: str
) -> None:
    _assert_refused(vacant, edited(change), sentence)


@pytest.mark.parametrize("vacant", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("change", "sentence"), HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_file_gets_a_sentence(
    vacant: Installation, edited: Callable[[Change], Path], change: Change, sentence: str
) -> None:
    _assert_refused(vacant, edited(change), sentence)


def _assert_refused(vacant: Installation, path: Path, sentence: str) -> None:
    with pytest.raises(Refused, match=f"^{sentence}"):
        fill_in(vacant, path)
    with vacant.app.app_context():
        assert (is_empty(), folder_in(vacant.settings.instance).exists()) == (True, False)


@pytest.mark.parametrize("vacant", ["sqlite"], indirect=True)
@pytest.mark.parametrize("cut", [0, 10, 20_000])
def test_half_a_file_is_told(vacant: Installation, exported: Path, tmp_path: Path, cut: int) -> None:
    half = tmp_path / "half.zip"
    half.write_bytes(exported.read_bytes()[:cut])

    _assert_refused(vacant, half, r"This file is not a zip, or is not whole\.$")


def test_what_somebody_edited_in_a_spreadsheet_is_taken(
    empty: Callable[[str], Installation], edited: Callable[[Change], Path], exported: Path
) -> None:
    def edit(rows: list[list[str]]) -> None:
        # Another order of columns and lines, semicolons, capital letters, a new name, and no moments.
        for row in rows:
            row.reverse()
        for row in rows[1:]:
            if "à côté" not in "".join(row):
                row[rows[0].index("name.more")] = ""
        rows[2][rows[0].index("name.de")] = "Freistaat Übermorgen"
        rows[1:] = rows[:0:-1]

    there = empty("sqlite")
    fill_in(there, edited(table("organisation", edit, mark=";")))

    with there.app.app_context():
        found = db.session.scalars(sa.select(Organisation).where(Organisation.folded.contains("ubermorgen"))).all()
        assert [str(one.name.texts["de"]) for one in found] == ["Freistaat Übermorgen"]
    with pytest.raises(Refused, match=r"^This installation is not empty"):
        fill_in(there, exported)
