"""A box of messages, and mail servers on loopback that behave as a test wants."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from tests import builders
from tracker.db import db
from tracker.mail.delivery import Delivered, deliver_waiting
from tracker.mail.letters import Sender
from tracker.mail.models import Attempt, Message, MessageKind
from tracker.mail.outbox import enqueue, unit
from tracker.mail.parcels import Post
from tracker.mail.rules import Decision, Send

SENDER = Sender("Landkreis Kassel", "partners@example.org")


@dataclass
class Line:
    """A mail server that says what a script tells it: phase to answers, each used once; then all goes well.

    Phases: banner, ehlo, mail, rcpt, data, dot, rset, quit. An answer is a line, "drop" (close), "hang" (say nothing),
    "trickle" (a byte now and then) or "take+drop" (accept after the dot, then close without a word).
    """

    script: dict[str, list[str]] = field(default_factory=dict)
    taken: list[bytes] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    sessions: int = 0

    def __post_init__(self) -> None:
        """Listen on loopback."""
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """Its address as a setting."""
        return f"smtp://127.0.0.1:{self._listener.getsockname()[1]}"

    def close(self) -> None:
        """Answer nobody any more."""
        self._ended.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                connection, _address = self._listener.accept()
                self.sessions += 1
                with connection, suppress(OSError, EOFError), connection.makefile("rb") as lines:
                    self._talk(connection, lines)

    def _answer(self, connection: socket.socket, phase: str, usual: str) -> None:
        answers = self.script.get(phase, [])
        answer = answers.pop(0) if answers else usual
        if answer == "drop":
            raise EOFError
        if answer == "hang":
            self._ended.wait(30)
            raise EOFError
        if answer == "trickle":
            while not self._ended.wait(0.02):
                connection.sendall(b"2")
            raise EOFError
        connection.sendall(answer.encode() + b"\r\n")

    def _talk(self, connection: socket.socket, lines: Any) -> None:  # noqa: ANN401 - a binary reader
        self._answer(connection, "banner", "220 ready")
        while True:
            line = lines.readline()
            if not line:
                return
            self.said.append(line.decode().strip())
            verb = line.decode().split()[0].lower()
            if verb == "data":
                data_answers = self.script.get("data", [])
                if data_answers:
                    self._answer(connection, "data", "")
                    continue
                connection.sendall(b"354 go on\r\n")
                self._body(connection, lines)
            elif verb == "quit":
                self._answer(connection, "quit", "221 bye")
                return
            else:
                self._answer(connection, verb, "250-host\r\n250 SIZE" if verb == "ehlo" else "250 ok")

    def _body(self, connection: socket.socket, lines: Any) -> None:  # noqa: ANN401 - a binary reader
        body = b""
        while (line := lines.readline()) != b".\r\n":
            if not line:
                raise EOFError
            body += line.removeprefix(b".") if line.startswith(b"..") else line
        answers = self.script.get("dot", [])
        answer = answers[0] if answers else "250 taken"
        if answer == "take+drop":
            answers.pop(0)
            self.taken.append(body)
            raise EOFError
        if answer.startswith("2"):
            self.taken.append(body)
        self._answer(connection, "dot", "250 taken")


@pytest.fixture
def line() -> Iterator[Line]:
    """Give a mail server that follows a script."""
    server = Line()
    yield server
    server.close()


@pytest.fixture
def put(app: Flask, now: datetime) -> Callable[..., int]:
    """Put messages into the outbox; returns the id of each."""
    with app.app_context(), unit():
        person = builders.person("Radu Partener", language="ro").id

    def putting(key: str = "letter|1|2027-03-02", **more: Any) -> int:  # noqa: ANN401 - arguments of enqueue
        values = {
            "key": key,
            "kind": MessageKind.LETTER,
            "person_id": person,
            "address": "radu@example.org",
            "language": "ro",
            "zone": "Europe/Bucharest",
            "subject": "Termen: 5 aprilie",
            "text": "Bună ziua,\n\nun termen.\n",
            "html": "<p>Bună ziua,</p><p>un termen.</p>",
            "now": now,
        }
        with app.app_context(), unit():
            return enqueue(**(values | more)).id  # type: ignore[arg-type]  # the arguments above

    return putting


@dataclass
class Moving:
    """A clock that a test moves."""

    at: datetime

    def __call__(self) -> datetime:
        """Return the time it is."""
        return self.at

    def wait(self, **time: float) -> None:
        """Let time pass."""
        self.at += timedelta(**time)


@pytest.fixture
def clock(now: datetime) -> Moving:
    """Give a clock that stands still until it is moved."""
    return Moving(now)


@pytest.fixture
def deliver(app: Flask, clock: Moving) -> Callable[..., Delivered]:
    """Run one round of delivery."""

    def delivering(
        post: Post, reconsider: Callable[[Message, datetime], Decision] = lambda _message, _now: Send(), **more: Any
    ) -> Delivered:
        with app.app_context():
            return deliver_waiting(clock, post, reconsider, sender=SENDER, **more)

    return delivering


@pytest.fixture
def row(app: Flask) -> Callable[[int], Message]:
    """Look at a message."""

    def looking(message_id: int) -> Message:
        with app.app_context():
            message = db.session.get_one(Message, message_id)
            db.session.expunge(message)
            return message

    return looking


@pytest.fixture
def tries(app: Flask) -> Callable[[int], list[tuple[str, str, int | None]]]:
    """Look at the attempts of a message: phase, outcome, code."""

    def looking(message_id: int) -> list[tuple[str, str, int | None]]:
        with app.app_context():
            found = select(Attempt).where(Attempt.message_id == message_id).order_by(Attempt.id)
            return [(one.phase, one.outcome, one.code) for one in db.session.scalars(found)]

    return looking
