"""A message's turn, from its claim to what became of it, against servers that behave and others."""

import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from tests.loopback import held_port
from tests.mail.conftest import Between, Box
from tracker.db import db
from tracker.mail import claims, outbox
from tracker.mail.delivery import Delivered
from tracker.mail.models import Message, MessageState
from tracker.mail.outbox import unit
from tracker.mail.parcels import FilePost, Parcel, Post
from tracker.mail.rules import Answer, Cancel, Decision, Phase, Recompose, Send, WaitUntil
from tracker.mail.smtp import post_of

pytestmark = pytest.mark.both


@pytest.fixture
def nowhere() -> Iterator[Post]:
    """Give the way to a server that is not there."""
    with held_port() as port:
        yield post_of(f"smtp://127.0.0.1:{port}", host="localhost")


def always(decision: Decision) -> Callable[[Message, datetime], Decision]:
    """Return a look that sees the same each time."""
    return lambda _message, _now: decision


def test_a_message_arrives_as_it_was_written(box: Box) -> None:
    message_id = box.put(reply_to="Karla Koordination <karla@example.org>")

    delivered = box.deliver()

    assert delivered.counts == {MessageState.SENT: 1}
    sent = box.row(message_id)
    assert (sent.state, sent.reason, sent.attempts, sent.frozen) == (MessageState.SENT, "taken", 1, None)
    assert box.tries(message_id) == [("answer", "sent", 250)]
    letter = message_from_bytes(box.line.taken[0], policy=policy.default)
    assert letter["To"] == "radu@example.org"
    assert letter["Subject"] == "Termen: 5 aprilie"
    assert letter["Message-ID"] == f"<{sent.message_id}@example.org>"
    assert letter["Date"] == "Tue, 02 Mar 2027 11:00:00 +0200"
    assert box.line.said[0] == "ehlo partners.example.org"
    assert box.line.said[-1] == "QUIT"


def test_one_connection_carries_all_in_the_order_of_their_time(box: Box) -> None:
    for minute in (3, 1, 2):
        box.put(key=f"k{minute}", subject=f"Nr. {minute}", send_at=box.clock() - timedelta(minutes=minute))
    box.put(key="later", send_at=box.clock() + timedelta(seconds=1))

    delivered = box.deliver()

    assert delivered.counts == {MessageState.SENT: 3}
    assert box.line.sessions == 1
    assert [message_from_bytes(body)["Subject"] for body in box.line.taken] == ["Nr. 3", "Nr. 2", "Nr. 1"]


def test_a_server_that_is_away_loses_and_charges_nothing(box: Box, nowhere: Post) -> None:
    message_ids = [box.put(key=f"k{number}") for number in range(3)]

    for _round in range(20):
        assert box.deliver(post=nowhere).counts[MessageState.SENT] == 0
        box.clock.wait(minutes=20)
    before = [(box.row(one).state, box.row(one).attempts, box.tries(one)) for one in message_ids]
    with box.app.app_context():
        pause = db.session.execute(sa.text("SELECT failures, reason FROM mail_pause")).one()
    delivered = box.deliver()

    assert before == [(MessageState.QUEUED, 0, [])] * 3
    assert tuple(pause) == (20, "server_away")
    assert delivered.counts == {MessageState.SENT: 3}
    assert box.paused_until() is None


def test_nothing_is_tried_while_the_queue_waits(box: Box, nowhere: Post) -> None:
    box.put()
    box.deliver(post=nowhere)
    box.clock.wait(seconds=29)

    assert box.deliver() == Delivered(paused=True)
    box.clock.wait(seconds=1)
    assert box.deliver().counts == {MessageState.SENT: 1}


def test_a_pause_made_by_a_clock_that_ran_ahead_silences_nothing(box: Box, nowhere: Post) -> None:
    box.put()
    box.clock.wait(days=1)
    box.deliver(post=nowhere)
    box.clock.wait(days=-1)

    assert box.deliver().counts == {MessageState.SENT: 1}


