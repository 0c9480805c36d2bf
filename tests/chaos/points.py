"""The moments at which a worker is killed: each wraps one function of the program, in that process alone.

The letters are those of the design: P plans, Q writes letters, S sends. There is no S10: in it the mail server takes
over. P and Q are one transaction here, so that P5 is the moment before its commit, and Q5 the one after.
"""

# ruff: noqa: SLF001, ANN401 - what it wraps is the program's own inside, whatever that takes and returns

import os
import resource
import signal
import socket
import sqlite3
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import timedelta
from functools import partial
from types import MappingProxyType
from typing import Any

from tracker import clock, ready, scheduler
from tracker.db import db
from tracker.mail import claims, smtp
from tracker.mail.delivery import _Round
from tracker.mail.rules import Phase
from tracker.mail.smtp import SmtpPost
from tracker.reminders import actions, letters

#: Where a function is found: its module or class, and its name.
Place = tuple[Any, str]
Arrangement = Callable[[], None]


def die() -> None:
    """End this process as a power cut does."""
    os.kill(os.getpid(), signal.SIGKILL)


def _before(place: Place) -> None:
    def never(*_arguments: Any, **_more: Any) -> None:
        die()

    setattr(*place, never)


def _after(place: Place) -> None:
    found = getattr(*place)

    def last(*arguments: Any, **more: Any) -> None:
        found(*arguments, **more)
        die()

    setattr(*place, last)


def _after_phase(phase: Phase, letter: int = 1) -> None:
    ask = SmtpPost._ask
    left = letter

    def asking(post: SmtpPost, asked: Phase, *arguments: Any) -> Any:
        nonlocal left
        answer = ask(post, asked, *arguments)
        if asked is phase:
            left -= 1
            if not left:
                die()
        return answer

    SmtpPost._ask = asking  # type: ignore[method-assign, assignment] # the moment after it


