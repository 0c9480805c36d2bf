"""A box of messages, and mail servers on loopback that behave as a test wants."""

import select as sockets
import socket
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
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
from tracker.mail.outbox import enqueue, paused_until, unit
from tracker.mail.parcels import Parcel, Post
from tracker.mail.rules import Answer, Decision, Send
from tracker.mail.smtp import post_of

SENDER = Sender("Landkreis Kassel", "partners@example.org")


@dataclass
class Line:
    """A mail server that says what a script tells it: phase to answers, each used once; then all goes well.

    Phases: banner, ehlo, mail, rcpt, data, dot, rset, quit. An answer is a line, "drop" (close), "hang" (say nothing
    until the client leaves), "trickle" (a byte now and then), "half" (a code without the end of its line) or
    "take+drop" (accept after the dot, then close without a word).
    """

    script: dict[str, list[str]] = field(default_factory=dict)
    taken: list[bytes] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    sessions: int = 0
    #: Whether it talks to several clients at once.
    many: bool = False
    #: What it says it can.
    extensions: tuple[str, ...] = ("SIZE",)
    #: Whether it asks for the text of a letter that it has refused.
    careless: bool = False

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

    def follow(self, script: Mapping[str, list[str]]) -> None:
        """Follow a script from now on."""
        self.script = {phase: list(answers) for phase, answers in script.items()}

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
                if self.many:
                    threading.Thread(target=self._welcome, args=[connection], daemon=True).start()
                else:
                    self._welcome(connection)

    def _welcome(self, connection: socket.socket) -> None:
        # Several short answers one after the other must not wait for each other's receipt.
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # What is encrypted although nobody asked for it is no line of words.
        with connection, suppress(OSError, EOFError, UnicodeDecodeError), connection.makefile("rb") as lines:
            self._talk(connection, lines)

    def _answer(self, connection: socket.socket, phase: str, usual: str) -> str:
        """Answer as the script says, else as usual; return what was said."""
        answers = self.script.get(phase, [])
        answer = answers.pop(0) if answers else usual
        if answer == "drop":
            raise EOFError
        if answer == "half":
            connection.sendall(b"250")
            raise EOFError
        if answer == "hang":
            while not self._ended.is_set() and not sockets.select([connection], [], [], 0.02)[0]:
                pass
            raise EOFError
        if answer == "trickle":
            while not self._ended.wait(0.02):
                connection.sendall(b"2")
            raise EOFError
        connection.sendall(answer.encode() + b"\r\n")
        return answer

    def _talk(self, connection: socket.socket, lines: Any) -> None:  # noqa: ANN401 - a binary reader
        self._answer(connection, "banner", "220 ready")
        has_refused = False
        while True:
            line = lines.readline()
            if not line:
                return
            self.said.append(line.decode().strip())
            verb = line.decode().split()[0].lower()
            if verb == "data":
                usual = "554 no valid recipients" if has_refused and not self.careless else "354 go on"
                if self._answer(connection, "data", usual).startswith("354"):
                    self._body(connection, lines)
            elif verb == "quit":
                self._answer(connection, "quit", "221 bye")
                return
            else:
                said = self._answer(connection, verb, self._introduction() if verb == "ehlo" else "250 ok")
                has_refused = not said.startswith("2") or (has_refused and verb == "rcpt")

    def _introduction(self) -> str:
        lines = ["host", *self.extensions]
        return "\r\n".join([*(f"250-{line}" for line in lines[:-1]), f"250 {lines[-1]}"])

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


@dataclass
class Box:
    """An outbox with a mail server at its end."""

    app: Flask
    clock: Moving
    line: Line
    post: Post
    person: int

    @property
    def is_sqlite(self) -> bool:
        """Whether units that write come one after the other."""
        with self.app.app_context():
            return db.engine.dialect.name == "sqlite"

    def put(self, key: str = "letter|1|2027-03-02", **more: Any) -> int:
        """Put a message into the outbox, and return its id. More are arguments of `enqueue`."""
        values: dict[str, Any] = {
            "key": key,
            "kind": MessageKind.LETTER,
            "person_id": self.person,
            "address": "radu@example.org",
            "language": "ro",
            "zone": "Europe/Bucharest",
            "subject": "Termen: 5 aprilie",
            "text": "Bună ziua,\n\nun termen.\n",
            "html": "<p>Bună ziua,</p><p>un termen.</p>",
            "now": self.clock(),
        }
        with self.app.app_context(), unit():
            return enqueue(**(values | more)).id

    def deliver(
        self,
        reconsider: Callable[[Message, datetime], Decision] = lambda _message, _now: Send(),
        *,
        post: Post | None = None,
        **more: Any,
    ) -> Delivered:
        """Run one round of delivery, to the server or another post."""

        def look(messages: Sequence[Message], now: datetime) -> dict[int, Decision]:
            return {message.id: reconsider(message, now) for message in messages}

        with self.app.app_context():
            return deliver_waiting(self.clock, post or self.post, more.pop("looks", look), sender=SENDER, **more)

    def row(self, message_id: int) -> Message:
        """Look at a message."""
        with self.app.app_context():
            message = db.session.get_one(Message, message_id)
            db.session.expunge(message)
            return message

    def tries(self, message_id: int) -> list[tuple[str, str, int | None]]:
        """Look at the attempts of a message: phase, outcome, code."""
        with self.app.app_context():
            found = select(Attempt).where(Attempt.message_id == message_id).order_by(Attempt.id)
            return [(one.phase, one.outcome, one.code) for one in db.session.scalars(found)]

    def paused_until(self) -> datetime | None:
        """Look at the pause of the queue."""
        with self.app.app_context():
            return paused_until(self.clock())


class Between:
    """A post during whose conversation something happens: all but the text is agreed by then."""

    def __init__(self, post: Post, happens: Callable[[int], None]) -> None:
        self.post, self.happens, self.number = post, happens, 0

    @property
    def is_warm(self) -> bool:
        return self.post.is_warm

    def hand_over(self, parcel: Parcel, before_body: Callable[[], bool]) -> Answer:
        def late() -> bool:
            self.number += 1
            self.happens(self.number)
            return before_body()

        return self.post.hand_over(parcel, late)

    def trouble(self) -> Answer | None:
        return self.post.trouble()

    def close(self) -> None:
        self.post.close()

    def cut(self) -> None:
        self.post.cut()


@pytest.fixture
def line() -> Iterator[Line]:
    """Give a mail server that follows a script."""
    server = Line()
    yield server
    server.close()


@pytest.fixture
def box(app: Flask, now: datetime, line: Line) -> Box:
    """Give an empty outbox."""
    with app.app_context(), unit():
        person = builders.person("Radu Partener", language="ro").id
    return Box(app, Moving(now), line, post_of(line.url, host="partners.example.org"), person)