@pytest.mark.parametrize(
    ("script", "state", "reason", "minutes"),
    [
        ({"mail": ["421 closing"]}, MessageState.QUEUED, "closing", 1),
        ({"mail": ["452 full"]}, MessageState.QUEUED, "not_now", 1),
        ({"rcpt": ["450 greylisted"]}, MessageState.QUEUED, "asked_to_wait", 5),
        ({"rcpt": ["drop"]}, MessageState.QUEUED, "line_broke", 1),
        ({"data": ["451 not now"]}, MessageState.QUEUED, "not_now", 1),
        ({"dot": ["451 not now"]}, MessageState.QUEUED, "not_now", 1),
        ({"dot": ["421 closing"]}, MessageState.QUEUED, "not_now", 1),
        ({"dot": ["drop"]}, MessageState.UNKNOWN, "uncertain", 5),
    ],
)
def test_what_was_not_taken_is_tried_again_later_with_the_same_bytes(
    box: Box, script: dict[str, list[str]], state: MessageState, reason: str, minutes: int
) -> None:
    message_id = box.put()
    box.line.follow(script)

    box.deliver()
    waiting = box.row(message_id)
    box.clock.wait(minutes=minutes * 1.2)
    box.deliver()

    assert (waiting.state, waiting.reason, waiting.attempts) == (state, reason, 1)
    assert timedelta(minutes=minutes * 0.8) <= waiting.send_at - box.clock.at + timedelta(minutes=minutes * 1.2)
    sent = box.row(message_id)
    assert (sent.state, sent.attempts) == (MessageState.SENT, 2)
    assert waiting.frozen in {None, box.line.taken[0]}


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ({"mail": ["552 too big"]}, "refused"),
        ({"rcpt": ["550 5.1.1 unknown"]}, "address_refused"),
        ({"rcpt": ["554 5.7.1 blocked"]}, "policy"),
        ({"dot": ["554 spam"]}, "policy"),
    ],
)
def test_what_is_refused_for_good_is_kept_with_its_reason_and_holds_up_nobody(
    box: Box, script: dict[str, list[str]], reason: str
) -> None:
    refused, fine = box.put(key="a"), box.put(key="b")
    box.line.follow(script)

    box.deliver()

    assert (box.row(refused).state, box.row(refused).reason) == (MessageState.DEAD, reason)
    assert box.row(fine).state is MessageState.SENT


def test_what_may_have_arrived_is_sent_at_most_twice_more_and_then_held(box: Box) -> None:
    message_id = box.put()
    box.line.follow({"dot": ["take+drop"] * 9})

    for _round in range(9):
        box.deliver()
        box.clock.wait(hours=1)

    held = box.row(message_id)
    assert (held.state, held.reason, held.uncertain) == (MessageState.HELD, "uncertain_held", 3)
    assert len(box.line.taken) == 3
    assert len(set(box.line.taken)) == 1


def test_a_message_is_given_up_after_four_days(box: Box) -> None:
    message_id = box.put()
    box.line.follow({"rcpt": ["450 later"] * 99})

    rounds = 0
    while box.row(message_id).state is MessageState.QUEUED:
        box.deliver()
        box.clock.wait(hours=15)
        rounds += 1

    assert (box.row(message_id).state, box.row(message_id).reason) == (MessageState.DEAD, "gave_up")
    assert (rounds, box.row(message_id).reason_facts) == (15, {"attempts": 15})


def test_what_is_no_longer_useful_is_not_sent_and_stands_among_the_troubled(box: Box) -> None:
    message_id = box.put(useful_until=box.clock() + timedelta(hours=1))
    box.clock.wait(hours=2)

    box.deliver()

    assert (box.row(message_id).state, box.row(message_id).reason) == (MessageState.DEAD, "too_late")
    assert box.line.taken == []


def test_a_poisoned_message_stops_nobody(box: Box) -> None:
    poisoned, foreign, fine = box.put(key="a"), box.put(key="b", address="ágnes@example.org"), box.put(key="c")

    def reconsider(message: Message, _now: datetime) -> Decision:
        if message.id == poisoned:
            raise KeyError("title")
        return Send()

    box.deliver(reconsider)

    assert (box.row(poisoned).state, box.row(poisoned).reason_facts) == (MessageState.DEAD, {"error": "KeyError"})
    assert (box.row(foreign).state, box.row(foreign).reason) == (MessageState.DEAD, "no_address")
    assert box.row(fine).state is MessageState.SENT


