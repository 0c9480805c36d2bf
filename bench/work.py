"""The work of each page in processor time, in this process: whatever else the machine does disturbs it less.

A ratio is that of the speeds, as for the answers per second: 1 is as fast as the floor.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask
from werkzeug.datastructures import Headers
from werkzeug.test import EnvironBuilder

from bench import floor
from bench.event_pages import FETCHES
from bench.page import Fetch, Page
from bench.pages import PAGES
from bench.rivals import Contest, Rival
from tracker.app import create_app
from tracker.config import load
from tracker.db import db, writing
from tracker.organisations.models import Office
from tracker.serve import keep_shared
from tracker.web import kept

ROUNDS, ASKED = 7, 20


@dataclass(frozen=True)
class Work:
    """The least milliseconds of processor time for a page and for the floor's, and how they compare in each round."""

    name: str
    ms: float
    floor_ms: float
    ratios: tuple[float, ...]


def compare(contest: Contest) -> Iterator[Work]:
    """Ask the program and the floor for each page in turn, without a server between; for files, the bare floor."""
    program, full, bare = (application(rival) for rival in contest.rivals)
    # As the web server does with what it has loaded.
    keep_shared()
    for page in PAGES:
        theirs = partial(ask, full, page, contest.cookies)
        for how, own in (("put together anew", put_together), ("asked for again", ask)):
            yield _compared(f"{page.name}, {how}", partial(own, program, page, contest.cookies), theirs)
    for one in FETCHES:
        yield _compared(one.name, partial(fetch, program, one), partial(fetch, bare, one))


def anew(contest: Contest) -> list[float]:
    """Return the milliseconds that it takes each time to put a calendar together after something was changed."""
    program = application(contest.rivals[0])
    keep_shared()
    took = []
    for _ in range(ROUNDS):
        with program.app_context(), writing():
            db.session.execute(sa.update(Office).values(public_page=True))
            db.session.commit()
        took.append(_timed(program, FETCHES[0].path, {}, 1, "200 OK"))
    return took


def _compared(name: str, own: Callable[[], float], floor_s: Callable[[], float]) -> Work:
    rounds = [(own(), floor_s()) for _ in range(ROUNDS + 1)]
    # The first one is to warm up.
    ms, floor_ms = zip(*rounds[1:], strict=True)
    ratios = tuple(round(theirs / mine, 3) for mine, theirs in rounds[1:])
    return Work(name, min(ms), min(floor_ms), ratios)


def application(rival: Rival) -> Flask:
    """Return a rival in this process."""
    folder = rival.environment.get(floor.FOLDER)
    if folder:
        return floor.floor_in(Path(folder), bare=floor.BARE in rival.environment)
    return create_app(load(rival.environment))


def ask(app: Flask, page: Page, cookies: str) -> float:
    """Return the milliseconds of processor time that a page takes."""
    return _timed(app, page.path, _headers(cookies), ASKED, "200 OK")


def put_together(app: Flask, page: Page, cookies: str) -> float:
    """Return the milliseconds of processor time that a page takes of which nothing is kept."""
    return _timed(app, page.path, _headers(cookies), ASKED, "200 OK", before=partial(kept.install, app))


def _headers(cookies: str) -> dict[str, str]:
    return {"Cookie": cookies, "Accept-Language": "de"}


def fetch(app: Flask, one: Fetch) -> float:
    """Return the milliseconds of processor time that a file takes, for a program that was there before."""
    if not one.knows:
        return _timed(app, one.path, {}, ASKED, "200 OK")
    tag = app.test_client().get(one.path).headers["ETag"]
    return _timed(app, one.path, {"If-None-Match": tag}, ASKED, "304 NOT MODIFIED")


def _timed(
    app: Flask,
    address: str,
    headers: dict[str, str],
    times: int,
    expected: str,
    *,
    before: Callable[[], None] = lambda: None,
) -> float:
    path, _mark, query = address.partition("?")
    environ = EnvironBuilder(path, query_string=query, headers=Headers(headers)).get_environ()
    began = time.process_time()
    for _ in range(times):
        before()
        _answer(app, dict(environ), expected)
    return (time.process_time() - began) / times * 1000


def _answer(app: Flask, environ: dict[str, Any], expected: str) -> None:
    told: list[str] = []

    def start(status: str, _headers: object, _error: object = None) -> Any:  # noqa: ANN401 - WSGI's
        told.append(status)

    answer: Iterable[bytes] = app.wsgi_app(environ, start)
    for _part in answer:
        pass
    if hasattr(answer, "close"):
        answer.close()
    if told != [expected]:
        raise RuntimeError(str(told))
