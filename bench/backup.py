"""What people notice of a backup: ten of them work on a real server while a large office is backed up beside it.

They open pages and write entries, with a moment between. Of each page all times during the backup are compared with its
median without one, before and after it; a page may take three times as long at the most.
"""

import itertools
import os
import random
import secrets
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa

from bench import load, office, rivals
from bench.chaos import postgresql
from bench.mail import Figure
from bench.pages import PROJECT, START
from bench.server import free_port, whole
from tracker import clock
from tracker.backups.archive import opened
from tracker.db import db, measure_tables, writing
from tracker.documents.store import folder_in, keep
from tracker.history.models import HistoryLine
from tracker.history.rules import Verb

PEOPLE = 10
#: Seconds between an answer and what somebody does next: nobody is faster.
PAUSE = (0.2, 0.8)
SECONDS = float(os.environ.get("BENCH_SECONDS", "20"))
MEGABYTES = int(os.environ.get("BENCH_MEGABYTES", "1000"))
ROWS = int(os.environ.get("BENCH_ROWS", "500000"))
#: As photos and scans are.
_LARGE = 4_000_000
_WRITES = "new log entry"
#: One after the other, each begins elsewhere.
_PAGES = {
    "start page": START.path,
    "project page": PROJECT.path,
    "list of milestones": "/milestones/",
    "list of partnerships": "/partnerships/",
    "partnership page": "/partnerships/1",
    "list of the log": "/log/",
    "search": "/search?q=kassel",
}


@dataclass
class _Work:
    """What the people do, and how long each answer took: phase, name, seconds."""

    requests: dict[str, bytes]
    port: int
    phase: str = "warm"
    waits: dict[tuple[str, str], list[float]] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)

    def work(self, number: int) -> None:
        """Be one of them until all is over."""
        dice, names = random.Random(number), [*self.requests]
        turn = number
        try:
            while not self.ended.wait(dice.uniform(*PAUSE)):
                name, phase, turn = names[turn % len(names)], self.phase, turn + 1
                with socket.create_connection(("127.0.0.1", self.port), timeout=60) as connection:
                    began = time.perf_counter()
                    status, _tag = load.ask(connection, self.requests[name], b"")
                if status[9:] in {b"200", b"302"}:
                    self.waits.setdefault((phase, name), []).append(time.perf_counter() - began)
                else:
                    self.failures.append(f"{name}: {status.decode()}")
        except OSError as failure:
            self.failures.append(repr(failure))


@dataclass(frozen=True)
class _Made:
    """How a backup was made."""

    seconds: float
    mb: float
    rows: int
    file_mb: float


def measure(folder: Path) -> Iterator[Figure]:
    """Measure it on SQLite, and on PostgreSQL where there is a server."""
    with ExitStack() as stack:
        yield from _measure(folder / "sqlite", "SQLite", "")
        if url := stack.enter_context(postgresql()):
            yield from _measure(folder / "postgresql", "PostgreSQL", url)


def _measure(folder: Path, kind: str, url: str) -> Iterator[Figure]:
    office.make(folder, database_url=url)
    _remember(folder, url)
    for _ in range(MEGABYTES * 1_000_000 // _LARGE):
        keep(folder_in(folder), secrets.token_bytes(_LARGE))
    work = _Work(_requests(folder, url), free_port())
    environment = office.environment(folder, url)
    people = [threading.Thread(target=work.work, args=(number,)) for number in range(PEOPLE)]
    with whole(environment, work.port, ask=work.requests["start page"]):
        for one in people:
            one.start()
        try:
            # The first pages of each process take longer.
            time.sleep(5)
            work.phase = "without"
            time.sleep(SECONDS)
            work.phase = "during"
            made = _back_up(folder, environment)
            work.phase = "without"
            time.sleep(SECONDS)
        finally:
            work.ended.set()
            for one in people:
                one.join()
    if work.failures:
        raise RuntimeError(work.failures[0])
    yield Figure(f"backup of {made.rows:,} rows and {MEGABYTES} MB, {kind}", made.seconds, "s")
    yield Figure(f"memory of the backup, {kind}", made.mb, "MB")
    yield Figure(f"size of the backup, {kind}", made.file_mb, "MB")
    yield from _compared(work, kind)


def _remember(folder: Path, url: str) -> None:
    """Let the history hold as many lines as it takes: it is what grows for as long as an office works."""
    app = office.application(folder, url)
    with app.app_context(), writing():
        tables = db.metadata.sorted_tables
        missing = ROWS - sum(db.session.scalar(sa.select(sa.func.count()).select_from(one)) or 0 for one in tables)
        told = {"at": clock.now(), "verb": Verb.MILESTONE_CHANGED.name, "facts": {"changes": {"note": [None, None]}}}
        lines = ({"subject": f"milestone:{number % office.MILESTONES + 1}"} | told for number in range(missing))
        while some := list(itertools.islice(lines, 10_000)):
            db.session.execute(sa.insert(HistoryLine), some)
        # As either database has long been where so much is kept.
        measure_tables()
        db.session.commit()
        db.session.remove()
        db.engine.dispose()


def _requests(folder: Path, url: str) -> dict[str, bytes]:
    """Return what a browser sends that is signed in."""
    app = office.application(folder, url)
    client = office.browser(app)
    page = client.get(PROJECT.path).text
    session, token = client.get_cookie("tracker-form"), rivals.TOKEN.search(page)
    cookies = f"tracker={office.SECRET}; tracker-form={session.value if session else ''}"
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    asked = {name: rivals.request("GET", path, cookies) for name, path in _PAGES.items()}
    return asked | {_WRITES: rivals.entry(token[1] if token else "", cookies)}


def _back_up(folder: Path, environment: dict[str, str]) -> _Made:
    """Make a backup as an operator does."""
    path, tracker = folder / "backup.zip", Path(sys.executable).parent / "tracker"
    began = time.perf_counter()
    process = subprocess.Popen([str(tracker), "backup", str(path)], env=os.environ | environment)
    _pid, status, used = os.wait4(process.pid, 0)
    took = time.perf_counter() - began
    if status:
        raise RuntimeError(f"the backup ended with {status}")
    with opened(path, "") as archive:
        rows = sum(part.rows or 0 for part in archive.manifest.parts)
    return _Made(took, used.ru_maxrss / 1024, rows, path.stat().st_size / 10**6)


def _compared(work: _Work, kind: str) -> Iterator[Figure]:
    """Compare the slowest of each page, during the backup and without one, with its median without one."""
    for name in work.requests:
        usual = statistics.median(work.waits["without", name])
        for phase in ("during", "without"):
            slowest = max(work.waits[phase, name])
            ratio = round(slowest / usual, 2)
            yield Figure(f"slowest {name} {phase} a backup, {kind}", slowest * 1000, "ms", usual * 1000, (ratio,))
