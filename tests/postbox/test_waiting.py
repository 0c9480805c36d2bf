"""Caps, addresses that fail and what people want, from the outbox to the mail server."""

from datetime import date, timedelta
from email import message_from_bytes, policy
from functools import partial

import pytest
import sqlalchemy as sa
from flask import Flask

from tests import builders
from tests.mail.conftest import Between, Box
from tracker.accounts.models import Role
from tracker.db import db
from tracker.history.models import HistoryLine
from tracker.mail.models import Message, MessageKind, MessageState
from tracker.mail.outbox import unit
from tracker.mail.rules import AFTER_THE_OTHER, ASKED_AT_THE_DOOR, CAPS, DAY, HOUR, over_the_cap
from tracker.people.models import Contact, MailChoice, MailStop, Person
from tracker.postbox import queries
from tracker.postbox.actions import hear_refusal, send_once_more, tell_of_refusals
from tracker.postbox.waiting import reconsider, too_many
from tracker.preferences.rules import stop_link

URL = "https://partners.example.org"


def deliver(box: Box, per_day: int = 0) -> dict[MessageState, int]:
    """Run a round as the worker does, and return what became of the messages."""
    looks = partial(reconsider, public_url=URL)
    many = partial(too_many, per_day=per_day)
    stop = partial(stop_link, keys=["k" * 40], public_url=URL)
    return dict(box.deliver(looks=looks, too_many=many, refused=hear_refusal, unsubscribe=stop).counts)


def put(box: Box, number: int, kind: MessageKind = MessageKind.UPDATE, **more: object) -> int:
    """Put a message into the outbox."""
    return box.put(key=f"{kind.value}|{number}", kind=kind, **more)


# ---- caps


def test_a_cap_says_when_there_is_room_again(box: Box) -> None:
    now, caps = box.clock(), CAPS[0][1]
    sent = [now - timedelta(minutes=minutes) for minutes in (50, 40, 30, 20, 10)]

    full, nearly = over_the_cap(sent, 0, caps, now), over_the_cap(sent[1:], 1, caps, now)

    assert full is not None
    assert (full.at, full.reason) == (sent[0] + HOUR, "over_hour")
    assert nearly is not None
    assert nearly.at == now + AFTER_THE_OTHER
    assert over_the_cap(sent[1:], 0, caps, now) is None
    spread = [now - timedelta(hours=hours) for hours in range(21, 1, -1)]
    all_day = over_the_cap(spread, 0, caps, now)
    assert all_day is not None
    assert (all_day.at, all_day.reason) == (spread[0] + DAY, "over_day")


@pytest.mark.both
def test_the_sixth_mail_of_an_hour_waits_and_is_not_lost(box: Box) -> None:
    ids = [put(box, number) for number in range(7)]

    first = deliver(box)
    waits = [box.row(one) for one in ids if box.row(one).state is MessageState.QUEUED]
    box.clock.wait(hours=1, seconds=1)
    second = deliver(box)

    assert first == {MessageState.SENT: 5, MessageState.QUEUED: 2}
    assert {(one.reason, one.attempts) for one in waits} == {("over_hour", 0)}
    assert second == {MessageState.SENT: 2}


def test_what_lets_somebody_in_is_counted_apart_and_letters_not_at_all(box: Box) -> None:
    for number in range(5):
        put(box, number)
        put(box, number, MessageKind.INVITATION)
    put(box, 5, MessageKind.INVITATION)

    assert deliver(box) == {MessageState.SENT: 10, MessageState.QUEUED: 1}
    capped = frozenset().union(*(kinds for kinds, _caps in CAPS))
    assert capped == frozenset(MessageKind) - {MessageKind.LETTER} - ASKED_AT_THE_DOOR


def test_nobody_uses_up_the_codes_of_somebody_else(box: Box) -> None:
    for number in range(7):
        put(box, number, MessageKind.CODE)

    assert deliver(box) == {MessageState.SENT: 7}


@pytest.mark.both
def test_the_site_may_have_a_cap_of_its_own(box: Box) -> None:
    with box.app.app_context(), unit():
        people = [builders.person().id for _number in range(4)]
    ids = [put(box, number, person_id=person) for number, person in enumerate(people)]
    put(box, 9, MessageKind.RESET)

    first = deliver(box, per_day=3)
    waiting = next(one for one in map(box.row, ids) if one.state is MessageState.QUEUED)
    box.clock.wait(days=1, seconds=1)

    assert first == {MessageState.SENT: 4, MessageState.QUEUED: 1}
    assert waiting.reason == "over_site"
    assert deliver(box, per_day=3) == {MessageState.SENT: 1}


# ---- what people want


def test_news_that_are_not_wanted_are_not_sent(box: Box) -> None:
    with box.app.app_context(), unit():
        db.session.add(MailStop(person_id=box.person, kind=MailChoice.UPDATES.value, at=box.clock()))
    first, reset = put(box, 1), put(box, 1, MessageKind.RESET)

    assert deliver(box) == {MessageState.CANCELLED: 1, MessageState.SENT: 1}
    assert (box.row(first).reason, box.row(reset).state) == ("unsubscribed", MessageState.SENT)


