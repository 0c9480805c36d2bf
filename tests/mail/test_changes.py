"""What is counted as a change, and what follows for messages that were looked at before."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from tests import builders
from tests.mail.conftest import Between, Box
from tracker.db import db
from tracker.mail import changes
from tracker.mail.actions import correct_address, record_tick
from tracker.mail.models import Message, MessageKind, MessageState
from tracker.mail.outbox import unit
from tracker.mail.rules import Cancel, Decision, Recompose, Send
from tracker.people.models import Person

pytestmark = pytest.mark.both


def number(box: Box) -> int:
    with box.app.app_context():
        return changes.number()


def change(box: Box, name: str) -> None:
    """Change something that a letter may speak of, as any page does."""
    with box.app.app_context(), unit():
        db.session.get_one(Person, box.person).name = name


class Looks:
    """Looks at messages, and keeps by which ids it was asked."""

    def __init__(self, decide: Callable[[Message], Decision] = lambda _message: Send()) -> None:
        self.decide = decide
        self.asked: list[list[int]] = []

    def __call__(self, messages: Sequence[Message], _now: datetime) -> dict[int, Decision]:
        self.asked.append([message.id for message in messages])
        return {message.id: self.decide(message) for message in messages}


# ---- what is counted


def test_each_change_is_counted_when_it_is_committed(box: Box) -> None:
    before = number(box)

    change(box, "Ana")
    with box.app.app_context(), unit():
        db.session.execute(sa.update(Person).values(name="Eva"))
        builders.person("Ilona")
    with box.app.app_context(), unit():
        db.session.execute(sa.delete(Person).where(Person.name == "Ilona"))

    assert number(box) == before + 3


def test_what_was_taken_back_or_changed_nothing_is_not_counted(box: Box) -> None:
    before = number(box)

    with box.app.app_context(), unit():
        db.session.execute(sa.update(Person).values(name="Eva"))
        db.session.rollback()
    with box.app.app_context(), unit():
        db.session.execute(sa.update(Person).where(Person.name == "nobody").values(name="Eva"))
        db.session.scalars(sa.select(Person)).all()

    assert number(box) == before


def test_delivery_and_heartbeats_count_nothing(box: Box) -> None:
    box.put()
    before = number(box)

    box.deliver()
    with box.app.app_context(), unit():
        record_tick("deliver", box.clock(), 60)

    assert number(box) == before


# ---- what follows


def test_what_waits_is_looked_at_together(box: Box) -> None:
    ids = [box.put(key=f"k{number}") for number in range(12)]
    looks = Looks()

    delivered = box.deliver(looks=looks)

    assert delivered.counts == {MessageState.SENT: 12}
    assert [len(asked) for asked in looks.asked] == [2, 4, 6]
    assert sorted(one for asked in looks.asked for one in asked) == ids


def test_after_a_change_all_is_looked_at_again(box: Box) -> None:
    ids = [box.put(key=f"k{number}") for number in range(12)]
    gone = set(ids[6:])
    looks = Looks(lambda message: Cancel("done") if message.id in gone and is_done else Send())
    is_done = False

    def finish(turn: int) -> None:
        nonlocal is_done
        if turn == 5:
            change(box, "Ana")
            is_done = True

    delivered = box.deliver(looks=looks, post=Between(box.post, finish))

    assert delivered.counts == {MessageState.SENT: 6, MessageState.CANCELLED: 6}
    assert len(box.line.taken) == 6


def test_what_is_answered_before_the_text_is_not_sent(box: Box) -> None:
    message_id = box.put()
    decisions: Iterator[Decision] = iter([Send(), Cancel("done"), Cancel("done")])

    delivered = box.deliver(
        lambda _message, _now: next(decisions), post=Between(box.post, lambda _: change(box, "Ana"))
    )

    assert delivered.counts == {MessageState.QUEUED: 1, MessageState.CANCELLED: 1}
    assert box.line.taken == []
    assert "DATA" in [said.upper() for said in box.line.said]
    assert (box.row(message_id).state, box.row(message_id).attempts) == (MessageState.CANCELLED, 0)


def test_a_change_that_matters_to_nobody_holds_up_nothing(box: Box) -> None:
    message_id = box.put()
    looks = Looks()

    delivered = box.deliver(looks=looks, post=Between(box.post, lambda _: change(box, "Ana")))

    assert delivered.counts == {MessageState.SENT: 1}
    assert looks.asked == [[message_id], [message_id]]
    assert box.line.sessions == 1


def test_where_something_changes_all_the_time_a_message_waits_for_a_quiet_moment(box: Box) -> None:
    message_id = box.put()
    names = iter(range(100))

    def busy(_message: Message) -> Decision:
        if len(looks.asked) < 5:
            change(box, f"Ana {next(names)}")
        return Send()

    looks = Looks(busy)

    delivered = box.deliver(looks=looks)

    assert delivered.counts[MessageState.SENT] == 1
    assert len(box.line.taken) == 1
    assert box.row(message_id).attempts == 1


def test_what_is_seen_holds_for_seconds_only(box: Box) -> None:
    for number_ in range(6):
        box.put(key=f"k{number_}")
    looks = Looks()

    box.deliver(looks=looks, post=Between(box.post, lambda _: box.clock.wait(seconds=6)))

    assert [asked[0] for asked in looks.asked] == sorted({one for asked in looks.asked for one in asked})


def test_a_message_that_somebody_readdressed_goes_where_they_said(box: Box) -> None:
    ids = [box.put(key=f"k{number}", kind=MessageKind.UPDATE) for number in range(3)]

    def correct(turn: int) -> None:
        if turn == 2:
            with box.app.app_context(), unit():
                correct_address(db.session.get_one(Message, ids[2]), "eva@example.org", box.clock())

    box.deliver(post=Between(box.post, correct))

    assert [said for said in box.line.said if said.startswith("RCPT")][2:] == ["RCPT TO:<eva@example.org>"]
    assert len(box.line.taken) == 3


def test_new_words_are_kept_with_the_bytes_that_hold_them(box: Box) -> None:
    message_id = box.put()
    box.line.follow({"rcpt": ["450 later"]})

    box.deliver(lambda _message, _now: Recompose("New", "New words", None))
    refused = box.row(message_id)
    box.clock.wait(minutes=10)
    box.deliver(lambda _message, _now: Recompose("Newer", "Newer words", None))
    sent = box.row(message_id)

    assert (refused.subject, refused.html) == ("Termen: 5 aprilie", "<p>Bună ziua,</p><p>un termen.</p>")
    assert (sent.subject, sent.text, sent.html) == ("Newer", "Newer words", None)
    assert sent.sent_at == box.clock() > refused.created_at + timedelta(minutes=9)
