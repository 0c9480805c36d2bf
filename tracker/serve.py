"""The web server and the worker, child processes of `tracker.watch`: `python -m tracker.serve web|worker`."""

import ctypes
import gc
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

from flask import Flask
from gunicorn.app.base import BaseApplication

from tracker.app import create_app
from tracker.config import Settings
from tracker.gate import Gate
from tracker.scheduler import run_worker
from tracker.web.logs import start_logging

#: How often an orphan notices that it is one, where the system does not tell.
_LOOK = 1.0
#: So many new things are there before the collector looks for circles among them. A page makes thousands and drops
#: them by itself: to look after each 700, as Python does, takes a tenth of its time.
_COLLECT_AFTER = 10_000
_SET_PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of prctl(2)


class PortTakenError(Exception):
    """Something else listens there."""


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
) -> NoReturn:
    """Serve the site, with its reminders unless `worker` is False, until SIGTERM or SIGINT.

    `prepare` runs once the port is ours and before anybody is served, `announce` is told the address. Port 0 is any
    free one. Does not return: this process becomes the one that watches. Raises PortTakenError.
    """
    start_logging()
    with _listening(host, port) as listener:
        prepare()
        shown = f"[{host}]" if ":" in host else host
        announce(f"http://{shown}:{listener.getsockname()[1]}")
        listener.set_inheritable(True)
        # -P: what lies in the folder one stands in is not ours.
        command = [sys.executable, "-P", "-m", "tracker.watch", str(listener.fileno()), str(workers), str(threads)]
        environment = os.environ | {"TRACKER_INSTANCE": str(settings.instance)}
        sys.stdout.flush()
        # Who only watches needs none of what preparing took: its memory is given back.
        os.execve(sys.executable, [*command, "worker"] if worker else command, environment)  # noqa: S606 - on purpose


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


def keep_shared(_server: object = None, _worker: object = None) -> None:
    """Let the processes share what is loaded: who collects garbage would copy it, and take long."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_COLLECT_AFTER)


def _run_web(number: int, workers: int, threads: int) -> None:
    options = {
        "bind": f"fd://{number}",
        "workers": workers,
        "worker_class": Gate,
        "threads": threads,
        "accesslog": None,
        "loglevel": "warning",
        "graceful_timeout": 10,
        "timeout": 60,
        "proc_name": "tracker",
        # Loaded once, before the processes part.
        "preload_app": True,
        "pre_fork": keep_shared,
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
        threading.Event().wait(_LOOK)
    os.kill(os.getpid(), signal.SIGTERM)


def main(arguments: list[str]) -> None:
    """Be a child: "web PARENT SOCKET WORKERS THREADS" or "worker PARENT"."""
    kind, parent, *numbers = arguments
    _end_with(int(parent))
    if kind == "web":
        _run_web(*(int(number) for number in numbers))
    else:
        app = create_app()
        keep_shared()
        run_worker(app)


if __name__ == "__main__":
    main(sys.argv[1:])