def test_a_pause_holds_for_its_last_day_too(box: Box) -> None:
    with box.app.app_context(), unit():
        db.session.get_one(Person, box.person).paused_until = date(2027, 3, 2)
    first = put(box, 1)
    deliver(box)
    box.clock.wait(days=1)
    second = put(box, 2)
    deliver(box)

    assert (box.row(first).state, box.row(first).reason) == (MessageState.CANCELLED, "on_leave")
    assert box.row(second).state is MessageState.SENT


def test_letters_carry_the_link_that_stops_them_and_the_outbox_does_not(box: Box) -> None:
    id_ = put(box, 1)
    put(box, 1, MessageKind.RESET)

    deliver(box)

    news, reset = (message_from_bytes(body, policy=policy.default) for body in box.line.taken)
    link = str(news["List-Unsubscribe"])
    assert link.startswith(f"<{URL}/unsubscribe/")
    assert news["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    for part in ("plain", "html"):
        body = news.get_body((part,))
        assert body is not None
        assert link.strip("<>") in body.get_content()
    assert (reset["List-Unsubscribe"], reset["List-Unsubscribe-Post"]) == (None, None)
    assert "unsubscribe" not in str(box.row(id_).text)


# ---- addresses that fail


@pytest.fixture
def office(box: Box) -> int:
    """Give a person of the office who coordinates a project of the recipient's organisation."""
    with box.app.app_context(), unit():
        here = builders.organisation(de="Bistrița", country="RO")
        kassel = builders.organisation(de="Kassel")
        karla = builders.person("Karla", role=Role.COORDINATOR, at=kassel)
        builders.person("Anna", role=Role.ADMINISTRATOR, at=kassel)
        db.session.add(Contact(person_id=box.person, organisation_id=here.id, created_at=box.clock()))
        builders.project(de="Euarca", organisations=[kassel, here], coordinators=[karla])
        db.session.get_one(Person, box.person).email = "Radu@example.org"
        return karla.id


def tell(box: Box) -> int:
    """Do what planning does about addresses."""
    with box.app.app_context(), unit():
        return tell_of_refusals(box.clock(), public_url=URL)


@pytest.mark.both
def test_a_refused_address_is_marked_told_once_and_left_alone(box: Box, office: int) -> None:
    first = put(box, 1)
    box.line.follow({"rcpt": ["550 5.1.1 no such user"]})
    deliver(box)
    second = put(box, 2, address="Radu@example.org")
    box.clock.wait(minutes=1)
    deliver(box)

    assert [tell(box), tell(box)] == [1, 0]
    assert (box.row(first).state, box.row(first).reason) == (MessageState.DEAD, "address_refused")
    assert (box.row(second).state, box.row(second).reason) == (MessageState.QUEUED, "address_waits")
    with box.app.app_context():
        person = db.session.get_one(Person, box.person)
        notice = db.session.scalars(sa.select(Message).where(Message.kind == MessageKind.NOTICE)).one()
        assert person.address_refused_at is not None
        assert (notice.person_id, notice.language) == (office, "de")
        assert f"{URL}/people/{box.person}" in str(notice.text)
        assert "Radu@example.org" in str(notice.text)
        assert [line.verb for line in db.session.scalars(sa.select(HistoryLine))] == ["ADDRESS_REFUSED"]


@pytest.mark.parametrize("answer", ["554 5.7.1 spam", "550 5.7.1 not from you", "450 later", "552 5.2.2 full"])
def test_what_says_nothing_about_the_address_marks_nobody(box: Box, office: int, answer: str) -> None:
    put(box, 1)
    box.line.follow({"rcpt": [answer]})

    deliver(box)

    assert office
    assert tell(box) == 0


def test_who_tries_once_more_believes_that_it_works(box: Box, office: int) -> None:
    id_ = put(box, 1, address="Radu@example.org")
    box.line.follow({"rcpt": ["550 no"]})
    deliver(box)
    with box.app.app_context(), unit():
        send_once_more(db.session.get_one(Message, id_), by_id=office, now=box.clock())

    assert deliver(box) == {MessageState.SENT: 1}


def test_a_letter_to_another_address_leaves_although_the_record_has_none_that_works(box: Box, office: int) -> None:
    with box.app.app_context(), unit():
        db.session.get_one(Person, box.person).address_refused_at = box.clock()
    id_ = put(box, 1, address="secretariat@example.ro")
    with box.app.app_context(), unit():
        db.session.get_one(Message, id_).readdressed = True

    assert office
    assert deliver(box) == {MessageState.SENT: 1}


def test_where_nobody_coordinates_administrators_are_told(app: Flask) -> None:
    with app.app_context(), unit():
        anna = builders.person("Anna", role=Role.ADMINISTRATOR)
        lonely = builders.person("Lona")
        found = queries.who_looks_after(lonely, date(2027, 3, 2))
        assert [one.id for one in found] == [anna.id]


# ---- what happens while the mail server talks


@pytest.mark.both
def test_a_person_who_is_locked_before_the_text_gets_nothing(box: Box) -> None:
    message_id = put(box, 1)

    def lock(_turn: int) -> None:
        with box.app.app_context(), unit():
            db.session.get_one(Person, box.person).locked_at = box.clock()

    box.deliver(looks=partial(reconsider, public_url=URL), post=Between(box.post, lock))

    assert (box.row(message_id).state, box.row(message_id).reason) == (MessageState.CANCELLED, "locked")
    assert box.line.taken == []
    assert box.line.said[-1].upper() == "DATA"
