"""Starts the program or a floor in the very same web server, and says what it costs in memory.

Run as `python -m bench.server web PARENT SOCKET WORKERS THREADS` it is a floor in the program's own child process.
"""

import importlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from bench import floor

WORKERS, THREADS = 2, 4
LONGEST_START = 60.0


@dataclass(frozen=True)
class Running:
    """A server that answers."""

    port: int
    process: subprocess.Popen[bytes]
    #: Seconds from its start to its first answer.
    first_answer: float


@contextmanager
def running(module: str, environment: dict[str, str], *, ask: bytes) -> Iterator[Running]:
    """Run the web server of a module (`tracker.serve` or `bench.server`) until the block ends."""
    with socket.create_server(("127.0.0.1", 0), backlog=2048) as listener:
        number, port = listener.fileno(), int(listener.getsockname()[1])
        command = [sys.executable, "-m", module, "web", str(os.getpid()), str(number), str(WORKERS), str(THREADS)]
        began = time.perf_counter()
        process = subprocess.Popen(command, pass_fds=(number,), env=os.environ | environment)
        with _ended(process):
            yield Running(port, process, _first_answer(process, port, ask, began))


@contextmanager
def whole(environment: dict[str, str], port: int, *, ask: bytes) -> Iterator[Running]:
    """Run `tracker serve` with its worker process until the block ends."""
    tracker = Path(sys.executable).parent / "tracker"
    began = time.perf_counter()
    process = subprocess.Popen([str(tracker), "serve", "--port", str(port)], env=os.environ | environment)
    with _ended(process):
        yield Running(port, process, _first_answer(process, port, ask, began))


@contextmanager
def _ended(process: subprocess.Popen[bytes]) -> Iterator[None]:
    try:
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def _first_answer(process: subprocess.Popen[bytes], port: int, ask: bytes, began: float) -> float:
    while time.perf_counter() - began < LONGEST_START:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode}")
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=LONGEST_START) as connection:
                connection.sendall(ask)
                if connection.recv(64).startswith(b"HTTP/1.1 200"):
                    return time.perf_counter() - began
        except ConnectionError:
            pass
        time.sleep(0.005)
    raise TimeoutError("the server does not answer")


def free_port() -> int:
    """Return a port that nobody listens on just now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def proportional_mb(process: int) -> float | None:
    """Return the memory of a process and all below it, shared pages shared out (PSS), or None where no kernel says."""
    if not Path("/proc/self/smaps_rollup").exists():
        return None
    kilobytes = 0
    for one in [process, *_below(process)]:
        rollup = Path(f"/proc/{one}/smaps_rollup").read_text()
        found = re.search(r"^Pss:\s+(\d+) kB", rollup, re.MULTILINE)
        kilobytes += int(found[1]) if found else 0
    return kilobytes / 1024


def processor_seconds(process: int) -> float | None:
    """Return the processor time that a process and all below it have taken, or None where no kernel says."""
    if not Path("/proc/self/stat").exists():
        return None
    # The second field, the name, may hold blanks.
    stats = (Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split() for one in [process, *_below(process)])
    return sum(int(fields[11]) + int(fields[12]) for fields in stats) / os.sysconf("SC_CLK_TCK")


def _below(process: int) -> list[int]:
    children = [int(one) for one in Path(f"/proc/{process}/task/{process}/children").read_text().split()]
    return [one for child in children for one in (child, *_below(child))]


def _be_the_program(arguments: list[str]) -> None:
    """Run the program's own child process with the floor in the program's place, which is not even imported."""
    sys.modules["tracker.app"], sys.modules["tracker.scheduler"] = ModuleType("app"), ModuleType("scheduler")
    vars(sys.modules["tracker.app"])["create_app"] = floor.create_app
    vars(sys.modules["tracker.scheduler"])["run_worker"] = None
    vars(importlib.import_module("tracker.serve"))["main"](arguments)


if __name__ == "__main__":
    _be_the_program(sys.argv[1:])
