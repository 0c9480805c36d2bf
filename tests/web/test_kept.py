"""Pages that are kept: until what, for whom, and what on them is never kept."""

import re
import weakref
from collections.abc import Callable, Hashable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask, url_for
from flask.testing import FlaskClient

from tests import builders
from tests.conftest import Cast, account_of, change, person_of
from tracker import clock
from tracker.accounts.models import Role
from tracker.db import db
from tracker.log.models import LogEntry
from tracker.mail.changes import UNCOUNTED
from tracker.organisations.models import Organisation
from tracker.projects.models import Project
from tracker.web.kept import MOST_BYTES, Kept

Browse = Callable[..., FlaskClient]
Look = Callable[[Callable[[], Any]], Any]
Count = Callable[..., AbstractContextManager[list[str]]]
Still = Callable[[timedelta], None]

_TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
_KEY = re.compile(r'name="submission"[^>]*value="([^"]+)"')
#: What is read of letters and waits until something else changes too, or for the next minute, with the reason.
MAY_WAIT = {
    "overview.event": "a guest counts as written to; whoever writes to them is recorded in the same unit",
}


@pytest.fixture
def still(app: Flask) -> Iterator[Still]:
    """Let the clock of the door stand, and move it by hand."""
    door = app.extensions["door"]
    at = clock.now().replace(second=10)

    def move(by: timedelta) -> None:
        nonlocal at
        at += by
        app.extensions["door"] = replace(door, now=lambda: at)

    move(timedelta(0))
    yield move
    app.extensions["door"] = door


@pytest.mark.both
def test_a_page_is_put_together_once_until_anything_changes(
    app: Flask, cast: Cast, browse: Browse, count_queries: Count, still: Still
) -> None:
    browser, path = browse(cast.coordinator), f"/projects/{cast.project}?lang=en"
    first = browser.get(path)

    with count_queries(of_kept=True) as asked:
        again = browser.get(path)

    assert ((len(asked), "sign_in" in asked[0]), same(again.text)) == ((1, True), same(first.text))
    assert again.headers["Content-Type"] == first.headers["Content-Type"] == "text/html; charset=utf-8"
    change(app, lambda: setattr(db.session.get_one(Organisation, cast.here), "name", builders.text(de="Nösnerland")))
    assert "Nösnerland" not in again.text
    assert "Nösnerland" in browser.get(path).text


def same(page: str) -> str:
    """Return a page without what is each answer's own."""
    return _KEY.sub("", _TOKEN.sub("", page))


def test_it_is_put_together_anew_each_minute(cast: Cast, browse: Browse, count_queries: Count, still: Still) -> None:
    browser = browse(cast.coordinator)
    browser.get("/people/")
    still(timedelta(minutes=1))

    with count_queries(of_kept=True) as asked:
        browser.get("/people/")

    assert len(asked) > 1


@pytest.mark.both
def test_nobody_gets_the_page_of_somebody_else(app: Flask, cast: Cast, browse: Browse, still: Still) -> None:
    path = f"/projects/{cast.project}"
    seen = {browse(one).get(path).text for one in (cast.coordinator, cast.reader, cast.partner, cast.administrator)}

    assert len({same(page) for page in seen}) == len(seen)
    assert browse(cast.stranger).get(path).status_code == 404
    assert browse().get(path).status_code == 302


def test_another_role_another_language_and_the_end_of_an_account_are_seen_at_once(
    app: Flask, cast: Cast, browse: Browse, still: Still
) -> None:
    browser, path = browse(cast.coordinator), f"/projects/{cast.project}"
    edit = f"/projects/{cast.project}/edit"
    assert edit in browser.get(path).text
    assert 'lang="it"' in browser.get(f"{path}?lang=it").text.split("<head>")[0]

    change(app, lambda: setattr(account_of(cast.coordinator), "role", Role.READER))
    assert edit not in browser.get(path).text
    change(app, lambda: setattr(person_of(cast.coordinator), "language", "hu"))
    assert 'lang="hu"' in browser.get(path).text.split("<head>")[0]
    change(app, lambda: setattr(person_of(cast.coordinator), "archived_at", clock.now()))
    assert browser.get(path).status_code == 302


def test_each_opening_of_a_page_has_keys_of_its_own(cast: Cast, browse: Browse, look: Look, still: Still) -> None:
    browser, path = browse(cast.coordinator), f"/projects/{cast.project}?lang=en"
    keys = [_KEY.findall(browser.get(path).text)[0] for _ in range(3)]

    for key in (*keys, keys[0]):
        sent = {"happened_on": "16.2.2026", "kind": "call", "summary": "Angerufen", "submission": key}
        browser.post(f"/log/new?project={cast.project}", data=sent)

    assert len(set(keys)) == 3
    assert look(lambda: db.session.scalar(sa.select(sa.func.count(LogEntry.id)))) == 3


