"""The headers of whatever answers: every route, every status, files, mistakes, and what is no request at all."""

import re
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, abort
from flask.testing import FlaskClient
from werkzeug.datastructures import Headers
from werkzeug.routing import Rule

from tests.conftest import Cast, sign_in
from tests.web.observatory import directives, score
from tracker.app import create_app
from tracker.config import Settings, load
from tracker.gate import _Answer
from tracker.web.access import public
from tracker.web.headers import HEADERS

ADDRESS = "https://partners.example.org"
BAR = 115
METHODS = ("GET", "POST", "PUT")
#: Statuses that no form of ours gives by itself just now are asked for here.
ASKED_FOR = (400, 401, 403, 404, 405, 409, 410, 413, 415, 429, 500, 501, 503)


@pytest.fixture
def public_site(app: Flask, settings: Settings, tmp_path: Path) -> Flask:
    """Give the same site as the world sees it, under TLS, with one page for each status."""
    site = create_app(
        load(
            {},
            instance=str(tmp_path),
            database_url=settings.database_url,
            public_url=ADDRESS,
            mail_from="a@example.org",
        )
    )

    def answer(status: int) -> str:
        if status == 500:
            raise RuntimeError
        return abort(status)

    site.add_url_rule("/status/<int:status>", "status", public(answer))
    site.config["WTF_CSRF_ENABLED"] = False
    return site


def asked(browser: FlaskClient, path: str, **more: Any) -> tuple[int, Headers]:
    """Return status and headers of an answer."""
    answer = browser.open(path, base_url=ADDRESS, **more)
    answer.close()
    return answer.status_code, answer.headers


@pytest.fixture
def browsers(public_site: Flask, app: Flask, cast: Cast) -> list[FlaskClient]:
    """Give nobody's browser, and one of somebody who may do everything."""
    nobody, somebody = public_site.test_client(use_cookies=False), public_site.test_client()
    somebody.set_cookie("__Host-tracker", sign_in(app, cast.administrator), domain="partners.example.org", secure=True)
    assert asked(somebody, "/projects/")[0] == 200
    return [nobody, somebody]


def paths(site: Flask) -> list[tuple[Rule, str]]:
    """Return each route with an address of it; there is something behind the number 1, and nothing behind a word."""
    rules = [rule for rule in site.url_map.iter_rules() if rule.endpoint != "status"]
    return [(rule, _PART.sub(_thing, rule.rule)) for rule in rules]


_PART = re.compile(r"<(?:(?P<kind>\w+)(?:\((?P<words>[^)]*)\))?:)?\w+>")


def _thing(part: re.Match[str]) -> str:
    if part["kind"] == "any":
        return part["words"].split(",")[0].strip(" '\"")
    return "1" if part["kind"] == "int" else "unknown"


def test_every_answer_scores_high(public_site: Flask, browsers: list[FlaskClient]) -> None:
    low, statuses = [], set()
    for _rule, path in paths(public_site):
        for method in METHODS:
            for browser in browsers:
                status, headers = asked(browser, path, method=method)
                statuses.add(status)
                if score(headers) < BAR or headers.get("Content-Type", "text/html; charset").count("charset") != (
                    1 if headers.get("Content-Type", "text/").startswith("text/") else 0
                ):
                    low.append((method, path, status, score(headers), headers.get("Content-Type")))

    assert low == []
    assert statuses >= {200, 302, 404, 405}
    assert 500 not in statuses


