"""The page about security: every requirement that applies stands there once, and what shows it exists."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "security.md"
#: How many requirements of each level of the standard apply; of the third only those that were taken on as well.
LEVELS = {1: 63, 2: 129, 3: 16}
STATES = {"met", "not met", "not applicable"}
_ROW = re.compile(r"^\| (\d+\.\d+\.\d+) \| (\d) \| ([^|]+) \| ([^|]+) \| ([^|]*) \|$", re.MULTILINE)
_SHOWN = re.compile(r"`((?:tests|tracker|docs|bench)/[\w./-]+?)(?:::(\w+))?`")


def rows() -> Iterator[tuple[str, int, str, str]]:
    """Return number, level, state and the reason or proof of each requirement."""
    for number, level, _gist, state, why in _ROW.findall(PAGE.read_text(encoding="utf-8")):
        yield number, int(level), state.strip(), why.strip()


@cache
def names_in(path: Path) -> frozenset[str]:
    """Return the names of the functions of a file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def test_every_requirement_stands_there_once() -> None:
    found = list(rows())

    assert Counter(level for _number, level, _state, _why in found) == LEVELS
    assert [number for number, times in Counter(row[0] for row in found).items() if times > 1] == []
    assert {state for _number, _level, state, _why in found} <= STATES


def test_nothing_of_the_first_level_is_unmet() -> None:
    assert [number for number, level, state, _why in rows() if level == 1 and state == "not met"] == []


def test_each_says_why() -> None:
    assert [number for number, _level, _state, why in rows() if not why] == []


def test_what_shows_it_exists() -> None:
    missing = [
        f"{number}: {path}::{name}"
        for number, _level, _state, why in rows()
        for path, name in _SHOWN.findall(why)
        if not (ROOT / path).exists() or (name and name not in names_in(ROOT / path))
    ]

    assert missing == []
