"""Faults of the mail server, the machine and its clock, against real sockets: who waits, what dies, nothing is lost."""

import random
import socket
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from datetime import datetime, timedelta
from itertools import product

import pytest
import sqlalchemy as sa

from bench.chaos import fill
from tests.chaos.sizes import size
from tests.loopback import held_port
from tests.mail.conftest import Box, Line
from tracker.db import db
from tracker.mail import queries
from tracker.mail.delivery import Delivered
from tracker.mail.models import Attempt, MailPause, Message, MessageState
from tracker.mail.parcels import Parcel
from tracker.mail.rules import QUEUE_PAUSES, Answer, Decision, Send
from tracker.mail.smtp import post_of

HOST = "partners.example.org"
#: A fault that lasts until somebody's patience ends.
LASTING = {"hang", "trickle"}


def many(fault: str, long: int) -> int:
    """Return how many letters meet a fault."""
    return size(1, 20 if fault in LASTING else long)


def queue(box: Box) -> tuple[int, str | None]:
    """Look at the pause: how often in a row, and why."""
    with box.app.app_context():
        pause = db.session.scalars(sa.select(MailPause)).one()
        return pause.failures, pause.reason


def counts(box: Box) -> dict[MessageState, int]:
    """Look at how many messages are in which state."""
    with box.app.app_context():
        return {state: number for state, number in queries.counts().items() if number}


def uncertain(box: Box) -> set[int]:
    """Look at how often messages may have been taken."""
    with box.app.app_context():
        return set(db.session.scalars(sa.select(Message.uncertain)))


def attempts(box: Box) -> set[int]:
    """Look at how often messages were tried."""
    with box.app.app_context():
        return set(db.session.scalars(sa.select(Message.attempts)))


# ---- the server is away, or does not want us: the queue waits, no message is charged


@pytest.fixture
def unanswered() -> Iterator[str]:
    """Give the address of a server whose line is never picked up: its waiting room is full."""
    with socket.socket() as listener, socket.socket() as filler, socket.socket() as more:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for waiting in (filler, more):
            waiting.settimeout(0)
            with suppress(BlockingIOError):
                waiting.connect(listener.getsockname())
        yield f"smtp://127.0.0.1:{listener.getsockname()[1]}"


def test_a_name_that_nobody_knows_pauses_the_queue(box: Box) -> None:
    message_id = box.put()

    delivered = box.deliver(post=post_of("smtp://mail.invalid:25", host=HOST))

    assert delivered == Delivered({MessageState.QUEUED: 1}, paused=True)  # type: ignore[arg-type]  # equal to a Counter
    assert queue(box) == (1, "server_away")
    assert (box.row(message_id).attempts, box.tries(message_id)) == (0, [])


def test_a_line_that_nobody_picks_up_pauses_the_queue(box: Box, unanswered: str) -> None:
    message_id = box.put()

    box.deliver(post=post_of(unanswered, host=HOST, patience=0.01))

    assert queue(box) == (1, "server_away")
    assert (box.row(message_id).state, box.row(message_id).attempts) == (MessageState.QUEUED, 0)


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ({"banner": ["421 too busy"]}, "server_busy"),
        ({"banner": ["450 too busy"]}, "server_busy"),
        ({"banner": ["554 go away"]}, "server_refuses"),
        ({"banner": ["drop"]}, "server_away"),
        ({"banner": ["hang"]}, "server_away"),
        ({"banner": ["trickle"]}, "server_away"),
        ({"ehlo": ["421 closing"]}, "server_busy"),
        ({"ehlo": ["550 not you"]}, "server_refuses"),
        ({"ehlo": ["drop"]}, "server_away"),
        ({"ehlo": ["trickle"]}, "server_away"),
        ({"mail": ["530 5.7.0 log in first"]}, "login_refused"),
    ],
)
def test_a_server_that_does_not_want_us_pauses_the_queue_and_kills_nothing(
    box: Box, script: dict[str, list[str]], reason: str
) -> None:
    message_ids = [box.put(key=f"k{number}") for number in range(3)]
    box.line.follow(script)

    delivered = box.deliver(post=post_of(box.line.url, host=HOST, patience=0.01))
    paused = queue(box)
    box.clock.wait(seconds=30)
    afterwards = box.deliver()

    assert delivered.paused
    assert paused == (1, reason)
    assert afterwards.counts == {MessageState.SENT: 3}
    assert [box.row(one).attempts for one in message_ids] == [1] * 3
    assert [box.tries(one) for one in message_ids] == [[("answer", "sent", 250)]] * 3


