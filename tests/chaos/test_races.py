"""What is called off while its letter leaves: from that commit on, no text is let go."""

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests import builders
from tests.chaos.conftest import DUE_ON, LONG_AGO, Place
from tests.chaos.sizes import size
from tracker import clock, scheduler
from tracker.db import db
from tracker.mail.models import Message, MessageState
from tracker.mail.outbox import unit
from tracker.mail.parcels import Parcel, Post
from tracker.mail.rules import Answer
from tracker.mail.smtp import post_of
from tracker.milestones.actions import finish_milestone, move_milestone
from tracker.milestones.models import Milestone
from tracker.people.models import MailChoice, MailRhythm, MailStop, Person


def _finish(milestone: Milestone) -> None:
    finish_milestone(milestone, done_on=DUE_ON, by_id=None, now=clock.now())


def _move(milestone: Milestone) -> None:
    move_milestone(milestone, to_on=DUE_ON + timedelta(days=70), by_id=None, now=clock.now())


def _lock(milestone: Milestone) -> None:
    _responsible(milestone).locked_at = clock.now()


def _stop(milestone: Milestone) -> None:
    person_id = _responsible(milestone).id
    db.session.add(MailStop(person_id=person_id, kind=MailChoice.REMINDERS.value, at=clock.now()))


def _leave(milestone: Milestone) -> None:
    _responsible(milestone).paused_until = DUE_ON


def _responsible(milestone: Milestone) -> Person:
    return db.session.get_one(Person, milestone.responsible_person_id)


#: Each of them makes a letter of one milestone unwanted.
EDITS: tuple[Callable[[Milestone], None], ...] = (_finish, _move, _lock, _stop, _leave)


def remind(place: Place, people: int) -> dict[int, int]:
    """Have a letter wait for each of so many people, and return person to milestone."""
    with place.app.app_context(), unit():
        project = builders.project(de="Euarca")
        rows = []
        for _number in range(people):
            person = builders.person(mail_rhythm=MailRhythm.NEVER)
            rows.append(
                builders.milestone(
                    project, due_on=DUE_ON, person=person, due_since=LONG_AGO, responsible_since=LONG_AGO
                )
            )
        found = {int(row.responsible_person_id or 0): row.id for row in rows}
    place.plan()
    return found


@dataclass
class Noting:
    """A post that notes when it last asked whether a letter may leave, address to moment."""

    post: Post
    at: dict[str, float]

    @property
    def is_warm(self) -> bool:
        return self.post.is_warm

    def hand_over(self, parcel: Parcel, before_body: Callable[[], bool]) -> Answer:
        """Note the moment at which the program looks for the last time."""

        def noting() -> bool:
            self.at[parcel.recipient] = time.monotonic()
            return before_body()

        return self.post.hand_over(parcel, noting)

    def trouble(self) -> Answer | None:
        """Say what is wrong with the server."""
        return self.post.trouble()

    def close(self) -> None:
        """End the conversation."""
        self.post.close()

    def cut(self) -> None:
        """Cut the line."""
        self.post.cut()


@pytest.mark.both
def test_nothing_is_sent_that_was_called_off_before_its_text_was_let_go(place: Place) -> None:
    people = size(100, 1_000)
    milestones = remind(place, people)
    leaving_at: dict[str, float] = {}
    called_off: dict[str, float] = {}

    def deliver() -> None:
        with place.app.app_context():
            scheduler.deliver(place.settings, Noting(post_of(place.server.url, host="localhost"), leaving_at))

    chance = random.Random(7)
    called_off_first, *others = chance.sample(sorted(milestones), people)

    def call_off(person_id: int) -> None:
        with place.app.app_context(), unit():
            chance.choice(EDITS)(db.session.get_one(Milestone, milestones[person_id]))
            address = str(db.session.get_one(Person, person_id).email)
        called_off[address] = time.monotonic()

    def edit() -> None:
        place.until(lambda: place.server.taken.people)
        for person_id in others:
            # As fast as letters leave: where somebody changes something all the time, they wait.
            time.sleep(chance.uniform(0, 0.04))
            call_off(person_id)

    # However busy the machine is: one is called off in time, and one leaves before the others are.
    call_off(called_off_first)
    threads = [threading.Thread(target=work) for work in (deliver, deliver, edit)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with place.app.app_context():
        letters = sa.select(Message).where(Message.person_id.in_(milestones))
        states = {letter.address: letter.state for letter in db.session.scalars(letters)}
    sent = {address for address, state in states.items() if state is MessageState.SENT}
    assert set(states.values()) == {MessageState.SENT, MessageState.CANCELLED}
    assert sent == set(place.server.taken.people) & set(states)
    assert [one for one in sent if leaving_at[one] > called_off[one]] == []
    assert len(states) == people