@pytest.mark.parametrize("status", ASKED_FOR)
def test_every_mistake_scores_high(public_site: Flask, browsers: list[FlaskClient], status: int) -> None:
    given, headers = asked(browsers[0], f"/status/{status}")

    assert (given, score(headers) >= BAR) == (status, True)
    assert {name: headers.get(name) for name in HEADERS} == HEADERS
    assert headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("path", "more", "status"),
    [
        ("/sign-in", {"headers": {"Host": "evil.example"}}, 400),
        ("/sign-in", {"method": "POST", "data": {"email": "a" * 5 * 2**20}}, 413),
        ("/sign-in", {"method": "POST", "data": {"unknown": "a"}}, 400),
        ("/static/css/tracker.css", {}, 200),
        ("/static/css/tracker.css", {"headers": {"If-Modified-Since": "Sun, 01 Jan 2090 00:00:00 GMT"}}, 304),
        ("/static/css/tracker.css", {"headers": {"Range": "bytes=999999999-"}}, 416),
        ("/static/../config.py", {}, 404),
        ("/static//css/tracker.css", {}, 308),
    ],
)
def test_every_odd_answer_scores_high(
    browsers: list[FlaskClient], path: str, more: dict[str, Any], status: int
) -> None:
    given, headers = asked(browsers[0], path, **more)

    assert (given, score(headers) >= BAR) == (status, True)


@pytest.mark.parametrize("code", [b"400 Bad Request", b"414 URI Too Long", b"431 x", b"501 x", b"500 x", b""])
def test_what_is_no_request_is_answered_with_the_same_headers(code: bytes) -> None:
    answer = _Answer()
    answer.sendall(b"HTTP/1.1 " + code + b"\r\n\r\n<b>words of the server</b>" if code else b"")

    lines = answer.with_headers(under_tls=True).partition(b"\r\n\r\n")[0].decode().split("\r\n")

    headers = Headers([(name, value) for name, _colon, value in (line.partition(": ") for line in lines[1:])])
    assert score(headers) >= BAR
    assert {name: headers.get(name) for name in HEADERS} == HEADERS
    assert lines[0].split()[1] == {b"": "500", b"501 x": "400"}.get(code, code[:3].decode())


def test_the_score_is_one(public_site: Flask, browsers: list[FlaskClient]) -> None:
    _status, headers = asked(browsers[0], "/sign-in")
    worst = Headers({"Access-Control-Allow-Origin": "*", "Referrer-Policy": "unsafe-url"})
    worst.add("Set-Cookie", "a=b")

    assert score(headers) in {120, 125}
    assert score(Headers()) == 100 - 25 - 20 - 20 - 5
    assert score(worst) == 0
    for name, lost in (("Content-Security-Policy", 45), ("Strict-Transport-Security", 40), ("Referrer-Policy", 5)):
        without = Headers([(key, value) for key, value in headers.items() if key != name])
        assert score(without) <= score(headers) - min(lost, 20), name


def test_nothing_within_a_page_runs_and_nothing_leads_out(browsers: list[FlaskClient]) -> None:
    _status, headers = asked(browsers[1], "/")

    allowed = directives(headers)
    assert allowed["default-src"] == {"'none'"}
    assert (allowed["base-uri"], allowed["form-action"], allowed["frame-ancestors"]) == (
        {"'none'"},
        {"'self'"},
        {"'none'"},
    )
    assert set().union(*allowed.values()) <= {"'none'", "'self'", "data:"}


def test_what_is_personal_is_kept_nowhere(public_site: Flask, browsers: list[FlaskClient]) -> None:
    for rule, path in paths(public_site):
        status, headers = asked(browsers[1], path)
        if not (rule.endpoint == "static" and status == 200):
            assert (headers["Cache-Control"], "Cookie" in headers["Vary"]) == ("no-store", True), path


def test_signing_out_empties_what_the_browser_kept(browsers: list[FlaskClient]) -> None:
    status, headers = asked(browsers[1], "/sign-out", method="POST")

    assert (status, headers["Clear-Site-Data"]) == (302, '"cache"')


def test_an_address_that_opens_something_is_told_to_nobody(public_site: Flask, browsers: list[FlaskClient]) -> None:
    told = {
        path: asked(browsers[0], path, method="GET" if "GET" in (rule.methods or ()) else "POST")[1]["Referrer-Policy"]
        for rule, path in paths(public_site)
        if {"secret", "token"} & rule.arguments
    }

    assert len(told) >= 4
    assert set(told.values()) == {"no-referrer"}