@pytest.mark.parametrize("code", [530, 535, 454])
def test_a_log_in_that_is_refused_pauses_the_queue_and_kills_nothing(box: Box, code: int) -> None:
    fill(box.app, size(3, 100))
    box.line.follow({"ehlo": ["250-host\r\n250 AUTH PLAIN"] * 2, "auth": [f"{code} 5.7.8 no"] * 2})

    box.deliver(post=post_of(box.line.url.replace("//", "//office:secret@"), host=HOST))

    assert queue(box) == (1, "server_busy" if code == 454 else "login_refused")
    assert (counts(box), attempts(box)) == ({MessageState.QUEUED: size(3, 100)}, {0})
    assert box.line.taken == []


@pytest.mark.parametrize(
    ("ehlo", "starttls", "reason"),
    [
        ("250 host", "", "no_encryption"),
        ("250-host\r\n250 STARTTLS", "454 not now", "server_busy"),
        ("250-host\r\n250 STARTTLS", "502 no", "no_encryption"),
        ("250-host\r\n250 STARTTLS", "220 but what follows is no encryption", "server_away"),
    ],
)
def test_without_encryption_nothing_leaves_and_the_queue_waits(box: Box, ehlo: str, starttls: str, reason: str) -> None:
    fill(box.app, size(3, 100))
    box.line.follow({"ehlo": [ehlo], "starttls": [starttls, "drop"]})

    box.deliver(post=post_of(box.line.url.replace("smtp:", "smtp+starttls:"), host=HOST, patience=0.02))

    assert queue(box) == (1, reason)
    assert (counts(box), attempts(box)) == ({MessageState.QUEUED: size(3, 100)}, {0})
    assert not [said for said in box.line.said if said.lower().startswith("mail")]


def test_the_queue_waits_longer_each_time_and_begins_anew_when_the_server_is_back(box: Box) -> None:
    box.put()
    waits = []
    box.line.follow({"banner": ["421 busy"] * 8})
    for _round in range(8):
        box.deliver()
        until = box.paused_until()
        assert until is not None
        waits.append(until - box.clock())
        box.clock.at = until
    box.deliver()
    box.put(key="b")
    box.line.follow({"banner": ["421 busy"]})
    box.deliver()

    assert waits == [*QUEUE_PAUSES, QUEUE_PAUSES[-1], QUEUE_PAUSES[-1]]
    assert queue(box) == (1, "server_busy")


@pytest.mark.both
def test_a_server_that_is_away_for_six_hours_loses_charges_and_kills_nothing(box: Box) -> None:
    letters = size(100, 1_000)
    fill(box.app, letters)
    began, rounds = box.clock(), 0
    with held_port() as port:
        while box.clock() < began + timedelta(hours=6):
            assert box.deliver(post=post_of(f"smtp://127.0.0.1:{port}", host=HOST)).paused
            rounds += 1
            box.clock.at = box.paused_until() or box.clock()
    meanwhile = counts(box), attempts(box)

    box.deliver()

    # Once in a quarter of an hour, and a few times at first.
    assert rounds < 6 * 4 + len(QUEUE_PAUSES)
    assert meanwhile == ({MessageState.QUEUED: letters}, {0})
    assert (counts(box), attempts(box)) == ({MessageState.SENT: letters}, {1})
    assert (len(box.line.taken), len(set(box.line.taken))) == (letters, letters)


# ---- this message: refused, put off, or perhaps taken


@pytest.mark.parametrize("fault", ["drop", "hang", "trickle", "421 closing", "451 later", "so what"])
@pytest.mark.parametrize("where", ["mail", "rcpt", "data"])
def test_nothing_that_goes_wrong_before_the_text_makes_a_second_copy(box: Box, where: str, fault: str) -> None:
    letters = many(fault, 100)
    fill(box.app, letters)
    box.line.follow({where: [fault] * letters})

    for _letter in range(letters):
        # One on each line: what a reused one says to MAIL may only mean that it was closed meanwhile.
        box.deliver(post=post_of(box.line.url, host=HOST, patience=0.01), limit=1)
    waiting = counts(box), attempts(box), uncertain(box)
    box.clock.wait(minutes=6)
    box.deliver()

    assert waiting == ({MessageState.QUEUED: letters}, {1}, {0})
    assert (counts(box), attempts(box)) == ({MessageState.SENT: letters}, {2})
    assert (len(box.line.taken), len(set(box.line.taken))) == (letters, letters)


