"""The worker as a real process: it does its jobs, says so, and ends when it should."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from tests import builders
from tests.mail.conftest import Line
from tracker import clock
from tracker.accounts.models import Account, Role, SignIn
from tracker.config import Settings
from tracker.db import db, writing
from tracker.documents.store import folder_in
from tracker.mail.models import Attempt, Message, MessageKind, MessageState
from tracker.mail.outbox import enqueue, unit
from tracker.mail.queries import ticks
from tracker.scheduler import HUNG, deliver, plan, tidy
from tracker.web.models import Submission

OWN_JOBS = """
import sys, threading
from datetime import timedelta
from pathlib import Path
from tracker import clock
from tracker.app import create_app
from tracker.mail.parcels import FilePost
from tracker.scheduler import Job, Worker
def fail(): raise KeyError("a bug")
def hang(): threading.Event().wait()
work, deadline = {"fail": fail, "hang": hang}[sys.argv[1]], timedelta(seconds=float(sys.argv[2]))
job = Job("trial", timedelta(seconds=0.2), deadline, work)
Worker(create_app(), [job], FilePost(Path("unused")), threading.Event(), machine_now=clock.now()).run()
"""


@pytest.fixture
def line() -> Iterator[Line]:
    """Give a mail server that follows a script."""
    server = Line()
    yield server
    server.close()


@pytest.fixture
def start(app: Flask, settings: Settings, tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Start a process on the database of the test."""
    started: list[subprocess.Popen[bytes]] = []

    def starting(*arguments: str, mail_url: str = "", patience: float = 1.0) -> subprocess.Popen[bytes]:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("TRACKER_")}
        environment |= {
            "TRACKER_INSTANCE": str(tmp_path),
            "TRACKER_DATABASE_URL": settings.database_url,
            "TRACKER_MAIL_URL": mail_url or f"file:{tmp_path / 'outbox'}",
            "TRACKER_MAIL_PATIENCE": str(patience),
        }
        process = subprocess.Popen([sys.executable, *arguments], env=environment, stderr=subprocess.DEVNULL)
        started.append(process)
        return process

    yield starting
    for process in started:
        with suppress(ProcessLookupError):
            process.kill()
        process.wait()


def put(app: Flask) -> int:
    with app.app_context(), unit():
        return enqueue(
            key="reset|1",
            kind=MessageKind.RESET,
            person_id=builders.person().id,
            address="radu@example.org",
            language="ro",
            zone="Europe/Bucharest",
            subject="Parolă nouă",
            text="Bună ziua\n",
            html=None,
            now=clock.now(),
        ).id


def failures_by_job(app: Flask) -> dict[str, int]:
    with app.app_context():
        return {tick.job: tick.failures for tick in ticks()}


def wait_for(what: Callable[[], object], seconds: float = 60) -> None:
    ends = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < ends, "it did not come"
        time.sleep(0.05)


def test_the_worker_delivers_says_that_it_lives_and_ends_when_told(
    app: Flask, start: Callable[..., subprocess.Popen[bytes]], line: Line
) -> None:
    message_id = put(app)
    worker = start("-m", "tracker.serve", "worker", str(os.getpid()), mail_url=line.url)

    wait_for(lambda: line.taken)
    jobs = {"plan", "answer", "deliver", "tidy", "take over", "make files", "fetch", "backup"}
    wait_for(lambda: failures_by_job(app).keys() == jobs)
    worker.send_signal(signal.SIGTERM)

    assert worker.wait(timeout=60) == 0
    with app.app_context():
        assert db.session.get_one(Message, message_id).state is MessageState.SENT


@pytest.mark.parametrize(
    ("where", "expected"),
    [("dot", (MessageState.UNKNOWN, "unknown")), ("rcpt", (MessageState.QUEUED, "retry"))],
)
def test_a_message_in_hand_is_cut_off_after_a_while_and_recorded(
    app: Flask,
    start: Callable[..., subprocess.Popen[bytes]],
    line: Line,
    where: str,
    expected: tuple[MessageState, str],
) -> None:
    message_id = put(app)
    line.follow({where: ["hang"]})
    worker = start("-m", "tracker.serve", "worker", str(os.getpid()), mail_url=line.url, patience=0.1)
    wait_for(lambda: line.said and not line.script[where])

    worker.send_signal(signal.SIGTERM)

    assert worker.wait(timeout=60) == 0
    with app.app_context():
        outcomes = db.session.scalars(select(Attempt.outcome)).all()
        assert (db.session.get_one(Message, message_id).state, *outcomes) == expected


def test_a_job_that_fails_says_so_and_comes_again(app: Flask, start: Callable[..., subprocess.Popen[bytes]]) -> None:
    worker = start("-c", OWN_JOBS, "fail", "60")

    wait_for(lambda: failures_by_job(app).get("trial", 0) >= 3)
    worker.send_signal(signal.SIGINT)

    assert worker.wait(timeout=60) == 0


def test_a_job_that_hangs_ends_the_process(start: Callable[..., subprocess.Popen[bytes]]) -> None:
    worker = start("-c", OWN_JOBS, "hang", "1")

    assert worker.wait(timeout=60) == HUNG


def test_each_job_can_be_run_by_hand(app: Flask, settings: Settings) -> None:
    message_id = put(app)
    # What other tests have attached would be tidied up as well.
    shutil.rmtree(folder_in(settings.instance), ignore_errors=True)

    with app.app_context():
        plan(settings)
        delivered = deliver(settings)
        clock.shift_by(timedelta(days=31))
        blanked = tidy()

        assert (delivered.counts, blanked) == ({MessageState.SENT: 1}, 1)
        assert isinstance(db.session.get_one(Message, message_id).sent_at, datetime)


def test_tidying_forgets_what_nobody_needs(app: Flask) -> None:
    now = clock.now()
    with app.app_context(), writing():
        builders.person(role=Role.PARTNER)
        account = db.session.scalars(select(Account)).one()
        for days, name in ((40, "long ago"), (20, "lately"), (-1, "still on")):
            then = now - timedelta(days=days)
            row = SignIn(secret_hash=name, account_id=account.id, created_at=then, used_at=then, device=name)
            row.confirmed_at = then
            row.idle_seconds, row.expires_at = 3600, then + timedelta(hours=12)
            db.session.add(row)
            db.session.add(Submission(key=name, at=then))
        db.session.commit()

    with app.app_context():
        tidy()

    with app.app_context():
        assert sorted(db.session.scalars(select(SignIn.device))) == ["lately", "still on"]
        assert list(db.session.scalars(select(Submission.key))) == ["still on"]
