"""A machine that sleeps, whose disk is full, whose database is locked, whose clock jumps, or that is told to stop."""

import multiprocessing
import os
import random
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.chaos import points
from tests.chaos.conftest import Place
from tests.chaos.sizes import size
from tracker.db import db, writing
from tracker.mail.models import MessageState


def is_stopped(process: int | None) -> bool:
    """Whether a process is frozen."""
    return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "T"


@pytest.mark.both
@pytest.mark.parametrize(
    ("freeze", "windows"),
    [(points.freeze_before_the_claim_is_confirmed, 0), (points.freeze_before_the_text, 1)],
    ids=["before the body", "in the body"],
)
def test_a_worker_that_slept_longer_than_its_claim_sends_no_copy_that_is_not_recorded(
    place: Place, freeze: points.Arrangement, windows: int
) -> None:
    place.plan()
    sleeper = place.work(freeze)
    place.until(lambda: is_stopped(sleeper.pid))

    place.work()
    place.until(lambda: place.states() == [MessageState.SENT])
    os.kill(sleeper.pid or 0, signal.SIGCONT)
    # Long enough for what it had in hand; on a busy machine its line may be gone by now, and the copy with it.
    time.sleep(1)
    sleeper.terminate()
    sleeper.join(60)

    assert sleeper.exitcode == 0
    assert place.states() == [MessageState.SENT]
    assert place.has_recorded(windows, duplicates=windows)
    assert [len(prints) for prints in place.server.taken.fingerprints.values()] == [1]


@pytest.mark.parametrize(
    ("seconds", "patience", "windows"),
    [(1.0, 0.02, 0), (3.0, 0.002, 1)],
    ids=["for a moment", "longer than the claim"],
)
def test_a_full_disk_after_the_answer_loses_nothing_and_doubles_only_what_is_recorded(
    place: Place, seconds: float, patience: float, windows: int
) -> None:
    letters = size(1, 200)
    place.put(letters)

    place.work(partial(points.fill_the_disk, seconds), patience=patience)
    place.until(lambda: place.is_done)

    assert place.duplicates >= windows
    assert place.has_recorded(windows, duplicates=windows)


@contextmanager
def locked(place: Place) -> Iterator[None]:
    """Let nobody else write, and on PostgreSQL not even read."""
    with place.app.app_context(), writing():
        lock = "LOCK TABLE message" if db.engine.dialect.name == "postgresql" else "SELECT 1"
        db.session.execute(sa.text(lock))
        yield
        db.session.rollback()


@pytest.mark.both
def test_a_database_that_is_locked_for_a_while_loses_and_doubles_nothing(place: Place) -> None:
    letters = size(60, 500)
    place.put(letters)
    for _worker in range(size(2, 4)):
        # Every wait on the database is shorter than a claim, as it is without impatience.
        place.work(patience=0.05)

    place.until(lambda: sum(place.arrived) > letters // 5)
    with locked(place):
        time.sleep(size(2, 20))
    place.until(lambda: place.is_done)

    assert (place.arrived, place.duplicates, place.windows()) == ([1] * letters, 0, 0)


@pytest.mark.both
def test_a_clock_that_jumps_under_several_workers_loses_nothing_and_doubles_only_what_is_recorded(
    place: Place,
) -> None:
    letters, chance = size(200, 2_000), random.Random(7)
    hour, day = 3600.0, 86_400.0
    place.put(letters)
    jump = multiprocessing.get_context("forkserver").RawValue("d", 0.0)
    for _worker in range(4):
        place.work(partial(points.jump_with_the_clock, jump, place.shift.total_seconds()))

    place.until(lambda: any(place.arrived))
    for _jump in range(size(10, 100)):
        jump.value = chance.choice([0.0, hour, -hour, day, -day, -10.0])
        time.sleep(0.3)
    # What was put off while the clock ran ahead has its turn when that time has come.
    jump.value = day + hour
    place.until(lambda: place.is_done)

    assert place.duplicates <= place.windows()
    assert max(place.arrived) <= 3
    assert {len(prints) for prints in place.server.taken.fingerprints.values()} == {1}


@pytest.mark.both
def test_a_worker_that_is_told_to_stop_finishes_its_message(place: Place) -> None:
    place.plan()
    worker = place.work(partial(points.hear_late, 1.0), patience=0.5)
    place.until(place.server.taken.copies.total)

    worker.terminate()
    worker.join(60)

    assert (worker.exitcode, place.states()) == (0, [MessageState.SENT])
