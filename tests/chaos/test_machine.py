"""A machine that is put to sleep, whose disk is full, or that is told to stop."""

import os
import signal
from functools import partial
from pathlib import Path

import pytest

from tests.chaos import points
from tests.chaos.conftest import Place
from tracker.mail.models import MessageState


def is_stopped(process: int | None) -> bool:
    """Whether a process is frozen."""
    return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "T"


@pytest.mark.both
@pytest.mark.parametrize(
    ("freeze", "copies", "windows"),
    [(points.freeze_before_the_claim_is_confirmed, 1, 0), (points.freeze_before_the_text, 2, 1)],
    ids=["before the body", "in the body"],
)
def test_a_worker_that_slept_longer_than_its_claim_sends_no_copy_that_is_not_recorded(
    place: Place, freeze: points.Arrangement, copies: int, windows: int
) -> None:
    place.plan()
    sleeper = place.work(freeze)
    place.until(lambda: is_stopped(sleeper.pid))

    place.work()
    place.until(lambda: place.states() == [MessageState.SENT])
    os.kill(sleeper.pid or 0, signal.SIGCONT)
    place.until(lambda: place.server.taken.copies.total() == copies)
    sleeper.terminate()
    sleeper.join(20)

    assert sleeper.exitcode == 0
    assert place.states() == [MessageState.SENT]
    assert (place.server.taken.copies.total(), place.windows()) == (copies, windows)
    assert [len(prints) for prints in place.server.taken.fingerprints.values()] == [1]


@pytest.mark.parametrize(
    ("seconds", "patience", "copies", "windows"),
    [(1.0, 0.02, 1, 0), (3.0, 0.002, 2, 1)],
    ids=["for a moment", "longer than the claim"],
)
def test_a_full_disk_after_the_answer_loses_nothing_and_doubles_only_what_is_recorded(
    place: Place, seconds: float, patience: float, copies: int, windows: int
) -> None:
    place.plan()

    place.work(partial(points.fill_the_disk, seconds), patience=patience)
    place.until(lambda: place.states() == [MessageState.SENT])

    assert (place.server.taken.copies.total(), place.windows()) == (copies, windows)


@pytest.mark.both
def test_a_worker_that_is_told_to_stop_finishes_its_message(place: Place) -> None:
    place.plan()
    worker = place.work(partial(points.hear_late, 1.0), patience=0.5)
    place.until(place.server.taken.copies.total)

    worker.terminate()
    worker.join(10)

    assert (worker.exitcode, place.states()) == (0, [MessageState.SENT])
