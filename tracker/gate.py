"""How requests come in: a thread is taken only once a request is there whole, and what is none is turned away politely.

Gunicorn's threads read requests themselves, so that a few senders who stop in the middle would keep all of them. Here
the loop that waits for connections collects what arrives, without waiting for anybody.
"""

import re
import selectors
import socket
import struct
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from typing import IO, Any

from gunicorn.http.errors import InvalidHeader
from gunicorn.workers.gthread import TConn, ThreadWorker

from tracker.config import Settings
from tracker.web.bodies import LARGEST_FORM, LARGEST_UPLOAD, takes_files
from tracker.web.headers import HEADERS, UNDER_TLS

#: A request is there within so many seconds, or nobody waits for it any longer.
SECONDS = 30.0
#: With files in it, within so many: a phone in the country sends them slowly.
SECONDS_OF_FILES = 600.0
#: What comes before a body; gunicorn refuses more by itself.
LARGEST_HEAD = 64 * 2**10
#: A larger body is refused, but read up to the second length, or a browser would not look at the answer.
LARGEST_BODY = LARGEST_FORM + 2**16
LARGEST_DROPPED = 128 * 2**20
#: With files in it, it waits on the disk: one, and all together that wait for one process.
LARGEST_FILES = LARGEST_UPLOAD + 2**16
LARGEST_SUM_OF_FILES = 512 * 2**20
#: All together that waits in the memory of one process.
LARGEST_SUM = 64 * 2**20
_PIECE = 2**16
#: Sent later than this, a piece of a request that seemed to be whole is not waited for.
_THREAD_WAITS = struct.pack("ll", 5, 0)
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,15})[ \t]*\r\n", re.IGNORECASE)
_POSTED = re.compile(rb"POST (/[!->@-~]{0,200})[ ?]")
_CHUNKED = re.compile(rb"\r\ntransfer-encoding:", re.IGNORECASE)
_CHUNK = re.compile(rb"([0-9a-f]{1,8})[^\r\n]{0,256}\r\n", re.IGNORECASE)


@dataclass
class Arriving:
    """What has come of a request."""

    kept: bytearray
    #: Bytes of the body that are read and not kept, because it is too long.
    dropped: int = 0
    is_over: bool = False
    #: What came of a long form with files, but for its beginning; and how much that is.
    spool: IO[bytes] | None = None
    spooled: int = 0
    #: Why it could not be put by.
    trouble: OSError | None = None
    #: Until when it is waited for, if it brings files.
    until: float = field(default_factory=lambda: time.monotonic() + SECONDS_OF_FILES)
    _head: int = field(default=-1, init=False)
    _chunk: int = field(default=0, init=False)

    def take(self, piece: bytes) -> None:
        """Add what has come; nothing means that nothing more will."""
        if not piece:
            self.is_over = True
        elif self.is_too_large:
            self.dropped += len(piece)
        elif self.brings_files:
            self._put_by(piece)
        else:
            self.kept += piece

    def _put_by(self, piece: bytes) -> None:
        self.spooled += len(piece)
        if self.trouble is not None:
            return
        try:
            if self.spool is None:
                self.spool = tempfile.TemporaryFile()  # noqa: SIM115 - closed when it is read, or with the connection
            self.spool.write(piece)
            self.spool.flush()
        except OSError as error:
            # What follows is read all the same, or a browser would not look at the answer.
            self.give_up()
            self.trouble = error

    def give_up(self) -> None:
        """Let go of what came."""
        if self.spool is not None:
            # What could not be written is tried once more.
            with suppress(OSError):
                self.spool.close()

    @property
    def head(self) -> int:
        """How long the head is with the empty line after it, or -1 while it is not there."""
        if self._head < 0 and (end := self.kept.find(b"\r\n\r\n")) >= 0:
            self._head = end + 4
        return self._head

    @property
    def length(self) -> int:
        """How long the body is said to be."""
        said = _LENGTH.search(self.kept, 0, max(self.head, 0))
        return int(said[1]) if said else 0

    @property
    def is_too_large(self) -> bool:
        """Whether its body is longer than any that is taken."""
        return self.head >= 0 and self.length > (LARGEST_FILES if self._is_for_files else LARGEST_BODY)

    @property
    def brings_files(self) -> bool:
        """Whether it is a form with files that is too long to wait in the memory."""
        return self.head >= 0 and self._is_for_files and LARGEST_BODY < self.length <= LARGEST_FILES

    @property
    def _is_for_files(self) -> bool:
        posted = _POSTED.match(self.kept)
        return posted is not None and takes_files(posted[1].decode("ascii"))

    @property
    def is_whole(self) -> bool:
        """Whether it can be answered: it is there, or what is there is wrong already."""
        if self.is_over:
            return True
        if self.head < 0:
            return len(self.kept) > LARGEST_HEAD
        if _CHUNKED.search(self.kept, 0, self.head):
            return self._has_all_chunks()
        if self.is_too_large:
            return len(self.kept) - self.head + self.dropped >= min(self.length, LARGEST_DROPPED)
        return len(self.kept) + self.spooled >= self.head + self.length

    def _has_all_chunks(self) -> bool:
        """Walk along the chunks as far as they have come; also say so where they are wrong or too many."""
        at = max(self._chunk, self.head)
        while (said := _CHUNK.match(self.kept, at)) is not None:
            self._chunk, size = at, int(said[1], 16)
            if size == 0:
                return self.kept.find(b"\r\n", said.end()) >= 0
            at = said.end() + size + 2
        came = len(self.kept)
        return came > self.head + LARGEST_BODY or (at < came and b"\n" in self.kept[at : at + 300])


