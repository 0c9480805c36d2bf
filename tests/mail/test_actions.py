"""What people do with the outbox, and what they see of it."""

import pytest

from tests.mail.conftest import Box
from tracker.db import db
from tracker.language import speaking
from tracker.mail import actions, queries
from tracker.mail.claims import claim
from tracker.mail.models import Message, MessageState
from tracker.mail.outbox import unit
from tracker.mail.rules import LEASE, REASONS, sentence
from tracker.refusal import Refused


def refused(box: Box) -> int:
    message_id = box.put()
    box.line.follow({"rcpt": ["550 5.1.1 unknown"]})
    box.deliver()
    return message_id


def message(message_id: int) -> Message:
    return db.session.get_one(Message, message_id)


def test_a_message_is_tried_once_more_with_all_its_tries(box: Box) -> None:
    message_id = refused(box)

    with box.app.app_context(), unit():
        actions.retry(message(message_id), box.clock())
    waiting = box.row(message_id)
    box.deliver()

    assert (waiting.state, waiting.reason, waiting.attempts) == (MessageState.QUEUED, "once_more", 0)
    assert box.row(message_id).state is MessageState.SENT


def test_a_corrected_address_gets_the_letter(box: Box) -> None:
    message_id = refused(box)

    with box.app.app_context(), unit():
        actions.correct_address(message(message_id), "radu.partener@example.org", box.clock())
    box.deliver()

    assert b"To: radu.partener@example.org" in box.line.taken[0]


def test_a_message_that_was_given_up_is_not_sent(box: Box) -> None:
    message_id = box.put()

    with box.app.app_context(), unit():
        actions.give_up(message(message_id), box.clock())
    box.deliver()

    assert (box.row(message_id).state, box.line.taken) == (MessageState.CANCELLED, [])


def test_what_is_out_can_be_neither_retried_nor_given_up(box: Box) -> None:
    message_id = box.put()
    box.deliver()

    for act in (actions.retry, actions.give_up):
        with box.app.app_context(), pytest.raises(Refused), unit():
            act(message(message_id), box.clock())


def test_what_a_worker_has_in_hand_is_left_to_it(box: Box) -> None:
    message_id = box.put()
    with box.app.app_context(), unit():
        claim(box.clock(), LEASE)

    with box.app.app_context(), pytest.raises(Refused), unit():
        actions.give_up(message(message_id), box.clock())

    assert box.row(message_id).state is MessageState.SENDING


def test_a_message_whose_text_is_gone_cannot_be_tried_again(box: Box) -> None:
    message_id = refused(box)
    with box.app.app_context(), unit():
        message(message_id).blanked_at = box.clock()

    with box.app.app_context(), speaking("en"), pytest.raises(Refused, match="no longer kept"), unit():
        actions.retry(message(message_id), box.clock())


def test_a_wrong_address_is_refused(box: Box) -> None:
    message_id = refused(box)

    with box.app.app_context(), speaking("en"), pytest.raises(Refused, match="not an address"), unit():
        actions.correct_address(message(message_id), "radu", box.clock())


def test_the_outbox_shows_what_is_where(box: Box) -> None:
    dead = refused(box)
    box.put(key="sent")
    box.deliver()
    box.clock.wait(minutes=1)
    waiting = box.put(key="waiting")
    box.clock.wait(minutes=16)

    with box.app.app_context():
        newest = [one.id for one in db.session.scalars(queries.newest_first())]
        only_dead = [one.id for one in db.session.scalars(queries.newest_first([MessageState.DEAD]))]
        attempts = {one: len(tried) for one, tried in queries.attempts_of([dead, waiting]).items()}
        counts = {state: number for state, number in queries.counts().items() if number}
        troubled = [one.id for one in queries.troubled()]

    assert (newest[0], len(newest), only_dead, troubled) == (waiting, 3, [dead], [dead])
    assert attempts == {dead: 1, waiting: 0}
    assert counts == {MessageState.DEAD: 1, MessageState.SENT: 1, MessageState.QUEUED: 1}


def test_a_job_that_is_silent_for_too_long_is_named(box: Box) -> None:
    with box.app.app_context(), unit():
        actions.record_tick("plan", box.clock(), 60)
        actions.record_tick("deliver", box.clock(), 600, failed=True)
        actions.record_tick("deliver", box.clock(), 600, failed=True)
    box.clock.wait(seconds=61)

    with box.app.app_context():
        assert queries.silent_jobs(box.clock()) == ["plan"]
        assert {tick.job: tick.failures for tick in queries.ticks()} == {"deliver": 2, "plan": 0}


def test_each_reason_is_a_sentence(box: Box) -> None:
    facts = {"address": "x", "attempts": 15, "error": "KeyError"}

    with box.app.app_context(), speaking("en"):
        told = [sentence(reason, facts) for reason in REASONS]
        foreign = sentence("done", {"title": "Euarca"}, {"done": "“%(title)s” is done."})

    assert all(words.endswith((".", ").")) and "%" not in words for words in told)
    assert foreign == "“Euarca” is done."
