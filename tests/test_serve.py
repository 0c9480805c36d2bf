"""The supervisor and its children as real processes."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from urllib.error import URLError

import pytest
from flask import Flask

from tracker.config import Settings, load
from tracker.serve import PortTakenError, serve

STARTS = """
from tracker.config import load
from tracker.serve import serve
serve(load(), port=0, workers=1, announce=lambda address: print(address, flush=True))
"""


def children_of(parent: int) -> dict[str, int]:
    """Return the children of a process: "web" or "worker" to its number. Children's children are left out."""
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid=,args="], capture_output=True, text=True, check=True).stdout
    rows = [row.split(maxsplit=2) for row in listed.splitlines()]
    found = [(row[2].split("tracker.serve ")[1].split()[0], int(row[0])) for row in rows if is_child(row, parent)]
    return dict(found)


def is_child(row: list[str], parent: int) -> bool:
    return int(row[1]) == parent and "tracker.serve " in row[2]


def is_alive(process: int) -> bool:
    listed = subprocess.run(["ps", "-o", "stat=", "-p", str(process)], capture_output=True, text=True, check=False)
    return listed.stdout.strip() not in {"", "Z"} and not listed.stdout.startswith("Z")


def answers(address: str) -> bool:
    with (
        suppress(URLError, ConnectionError, TimeoutError),
        urllib.request.urlopen(f"{address}/sign-in", timeout=10) as page,
    ):
        return int(page.status) == 200
    return False


def wait_for(what: Callable[[], object], seconds: float = 60) -> None:
    ends = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < ends, "it did not come"
        time.sleep(0.1)


@pytest.fixture
def served(app: Flask, settings: Settings, tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Serve the application of the test; gives the supervisor and the address."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TRACKER_")}
    environment |= {"TRACKER_INSTANCE": str(tmp_path), "TRACKER_DATABASE_URL": settings.database_url}
    supervisor = subprocess.Popen(
        [sys.executable, "-c", STARTS],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert supervisor.stdout is not None
    yield supervisor, supervisor.stdout.readline().strip()
    supervisor.kill()
    supervisor.wait()
    supervisor.stdout.close()


def test_children_that_die_are_replaced_and_all_end_together(served: tuple[subprocess.Popen[str], str]) -> None:
    supervisor, address = served
    wait_for(lambda: answers(address))
    first = children_of(supervisor.pid)

    for child in first.values():
        os.kill(child, signal.SIGKILL)
    wait_for(lambda: children_of(supervisor.pid).keys() == first.keys())
    wait_for(lambda: answers(address))
    second = children_of(supervisor.pid)
    supervisor.send_signal(signal.SIGTERM)

    assert first.keys() == {"web", "worker"}
    assert not set(first.values()) & set(second.values())
    assert supervisor.wait(timeout=30) == 0
    assert not any(is_alive(child) for child in second.values())


def test_children_end_with_a_parent_that_is_killed(served: tuple[subprocess.Popen[str], str]) -> None:
    supervisor, address = served
    wait_for(lambda: answers(address))
    children = children_of(supervisor.pid)

    supervisor.kill()
    supervisor.wait()

    assert children.keys() == {"web", "worker"}
    wait_for(lambda: not any(is_alive(child) for child in children.values()), seconds=20)


def test_a_port_that_is_taken_is_told_before_anything_is_touched(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        with pytest.raises(PortTakenError, match=str(port)):
            serve(load({}, instance=str(tmp_path)), port=port, prepare=lambda: pytest.fail("too early"))
