"""`tracker office export` and `fill`, as operators type them."""

import os
from pathlib import Path

import pytest

from tests.commands import typed

pytestmark = pytest.mark.xdist_group("portability")


def test_an_office_leaves_and_comes_in_by_two_commands(exported: Path, tmp_path: Path) -> None:
    clean = {name: text for name, text in os.environ.items() if not name.startswith("TRACKER_")}
    here = clean | {"TRACKER_INSTANCE": str(tmp_path / "here")}

    filled = typed(here, "office", "fill", str(exported))
    again = typed(here, "office", "export", str(tmp_path / "again.zip"))
    twice = typed(here, "office", "export", str(tmp_path / "again.zip"))
    refused = typed(here, "office", "fill", str(tmp_path / "again.zip"))

    assert (filled.returncode, filled.stdout.count("set a password: ")) == (0, 1), filled.stderr
    assert "All sending is paused.\n" in filled.stderr
    assert (again.returncode, again.stdout) == (0, ""), again.stderr
    assert again.stderr.startswith(f"{tmp_path / 'again.zip'}: ")
    assert [(one.returncode, one.stderr.count("\n")) for one in (twice, refused)] == [(1, 1), (1, 1)]
