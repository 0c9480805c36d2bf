"""`tracker backup`, `restore` and `db upgrade`, as operators type them."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.backups.conftest import KEY
from tests.commands import typed
from tracker import schema
from tracker.app import create_app
from tracker.backups.archive import opened
from tracker.config import load
from tracker.db import db, writing

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run `tracker …` in an instance folder."""
    clean = {name: text for name, text in os.environ.items() if not name.startswith("TRACKER_")}

    def tracker(instance: str, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return typed(clean | {"TRACKER_INSTANCE": str(tmp_path / instance)} | environment, *words)

    return tracker


def at_revision(instance: Path, revision: str) -> None:
    """Make an office as an older release left it."""
    app = create_app(load({}, instance=str(instance)))
    with app.app_context(), writing():
        schema.upgrade(revision)
        db.session.execute(
            sa.text(
                "INSERT INTO office (id, version, name, language, zone, country, sending_paused, created_at) "
                "VALUES (1, 1, 'Landkreis Kassel', 'de', 'Europe/Berlin', 'DE', 0, '2026-01-01 00:00:00.000000')"
            )
        )
        db.session.commit()
        db.engine.dispose()


def test_an_office_of_an_older_release_is_backed_up_upgraded_and_comes_back(run: Run, tmp_path: Path) -> None:
    at_revision(tmp_path / "old", "0005")
    (tmp_path / "key").write_text(f"{KEY}\n")

    upgraded = run("old", "db", "upgrade", TRACKER_BACKUP_KEY=KEY)

    (path,) = (tmp_path / "old" / "backups").iterdir()
    assert (upgraded.returncode, path.suffix) == (0, ".sealed"), upgraded.stderr
    with opened(path, KEY) as archive:
        assert archive.manifest.revision == "0005"
    again = run("old", "db", "upgrade")
    assert (again.returncode, again.stderr) == (0, "The database is up to date.\n")
    restored = run("new", "restore", str(path), "--key-file", str(tmp_path / "key"))
    assert (restored.returncode, restored.stdout) == (0, ""), restored.stderr
    assert restored.stderr.endswith("0 messages wait for their time. All sending is paused.\n")
    # The schema is that of this release, and there is an office.
    assert run("new", "db", "check").stderr == run("old", "db", "check").stderr
    assert run("new", "restore", str(path), TRACKER_BACKUP_KEY=KEY).stderr == (
        "This installation is not empty; a backup is restored into a new instance folder and database.\n"
    )


def test_a_release_older_than_its_database_or_backup_stops(run: Run, tmp_path: Path) -> None:
    at_revision(tmp_path / "old", "0005")
    app = create_app(load({}, instance=str(tmp_path / "old")))
    with app.app_context(), writing():
        db.session.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
        db.session.commit()
        db.engine.dispose()

    for words in (("db", "upgrade"), ("backup", str(tmp_path / "backup.zip")), ("worker",)):
        stopped = run("old", *words)
        assert (stopped.returncode, stopped.stdout, stopped.stderr.count("\n")) == (1, "", 1)
        assert "newer release than this one" in stopped.stderr
