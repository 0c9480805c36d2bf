"""The table of who may what, `tests/access.toml`, as it is read."""

import tomllib
from pathlib import Path

from tests.access.rows import OFFICE, THERE
from tests.access.stage import PRINCIPALS

#: What is said to those who may not.
REFUSED = {"in", "403", "404"}


def _lines() -> dict[tuple[str, str, str], tuple[str, ...]]:
    """Return (endpoint, method, place) to the answers of the table; places are "" (here and there) and "office"."""
    table = tomllib.loads((Path(__file__).parent.parent / "access.toml").read_text(encoding="utf-8"))
    found = {}
    for room, asked in table.items():
        for key, answers in asked.items():
            method, view, *of_office = key.split()
            endpoint = view if room == "static" else f"{room}.{view}"
            found[endpoint, method, OFFICE if of_office else ""] = tuple(str(answers).split())
    return found


LINES = _lines()


def expected(answers: tuple[str, ...], place: str) -> dict[str, str]:
    """Return who gets what. What is the partner's here is foreign there, and the other way round."""
    found = dict(zip(PRINCIPALS, answers, strict=True))
    if place == THERE:
        found["partner"], found["elsewhere"] = found["elsewhere"], found["partner"]
    return found
