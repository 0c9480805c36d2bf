"""Whatever is typed into whichever form: an answer, never a breakdown, never half of it saved."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz.conftest import HOSTILE
from tests.fuzz.strategies import HOSTILE as ANYTHING
from tests.fuzz.strategies import Change, changed, changes
from tests.reading import Form, Page
from tests.verdicts import unforgiven
from tests.world import ROLES, Found, World
from tracker.app import ROOMS

pytestmark = pytest.mark.timeout(0)

#: Two workers share the rooms.
ROOM = pytest.mark.parametrize(
    "room",
    [
        pytest.param(room.name, marks=pytest.mark.xdist_group(f"fuzz{number % 2}"), id=room.name)
        for number, room in enumerate(ROOMS)
    ],
)


@ROOM
def test_a_form_withstands_whatever_is_typed_into_it(office: World, room: str) -> None:
    forms = [one for one in office.forms if one.form.method == "POST" and one.endpoint.startswith(f"{room}.")]
    for found in forms:
        _throw_at(office, found)


def _throw_at(office: World, found: Found) -> None:
    # A button sends nothing that anybody reads: a few will do.
    enough = HOSTILE if found.form.names - {"csrf_token", "submission"} else settings(HOSTILE, max_examples=5)

    @enough
    @given(changes(found.form.fields))
    def throw(done: list[Change]) -> None:
        sent = changed(found.form.sends(), done)
        answer = office.send(found, sent)
        wrong = list(unforgiven(office, found, sent, answer))
        office.put_back()
        assert not wrong, f"{found}: {wrong}"

    throw()


@ROOM
def test_an_address_withstands_whatever_is_asked_in_it(office: World, room: str) -> None:
    for (route, role), paths in sorted(office.opened.items()):
        if route.startswith(f"{room}.") and paths and role == first_role(office, route):
            _ask_for(office, role, paths[0], sorted(office.asked[route] | {"page", "sort", "lang", "next", "q"}))


def first_role(office: World, route: str) -> str:
    """Return who sees most of those who may open a page."""
    return next(role for role in ROLES if office.opened.get((route, role)))


def _ask_for(office: World, role: str, path: str, names: list[str]) -> None:
    @HOSTILE
    @given(st.lists(st.tuples(st.sampled_from(names), ANYTHING), min_size=1, max_size=5))
    def ask(asked: list[tuple[str, str]]) -> None:
        found = Found(role, path, "", Form(path, "GET"))
        answer = office.send(found, [(name, value[:3_000]) for name, value in asked])
        assert answer.status_code in {200, 302, 400, 404}, (path, answer.status_code)
        assert not Page.of(answer.text).faults
        # That somebody was here is noted every few minutes, and counted as any change is; nothing else may be.
        assert office.differences() in (set(), {"sign_in"}, {"sign_in", "change_count"})

    ask()
