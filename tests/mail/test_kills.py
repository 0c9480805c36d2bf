"""Workers that are killed at any moment lose nothing, and know each copy that they may have made."""

import os
import random
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests import builders
from tests.mail.conftest import Line
from tracker import clock
from tracker.config import Settings
from tracker.db import db
from tracker.mail import queries
from tracker.mail.models import Attempt, Message, MessageKind, MessageState
from tracker.mail.outbox import enqueue, unit

MESSAGES, KILLS, WORKERS = 200, 5, 2
PATIENCE = 0.003


class Workers:
    """Real worker processes, started again whenever one is gone."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._environment = environment
        self._processes = [self._start() for _number in range(WORKERS)]

    def _start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "tracker.serve", "worker", str(os.getpid())]
        return subprocess.Popen(command, env=self._environment, stderr=subprocess.DEVNULL)

    def kill(self, number: int) -> None:
        """Kill one and start another."""
        self._processes[number].kill()
        self._processes[number].wait()
        self._processes[number] = self._start()

    def stop(self) -> list[int]:
        """Tell all to stop, and return how they ended."""
        for process in self._processes:
            process.send_signal(signal.SIGTERM)
        return [process.wait(timeout=30) for process in self._processes]


@pytest.fixture
def sink() -> Iterator[Line]:
    """Give a mail server that takes what it gets, for several workers at once."""
    server = Line(many=True)
    yield server
    server.close()


@pytest.mark.both
def test_nothing_is_lost_when_workers_are_killed(app: Flask, settings: Settings, tmp_path: Path, sink: Line) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TRACKER_")}
    environment |= {
        "TRACKER_INSTANCE": str(tmp_path),
        "TRACKER_DATABASE_URL": settings.database_url,
        "TRACKER_MAIL_URL": sink.url,
        "TRACKER_MAIL_FROM": "partners@example.org",
        "TRACKER_MAIL_PATIENCE": str(PATIENCE),
    }
    with app.app_context(), unit():
        person = builders.person().id
        for number in range(MESSAGES):
            enqueue(
                key=f"reset|{number}",
                kind=MessageKind.RESET,
                person_id=person,
                address=f"person{number}@example.org",
                language="de",
                zone="Europe/Berlin",
                subject=f"Nr. {number}",
                text="Guten Tag\n",
                html="<p>Guten Tag</p>",
                now=clock.now(),
            )
    workers = Workers(environment)
    chance = random.Random(7)
    pause = threading.Event()
    try:
        for kill in range(KILLS):
            while len(sink.taken) < MESSAGES * (kill + 1) // (KILLS + 2):
                pause.wait(0.01)
            pause.wait(chance.uniform(0, 0.05))
            workers.kill(kill % WORKERS)
        with app.app_context():
            while any(queries.counts()[state] for state in queries.ON_ITS_WAY):
                db.session.rollback()
                pause.wait(0.1)
    finally:
        endings = workers.stop()

    copies = Counter(message_from_bytes(body, policy=policy.default)["To"] for body in sink.taken)
    with app.app_context():
        recorded = db.session.scalar(select(func.count()).where(Attempt.outcome == "unknown")) or 0
        states = Counter(db.session.scalars(select(Message.state)))
    assert states == {MessageState.SENT: MESSAGES}
    assert set(copies) == {f"person{number}@example.org" for number in range(MESSAGES)}
    assert copies.total() - MESSAGES <= recorded
    assert max(copies.values()) <= 3
    assert endings == [0] * WORKERS