def test_what_is_no_longer_wanted_is_cancelled_with_its_reason(box: Box) -> None:
    message_id = box.put()

    box.deliver(lambda _message, _now: Cancel("done", {"title": "Euarca"}))

    cancelled = box.row(message_id)
    assert (cancelled.state, cancelled.reason, cancelled.attempts) == (MessageState.CANCELLED, "done", 0)
    assert cancelled.reason_facts == {"title": "Euarca"}
    assert box.line.taken == []


def test_a_message_waits_until_it_may_go(box: Box) -> None:
    message_id = box.put()
    morning = box.clock() + timedelta(hours=20)

    def not_before_morning(_message: Message, at: datetime) -> Decision:
        return WaitUntil(morning, "outside_hours") if at < morning else Send()

    box.deliver(not_before_morning)
    waiting = box.row(message_id)
    box.clock.wait(hours=20)
    delivered = box.deliver()

    assert (waiting.state, waiting.send_at, waiting.attempts) == (MessageState.QUEUED, morning, 0)
    assert delivered.counts == {MessageState.SENT: 1}


def test_a_letter_is_written_anew_until_its_bytes_are_frozen(box: Box) -> None:
    message_id = box.put()
    box.line.follow({"rcpt": ["450 later"], "dot": ["drop"]})

    for decision in (Recompose(f"Nr. {number}", f"Text {number}", None) for number in range(3)):
        box.deliver(always(decision))
        box.clock.wait(minutes=10)

    assert [message_from_bytes(body)["Subject"] for body in box.line.taken] == ["Nr. 1"]
    assert (box.row(message_id).subject, box.row(message_id).text) == ("Nr. 1", "Text 1")


def test_nothing_leaves_while_the_office_has_paused_sending(box: Box) -> None:
    message_id = box.put()
    answers = iter([False, True])

    before = box.deliver(paused=lambda: True)
    between = box.deliver(paused=lambda: next(answers))

    assert (before, between) == (Delivered(paused=True), Delivered({MessageState.QUEUED: 1}, paused=True))  # type: ignore[arg-type]  # equal to a Counter
    assert (box.row(message_id).state, box.row(message_id).attempts) == (MessageState.QUEUED, 0)
    assert box.line.said == []


def test_a_worker_that_lost_its_claim_sends_not_a_byte(box: Box) -> None:
    message_id = box.put()

    def frozen_meanwhile(_message: Message, _now: datetime) -> Decision:
        box.clock.wait(minutes=2)
        return Send()

    class Slow:
        """Lets another worker take the message back just before the body."""

        is_warm = False

        def hand_over(self, parcel: Parcel, before_body: Callable[[], bool]) -> Answer:
            def late() -> bool:
                with box.app.app_context(), unit():
                    assert claims.recover(box.clock(), patience=1.0) == 1
                return before_body()

            return box.post.hand_over(parcel, late)

        def trouble(self) -> Answer | None:
            return box.post.trouble()

        def close(self) -> None:
            box.post.close()

        def cut(self) -> None:
            box.post.cut()

    delivered = box.deliver(frozen_meanwhile, post=Slow(), limit=1)

    assert delivered.counts == {}
    assert box.line.taken == []
    assert (box.row(message_id).state, box.row(message_id).reason) == (MessageState.QUEUED, "interrupted")


def test_a_secret_is_forgotten_once_it_was_sent(box: Box) -> None:
    message_id = box.put(secret=True)

    box.deliver()

    sent = box.row(message_id)
    assert (sent.text, sent.html, sent.frozen, sent.blanked_at) == (None, None, None, box.clock())


def test_other_words_are_forgotten_after_thirty_days(box: Box) -> None:
    message_id = box.put()
    box.deliver()

    for days, forgotten in ((30, 0), (1, 1), (1, 0)):
        box.clock.wait(days=days)
        with box.app.app_context(), unit():
            assert outbox.blank_old(box.clock()) == forgotten

    assert (box.row(message_id).text, box.row(message_id).subject) == (None, "Termen: 5 aprilie")


def test_letters_become_files_without_a_server(box: Box, tmp_path: Path) -> None:
    message_id = box.put()

    box.deliver(post=FilePost(tmp_path))

    assert [path.name for path in tmp_path.iterdir()] == [f"20270302T090000-{message_id}.eml"]
    assert box.row(message_id).reason == "filed"