class Gate(ThreadWorker):
    """Gunicorn's worker with threads that never wait for a sender."""

    def enqueue_req(self, conn: TConn) -> None:
        """Collect the next request of a connection, and hand it to a thread when it is there."""
        conn.sock.setblocking(False)  # noqa: FBT003 - the socket's own
        begun = conn.parser.unreader.take_buffered() if conn.parser else b""
        conn.arriving = Arriving(bytearray(begun))
        if not self._is_handed_over(conn):
            conn.timeout = time.monotonic() + SECONDS
            self.pending_conns.append(conn)
            self.poller.register(conn.sock, selectors.EVENT_READ, partial(self.on_pending_socket_readable, conn))

    def on_pending_socket_readable(self, conn: TConn, client: Any) -> None:  # noqa: ANN401, ARG002 - gunicorn's own
        """Take what has come."""
        if self._is_handed_over(conn, waits=True):
            return
        if conn.arriving.brings_files:
            conn.timeout = conn.arriving.until
        kept = sum(len(one.arriving.kept) for one in self.pending_conns)
        if kept > LARGEST_SUM or sum(one.arriving.spooled for one in self.pending_conns) > LARGEST_SUM_OF_FILES:
            self._stop_waiting(conn)
            self._let_go(conn)

    def murder_pending(self) -> None:
        """Wait no longer for those whose time is over; who sends files has more of it than others."""
        now = time.monotonic()
        for conn in [one for one in self.pending_conns if one.timeout <= now]:
            self._stop_waiting(conn)
            self._let_go(conn)

    def _is_handed_over(self, conn: TConn, *, waits: bool = False) -> bool:
        """Read without waiting; whether the connection is a thread's now, or gone."""
        arriving: Arriving = conn.arriving
        while not arriving.is_whole:
            try:
                arriving.take(conn.sock.recv(_PIECE))
            except BlockingIOError:
                return False
            except OSError:
                arriving.take(b"")
        if waits:
            self._stop_waiting(conn)
        if arriving.is_over:
            self._let_go(conn)
            return True
        conn.init()
        # What seemed whole may be less than what gunicorn waits for; it resets Python's own time limit.
        conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, _THREAD_WAITS)
        conn.parser.unreader.unread(bytes(arriving.kept))
        arriving.kept.clear()
        if arriving.trouble is not None:
            _fail(conn.parser.unreader, arriving.trouble)
        elif arriving.spool is not None:
            _read_from_disk(conn.parser.unreader, arriving.spool)
        super().enqueue_req(conn)
        return True

    def _stop_waiting(self, conn: TConn) -> None:
        self.pending_conns.remove(conn)
        self.poller.unregister(conn.sock)

    def _let_go(self, conn: TConn) -> None:
        conn.arriving.give_up()
        self.nr_conns -= 1
        conn.close()

    def handle_request(self, req: Any, conn: TConn) -> Any:  # noqa: ANN401 - gunicorn's own
        """Answer a request, and close the connection where its body was not kept.

        Raises InvalidHeader for one that names no host.
        """
        if req.version >= (1, 1) and not any(name == "HOST" for name, _value in req.headers):
            raise InvalidHeader("HOST", req=req)
        if conn.arriving.is_too_large or conn.arriving.dropped or conn.arriving.trouble:
            req.force_close()
        return super().handle_request(req, conn)

    def handle_error(self, req: Any, client: Any, addr: Any, exc: BaseException) -> None:  # noqa: ANN401 - gunicorn's own
        """Answer what is no request as every answer is: with our headers, and without telling what it was."""
        answer = _Answer()
        super().handle_error(req, answer, addr, exc)
        settings: Settings | None = self.wsgi.config["SETTINGS"] if self.wsgi else None
        with suppress(OSError):
            client.sendall(answer.with_headers(under_tls=bool(settings and settings.under_tls)))


def _read_from_disk(unreader: Any, spool: IO[bytes]) -> None:  # noqa: ANN401 - gunicorn's own
    """Let a thread read what waited on the disk, and then go on with the connection."""
    more = unreader.chunk
    spool.seek(0)

    def chunk(size_hint: int | None = None) -> bytes:
        if piece := spool.read(_PIECE):
            return piece
        spool.close()
        unreader.chunk = more
        return bytes(more(size_hint))

    unreader.chunk = chunk


def _fail(unreader: Any, trouble: OSError) -> None:  # noqa: ANN401 - gunicorn's own
    """Let whoever reads on learn why there is no more."""

    def chunk(_size_hint: int | None = None) -> bytes:
        raise trouble

    unreader.chunk = chunk


class _Answer:
    """Stands for a socket: keeps what gunicorn would have answered."""

    def __init__(self) -> None:
        self._bytes = b""

    def gettimeout(self) -> float:
        return 0.0

    def sendall(self, sent: bytes) -> None:
        self._bytes += sent

    def with_headers(self, *, under_tls: bool) -> bytes:
        """Return the same answer as ours."""
        code = int(self._bytes[9:12] or b"500")
        # What asks for an unknown coding has asked wrongly: nothing is missing here.
        status = HTTPStatus.BAD_REQUEST if code == HTTPStatus.NOT_IMPLEMENTED else HTTPStatus(code)
        body = b"This could not be read.\n"
        headers = HEADERS | (UNDER_TLS if under_tls else {})
        headers |= {"Content-Type": "text/plain; charset=utf-8", "Content-Length": str(len(body))}
        headers |= {"Cache-Control": "no-store", "Connection": "close"}
        lines = [f"HTTP/1.1 {status.value} {status.phrase}", *(f"{name}: {value}" for name, value in headers.items())]
        return "\r\n".join([*lines, "", ""]).encode("ascii") + body