def test_what_was_just_done_is_said_once(cast: Cast, browse: Browse, still: Still) -> None:
    browser, path = browse(cast.coordinator), f"/projects/{cast.project}?lang=en"
    browser.get(path)
    sent = {"happened_on": "16.2.2026", "kind": "call", "summary": "Angerufen", "submission": "key-1"}
    browser.post(f"/log/new?project={cast.project}&lang=en", data=sent)

    said = ["It is in the log." in browser.get(path).text for _ in range(3)]

    assert said == [True, False, False]


def test_a_kept_page_holds_the_token_of_the_session_that_asks(
    app: Flask, cast: Cast, browse: Browse, still: Still
) -> None:
    browser, path = browse(cast.coordinator), f"/projects/{cast.project}"
    app.config["WTF_CSRF_ENABLED"] = True
    browser.get(path)
    browser.delete_cookie("tracker-form")

    token = _TOKEN.findall(browser.get(path).text)[0]

    assert browser.post("/sign-out", data={"csrf_token": "another"}).status_code == 400
    assert browser.post("/sign-out", data={"csrf_token": token}).status_code == 302


@pytest.mark.both
def test_kept_pages_show_nothing_that_may_change_uncounted(
    app: Flask, cast: Cast, browse: Browse, count_queries: Count, still: Still
) -> None:
    browser = browse(cast.administrator)
    reading = re.compile(rf"\b(?:FROM|JOIN) (?:{'|'.join(sorted(UNCOUNTED))})\b")
    found = {}

    for endpoint, path in addresses(app, cast).items():
        with count_queries(of_kept=True) as asked:
            assert browser.get(path).status_code == 200, path
        found[endpoint] = [one for one in asked if reading.search(one) and "sign_in" not in one]

    assert {endpoint for endpoint, statements in found.items() if statements} == set(MAY_WAIT)
    assert len(found) > 10


def addresses(app: Flask, cast: Cast) -> dict[str, str]:
    """Return an address of each view whose page is kept, by its endpoint."""

    def make() -> dict[str, int]:
        project = db.session.get_one(Project, cast.project)
        here, there = (db.session.get_one(Organisation, place) for place in (cast.office, cast.here))
        partnership = builders.partnership(here, there)
        made = {"event": builders.event(project=project), "agreement": builders.agreement(partnership)}
        db.session.flush()
        ids = {"partnership_id": partnership.id, "project_id": project.id, "organisation_id": here.id}
        return ids | {f"{name}_id": row.id for name, row in made.items()} | {"person_id": cast.partner}

    ids = change(app, make)
    with app.test_request_context():
        return {
            rule.endpoint: url_for(rule.endpoint, **{name: ids[name] for name in rule.arguments})
            for rule in app.url_map.iter_rules()
            if getattr(app.view_functions[rule.endpoint], "is_kept", False)
        }


@dataclass(frozen=True)
class _Copy:
    size: int
    until: datetime


def test_there_is_room_for_so_much_and_what_is_over_makes_room() -> None:
    at = clock.now()
    shelf: Kept[_Copy] = Kept()
    later, soon = at + timedelta(hours=1), at + timedelta(minutes=1)
    whole, half = _Copy(MOST_BYTES, later), _Copy(MOST_BYTES // 2, soon)

    def keep(number: int, now: datetime, **copies: _Copy) -> list[Hashable]:
        for key, copy in copies.items():
            shelf.keep(key, number, now, copy)
        return [key for key in ("a", "b", "c") if shelf.get(key, number, now)]

    assert keep(1, at, a=half, b=half, c=half) == ["a", "b"]
    assert keep(1, at, a=half, b=half) == ["a", "b"]
    assert keep(1, soon, c=whole) == ["c"]
    assert keep(1, soon, a=half) == ["c"]
    assert keep(2, soon, a=replace(half, until=later)) == ["a"]
    assert shelf.get("c", 1, soon) is None


@pytest.mark.parametrize(("number", "later"), [(1, timedelta(minutes=1)), (2, timedelta(0))])
def test_what_is_of_no_use_more_is_held_no_longer(number: int, later: timedelta) -> None:
    at = clock.now()
    shelf: Kept[_Copy] = Kept()
    copy = _Copy(1, at + timedelta(minutes=1))
    shelf.keep("a", 1, at, copy)
    held = weakref.ref(copy)
    del copy
    assert held()

    shelf.keep("b", number, at + later, _Copy(1, at + timedelta(hours=1)))

    assert held() is None
