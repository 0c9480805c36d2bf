"""Every column is classified: a new one without an entry fails here."""

import tomllib
from typing import Any

from tracker.app import create_app
from tracker.db import db
from tracker.locations import PACKAGE

LISTED: dict[str, dict[str, Any]] = tomllib.loads((PACKAGE / "privacy" / "columns.toml").read_text(encoding="utf-8"))


def test_every_column_is_classified_once() -> None:
    assert create_app.__module__ == "tracker.app"  # it imports every room, and with it every table
    columns = {table.name: sorted(column.name for column in table.columns) for table in db.metadata.sorted_tables}

    assert {name: sorted([*table["plain"], *table.get("personal", {})]) for name, table in LISTED.items()} == columns


def test_personal_columns_say_why_how_long_and_what_becomes_of_them() -> None:
    incomplete = [
        f"{name}.{column}"
        for name, table in LISTED.items()
        for column, facts in table.get("personal", {}).items()
        if set(facts) != {"export", "erasure"} or not all(table.get(fact) for fact in ("purpose", "basis", "kept"))
    ]

    assert incomplete == []


def test_references_to_persons_are_personal() -> None:
    references = {
        f"{table.name}.{column.name}"
        for table in db.metadata.sorted_tables
        for column in table.columns
        for key in column.foreign_keys
        if key.column.table.name == "person"
    }
    plain = {f"{name}.{column}" for name, table in LISTED.items() for column in table["plain"]}

    assert references & plain == set()