def test_what_became_of_a_message_is_written_even_if_the_database_is_away_for_a_while(
    box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    message_id = box.put()
    settle, troubles = claims.settle, [1, 2]

    def locked(*values: object, **more: object) -> MessageState | None:
        if troubles:
            troubles.pop()
            raise OperationalError("UPDATE", {}, Exception("database is locked"))
        return settle(*values, **more)  # type: ignore[arg-type]  # handed through

    monkeypatch.setattr(claims, "settle", locked)
    box.deliver(patience=0.01)

    assert box.row(message_id).state is MessageState.SENT
    assert len(box.line.taken) == 1


def test_a_line_that_we_cut_ourselves_pauses_nobody(box: Box) -> None:
    first, second = box.put(key="a"), box.put(key="b")
    box.line.follow({"banner": ["hang"]})
    stopping = threading.Event()

    def stop() -> None:
        stopping.set()
        box.post.cut()

    threading.Timer(0.2, stop).start()
    box.deliver(stopping=stopping)

    assert [box.row(one).state for one in (first, second)] == [MessageState.QUEUED] * 2
    assert box.paused_until() is None


def test_a_message_that_is_cut_after_the_body_is_uncertain(box: Box) -> None:
    message_id = box.put()
    box.line.follow({"dot": ["hang"]})
    stopping = threading.Event()
    threading.Timer(0.3, box.post.cut).start()

    box.deliver(stopping=stopping)

    assert box.row(message_id).state is MessageState.UNKNOWN
    assert box.tries(message_id) == [(Phase.ANSWER, "unknown", None)]


# ---- on a line that took the last letter, the next is kept together with its claim


def kept_by_then(box: Box, ids: list[int], turn: int) -> tuple[list[MessageState], Post]:
    """Return a post that notes, when all but the text of the nth letter is agreed, how they all stand."""
    seen: list[MessageState] = []

    def note(number: int) -> None:
        if number == turn:
            seen.extend(box.row(one).state for one in ids)

    return seen, Between(box.post, note)


def test_what_was_looked_at_ahead_is_kept_with_its_claim(box: Box) -> None:
    ids = [box.put(key=f"k{number}") for number in range(4)]
    seen, post = kept_by_then(box, ids, turn=2)

    delivered = box.deliver(post=post)

    sent, waits = MessageState.SENT, MessageState.QUEUED
    in_hand = MessageState.IN_DATA if box.is_sqlite else MessageState.SENDING
    assert seen == [sent, in_hand, waits, waits]
    assert delivered.counts == {sent: 4}
    assert [box.row(one).attempts for one in ids] == [1] * 4
    assert len(set(box.line.taken)) == 4


@pytest.mark.parametrize("where", ["mail", "rcpt", "data"])
@pytest.mark.parametrize(
    ("answer", "state"),
    [("450 not now", MessageState.QUEUED), ("550 5.1.1 unknown", MessageState.DEAD), ("drop", MessageState.QUEUED)],
)
def test_what_was_kept_but_never_left_may_still_change(box: Box, where: str, answer: str, state: MessageState) -> None:
    ids = [box.put(key=f"k{number}") for number in range(3)]
    # A line that breaks at MAIL was closed since the last letter, and is opened once more.
    times = 2 if (where, answer) == ("mail", "drop") else 1
    box.line.follow({where: ["354 go on" if where == "data" else "250 ok", *[answer] * times]})

    box.deliver()

    second = box.row(ids[1])
    assert (second.state, second.frozen, second.dated_at) == (state, None, None)


def test_a_kept_letter_whose_claim_is_lost_sends_not_a_byte(box: Box) -> None:
    ids = [box.put(key=f"k{number}") for number in range(2)]

    def steal(turn: int) -> None:
        if turn == 2:
            box.clock.wait(minutes=12)
            with box.app.app_context(), unit():
                assert claims.recover(box.clock(), patience=1.0) == 1

    delivered = box.deliver(post=Between(box.post, steal))

    assert delivered.counts == {MessageState.SENT: 1}
    assert len(box.line.taken) == 1
    assert box.row(ids[1]).state is (MessageState.UNKNOWN if box.is_sqlite else MessageState.QUEUED)
