"""Every route, asked by everybody, about what is theirs and what is not: the table is `tests/access.toml`."""

import pytest

from tests.access.stage import PRINCIPALS, Stage
from tests.access.table import LINES, REFUSED, expected

METHODS = ("GET", "POST")
pytestmark = pytest.mark.xdist_group("access")


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
    places = [place] if place else stage.places(endpoint)

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
