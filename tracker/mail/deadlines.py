"""Deadlines for a whole conversation, however slowly the other side talks."""

import contextlib
import socket
import threading
from datetime import timedelta


class Watch:
    """Shuts a socket when its time is over: a server that sends a byte now and then never lets a read time out."""

    def __init__(self, step: timedelta) -> None:
        self._step = step
        self._left: timedelta | None = None
        self._line: socket.socket | None = None
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None
        self._stopped = False
        self.is_over = False

    def begin(self, time: timedelta) -> None:
        """Start a conversation that may take so long."""
        with self._lock:
            self._left, self.is_over = time, self._stopped

    def allow(self, time: timedelta) -> None:
        """Let the conversation go on for so long from now."""
        with self._lock:
            self._left = time

    def rest(self) -> None:
        """Watch nothing until there is something again."""
        with self._lock:
            self._left = None

    def guard(self, line: socket.socket) -> None:
        """Take a second handle on the socket: encryption changes the first one."""
        with self._lock:
            self._line = line.dup()
            if self.is_over:
                self._shut()
        if self._thread is None:
            self._ended.clear()
            self._thread = threading.Thread(target=self._count, name="mail deadline", daemon=True)
            self._thread.start()

    def release(self) -> None:
        """Let go of the socket."""
        with self._lock:
            line, self._line = self._line, None
        if line is not None:
            line.close()

    def cut(self) -> None:
        """Shut the socket now, and every later one."""
        with self._lock:
            self._stopped = True
            self._shut()

    def _shut(self) -> None:
        self.is_over = True
        if self._line is not None:
            with contextlib.suppress(OSError):
                self._line.shutdown(socket.SHUT_RDWR)

    def end(self) -> None:
        """Stop watching."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _count(self) -> None:
        # Counts its own steps, so a machine whose clock jumps cuts nothing.
        while not self._ended.wait(self._step.total_seconds()):
            with self._lock:
                if self._left is None:
                    continue
                self._left -= self._step
                if self._left <= timedelta(0):
                    self._left = None
                    self._shut()
