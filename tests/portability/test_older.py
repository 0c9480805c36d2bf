"""Files that an older release made are brought up to this one, by its migrations."""

import json
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.script import ScriptDirectory

from tests import builders
from tests.backups.conftest import Installation
from tests.conftest import change
from tests.portability.conftest import write_out
from tests.portability.test_hostile import Parts, fill_in, table
from tracker import schema
from tracker.db import db, writing
from tracker.locations import bundled
from tracker.organisations.models import Organisation

pytestmark = pytest.mark.xdist_group("portability")


def test_files_of_an_older_release_are_brought_up_to_this_one(
    empty: Callable[[str], Installation], tmp_path: Path
) -> None:
    here, there = empty("sqlite"), empty("sqlite")
    older = ScriptDirectory(str(bundled("migrations"))).get_revision("head").down_revision
    assert isinstance(older, str)
    change(here.app, lambda: (builders.office(), builders.organisation(de="Bistrița-Năsăud")))
    write_out(here, tmp_path / "office.zip")
    with there.app.app_context(), writing():
        schema.downgrade("base")
        schema.upgrade(older)
        found = sa.inspect(db.engine).get_multi_columns()
    known = {name: {column["name"] for column in columns} for (_schema, name), columns in found.items()}

    done = fill_in(there, _aged(tmp_path / "office.zip", older, known))

    with there.app.app_context():
        assert (done.said.revision, schema.current(), schema.differences()) == (older, schema.newest(), [])
        assert [str(one.name) for one in db.session.scalars(sa.select(Organisation))] == ["Bistrița-Năsăud"]


def _aged(path: Path, revision: str, known: dict[str, set[str]]) -> Path:
    """Leave out what the release before did not know."""
    with zipfile.ZipFile(path) as archive:
        parts: Parts = {name: archive.read(name) for name in archive.namelist()}
    said = json.loads(parts["schema.json"])
    said["x-tracker"]["revision"] = revision
    for name in [one for one in said["properties"] if one.startswith("tables/")]:
        columns = known.get(name.removeprefix("tables/").removesuffix(".csv"))
        if columns is None:
            del said["properties"][name], parts[name]
            continue
        one = said["properties"][name]
        gone = {
            heading for column, _kind, headings in one["x-columns"] if column not in columns for heading in headings
        }
        one["x-columns"] = [column for column in one["x-columns"] if column[0] in columns]
        table(name.removeprefix("tables/").removesuffix(".csv"), partial(_leave_out, gone=gone))(parts)
    parts["schema.json"] = json.dumps(said).encode()
    aged = path.with_name("aged.zip")
    with zipfile.ZipFile(aged, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return aged


def _leave_out(rows: list[list[str]], gone: set[str]) -> None:
    kept = [place for place, heading in enumerate(rows[0]) if heading not in gone]
    rows[:] = [[row[place] for place in kept] for row in rows]
