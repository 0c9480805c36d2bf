"""What a letter costs: composing it, handing it over with all that is written down, and planning what is due.

The delivery is the program's own, real letters of real reminders, looked at again before each leaves; beside it runs
a bare loop that sends the same bytes and commits twice per letter, before the text and after the answer. Both go over
one line to the same mail server, which is a process of its own.
"""

import os
import smtplib
import socket
import sqlite3
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

import sqlalchemy as sa
from flask import Flask

from bench.chaos import fill, office, postgresql, start_worker
from tracker import clock
from tracker.answers.links import linked
from tracker.config import Settings
from tracker.db import Translated, db, measure_tables, writing
from tracker.mail.delivery import deliver_waiting
from tracker.mail.letters import Sender, compose
from tracker.mail.models import Message, MessageState
from tracker.mail.outbox import unit
from tracker.mail.queries import ON_ITS_WAY, counts
from tracker.mail.smtp import post_of
from tracker.milestones.models import Milestone
from tracker.people.models import Person
from tracker.postbox.waiting import reconsider, too_many
from tracker.preferences.rules import stop_link
from tracker.projects.models import Project, ProjectStatus
from tracker.reminders.actions import ensure_site_rules, plan_reminders
from tracker.scheduler import deliver

LETTERS = int(os.environ.get("BENCH_LETTERS", "1000"))
COMPOSED = int(os.environ.get("BENCH_COMPOSED", "5000"))
FEW, MANY, IN_REACH = 10_000, int(os.environ.get("BENCH_MILESTONES", "1000000")), 1_000
ROUNDS = 5
IDLE_TICKS = 50
GROWTH_LETTERS = int(os.environ.get("BENCH_GROWTH_LETTERS", "100000"))
SENDER = Sender("Landkreis Kassel", "partners@example.org")
PUBLIC_URL = "http://127.0.0.1:8000"
#: A Tuesday that is a working day everywhere here, after the letters' time: all that is due leaves now.
NOON = datetime(2027, 3, 2, 11, 30, tzinfo=UTC)
DUE_ON = date(2027, 3, 2)
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
_PORTION = 5_000


@dataclass(frozen=True)
class Figure:
    """A name, a value with its unit, and what it is compared with."""

    name: str
    value: float
    unit: str
    floor: float | None = None
    runs: tuple[float, ...] = ()


# ---- a mail server that takes everything


