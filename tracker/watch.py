"""Keeps the children of `tracker serve` running: run as `python -m tracker.watch SOCKET WORKERS THREADS [worker]`.

It imports nothing that is large and takes the place of the process that prepared everything, memory and all. Both
children are started as `python -m tracker.serve web|worker`, end with this process even when it is killed, and inherit
its environment.
"""

import logging
import os
import select
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tracker import clock
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


def main(arguments: list[str]) -> None:
    """Serve on an open socket until SIGTERM or SIGINT."""
    number, workers, threads, *others = arguments
    start_logging()
    # -P: what lies in the folder one stands in is not ours.
    command, parent = [sys.executable, "-P", "-m", "tracker.serve"], str(os.getpid())
    children = [Child("web", [*command, "web", parent, number, workers, threads], (int(number),))]
    children += [Child(name, [*command, name, parent]) for name in others]
    _Supervisor(children, dict(os.environ)).run()


if __name__ == "__main__":
    main(sys.argv[1:])
