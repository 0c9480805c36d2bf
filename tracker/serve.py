"""The web server and the worker as child processes, watched and started again.

Both are started as `python -m tracker.serve web|worker`, end with this process even when it is killed, and inherit
its environment.
"""

import ctypes
import logging
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication

from tracker import clock
from tracker.app import create_app
from tracker.config import Settings
from tracker.scheduler import run_worker
from tracker.web.logs import start_logging

log = logging.getLogger(__name__)

#: A child that ends is started again after this, twice as long each time, up to the longest.
FIRST_PAUSE = timedelta(seconds=1)
LONGEST_PAUSE = timedelta(seconds=30)
#: One that lived so long was well: its next pause is the first again.
WELL_AFTER = timedelta(seconds=60)
#: The worker finishes its message within ten seconds; then both are ended, finished or not.
END = timedelta(seconds=15)
#: How often children are looked at when no signal says that one has ended.
_STEP = timedelta(seconds=1)
_SET_PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of prctl(2)


class PortTakenError(Exception):
    """Something else listens there."""


@dataclass
class Child:
    """A process that is to run all the time."""

    name: str
    command: list[str]
    handed_down: tuple[int, ...] = ()
    process: subprocess.Popen[bytes] | None = None
    pause: timedelta = FIRST_PAUSE
    started_at: datetime | None = None
    starts_at: datetime | None = None

    def start(self, now: datetime, environment: dict[str, str]) -> None:
        """Start it."""
        self.process = subprocess.Popen(self.command, pass_fds=self.handed_down, env=environment)
        self.started_at, self.starts_at = now, None

    def has_ended(self) -> bool:
        """Whether it ran and does no more."""
        return self.process is not None and self.process.poll() is not None

    def rest(self, now: datetime) -> None:
        """Wait before the next start, longer each time."""
        if self.started_at is not None and now - self.started_at > WELL_AFTER:
            self.pause = FIRST_PAUSE
        status = self.process.returncode if self.process else None
        facts = {"child": self.name, "status": status, "pause_seconds": self.pause.total_seconds()}
        log.error("a child process has ended and is started again", extra={"facts": facts})
        self.process, self.starts_at = None, now + self.pause
        self.pause = min(self.pause * 2, LONGEST_PAUSE)

    def is_due(self, now: datetime) -> bool:
        """Whether it is time to start it. A clock that was set back delays nothing."""
        return self.process is None and (self.starts_at is None or not now < self.starts_at <= now + LONGEST_PAUSE)


def serve(
    settings: Settings,
    *,
    host: str = "127.0.0.1",
    port: int = 8000,
    workers: int = 2,
    threads: int = 4,
    worker: bool = True,
    prepare: Callable[[], None] = lambda: None,
    announce: Callable[[str], None] = lambda _address: None,
) -> None:
    """Serve the site, with its reminders unless `worker` is False, until SIGTERM or SIGINT.

    `prepare` runs once the port is ours and before anybody is served, `announce` is told the address. Port 0 is any
    free one. Raises PortTakenError.
    """
    start_logging()
    with _listening(host, port) as listener:
        prepare()
        # -P: what lies in the folder one stands in is not ours.
        command = [sys.executable, "-P", "-m", "tracker.serve"]
        parent, number = str(os.getpid()), listener.fileno()
        web = [*command, "web", parent, str(number), str(workers), str(threads)]
        children = [Child("web", web, (number,))]
        if worker:
            children.append(Child("worker", [*command, "worker", parent]))
        environment = os.environ | {"TRACKER_INSTANCE": str(settings.instance)}
        shown = f"[{host}]" if ":" in host else host
        announce(f"http://{shown}:{listener.getsockname()[1]}")
        _Supervisor(children, environment).run()


@contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    """Listen before any child does: a port that is taken is found at once, and a restart turns nobody away."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        raise PortTakenError(f"{host}:{port}: {error.strerror}") from error
    with listener:
        yield listener


@dataclass
class _Supervisor:
    children: list[Child]
    environment: dict[str, str]
    told: int = field(init=False)
    tell: int = field(init=False)
    is_ending: bool = False

    def run(self) -> None:
        self.told, self.tell = os.pipe()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda _number, _frame: self._end())
        signal.signal(signal.SIGCHLD, lambda _number, _frame: os.write(self.tell, b"."))
        try:
            while not self.is_ending:
                self._look_after()
                self._sleep()
        finally:
            self._end_children()

    def _end(self) -> None:
        self.is_ending = True
        os.write(self.tell, b".")

    def _look_after(self) -> None:
        now = clock.now()
        for child in self.children:
            if child.has_ended():
                child.rest(now)
            if child.is_due(now):
                child.start(now, self.environment)

    def _sleep(self) -> None:
        if select.select([self.told], [], [], _STEP.total_seconds())[0]:
            os.read(self.told, 4096)

    def _end_children(self) -> None:
        processes = [child.process for child in self.children if child.process is not None]
        for process in processes:
            process.terminate()
        killer = threading.Timer(END.total_seconds(), _kill, args=[processes])
        killer.start()
        for process in processes:
            process.wait()
        killer.cancel()


def _kill(processes: list[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        process.kill()


# ---- inside the children


class _Web(BaseApplication):
    """Gunicorn on a socket that it is handed, configured by its parent alone."""

    def __init__(self, options: dict[str, Any]) -> None:
        self._options = options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)

    def load(self) -> Flask:
        return create_app()


def _run_web(number: int, workers: int, threads: int) -> None:
    options = {
        "bind": f"fd://{number}",
        "workers": workers,
        "worker_class": "gthread",
        "threads": threads,
        "accesslog": None,
        "loglevel": "warning",
        "graceful_timeout": 10,
        "timeout": 60,
        "proc_name": "tracker",
        # It would put a socket into the home folder.
        "control_socket_disable": True,
    }
    _Web(options).run()


def _end_with(parent: int) -> None:
    """End this process when its parent ends, however that does."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGTERM)
    else:
        threading.Thread(target=_wait_for_orphanhood, args=[parent], daemon=True).start()
    if os.getppid() != parent:
        sys.exit(1)


def _wait_for_orphanhood(parent: int) -> None:
    while os.getppid() == parent:
        threading.Event().wait(_STEP.total_seconds())
    os.kill(os.getpid(), signal.SIGTERM)


def main(arguments: list[str]) -> None:
    """Be a child: "web PARENT SOCKET WORKERS THREADS" or "worker PARENT"."""
    kind, parent, *numbers = arguments
    _end_with(int(parent))
    if kind == "web":
        _run_web(*(int(number) for number in numbers))
    else:
        run_worker(create_app())


if __name__ == "__main__":
    main(sys.argv[1:])
