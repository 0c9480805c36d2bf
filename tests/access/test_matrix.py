"""Every route, asked by everybody, about what is theirs and what is not: the table is `tests/access.toml`."""

import tomllib
from pathlib import Path

import pytest

from tests.access.rows import HERE, OFFICE, THERE
from tests.access.stage import PRINCIPALS, Stage

TABLE = tomllib.loads((Path(__file__).parent.parent / "access.toml").read_text(encoding="utf-8"))
METHODS = ("GET", "POST")
pytestmark = pytest.mark.xdist_group("access")
#: What is said to those who may not.
REFUSED = {"in", "403", "404"}


def lines() -> dict[tuple[str, str, str], tuple[str, ...]]:
    """Return (endpoint, method, place) to the answers of the table; places are "" (here and there) and "office"."""
    found = {}
    for room, asked in TABLE.items():
        for key, answers in asked.items():
            method, view, *of_office = key.split()
            endpoint = view if room == "static" else f"{room}.{view}"
            found[endpoint, method, OFFICE if of_office else ""] = tuple(str(answers).split())
    return found


LINES = lines()


def expected(answers: tuple[str, ...], place: str) -> dict[str, str]:
    """Return who gets what. What is the partner's here is foreign there, and the other way round."""
    found = dict(zip(PRINCIPALS, answers, strict=True))
    if place == THERE:
        found["partner"], found["elsewhere"] = found["elsewhere"], found["partner"]
    return found


def test_every_route_stands_in_the_table(stage: Stage) -> None:
    routes = {
        (rule.endpoint, method)
        for rule in stage.app.url_map.iter_rules()
        for method in METHODS
        if method in (rule.methods or ())
    }

    assert {(endpoint, method) for endpoint, method, _place in LINES} == routes


def test_there_is_no_other_method(stage: Stage) -> None:
    methods = {method for rule in stage.app.url_map.iter_rules() for method in rule.methods or ()}

    assert methods == {*METHODS, "HEAD", "OPTIONS"}


@pytest.mark.parametrize("line", LINES, ids=" ".join)
def test_everybody_gets_what_is_theirs(stage: Stage, line: tuple[str, str, str]) -> None:
    endpoint, method, place = line
    names = next(rule for rule in stage.app.url_map.iter_rules() if rule.endpoint == endpoint).arguments
    differs = any(stage.things[HERE][name] != stage.things[THERE][name] for name in names)
    places = [place] if place else [HERE, THERE] if differs else [HERE]

    got = {at: {who: asked(stage, who, method, endpoint, at) for who in PRINCIPALS} for at in places}

    assert got == {at: expected(LINES[line], at) for at in places}


def asked(stage: Stage, who: str, method: str, endpoint: str, place: str) -> str:
    """Return what somebody is answered; who is refused has changed nothing."""
    if method == "GET":
        return stage.page(who, endpoint, place)[0]
    before = stage.state()
    word, answer = stage.ask(who, method, endpoint, place)
    answer.close()
    if stage.state() == before:
        return word
    stage.put_back()
    return f"{word} and wrote" if word in REFUSED and endpoint != "entrance.sign_out" else word
