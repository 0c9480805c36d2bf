"""Mail scanners ask for every address in a letter, in every way that shows: nothing changes, and nobody is let in."""

import re
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from tests.answers.conftest import hidden
from tests.conftest import Cast, change, mornings
from tracker import clock
from tracker.answers.links import linked
from tracker.config import Settings
from tracker.db import db
from tracker.mail.letters import Sender, compose
from tracker.mail.models import Message
from tracker.people.models import Person
from tracker.postbox.mails import send_copy
from tracker.preferences.rules import stop_link
from tracker.reminders.actions import plan_reminders
from tracker.updates.models import StatusUpdate

PUBLIC_URL = "http://localhost"
WAYS = ("GET", "HEAD", "OPTIONS")


@pytest.fixture
def bodies(app: Flask, asked: int, rules: None, settings: Settings) -> list[str]:
    """Write the letters of the next days and return the words of each as they leave."""

    def write() -> list[str]:
        for morning in mornings(8):
            plan_reminders(morning, public_url=PUBLIC_URL)
        return [leaving(message, settings) for message in db.session.scalars(sa.select(Message).order_by(Message.id))]

    return list(change(app, write))


def leaving(message: Message, settings: Settings) -> str:
    """Return the words of a letter as they leave, its HTML included."""
    content = compose(
        message,
        sender=Sender.of("Landkreis Kassel <partners@example.org>"),
        dated_at=clock.now(),
        unsubscribe=stop_link(message, keys=settings.signing_keys, public_url=PUBLIC_URL),
        linked=lambda words: linked(message, words, keys=settings.signing_keys),
    )
    # What quoted-printable has broken into lines is put together again.
    return content.decode().replace("=\r\n", "").replace("=3D", "=")


def addresses(bodies: list[str]) -> list[str]:
    """Return every path that a letter names, once."""
    return sorted({one for body in bodies for one in re.findall(rf'{PUBLIC_URL}(/[^\s"<>]*)', body)})


def state() -> dict[str, list[Any]]:
    """Return everything that is in the database."""
    return {
        table.name: sorted(map(repr, db.session.execute(sa.select(table)).all())) for table in db.metadata.sorted_tables
    }


def test_letters_hold_links_to_each_answer(bodies: list[str]) -> None:
    answers = {word for body in bodies for word in re.findall(r"/answer/[\w.-]+\?say=(\w+)", body)}

    assert answers == {"on_track", "delayed", "done", "needs_help"}


def test_whoever_opens_everything_changes_nothing_and_is_nobody(
    bodies: list[str], anybody: FlaskClient, look: Callable[[Callable[[], Any]], Any]
) -> None:
    before = look(state)

    answers = [anybody.open(path, method=way) for path in addresses(bodies) for way in WAYS]

    assert look(state) == before
    assert {answer.status_code for answer in answers} <= {200, 302}
    assert [answer.headers.getlist("Set-Cookie") for answer in answers if "/answer/" in answer.request.path] == [
        [] for answer in answers if "/answer/" in answer.request.path
    ]
    assert not any("tracker=" in cookie for answer in answers for cookie in answer.headers.getlist("Set-Cookie"))


def test_afterwards_a_human_answers(
    bodies: list[str], anybody: FlaskClient, look: Callable[[Callable[[], Any]], Any]
) -> None:
    path = next(one for one in addresses(bodies) if one.endswith("?say=delayed"))
    for way in WAYS * 3:
        anybody.open(path, method=way)

    page = anybody.get(path).text
    anybody.post(path.partition("?")[0], data=hidden(page) | {"assessment": "delayed", "language": "ro"})

    assert look(lambda: len(db.session.scalars(sa.select(StatusUpdate)).all())) == 1


def test_neither_the_outbox_nor_a_copy_holds_a_link_that_works(
    app: Flask, bodies: list[str], browse: Callable[..., FlaskClient], cast: Cast, settings: Settings
) -> None:
    tokens = {token for body in bodies for token in re.findall(r"/answer/([\w.-]+)\?say=", body)}

    def copy() -> str:
        message = db.session.scalars(sa.select(Message).where(Message.person_id == cast.partner)).first()
        reader = db.session.get_one(Person, cast.coordinator)
        assert message is not None
        sent = send_copy(message, "Radu", reader, "karla@example.org", "Europe/Berlin", now=clock.now())
        return leaving(sent, settings)

    copied = str(change(app, copy))
    outbox = browse(cast.coordinator).get("/outbox/").text

    assert tokens
    assert "/answer/request:" in copied
    assert "/answer/request:" in outbox
    assert [token for token in tokens if token in copied or token in outbox] == []
    references = set(re.findall(r"(/answer/(?:request|milestone):\d+)", copied + outbox))
    assert {browse().get(path).status_code for path in references} == {404}
