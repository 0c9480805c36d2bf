"""A partner with one milestone that is due today, and a real worker process on the same database."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from bench.chaos import environment_of, fill, start_worker
from bench.chaos_server import MailServer
from tests import builders
from tests.chaos.sizes import size
from tracker import clock
from tracker.config import Settings
from tracker.db import db
from tracker.mail import queries
from tracker.mail.models import Attempt, Message, MessageState
from tracker.mail.outbox import unit
from tracker.reminders.actions import ensure_site_rules, plan_reminders

#: A Tuesday that is a working day in Kassel and in Bistrița, just after the letters' time.
NOON = datetime(2027, 3, 2, 11, 0, tzinfo=UTC)
DUE_ON = date(2027, 3, 2)
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
#: Long enough for a machine that is busy with all the other tests.
PATIENCE = 0.003
LONGEST_SECONDS = size(60, 300)


@dataclass
class Place:
    """A database, a mail server, and workers between them."""

    app: Flask
    settings: Settings
    folder: Path
    server: MailServer
    started: list[ForkServerProcess] = field(default_factory=list)
    letters: int = 0

    def work(self, prepare: Callable[[], None] | None = None, patience: float = PATIENCE) -> ForkServerProcess:
        """Start a worker; its clock is the test's own."""
        given = environment_of(self.settings.database_url, self.folder, self.server.url, patience)
        self.started.append(start_worker(given, prepare))
        return self.started[-1]

    def plan(self) -> None:
        """Plan and write the letters, as the worker would."""
        with self.app.app_context(), unit():
            plan_reminders(clock.now(), public_url=self.settings.public_url)

    def states(self) -> list[MessageState]:
        """Look at the outbox."""
        with self.app.app_context():
            return list(db.session.scalars(sa.select(Message.state).order_by(Message.id)))

    def put(self, letters: int) -> None:
        """Put so many letters into the outbox, besides what the workers plan."""
        fill(self.app, letters)
        self.letters = letters

    @property
    def arrived(self) -> list[int]:
        """How often each of these has arrived."""
        return [self.server.taken.people[f"person{number}@example.org"] for number in range(self.letters)]

    @property
    def duplicates(self) -> int:
        """How many copies were one too many, of all letters."""
        return self.server.taken.copies.total() - len(self.server.taken.copies)

    @property
    def is_done(self) -> bool:
        """Whether all of these have arrived, and nothing is on its way."""
        return all(self.arrived) and not set(self.states()) & set(queries.ON_ITS_WAY)

    @property
    def shift(self) -> timedelta:
        """By how much its clock differs from the machine's."""
        return clock.now() - datetime.now(UTC)

    def has_recorded(self, windows: int, duplicates: int) -> bool:
        """Whether so many windows are written down, with so many copies too many; or more of both.

        On a busy machine an answer may come too late as well: one copy more, and written down like the others.
        """
        more = self.windows() - windows
        return more >= 0 and self.duplicates - duplicates <= more

    def windows(self) -> int:
        """Return how often the program wrote down that a letter may have been taken."""
        with self.app.app_context():
            return db.session.scalar(sa.select(sa.func.count()).where(Attempt.outcome == "unknown")) or 0

    def until(self, what: Callable[[], object]) -> None:
        """Wait for something that comes soon."""
        ends = time.monotonic() + LONGEST_SECONDS
        while not what():
            alive = [one.is_alive() for one in self.started]
            assert time.monotonic() < ends, f"it did not come: {self.states()}, workers {alive}"
            time.sleep(0.02)


@pytest.fixture
def place(app: Flask, settings: Settings, tmp_path: Path) -> Iterator[Place]:
    """Give an office in which one partner has to be reminded at this moment."""
    clock.shift_by(timedelta(hours=round((NOON - datetime.now(UTC)).total_seconds() / 3600)))
    with app.app_context(), unit():
        ensure_site_rules(LONG_AGO)
        here = builders.organisation(de="Bistrița-Năsăud", country="RO", language="ro", zone="Europe/Bucharest")
        partner = builders.person("Radu Partener", at=here, language="ro")
        project = builders.project(de="Euarca", organisations=[here])
        builders.milestone(project, due_on=DUE_ON, person=partner, due_since=LONG_AGO, responsible_since=LONG_AGO)
    server = MailServer(seed=1, is_faulty=False)
    found = Place(app, settings, tmp_path, server)
    yield found
    for process in found.started:
        process.kill()
        process.join()
    server.close()
