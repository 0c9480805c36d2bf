"""Claims: who gets a message, and what happens when whoever had it is gone."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.mail.conftest import Box
from tracker.db import db
from tracker.mail import claims, outbox
from tracker.mail.claims import Claimed
from tracker.mail.models import Message, MessageState
from tracker.mail.outbox import unit
from tracker.mail.rules import LEASE, LEASE_IN_DATA, Answer, Phase, outcome

pytestmark = pytest.mark.both


def claim(box: Box) -> Claimed | None:
    with box.app.app_context(), unit():
        return claims.claim(box.clock(), LEASE)


def sure_claim(box: Box) -> Claimed:
    claimed = claim(box)
    assert claimed is not None
    return claimed


def freeze(box: Box, claimed: Claimed) -> bool:
    with box.app.app_context(), unit():
        return claims.freeze(claimed, content=b"bytes", dated_at=box.clock(), leased_until=box.clock() + LEASE_IN_DATA)


def recover(box: Box) -> int:
    with box.app.app_context(), unit():
        return claims.recover(box.clock(), patience=1.0)


def settle(box: Box, claimed: Claimed, answer: Answer) -> MessageState | None:
    with box.app.app_context(), unit():
        return claims.settle(claimed, answer, outcome(answer), now=box.clock(), patience=1.0)


def test_a_key_makes_one_message_whoever_writes_it(box: Box) -> None:
    first = box.put(key="letter|7|2027-03-02", subject="first")
    second = box.put(key="letter|7|2027-03-02", subject="second")

    assert (first, box.row(first).subject) == (second, "first")


def test_a_message_id_cannot_be_read(box: Box) -> None:
    one, other = box.row(box.put(key="letter|7|2027-03-02")), box.row(box.put(key="letter|8|2027-03-02"))

    assert len({one.message_id, other.message_id}) == 2
    assert all(len(row.message_id) == 32 and int(row.message_id, 16) for row in (one, other))


def test_what_is_due_at_one_instant_leaves_as_it_was_written(box: Box) -> None:
    ids = [box.put(key=f"k{number}", send_at=box.clock() + timedelta(hours=1)) for number in range(6)]
    # On PostgreSQL a row that was written again lies behind the others.
    for message_id in reversed(ids):
        with box.app.app_context(), unit():
            db.session.get_one(Message, message_id).send_at = box.clock()

    with box.app.app_context():
        due = [message.id for message in db.session.scalars(outbox.next_due(box.clock(), 6))]

    assert [sure_claim(box).id for _one in ids] == due == ids


def test_many_claimers_never_get_the_same_message(box: Box) -> None:
    expected = sorted(box.put(key=f"k{number}") for number in range(60))
    got: list[int] = []
    start = threading.Barrier(4)

    def claimer() -> None:
        start.wait()
        empty = 0
        # On PostgreSQL a claim may find all that is left locked by others: that is no end yet.
        while empty < 5:
            claimed = claim(box)
            if claimed is None:
                empty += 1
            else:
                got.append(claimed.id)

    threads = [threading.Thread(target=claimer) for _number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(got) == expected


def test_many_writers_of_one_key_make_one_message(box: Box) -> None:
    got: list[int] = []
    start = threading.Barrier(6)

    def writer() -> None:
        start.wait()
        got.append(box.put(key="letter|7|2027-03-02"))

    threads = [threading.Thread(target=writer) for _number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with box.app.app_context():
        ids = db.session.scalars(select(Message.id)).all()
    assert set(got) == set(ids)
    assert len(ids) == 1


def test_a_claim_that_ended_before_the_body_is_tried_again_at_once(box: Box) -> None:
    message_id = box.put()
    sure_claim(box)

    too_early = recover(box)
    box.clock.wait(seconds=91)
    recovered = recover(box)

    waiting = box.row(message_id)
    assert (too_early, recovered) == (0, 1)
    assert (waiting.state, waiting.reason, waiting.attempts) == (MessageState.QUEUED, "interrupted", 1)
    assert sure_claim(box).fence == 2


def test_a_message_under_which_the_program_stops_again_and_again_is_tried_less_often(box: Box) -> None:
    message_id = box.put()
    pauses = []
    for _number in range(4):
        box.clock.wait(hours=1)
        sure_claim(box)
        box.clock.wait(seconds=91)
        recover(box)
        pauses.append(box.row(message_id).send_at - box.clock())

    assert pauses[:2] == [timedelta(0)] * 2
    assert timedelta(minutes=12) <= pauses[2] <= timedelta(minutes=18)
    assert timedelta(minutes=24) <= pauses[3] <= timedelta(minutes=36)


def test_a_claim_that_ended_after_the_body_began_is_uncertain_and_repeated_with_the_same_bytes(box: Box) -> None:
    message_id = box.put()
    freeze(box, sure_claim(box))
    box.clock.wait(minutes=12)

    recover(box)

    waiting = box.row(message_id)
    assert (waiting.state, waiting.uncertain, waiting.frozen) == (MessageState.UNKNOWN, 1, b"bytes")
    assert timedelta(minutes=4) <= waiting.send_at - box.clock() <= timedelta(minutes=6)
    assert box.tries(message_id) == [("body", "unknown", None)]
    box.clock.wait(minutes=6)
    box.deliver()
    assert box.line.taken == [b"bytes\r\n"]


def test_who_lost_the_claim_can_write_nothing_more(box: Box) -> None:
    message_id = box.put()
    old = sure_claim(box)
    box.clock.wait(seconds=91)
    recover(box)
    new = sure_claim(box)

    refused = [freeze(box, old), settle(box, old, Answer(Phase.ANSWER, 550))]

    assert refused == [False, None]
    assert box.tries(message_id) == [("connect", "retry", None)]
    assert freeze(box, new)
    assert settle(box, new, Answer(Phase.ANSWER, 250)) is MessageState.SENT


def test_a_claim_from_a_clock_that_ran_ahead_holds_up_nothing(box: Box) -> None:
    message_id = box.put()
    box.clock.wait(days=1)
    sure_claim(box)
    box.clock.wait(days=-1)

    assert recover(box) == 1
    assert box.row(message_id).state is MessageState.QUEUED


def test_what_may_have_arrived_comes_after_all_else(box: Box) -> None:
    uncertain = box.put(key="a")
    freeze(box, sure_claim(box))
    box.clock.wait(minutes=12)
    recover(box)
    box.clock.wait(minutes=12)
    fresh = box.put(key="b")

    assert [sure_claim(box).id, sure_claim(box).id, claim(box)] == [fresh, uncertain, None]
