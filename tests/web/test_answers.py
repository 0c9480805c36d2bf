"""Headers of every answer, errors as pages with a number, addresses that may be kept for ever."""

import json
import logging
import re
from collections.abc import Callable
from typing import NoReturn

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import Cast
from tracker.web.access import public
from tracker.web.headers import HEADERS
from tracker.web.logs import JsonLines

Browse = Callable[..., FlaskClient]


def break_down() -> NoReturn:
    """Fail as a program does."""
    raise RuntimeError("secret words")


@pytest.fixture
def broken(app: Flask) -> None:
    """Let one page break down."""
    if "broken" not in app.view_functions:
        app._got_first_request = False  # noqa: SLF001 - the only way to add a page later
        app.add_url_rule("/broken", "broken", public(break_down))


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/sign-in", 200),
        ("GET", "/organisations/", 302),
        ("GET", "/there-is-no-such-page", 404),
        ("PUT", "/sign-in", 405),
        ("GET", "/imprint", 200),
        ("GET", "/static/css/tracker.css", 200),
        ("GET", "/static/none.css", 404),
    ],
)
def test_every_answer_has_the_headers(browse: Browse, method: str, path: str, status: int) -> None:
    answer = browse().open(path, method=method)
    answer.close()

    assert answer.status_code == status
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert ("no-store" in answer.headers["Cache-Control"]) == (status != 200 or not path.startswith("/static"))


def test_static_files_have_addresses_that_never_change_their_content(browse: Browse) -> None:
    browser = browse()
    address = re.search(r'href="(/static/css/tracker\.css\?v=[0-9a-f]{12})"', browser.get("/sign-in").text)
    assert address is not None

    answer = browser.get(address[1])
    answer.close()
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize(
    ("method", "path", "status", "title"),
    [
        ("POST", "/organisations/new", 400, "This request could not be read"),
        ("GET", "/settings/office", 403, "You may not do this"),
        ("GET", "/there-is-no-such-page", 404, "There is no such page"),
        ("DELETE", "/organisations/", 405, "This does not work this way"),
        ("POST", "/sign-in", 413, "This is too much"),
    ],
)
def test_an_error_is_a_page(browse: Browse, cast: Cast, *, method: str, path: str, status: int, title: str) -> None:
    data = {"unknown": "x" * (5 * 2**20 if status == 413 else 1)}

    answer = browse(cast.coordinator).open(f"{path}?lang=en", method=method, data=data)

    assert answer.status_code == status
    assert f"<h1>{title}</h1>" in answer.text
    assert 'lang="en"' in answer.text


@pytest.mark.usefixtures("broken")
def test_a_mistake_of_ours_has_a_number_that_the_log_has_too(browse: Browse, caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("tracker").addHandler(caplog.handler)
    answer = browse().get("/broken?lang=en")
    logging.getLogger("tracker").removeHandler(caplog.handler)

    record = next(record for record in caplog.records if record.exc_info)
    line = json.loads(JsonLines().format(record))
    assert answer.status_code == 500
    assert "Something went wrong" in answer.text
    assert line["number"] in answer.text
    assert "secret words" in line["trace"]
    assert "secret words" not in answer.text


@pytest.mark.parametrize("language", ["de", "en", "it", "hu", "ro"])
def test_errors_speak_the_readers_language(browse: Browse, cast: Cast, language: str) -> None:
    answer = browse(cast.coordinator).get("/there-is-no-such-page", query_string={"lang": language})

    assert f'<html lang="{language}"' in answer.text


def test_a_log_line_is_one_line() -> None:
    record = logging.makeLogRecord(
        {"msg": "a\nb\x1b[31m", "levelno": 20, "levelname": "INFO", "facts": {"who": "c\nd"}}
    )

    line = JsonLines().format(record)

    assert "\n" not in line
    assert "\x1b" not in line
    assert json.loads(line)["who"] == "c\nd"


def test_the_language_is_the_accounts_else_the_browsers_else_the_offices(browse: Browse, cast: Cast) -> None:
    def language(browser: FlaskClient, query: str = "", accepts: str = "") -> str:
        page = browser.get("/imprint" + query, headers={"Accept-Language": accepts}).text
        return str(re.findall(r'<html lang="(\w+)"', page)[0])

    assert language(browse(cast.partner), accepts="it") == "ro"
    assert language(browse(cast.partner), "?lang=hu") == "hu"
    assert language(browse(), accepts="fr, it;q=0.5") == "it"
    assert language(browse(), accepts="fr") == "de"
    assert language(browse(), "?lang=tlh") == "de"
