"""A worker that dies, sleeps or fails again and again: it is started again, or the page that machines ask says so."""

import os
import signal
import subprocess
from collections.abc import Callable
from datetime import datetime, timedelta

from flask import Flask
from flask.testing import FlaskClient

from tests.test_serve import children_of, served, wait_for
from tracker import clock
from tracker.mail import actions, queries
from tracker.mail.outbox import unit

Browse = Callable[..., FlaskClient]
__all__ = ["served"]


def said_to_machines(browse: Browse) -> tuple[int, list[str]]:
    """Ask how it is: status, and which jobs are silent."""
    answer = browse().get("/healthz")
    assert answer.json is not None
    return answer.status_code, answer.json["silent_jobs"]


def beats(app: Flask) -> dict[str, datetime]:
    """Return when each job was last through."""
    with app.app_context():
        return {tick.job: tick.at for tick in queries.ticks()}


def test_a_job_that_fails_again_and_again_is_told_as_if_it_did_not_come(app: Flask, browse: Browse) -> None:
    began, allowed = clock.now(), timedelta(minutes=11)

    def tick(minute: int, *, failed: bool) -> None:
        now = began + timedelta(minutes=minute)
        with app.app_context(), unit():
            actions.record_tick("plan", now, round(allowed.total_seconds()), failed=failed)
        clock.shift_by(now - began)

    tick(0, failed=False)
    told = []
    for minute in (1, 5, 10, 12):
        tick(minute, failed=True)
        told.append(said_to_machines(browse))
    tick(13, failed=False)

    assert told == [(200, []), (200, []), (200, []), (503, ["plan"])]
    assert said_to_machines(browse) == (200, [])


def test_a_worker_that_is_killed_is_replaced_and_its_jobs_go_on(
    app: Flask, browse: Browse, served: tuple[subprocess.Popen[str], str]
) -> None:
    supervisor, _address = served
    wait_for(lambda: beats(app).keys() >= {"plan", "deliver", "tidy"})

    os.kill(children_of(supervisor.pid)["worker"], signal.SIGKILL)
    killed = clock.now()
    wait_for(lambda: min(beats(app).values()) > killed)

    assert said_to_machines(browse) == (200, [])


def test_a_worker_that_sleeps_is_told_and_goes_on_when_it_wakes(
    app: Flask, browse: Browse, served: tuple[subprocess.Popen[str], str]
) -> None:
    supervisor, _address = served
    wait_for(lambda: beats(app).keys() >= {"plan", "deliver", "tidy"})
    worker = children_of(supervisor.pid)["worker"]

    os.kill(worker, signal.SIGSTOP)
    # So much later, as far as the web server can tell.
    clock.shift_by(timedelta(minutes=20))
    asleep = said_to_machines(browse)
    clock.shift_by(timedelta(0))
    os.kill(worker, signal.SIGCONT)
    woken = clock.now()
    wait_for(lambda: beats(app)["deliver"] > woken)

    assert (asleep[0], {"deliver", "plan"} <= set(asleep[1])) == (503, True)
    assert said_to_machines(browse) == (200, [])