@contextmanager
def sink() -> Iterator[str]:
    """Give the address of a mail server in a process of its own."""
    command = [sys.executable, "-m", "bench.mail"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        if process.stdout is None:
            raise RuntimeError("the mail server has no voice")
        port = int(process.stdout.readline())
        try:
            yield f"smtp://127.0.0.1:{port}"
        finally:
            process.kill()


def take_everything() -> None:
    """Be a mail server: say the port, and say yes to all."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        print(listener.getsockname()[1], flush=True)
        while True:
            threading.Thread(target=_take, args=[listener.accept()[0]], daemon=True).start()


def _take(line: socket.socket) -> None:
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with line, line.makefile("rb") as words:
        line.sendall(b"220 ready\r\n")
        while word := words.readline():
            verb = word[:4].upper()
            if verb == b"EHLO":
                line.sendall(b"250-host\r\n250-PIPELINING\r\n250 SIZE\r\n")
            elif verb == b"DATA":
                line.sendall(b"354 go on\r\n")
                while words.readline() != b".\r\n":
                    pass
                line.sendall(b"250 taken\r\n")
            else:
                line.sendall(b"221 bye\r\n" if verb == b"QUIT" else b"250 ok\r\n")


# ---- an office full of milestones


def milestones(app: Flask, *, due: int, others: int = 0) -> None:
    """Enter a person for each milestone that is due today, and others spread over thirty years out of reach."""
    with app.app_context(), writing():
        ensure_site_rules(LONG_AGO)
        project = Project(title=_said("Euarca"), status=ProjectStatus.RUNNING, created_at=LONG_AGO)
        db.session.add(project)
        languages = ("de", "en", "it", "hu", "ro")
        people = [
            Person(
                name=f"Ágnes Würzburger {number}",
                language=languages[number % 5],
                email=f"person{number}@example.org",
                created_at=LONG_AGO,
            )
            for number in range(due)
        ]
        for person in people:
            person.fold()
        db.session.add_all(people)
        db.session.flush()
        row = Milestone(title=_said("Künstler benannt"), project_id=project.id)
        row.fold()
        usual = {
            "title": row.title,
            "folded": row.folded,
            "project_id": project.id,
            "due_since": LONG_AGO,
            "responsible_since": LONG_AGO,
            "created_at": LONG_AGO,
        }
        today = [
            usual | {"due_on": DUE_ON, "first_due_on": DUE_ON, "responsible_person_id": person.id} for person in people
        ]
        db.session.execute(sa.insert(Milestone), today)
        for first in range(0, others, _PORTION):
            numbers = range(first, min(first + _PORTION, others))
            far = [usual | dict.fromkeys(("due_on", "first_due_on"), _out_of_reach(number)) for number in numbers]
            db.session.execute(sa.insert(Milestone), far)
        measure_tables()
        db.session.commit()


def _said(words: str) -> Translated:
    return Translated.of("de", LONG_AGO, de=words)


def _out_of_reach(number: int) -> date:
    """Return a day within fifteen years of today, but not within two months."""
    days = 60 + number // 2 % (365 * 15)
    return DUE_ON + timedelta(days=days if number % 2 else -days)


def to_noon() -> str:
    """Return the setting that lets the program believe that it is noon."""
    return f"{round((NOON - datetime.now(UTC)).total_seconds()):+d}s"


def plan(app: Flask) -> float:
    """Plan once, and return the seconds that this process worked; on SQLite that is all of it."""
    began = time.process_time()
    with app.app_context(), unit():
        plan_reminders(clock.now(), public_url=PUBLIC_URL)
    return time.process_time() - began


# ---- composing


def composing(app: Flask) -> Figure:
    """Measure how many letters a second are planned, worded and put into the outbox, on one core."""
    milestones(app, due=COMPOSED)
    seconds = plan(app)
    with app.app_context():
        made = db.session.scalar(sa.select(sa.func.count()).select_from(Message)) or 0
    return Figure("letters composed", made / seconds, "letters/s")


# ---- handing over


def handing_over(app: Flask, folder: Path) -> Iterator[Figure]:
    """Compare the delivery of the letters that wait with the bare loop, round by round."""
    settings: Settings = app.config["SETTINGS"]
    with sink() as url, app.app_context():
        yield from _compared("reminder letters handed over, looked at again", url, folder, settings)
        with unit():
            db.session.execute(sa.text("UPDATE message SET state = 'cancelled' WHERE state = 'queued'"))
        fill(app, COMPOSED)
        yield from _compared("other messages handed over", url, folder, settings)


def _compared(name: str, url: str, folder: Path, settings: Settings) -> Iterator[Figure]:
    """Compare the time that passes, and the time that this process works: a busy machine tells nothing by the first."""
    waiting = sa.select(Message).where(Message.state == MessageState.QUEUED).order_by(Message.id)
    stop = partial(stop_link, keys=settings.signing_keys, public_url=PUBLIC_URL)
    answer = partial(linked, keys=settings.signing_keys)
    contents = [
        (
            one.address,
            compose(one, sender=SENDER, dated_at=NOON, unsubscribe=stop(one), linked=partial(answer, one)),
        )
        for one in db.session.scalars(waiting)
    ]
    db.session.rollback()
    portion = len(contents) // ROUNDS
    passed: list[tuple[float, float]] = []
    worked: list[tuple[float, float]] = []
    for number in range(ROUNDS):
        mine = contents[number * portion : (number + 1) * portion]
        bare = _timed(partial(bare_loop, url, mine, folder / f"{name}{number}.sqlite"))
        ours = _timed(
            partial(
                deliver_waiting,
                clock.now,
                post_of(url, host="localhost"),
                partial(reconsider, public_url=PUBLIC_URL),
                sender=SENDER,
                too_many=partial(too_many, per_day=0),
                unsubscribe=stop,
                linked=answer,
                limit=portion,
            )
        )
        passed.append((portion / ours[0], portion / bare[0]))
        worked.append((ours[1] / portion * 1000, bare[1] / portion * 1000))
    yield _against(name, "letters/s", passed)
    yield _against(f"{name}: work", "ms of CPU", worked)


def _timed(work: Callable[[], object]) -> tuple[float, float]:
    """Return the seconds that passed, and those that this process worked."""
    began = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - began[0], time.process_time() - began[1]


def _against(name: str, unit_: str, pairs: list[tuple[float, float]]) -> Figure:
    ratios = tuple(round(mine / theirs, 3) for mine, theirs in pairs)
    mine, theirs = zip(*pairs, strict=True)
    return Figure(name, statistics.median(mine), unit_, statistics.median(theirs), ratios)


def bare_loop(url: str, letters: list[tuple[str, bytes]], path: Path) -> None:
    """Send ready bytes over one line with two durable commits for each."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for pragma in ("journal_mode=wal", "synchronous=2"):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute("CREATE TABLE message (id INTEGER PRIMARY KEY, state TEXT, content BLOB)")
        connection.execute("BEGIN")
        connection.executemany("INSERT INTO message (state) VALUES (?)", [("queued",)] * len(letters))
        connection.execute("COMMIT")
        host, _colon, port = url.removeprefix("smtp://").partition(":")
        client = smtplib.SMTP(host, int(port), local_hostname="localhost")
        if client.sock is not None:
            client.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client.ehlo()
        for number, (address, content) in enumerate(letters, start=1):
            client.mail(SENDER.address, [f"SIZE={len(content)}"])
            client.rcpt(address)
            connection.execute("UPDATE message SET state = 'in_data', content = ? WHERE id = ?", (content, number))
            client.data(content)
            connection.execute("UPDATE message SET state = 'sent', content = NULL WHERE id = ?", (number,))
        client.quit()


def several_workers(app: Flask, database_url: str, folder: Path) -> Figure:
    """Compare two worker processes with one."""
    seconds: dict[int, list[float]] = {1: [], 2: []}
    with sink() as url:
        for _round in range(ROUNDS):
            for workers, times in seconds.items():
                times.append(_time_of(app, workers, environment(database_url, folder, url)))
    ratios = tuple(round(one / two, 3) for one, two in zip(seconds[1], seconds[2], strict=True))
    figures = {number: LETTERS / statistics.median(times) for number, times in seconds.items()}
    return Figure("letters of two workers, to one's, PostgreSQL", figures[2], "letters/s", figures[1], ratios)


def environment(database_url: str, folder: Path, mail_url: str) -> dict[str, str]:
    """Return the settings of a worker whose turns come at once."""
    return {
        "TRACKER_INSTANCE": str(folder),
        "TRACKER_DATABASE_URL": database_url,
        "TRACKER_MAIL_URL": mail_url,
        "TRACKER_MAIL_FROM": f"{SENDER.name} <{SENDER.address}>",
        "TRACKER_MAIL_PATIENCE": "0.05",
    }


def _time_of(app: Flask, workers: int, given: dict[str, str]) -> float:
    """Return the seconds from the first letter sent to the last."""
    with app.app_context(), writing():
        db.session.execute(sa.text("DELETE FROM attempt"))
        db.session.execute(sa.text("DELETE FROM message"))
        db.session.execute(sa.text("DELETE FROM person"))
        db.session.commit()
    processes = [start_worker(given) for _number in range(workers)]
    # They are ready when their heartbeats stand there; what they find then, they find together.
    time.sleep(3)
    fill(app, LETTERS)
    began = time.perf_counter()
    with app.app_context():
        while any(counts()[state] for state in ON_ITS_WAY):
            db.session.rollback()
            time.sleep(0.02)
    seconds = time.perf_counter() - began
    for process in processes:
        process.kill()
        process.join()
    return seconds


# ---- planning


def planning(folder: Path) -> Iterator[Figure]:
    """Compare planning with a million milestones to planning with ten thousand, of which the same thousand are due."""
    times: dict[int, float] = {}
    for number in (FEW, MANY):
        place = folder / f"plan{number}"
        place.mkdir()
        with office(f"sqlite:///{place}/tracker.sqlite", place, clock_shift=to_noon()) as app:
            milestones(app, due=IN_REACH, others=number - IN_REACH)
            times[number] = plan(app)
            if number == MANY:
                cpu = idle(app)
                yield Figure(f"idle turn at {MANY:,} milestones", cpu * 1000, "ms of CPU")
    ratio = round(times[MANY] / times[FEW], 3)
    yield Figure(f"planning with {MANY:,} milestones, to {FEW:,}", times[MANY], "s of CPU", times[FEW], (ratio,))


def idle(app: Flask) -> float:
    """Return the CPU seconds of a turn of delivery in which nothing is due."""
    settings = app.config["SETTINGS"]
    with app.app_context(), unit():
        db.session.execute(sa.update(Message).values(state=MessageState.SENT))
    with app.app_context():
        deliver(settings)
        began = time.process_time()
        for _tick in range(IDLE_TICKS):
            deliver(settings)
        return (time.process_time() - began) / IDLE_TICKS


# ---- memory


def growth(app: Flask, database_url: str, folder: Path) -> Figure:
    """Measure by how much the memory of a worker grows from the first tenth of the letters to the last."""
    fill(app, GROWTH_LETTERS)
    with sink() as url:
        process = start_worker(environment(database_url, folder, url))
        with app.app_context():
            _until_left(GROWTH_LETTERS * 9 // 10)
            before = _resident_mb(process.pid)
            _until_left(GROWTH_LETTERS // 100)
            after = _resident_mb(process.pid)
        process.kill()
        process.join()
    return Figure(f"growth of the worker's memory over {GROWTH_LETTERS:,} letters", after - before, "MB")


def _until_left(letters: int) -> None:
    while sum(counts()[state] for state in ON_ITS_WAY) > letters:
        db.session.rollback()
        time.sleep(0.2)


def _resident_mb(process: int | None) -> float:
    pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


# ---- all of it


def measure(folder: Path) -> Iterator[Figure]:
    """Measure everything about mail and planning."""
    url = f"sqlite:///{folder}/letters.sqlite"
    with office(url, folder, clock_shift=to_noon()) as app:
        yield composing(app)
        yield from handing_over(app, folder)
    yield from planning(folder)
    (folder / "growth").mkdir()
    url = f"sqlite:///{folder}/growth/tracker.sqlite"
    with office(url, folder / "growth") as app:
        yield growth(app, url, folder / "growth")
    with postgresql() as server_url:
        if server_url is not None:
            (folder / "two").mkdir()
            with office(server_url, folder / "two") as app:
                yield several_workers(app, server_url, folder / "two")


if __name__ == "__main__":
    take_everything()
