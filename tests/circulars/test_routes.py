"""Writing to all whom an event concerns: who gets it, in which words, once."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from tests import builders
from tests.conftest import Cast, change
from tracker import clock
from tracker.attendance.models import Answer
from tracker.circulars.models import Readership
from tracker.circulars.queries import readers
from tracker.db import db
from tracker.events.models import Delegation, Event
from tracker.hosting.models import HostOffer
from tracker.mail.models import Message, MessageState
from tracker.people.models import Person
from tracker.projects.models import Project

Browse = Callable[..., FlaskClient]
Count = Callable[[], AbstractContextManager[list[str]]]
MOST_QUERIES = 10
HELLO = "Bitte bringen Sie Stiefel mit.\r\nUnd eine Jacke.\r\n\r\nBis bald"


def form(**more: object) -> dict[str, object]:
    """Return what a browser sends that is right."""
    right = {
        "readership": "guests",
        "answer": "",
        "delegation": "",
        "title-text": "Stiefel",
        "title-language": "de",
        "title-hu": "Csizma",
        "text-text": HELLO,
        "text-language": "de",
        "text-hu": "Kérjük, hozzon csizmát.",
        "submission": "key-1",
    }
    return right | more


@pytest.fixture
def camp(app: Flask, cast: Cast) -> int:
    """Two delegations with their heads, guests in three languages, and two who take them in."""

    def make() -> int:
        project = db.session.get_one(Project, cast.project)
        event = builders.event(project_id=cast.project, de="Lager")
        bodies = [builders.organisation(), builders.organisation()]
        for body, name in zip(bodies, ("Haupt Eins", "Haupt Zwei"), strict=True):
            builders.delegation(event, body, head_id=builders.person(name).id)
        for name, language, answer, email, body in (
            ("Ada", "de", Answer.COMING, "ada@example.org", bodies[0]),
            ("Bea", "hu", Answer.INVITED, "bea@example.org", bodies[1]),
            ("Cleo", "ro", Answer.COMING, "cleo@example.org", bodies[1]),
            ("Dora", "de", Answer.NOT_COMING, "dora@example.org", bodies[0]),
            ("Emil", "de", Answer.COMING, None, bodies[0]),
        ):
            guest = builders.person(name, email=email, language=language)
            part = builders.participant(project, person=guest, organisation_id=body.id)
            builders.attendance(event, part, answer)
        house = builders.organisation()
        builders.person("Haus", at=house).contacts[0].is_first = True
        for who in ({"person_id": builders.person("Wirtin").id}, {"organisation_id": house.id}):
            offer = HostOffer(event=event, places=2, language="de", created_at=clock.now(), **who)
            db.session.add(offer)
        return event.id

    return int(change(app, make))


def letters(app: Flask) -> dict[str, Message]:
    with app.app_context():
        rows = list(db.session.scalars(sa.select(Message).order_by(Message.address)))
        db.session.expunge_all()
    return {row.address: row for row in rows}


@pytest.mark.both
@pytest.mark.parametrize(
    ("readership", "chosen", "expected"),
    [
        (Readership.GUESTS, {}, ["Ada", "Bea", "Cleo", "Emil"]),
        (Readership.GUESTS, {"answer": Answer.INVITED}, ["Bea"]),
        (Readership.GUESTS, {"answer": Answer.NOT_COMING}, ["Dora"]),
        (Readership.GUESTS, {"delegation": 0}, ["Ada", "Emil"]),
        (Readership.HEADS, {}, ["Haupt Eins", "Haupt Zwei"]),
        (Readership.HEADS, {"delegation": 1}, ["Haupt Zwei"]),
        (Readership.HOSTS, {}, ["Haus", "Wirtin"]),
    ],
)
def test_one_chooses_to_whom_it_goes(
    app: Flask, camp: int, readership: Readership, chosen: dict[str, Any], expected: list[str]
) -> None:
    with app.app_context():
        event = db.session.get_one(Event, camp)
        if "delegation" in chosen:
            ids = db.session.scalars(sa.select(Delegation.id).order_by(Delegation.id)).all()
            chosen = chosen | {"delegation": ids[chosen["delegation"]]}

        assert [one.name for one in readers(event, readership, date(2027, 1, 1), **chosen)] == expected


@pytest.mark.both
def test_the_preview_says_who_gets_which_language_and_sends_nothing(
    app: Flask, cast: Cast, camp: int, browse: Browse
) -> None:
    client = browse(cast.coordinator)

    page = client.post(f"/events/{camp}/letters/new?lang=en", data=form(look="y")).text

    assert "Hungarian (1)" in page
    assert "Csizma" in page
    assert "Acest mesaj este scris în această limbă: germană." in page
    assert "somebody has to tell them: Emil" in page
    assert "Send to 3 persons" in page
    assert letters(app) == {}


@pytest.mark.both
def test_everybody_gets_it_once_in_their_language(app: Flask, cast: Cast, camp: int, browse: Browse) -> None:
    client = browse(cast.coordinator)

    first = client.post(f"/events/{camp}/letters/new", data=form(send="y"))
    again = client.post(f"/events/{camp}/letters/new", data=form(send="y"))

    assert first.location == again.location == f"/events/{camp}/letters"
    sent = letters(app)
    assert {address: row.subject for address, row in sent.items()} == {
        "ada@example.org": "Stiefel",
        "bea@example.org": "Csizma",
        "cleo@example.org": "Stiefel",
    }
    assert "Bitte bringen Sie Stiefel mit.\nUnd eine Jacke.\n\nBis bald\n" in str(sent["ada@example.org"].text)
    assert "Acest mesaj" in str(sent["cleo@example.org"].text)
    assert "Stiefel" not in str(sent["bea@example.org"].text)
    with app.app_context():
        me = db.session.get_one(Person, cast.coordinator)
        assert {row.reply_to for row in sent.values()} == {me.email}


def test_the_page_says_what_became_of_it(app: Flask, cast: Cast, camp: int, browse: Browse) -> None:
    client = browse(cast.coordinator)
    client.post(f"/events/{camp}/letters/new", data=form(send="y"))

    def leave() -> None:
        rows = db.session.scalars(sa.select(Message).order_by(Message.id)).all()
        rows[0].state, rows[1].state = MessageState.SENT, MessageState.DEAD

    change(app, leave)

    page = client.get(f"/events/{camp}/letters?lang=en").text
    assert "1 sent, 1 waiting" in page
    assert "1 not delivered" in page


def test_what_reaches_nobody_is_not_sent(app: Flask, cast: Cast, camp: int, browse: Browse) -> None:
    client = browse(cast.coordinator)
    answer = {"answer": "came", "send": "y"}

    page = client.post(f"/events/{camp}/letters/new?lang=en", data=form(**answer)).text

    assert "Mail reaches nobody of them." in page
    assert letters(app) == {}


def test_a_message_without_words_is_refused_beside_the_field(app: Flask, cast: Cast, camp: int, browse: Browse) -> None:
    page = browse(cast.coordinator).post(
        f"/events/{camp}/letters/new?lang=en", data=form(send="y", **{"text-text": ""})
    )

    assert "Please check what you entered" in page.text
    assert letters(app) == {}


def test_an_event_in_the_archive_is_written_to_by_nobody(app: Flask, cast: Cast, camp: int, browse: Browse) -> None:
    change(app, lambda: setattr(db.session.get_one(Event, camp), "archived_at", clock.now()))

    assert browse(cast.coordinator).get(f"/events/{camp}/letters/new").status_code == 403


def test_a_hundred_letters_cost_the_page_no_more(
    app: Flask, cast: Cast, camp: int, browse: Browse, count_queries: Count
) -> None:
    client = browse(cast.coordinator)
    numbers = []
    for key in ("one", "two", "three"):
        client.post(f"/events/{camp}/letters/new", data=form(send="y", submission=key))
        with count_queries() as asked:
            client.get(f"/events/{camp}/letters")
        numbers.append(len(asked))

    assert len(set(numbers)) == 1
    assert numbers[0] <= MOST_QUERIES
