"""What comes over the line without being a request: turned away, and nobody else notices."""

import http.client
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
from flask import Flask

from tests.fuzz.conftest import IS_LONG
from tests.fuzz.wire import FORM, HOST, corpus
from tracker.config import Settings
from tracker.web.headers import HEADERS

pytestmark = [pytest.mark.xdist_group("wire"), pytest.mark.timeout(600)]

STARTS = """
from tracker.config import load
from tracker.serve import serve
serve(load(), port=0, workers=1, worker=False, announce=lambda address: print(address, flush=True))
"""
MOST_GROWTH = 50 * 2**10
#: Within a second, where nobody else keeps the machine busy.
HEALTHY_WITHIN = 1.0 if IS_LONG else 15.0
#: More than there are threads.
SLOW = 40


@dataclass
class Site:
    """A site that is served, and how its health was."""

    host: str
    port: int
    process: int
    took: list[float] = field(default_factory=list)

    def send(self, data: bytes) -> bytes:
        """Send bytes and nothing more, and return what comes back."""
        with socket.create_connection((self.host, self.port), timeout=20) as line:
            # It may have heard enough before the end.
            with suppress(OSError):
                line.sendall(data)
                line.shutdown(socket.SHUT_WR)
            answer = b""
            with suppress(OSError):
                while piece := line.recv(2**16):
                    answer += piece
            return answer

    def is_well(self) -> bool:
        """Ask for its health, and note how long that took."""
        begun = time.monotonic()
        line = http.client.HTTPConnection(self.host, self.port, timeout=20)
        line.request("GET", "/healthz")
        status = line.getresponse().status
        line.close()
        self.took.append(time.monotonic() - begun)
        return status in {200, 503}

    def memory(self) -> int:
        """Return what all its processes hold, in kB."""
        listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid=,rss="], capture_output=True, text=True, check=True)
        rows = [tuple(int(word) for word in row.split()) for row in listed.stdout.splitlines()]
        family = {self.process}
        for _generation in range(3):
            family |= {pid for pid, parent, _held in rows if parent in family}
        return sum(held for pid, _parent, held in rows if pid in family)

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Ask for its health all the time."""
        is_over = threading.Event()

        def ask() -> None:
            while not is_over.wait(0.05):
                self.is_well()

        asking = threading.Thread(target=ask)
        asking.start()
        try:
            yield
        finally:
            is_over.set()
            asking.join()


@pytest.fixture(scope="module")
def served(_app: Flask, settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Serve the application of the tests: one site withstands all of them."""
    instance = str(tmp_path_factory.mktemp("instance"))
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TRACKER_")}
    environment |= {"TRACKER_INSTANCE": instance, "TRACKER_DATABASE_URL": settings.database_url}
    process = subprocess.Popen(
        [sys.executable, "-c", STARTS], env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdout is not None
    where = urlsplit(process.stdout.readline().strip())
    assert where.hostname is not None
    assert where.port is not None
    site = Site(where.hostname, where.port, process.pid)
    assert site.is_well()
    yield site
    process.terminate()
    process.wait(timeout=60)
    process.stdout.close()


@pytest.fixture
def site(app: Flask, served: Site) -> Site:
    """Give the site as it is served."""
    assert served.is_well()
    served.took = []
    return served


def status_of(answer: bytes) -> int | None:
    """Return the status of the last answer, or None where the line was closed without one."""
    lines = [line for line in answer.split(b"\r\n") if line.startswith(b"HTTP/1.1 ")]
    return int(lines[-1].split()[1]) if lines else None


def test_broken_requests_are_turned_away(site: Site) -> None:
    for _warm in range(20):
        site.is_well()
    before, wrong, site.took = site.memory(), [], []

    with site.watched():
        for sent in corpus():
            answer = site.send(sent.data)
            status = status_of(answer)
            good = status is None or 400 <= status < 500 or (sent.is_fair and status in {200, 302, 308})
            bare = sorted(name for name in HEADERS if f"\r\n{name}: ".encode() not in answer)
            # What serves is told by its name at most, and never which release it is.
            named = b"\r\nServer: " in answer and b"\r\nServer: gunicorn\r\n" not in answer
            if not good or named or (status is not None and bare):
                wrong.append((sent.name, status, bare))

    assert wrong == []
    assert site.memory() - before < MOST_GROWTH
    assert max(site.took) < HEALTHY_WITHIN


@pytest.mark.parametrize(
    "begun",
    [
        b"",
        b"GET /sign-in HTTP/1.1\r\n" + HOST,
        b"POST /sign-in HTTP/1.1\r\n" + HOST + FORM + b"Content-Length: 500\r\n\r\nemail=",
        b"POST /sign-in HTTP/1.1\r\n" + HOST + FORM + b"Content-Length: 3000000\r\n\r\n" + b"a" * 100_000,
        b"POST /sign-in HTTP/1.1\r\n" + HOST + FORM + b"Transfer-Encoding: chunked\r\n\r\n5\r\nem",
    ],
    ids=["nothing", "half a head", "half a form", "half a long form", "half a chunk"],
)
def test_those_who_stop_in_the_middle_keep_nobody_waiting(site: Site, begun: bytes) -> None:
    before, site.took = site.memory(), []
    with ExitStack() as lines:
        for _slow in range(SLOW):
            line = lines.enter_context(socket.create_connection((site.host, site.port)))
            line.sendall(begun)
        for _often in range(10):
            assert site.is_well()

    assert max(site.took) < HEALTHY_WITHIN
    assert site.memory() - before < MOST_GROWTH


@pytest.mark.parametrize("megabytes", [5, 20])
def test_a_form_that_is_too_long_is_read_so_that_the_answer_is_seen(site: Site, megabytes: int) -> None:
    line = http.client.HTTPConnection(site.host, site.port, timeout=60)
    kind = {"Content-Type": "application/x-www-form-urlencoded", "Accept-Language": "en"}

    line.request("POST", "/sign-in", body=b"email=" + b"a" * (megabytes * 2**20), headers=kind)
    answer = line.getresponse()

    assert answer.status == 413
    assert b"This is too much" in answer.read()
    line.close()


def test_a_request_may_come_in_pieces_and_the_next_on_the_same_line(site: Site) -> None:
    body = b"email=nobody%40example.org&password=x"
    head = b"POST /sign-in HTTP/1.1\r\n" + HOST + FORM + f"Content-Length: {len(body)}\r\n\r\n".encode()
    chunks = b"".join(f"{len(one):x}\r\n".encode() + one + b"\r\n" for one in (body[:9], body[9:], b""))
    chunked = b"POST /sign-in HTTP/1.1\r\n" + HOST + FORM + b"Transfer-Encoding: chunked\r\n\r\n" + chunks
    statuses = []
    with socket.create_connection((site.host, site.port), timeout=20) as line:
        for sent in (head + body, chunked, b"GET /sign-in HTTP/1.1\r\n" + HOST + b"\r\n"):
            for at in range(0, len(sent), 40):
                line.sendall(sent[at : at + 40])
                time.sleep(0.01)
            answer = http.client.HTTPResponse(line)
            answer.begin()
            answer.read()
            statuses.append(answer.status)

    assert statuses == [400, 400, 200]