def _in_the_body() -> None:
    def half(line: socket.socket, content: bytes) -> tuple[int, bytes]:
        line.sendall(content[: len(content) // 2])
        die()
        return 0, b""

    smtp._written = half


def _after_the_dot() -> None:
    def dotted(_post: SmtpPost, _client: object, line: socket.socket) -> tuple[int, bytes]:
        line.sendall(b".\r\n")
        die()
        return 0, b""

    SmtpPost._answered = dotted  # type: ignore[method-assign, assignment] # as far as the dot


def _after_the_last_commit() -> None:
    write = _Round._write

    def writing(turn: _Round, settlement: Any, **more: Any) -> Any:
        claimed = write(turn, settlement, **more)
        if settlement is not None:
            die()
        return claimed

    _Round._write = writing  # type: ignore[method-assign, assignment] # the moment after it


def _after_the_goodbye() -> None:
    close = SmtpPost.close

    def closing(post: SmtpPost) -> None:
        has_talked = post._client is not None
        close(post)
        if has_talked:
            die()

    SmtpPost.close = closing  # type: ignore[method-assign, assignment] # the moment after it


#: Name to what has to be arranged in the worker for it to stop there.
POINTS: Mapping[str, Arrangement] = MappingProxyType(
    {
        "P1 begun": partial(_before, (scheduler, "plan_reminders")),
        "P2 days claimed": partial(_after, (actions, "days_to_plan")),
        "P3 due found": partial(_after, (actions, "expected_now")),
        "P4 reminder written": partial(_after, (actions, "insert")),
        "P5 not committed": partial(_after, (scheduler, "plan_reminders")),
        "Q1 letters begun": partial(_before, (actions, "write_letters")),
        "Q2 looked again": partial(_after, (letters, "look_again")),
        "Q3 composed": partial(_after, (letters, "compose")),
        "Q4 in the outbox": partial(_after, (letters, "enqueue")),
        "Q5 committed": partial(_after, (scheduler, "plan")),
        "S1 claim not committed": partial(_after, (claims, "claim")),
        "S1 claimed": partial(_before, (_Round, "_take_turn")),
        "S2 reconsidered": partial(_before, (_Round, "_hand_over")),
        "S3 connected": partial(_after, (SmtpPost, "_connected")),
        "S4 sender said": partial(_after_phase, Phase.MAIL),
        "S5 recipient said": partial(_after_phase, Phase.RCPT),
        "S6 text asked for": partial(_after_phase, Phase.DATA),
        "S7 not committed": partial(_after, (claims, "freeze")),
        "S7 in data": partial(_before, (smtp, "_written")),
        "S8 half the text": _in_the_body,
        "S9 final dot": _after_the_dot,
        "S11 answer read": partial(_after, (SmtpPost, "_answered")),
        "S12 not committed": partial(_after, (claims, "settle")),
        "S12 committed": _after_the_last_commit,
        "S13 goodbye": _after_the_goodbye,
    }
)


#: The same for the second letter on a line, which is kept together with its claim where one unit follows the other.
WITH_THE_SECOND: Mapping[str, Arrangement] = MappingProxyType(
    {
        "S4 sender said": partial(_after_phase, Phase.MAIL, 2),
        "S5 recipient said": partial(_after_phase, Phase.RCPT, 2),
        "S6 text asked for": partial(_after_phase, Phase.DATA, 2),
    }
)


def arrange(point: str, *, at_the_second: bool = False) -> None:
    """Let this process die at a point; it plans or it delivers, as the point asks, and leaves the other alone."""
    # The first night's backup would begin beside it, and is a change of its own.
    for idle in ("deliver" if point[0] in "PQ" else "plan", "back_up_tonight"):
        setattr(scheduler, idle, lambda *_arguments: None)
    (WITH_THE_SECOND if at_the_second else POINTS)[point]()


# ---- other trouble of the machine


class _Gate:
    """Where every unit of this process begins; closed, nobody holds SQLite's pen, or waits for it inside SQLite."""

    def __init__(self) -> None:
        self._say, self._inside, self._is_open = ready.say, 0, True
        self._changed = threading.Condition()
        ready.say = self  # type: ignore[assignment] # from now on

    def __call__(self, connection: Any, words: str, *values: Any) -> Any:
        if not words.startswith("BEGIN"):
            return self._say(connection, words, *values)
        with self._changed:
            self._changed.wait_for(lambda: self._is_open)
            self._inside += 1
        try:
            return self._say(connection, words, *values)
        finally:
            with self._changed:
                self._inside -= 1
                self._changed.notify_all()

    def close(self) -> None:
        with self._changed:
            self._is_open = False
            self._changed.wait_for(lambda: not self._inside)
        if db.engine.dialect.name == "sqlite":
            with closing(sqlite3.connect(str(db.engine.url.database), timeout=30, isolation_level=None)) as pen:
                # Whoever had begun is done by then.
                pen.execute("BEGIN IMMEDIATE")
                pen.execute("ROLLBACK")

    def open(self) -> None:
        with self._changed:
            self._is_open = True
            self._changed.notify_all()


def _freeze(gate: _Gate) -> None:
    """Stop this process while no thread of it holds the pen: it would keep everybody from writing, for good."""
    gate.close()
    # To this thread: sent to the process, another thread may take it, and this one opens the gate before all stand.
    signal.pthread_kill(threading.get_ident(), signal.SIGSTOP)
    gate.open()


def freeze_before_the_claim_is_confirmed() -> None:
    """Stop this process when all but the text is agreed, once, until somebody wakes it."""
    gate, ask = _Gate(), SmtpPost._ask

    def stopping(post: SmtpPost, asked: Phase, *arguments: Any) -> Any:
        answer = ask(post, asked, *arguments)
        if asked is Phase.DATA:
            SmtpPost._ask = ask  # type: ignore[method-assign] # once
            _freeze(gate)
        return answer

    SmtpPost._ask = stopping  # type: ignore[method-assign, assignment] # the moment after it


def freeze_before_the_text() -> None:
    """Stop this process when it has written down that the text follows, once, until somebody wakes it."""
    gate, written = _Gate(), smtp._written

    def stopping(line: socket.socket, content: bytes) -> tuple[int, bytes]:
        smtp._written = written
        _freeze(gate)
        return written(line, content)

    smtp._written = stopping


def fill_the_disk(seconds: float) -> None:
    """Let this process write not a byte into any file for a while, from the moment the server has answered."""
    answered = SmtpPost._answered
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)

    def filling(*arguments: Any) -> tuple[int, bytes]:
        answer = answered(*arguments)
        SmtpPost._answered = answered  # type: ignore[method-assign] # once
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, usual[1]))
        freeing = threading.Timer(seconds, resource.setrlimit, [resource.RLIMIT_FSIZE, usual])
        freeing.daemon = True
        freeing.start()
        return answer

    SmtpPost._answered = filling  # type: ignore[method-assign, assignment] # the moment after it


def jump_with_the_clock(jump: Any, shift: float) -> None:
    """Let the clock of this process go wrong by the seconds that all processes are told, as that of one machine."""

    def following() -> None:
        while True:
            clock.shift_by(timedelta(seconds=shift + jump.value))
            time.sleep(0.005)

    threading.Thread(target=following, daemon=True).start()


def hear_late(seconds: float) -> None:
    """Let the answer to the text take a while."""
    answered = SmtpPost._answered

    def late(*arguments: Any) -> tuple[int, bytes]:
        answer = answered(*arguments)
        time.sleep(seconds)
        return answer

    SmtpPost._answered = late  # type: ignore[method-assign, assignment] # as a slow server does
