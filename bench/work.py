"""The work of each page in processor time, in this process: whatever else the machine does disturbs it less.

A ratio is that of the speeds, as for the answers per second: 1 is as fast as the floor.
"""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask
from werkzeug.datastructures import Headers
from werkzeug.test import EnvironBuilder

from bench import floor
from bench.page import Page
from bench.pages import PAGES
from bench.rivals import Contest, Rival
from tracker.app import create_app
from tracker.config import load
from tracker.serve import keep_shared

ROUNDS, ASKED = 7, 20


@dataclass(frozen=True)
class Work:
    """The least milliseconds of processor time for a page and for the floor's, and how they compare in each round."""

    page: Page
    ms: float
    floor_ms: float
    ratios: tuple[float, ...]


def compare(contest: Contest) -> Iterator[Work]:
    """Ask the program and the floor for each page in turn, without a server between."""
    program, full = (application(rival) for rival in contest.rivals[:2])
    # As the web server does with what it has loaded.
    keep_shared()
    for page in PAGES:
        rounds = [(ask(program, page, contest.cookies), ask(full, page, contest.cookies)) for _ in range(ROUNDS + 1)]
        # The first one is to warm up.
        own, theirs = zip(*rounds[1:], strict=True)
        ratios = tuple(round(floor_ms / ms, 3) for ms, floor_ms in rounds[1:])
        yield Work(page, min(own), min(theirs), ratios)


def application(rival: Rival) -> Flask:
    """Return a rival in this process."""
    folder = rival.environment.get(floor.FOLDER)
    return floor.floor_in(Path(folder)) if folder else create_app(load(rival.environment))


def ask(app: Flask, page: Page, cookies: str, times: int = ASKED) -> float:
    """Return the milliseconds of processor time that an answer takes."""
    path, _mark, query = page.path.partition("?")
    headers = Headers({"Cookie": cookies, "Accept-Language": "de"})
    environ = EnvironBuilder(path, query_string=query, headers=headers).get_environ()
    began = time.process_time()
    for _ in range(times):
        _answer(app, dict(environ))
    return (time.process_time() - began) / times * 1000


def _answer(app: Flask, environ: dict[str, Any]) -> None:
    told: list[str] = []

    def start(status: str, _headers: object, _error: object = None) -> Any:  # noqa: ANN401 - WSGI's
        told.append(status)

    answer: Iterable[bytes] = app.wsgi_app(environ, start)
    for _part in answer:
        pass
    if hasattr(answer, "close"):
        answer.close()
    if told != ["200 OK"]:
        raise RuntimeError(str(told))
