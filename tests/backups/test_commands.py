"""`tracker backup`, `restore` and `db upgrade`, as operators type them."""

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from bench.server import free_port
from tests.backups.conftest import KEY
from tests.commands import typed
from tracker import schema
from tracker.app import create_app
from tracker.backups.archive import opened
from tracker.cli import main
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


def commands(group: click.Group, *words: str) -> Iterator[tuple[str, ...]]:
    """Yield the words of every command, with something for each argument."""
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, *words, name)
        else:
            yield (*words, name, *("1" for one in command.params if isinstance(one, click.Argument)))


def test_a_release_older_than_its_database_stops_whatever_it_is_told(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_revision(tmp_path / "old", "0005")
    app = create_app(load({}, instance=str(tmp_path / "old")))
    with app.app_context(), writing():
        db.session.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
        db.session.commit()
        db.engine.dispose()
    before = (tmp_path / "old" / "tracker.sqlite").read_bytes()
    # Made once: it takes longer than all that they do.
    monkeypatch.setattr("tracker.cli.create_app", lambda _settings: app)

    said = {}
    for words in commands(main):
        given = [*words, *(["--role", "reader"] if "create" in words else [])]
        if words != ("serve",):
            stopped = CliRunner().invoke(main, given, env={"TRACKER_INSTANCE": str(tmp_path / "old")})
            said[words] = (stopped.exit_code, stopped.stdout, stopped.stderr.strip())
    served = run("old", "serve", "--port", str(free_port()))
    said[("serve",)] = (served.returncode, served.stdout, served.stderr.strip())

    # It says which one the database is at, and nothing comes into what is not empty.
    assert said.pop(("db", "current"))[:2] == (0, "9999\n")
    for words in (("restore", "1"), ("office", "fill", "1")):
        assert said.pop(words)[2].startswith("This installation is not empty")
    newer = "The database was made by a newer release than this one."
    assert {words: end for words, end in said.items() if end != (1, "", newer)} == {}
    assert len(said) > 15
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    assert (tmp_path / "old" / "tracker.sqlite").read_bytes() == before


def test_what_cannot_be_backed_up_is_not_upgraded(run: Run, tmp_path: Path) -> None:
    at_revision(tmp_path / "old", "0005")
    (tmp_path / "full").write_text("")

    stopped = run("old", "db", "upgrade", TRACKER_BACKUP_FOLDER=str(tmp_path / "full" / "backups"))

    assert (stopped.returncode, stopped.stderr.count("\n")) == (1, 1)
    assert stopped.stderr.endswith("may say `tracker db upgrade --no-backup`.\n"), stopped.stderr
    assert run("old", "db", "current").stdout == "0005\n"
    assert run("old", "db", "upgrade", "--no-backup").returncode == 0
