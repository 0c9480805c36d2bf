"""What is no backup of ours is refused in a sentence, and nothing is left behind of one that fails."""

import fcntl
import hashlib
import json
import resource
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from tests.backups.conftest import KEY, NOON, Installation
from tests.conftest import change
from tracker.backups import tables
from tracker.backups.archive import opened
from tracker.backups.parts import FullError, UnwritableError
from tracker.backups.restoring import restore
from tracker.db import db
from tracker.documents.store import folder_in, keep
from tracker.history.models import HistoryLine
from tracker.refusal import Refused


@pytest.fixture
def backup(used: Installation, tmp_path: Path) -> Path:
    """Give a backup that is in order."""
    keep(folder_in(used.settings.instance), b"a signed paper")
    path = tmp_path / "backup.zip"
    used.back_up(path)
    return path


def edited(path: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    """Return a backup in which somebody has changed some parts."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    change(parts)
    changed = path.with_name("changed.zip")
    with zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return changed


def listing(parts: dict[str, bytes], change: Callable[[dict[str, Any]], None]) -> None:
    """Change the list of parts."""
    said = json.loads(parts["manifest.json"])
    change(said)
    parts["manifest.json"] = json.dumps(said).encode()


def _escape(parts: dict[str, bytes]) -> None:
    parts["files/../../evil"] = b""
    listing(parts, lambda said: said["parts"].update({"files/../../evil": {"size": 0, "sha256": ""}}))


def void(_value: object) -> None:
    """Drop a value."""


CHANGES: dict[str, tuple[Callable[[dict[str, bytes]], None], str]] = {
    "a changed row": (
        lambda parts: parts.update({"database/office.jsonl": parts["database/office.jsonl"].replace(b"DE", b"AT")}),
        r"The backup is damaged: database/office\.jsonl was changed\.",
    ),
    "a table left out": (lambda parts: void(parts.pop("database/person.jsonl")), "The backup is damaged: it does not"),
    "a way out": (_escape, "This file is not a backup: its list of parts cannot be read"),
    "no list": (lambda parts: void(parts.pop("manifest.json")), "This file is not a backup"),
    "another list": (lambda parts: parts.update({"manifest.json": b"[[["}), "This file is not a backup: its list"),
    "a newer format": (
        lambda parts: listing(parts, lambda said: said.update({"tracker backup": 2})),
        r"This backup was made by a newer release \(a checkout\)",
    ),
    "a bomb": (
        lambda parts: listing(parts, lambda said: said["parts"]["settings.toml"].update(size=10**12)),
        "This file is not a backup of ours: it would unpack to more than two hundred times its size",
    ),
}


@pytest.mark.parametrize(("change", "sentence"), CHANGES.values(), ids=CHANGES.keys())
def test_a_file_that_is_no_backup_of_ours_is_told(
    backup: Path, change: Callable[[dict[str, bytes]], None], sentence: str
) -> None:
    with pytest.raises(Refused, match=f"^{sentence}"), opened(edited(backup, change), ""):
        pass


@pytest.mark.parametrize("cut", [0, 1, 10, 5_000])
def test_half_a_file_is_told(backup: Path, cut: int) -> None:
    half = backup.with_name("half.zip")
    half.write_bytes(backup.read_bytes()[:cut])

    with pytest.raises(Refused, match=r"^(This file is not a backup|The backup is damaged)"), opened(half, ""):
        pass


def test_a_sealed_one_asks_for_its_key(used: Installation, tmp_path: Path) -> None:
    path = tmp_path / "backup.sealed"
    made = used.back_up(path, KEY)

    with pytest.raises(Refused, match=r"^This backup is sealed; please give its key"), opened(path, ""):
        pass
    with opened(path, KEY) as archive:
        assert archive.manifest == made
    assert b"Landkreis" not in path.read_bytes()


def test_a_full_disk_leaves_nothing(used: Installation, tmp_path: Path) -> None:
    keep(folder_in(used.settings.instance), bytes(5 * 2**20))
    folder = tmp_path / "kept"
    folder.mkdir()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2**20, hard))
    try:
        with pytest.raises(FullError, match=r"^There is no room left for the backup in "):
            used.back_up(folder / "backup.zip")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    assert list(folder.iterdir()) == []


def test_what_a_killed_one_left_is_overwritten_and_two_do_not_meet(used: Installation, tmp_path: Path) -> None:
    path, half = tmp_path / "new.zip", tmp_path / ".new.zip.half"
    half.write_bytes(bytes(2**20))

    with half.open("rb") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(UnwritableError, match=r"^Somebody else is writing a backup of this name just now"):
            used.back_up(path)
        assert half.stat().st_size == 2**20
    made = used.back_up(path)

    assert half.exists() is False
    with opened(path, "") as archive:
        assert archive.manifest == made


def test_no_file_is_overwritten(used: Installation, backup: Path) -> None:
    before = backup.read_bytes()

    with pytest.raises(UnwritableError, match=r"^There is a file "):
        used.back_up(backup)
    assert backup.read_bytes() == before


@pytest.mark.both
def test_a_large_table_is_never_held_as_a_whole(used: Installation) -> None:
    line = {"at": NOON, "verb": "SENDING_PAUSED", "subject": "office:1", "facts": {}}
    change(used.app, lambda: db.session.execute(sa.insert(HistoryLine), [line] * 4_001))

    with used.app.app_context(), tables.snapshot() as connection:
        (history,) = (one for one in tables.kept_in(connection) if one.name == "history_line")
        held = [some.count(b"\n") for some in tables.lines(connection, history)]

    assert (len(held), sum(held)) == (3, 4_001)


@pytest.mark.both
def test_a_restore_that_fails_leaves_nothing(
    used: Installation, backup: Path, empty: Callable[..., Installation]
) -> None:
    def spoil(parts: dict[str, bytes]) -> None:
        # As somebody would do it who knows how the parts are listed.
        name = "database/office.jsonl"
        parts[name] = parts[name].replace(b'"Landkreis Kassel"', b"null")
        digest = hashlib.sha256(parts[name]).hexdigest()
        listing(parts, lambda said: said["parts"][name].update(size=len(parts[name]), sha256=digest))

    there = empty(used.kind)
    with there.app.app_context():
        with pytest.raises(Refused, match=r"^The backup is damaged: rows of its table office do not fit\.$"):
            restore(
                edited(backup, spoil),
                "",
                instance=there.settings.instance,
                erased=None,
                now=NOON,
                public_url=there.settings.public_url,
            )
        left = set(sa.inspect(db.engine).get_table_names()) - {"alembic_version"}

    assert (left, folder_in(there.settings.instance).exists()) == (set(), False)


def test_only_an_empty_installation_is_filled(used: Installation, backup: Path) -> None:
    with used.app.app_context():
        with pytest.raises(Refused, match=r"^This installation is not empty"):
            restore(
                backup, "", instance=used.settings.instance, erased=None, now=NOON, public_url=used.settings.public_url
            )
        assert tables.is_empty() is False