@pytest.mark.parametrize(
    ("where", "code"),
    # A bare 550 to MAIL refuses our own address and holds the queue.
    [one for one in product(["mail", "rcpt", "data", "dot"], range(550, 555)) if one != ("mail", 550)],
)
def test_what_is_refused_for_good_is_asked_once(box: Box, where: str, code: int) -> None:
    letters = size(1, 100)
    fill(box.app, letters)
    box.line.follow({where: [f"{code} no"] * letters})

    for _round in range(3):
        box.deliver()
        box.clock.wait(days=1)

    expected = "policy" if code == 554 else "refused"
    expected = "address_refused" if where == "rcpt" and code in {550, 551, 553} else expected
    with box.app.app_context():
        shown = [(one.state, one.reason) for one in queries.troubled()]
        tries = [(one.number, one.code) for one in db.session.scalars(sa.select(Attempt))]
    assert shown == [(MessageState.DEAD, expected)] * letters
    assert tries == [(1, code)] * letters
    assert box.line.taken == []


def test_a_server_that_refuses_our_own_address_holds_the_queue_and_kills_nothing(box: Box) -> None:
    ids = [box.put(key=f"k{number}") for number in range(3)]
    box.line.follow({"mail": ["550 sender rejected"]})

    first = box.deliver()
    box.clock.wait(minutes=1)
    second = box.deliver()

    assert (first.paused, box.row(ids[0]).attempts) == (True, 1)
    assert second.counts == {MessageState.SENT: 3}


@pytest.mark.parametrize("fault", ["drop", "hang", "trickle", "half", "so what", "take+drop"])
def test_what_goes_wrong_after_the_dot_is_uncertain_and_recorded(box: Box, fault: str) -> None:
    letters = many(fault, 200)
    fill(box.app, letters)
    box.line.follow({"dot": [fault] * letters})

    # The deadline for the answer to the text is ten minutes, the others' is one.
    box.deliver(post=post_of(box.line.url, host=HOST, patience=0.005 if fault in LASTING else 0.05))
    unclear = counts(box), uncertain(box)
    box.clock.wait(minutes=6)
    box.deliver()

    assert unclear == ({MessageState.UNKNOWN: letters}, {1})
    assert counts(box) == {MessageState.SENT: letters}
    copies = Counter(box.line.taken)
    assert (len(copies), set(copies.values())) == (letters, {2 if fault == "take+drop" else 1})
    with box.app.app_context():
        outcomes = Counter(db.session.scalars(sa.select(Attempt.outcome)))
    assert outcomes == {"unknown": letters, "sent": letters}


@pytest.mark.parametrize("goodbye", ["421 closing", "nonsense", "drop", "hang"])
def test_trouble_at_the_goodbye_makes_no_copy(box: Box, goodbye: str) -> None:
    letters = size(10, 250)
    fill(box.app, letters)
    box.line.follow({"quit": [goodbye] * letters})

    for _round in range(letters):
        box.deliver(post=post_of(box.line.url, host=HOST, patience=0.02), limit=1)
    box.clock.wait(days=1)
    box.deliver()

    assert (len(box.line.taken), len(set(box.line.taken)), box.line.script["quit"]) == (letters, letters, [])


def test_a_busy_mailbox_is_asked_three_times_with_growing_pauses(box: Box) -> None:
    letters = size(20, 500)
    fill(box.app, letters)
    pauses: list[set[timedelta]] = []
    for answer in ("450 greylisted", "451 later"):
        box.line.follow({"rcpt": [answer] * letters})
        box.deliver()
        with box.app.app_context():
            pauses.append({at - box.clock() for at in db.session.scalars(sa.select(Message.send_at))})
        box.clock.wait(minutes=6)
    box.deliver()

    assert all(timedelta(minutes=4) <= pause <= timedelta(minutes=6) for pause in set().union(*pauses))
    # Not all of them come back at once.
    assert min(len(each) for each in pauses) > letters / 2
    assert (counts(box), attempts(box)) == ({MessageState.SENT: letters}, {3})


# ---- slow


@pytest.mark.parametrize("where", ["banner", "ehlo", "dot"])
def test_a_server_that_drips_is_cut_off_at_the_deadline_and_stops_nobody_else(box: Box, where: str) -> None:
    slow, quick, patience = Line(), Line(), 0.003
    for turn in range(size(1, 5)):
        slow.follow({where: ["trickle"]})
        box.put(key=f"slow{turn}")
        dripping = threading.Thread(
            target=lambda: box.deliver(post=post_of(slow.url, host=HOST, patience=patience), limit=1)
        )
        dripping.start()
        while slow.sessions <= turn:
            time.sleep(0.001)
        for number in range(20):
            box.put(key=f"k{turn}/{number}")
        others = box.deliver(post=post_of(quick.url, host=HOST), limit=20)
        # It drips for as long as somebody listens: all before the text may take a minute, the answer to the text ten.
        dripping.join(60)
        box.clock.wait(minutes=20)

        assert others.counts == {MessageState.SENT: 20}
        assert not dripping.is_alive()
    slow.close()
    quick.close()


# ---- poison


@pytest.mark.both
def test_one_poisoned_letter_in_a_hundred_stops_none_of_the_others(box: Box) -> None:
    letters = size(200, 1_000)
    fill(box.app, letters)

    def reconsider(message: Message, _now: datetime) -> Decision:
        if str(message.subject).endswith("50"):
            raise UnicodeEncodeError("ascii", "é", 0, 1, "poison")
        return Send()

    delivered = box.deliver(reconsider)

    poisoned = letters // 100
    assert delivered.counts == {MessageState.SENT: letters - poisoned, MessageState.DEAD: poisoned}
    assert len(set(box.line.taken)) == letters - poisoned
    with box.app.app_context():
        assert [one.reason for one in queries.troubled()] == ["not_composed"] * poisoned


# ---- the database


def locked_for(path: str, seconds: float) -> threading.Thread:
    """Hold the pen of a database for a while, and return once it is held."""
    held = threading.Event()

    def hold() -> None:
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            held.set()
            time.sleep(seconds)
            connection.execute("ROLLBACK")

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait()
    return thread


class Locking:
    """A post that has the database locked for longer than one waits for it, once the letter was taken."""

    is_warm = False

    def __init__(self, box: Box, seconds: float) -> None:
        self._box, self._seconds = box, seconds
        self.threads: list[threading.Thread] = []

    def hand_over(self, parcel: Parcel, before_body: Callable[[], bool]) -> Answer:
        answer = self._box.post.hand_over(parcel, before_body)
        if not self.threads:
            path = sa.make_url(str(self._box.app.config["SQLALCHEMY_DATABASE_URI"])).database
            self.threads.append(locked_for(str(path), self._seconds))
        return answer

    def trouble(self) -> Answer | None:
        return self._box.post.trouble()

    def close(self) -> None:
        self._box.post.close()

    def cut(self) -> None:
        self._box.post.cut()


def test_a_database_that_is_locked_after_the_dot_loses_and_doubles_nothing(
    box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        box.put(key=f"k{number}", subject=f"Nr. {number}")
    post = Locking(box, seconds=2)
    with box.app.app_context():
        # It would wait for ten seconds before it says so.
        db.engine.dispose()
        sa.event.listen(db.engine, "connect", _impatient)
    try:
        delivered = box.deliver(post=post)
    finally:
        with box.app.app_context():
            sa.event.remove(db.engine, "connect", _impatient)
            db.engine.dispose()
    post.threads[0].join()

    assert delivered.counts == {MessageState.SENT: 5}
    assert (len(box.line.taken), len(set(box.line.taken))) == (5, 5)


def _impatient(connection: sqlite3.Connection, _record: object) -> None:
    connection.execute("PRAGMA busy_timeout=100")


# ---- the clock


@pytest.mark.both
def test_a_clock_that_jumps_loses_and_doubles_nothing(box: Box) -> None:
    letters, chance, true = 150, random.Random(7), box.clock.at
    for number in range(letters):
        box.put(key=f"k{number}", subject=f"Nr. {number}")
    jumps = [timedelta(hours=1), timedelta(hours=-1), timedelta(days=1), timedelta(days=-1), timedelta(seconds=-10)]

    for _round in range(40):
        box.clock.at = true + chance.choice([*jumps, timedelta(0)])
        box.deliver(limit=chance.randint(1, 9))
        true += timedelta(seconds=5)
    box.clock.at = true + timedelta(hours=2)
    box.deliver()

    assert (len(box.line.taken), len(set(box.line.taken))) == (letters, letters)
