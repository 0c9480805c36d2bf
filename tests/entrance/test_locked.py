"""Locking a person ends everything at once, and letting them in again brings nothing of it back."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from tests import builders
from tests.conftest import Cast, account_of, change
from tests.entrance.conftest import code_in
from tracker import clock, scheduler
from tracker.accounts import passwords
from tracker.accounts.actions import new_link
from tracker.accounts.models import Device, LinkPurpose
from tracker.answers.links import AnswerLink
from tracker.db import db
from tracker.mail.models import Message, MessageKind, MessageState
from tracker.mail.outbox import enqueue
from tracker.organisations.queries import office
from tracker.people.models import MailStop, Person
from tracker.preferences.actions import ask_for_address
from tracker.preferences.rules import stop_link
from tracker.projects.models import Project
from tracker.web.access import found

PASSWORD = "Apfelkuchen am Herkules"
SITE = "http://127.0.0.1:8000"
Browse = Callable[..., Any]
Letters = Callable[[], list[Message]]


@pytest.fixture
def address(app: Flask, cast: Cast) -> str:
    """Give the address of the partner, who has a password."""

    def enter() -> str:
        account = account_of(cast.partner)
        account.password_hash = passwords.hash_password(PASSWORD)
        return account.email

    return str(change(app, enter))


@pytest.fixture
def links(app: Flask, cast: Cast) -> Mapping[str, str]:
    """Give the path of a link of each kind that somebody may hold."""

    def make() -> dict[str, str]:
        now, account, person = clock.now(), account_of(cast.partner), db.session.get_one(Person, cast.partner)
        made = {
            purpose.value: urlsplit(new_link(account, purpose, public_url=SITE, by_id=None, now=now)[1]).path
            for purpose in LinkPurpose
        }
        new = ask_for_address(person, "neu@example.org", office=found(office()), public_url=SITE, now=now)
        letter = db.session.scalars(sa.select(Message).where(Message.key == f"address|{new.id}")).one()
        asked = builders.request(db.session.get_one(Project, cast.project), person)
        db.session.flush()
        answer = AnswerLink(f"request:{asked.id}", person.id, now.date()).token(app.config["SIGNING_KEYS"])
        stop = Message(person_id=person.id, kind=MessageKind.UPDATE, created_at=now, language="en")
        return made | {
            "address": f"/new-address/{(letter.text or '').partition('/new-address/')[2].split()[0]}",
            "answer": f"/answer/{answer}",
            "stop": str(stop_link(stop, keys=app.config["SIGNING_KEYS"], public_url="")),
        }

    return dict(change(app, make))


def post(browser: FlaskClient, path: str) -> int:
    """Use a link as a person would."""
    sent = {"password": "Zwetschgenkuchen am See"} if path.startswith(("/welcome", "/new-password")) else {}
    return int(browser.post(path, data=sent).status_code)


def lock(cast: Cast, browse: Browse, back: str = "") -> None:
    """Lock the partner out, or let them in again."""
    assert browse(cast.administrator).post(f"/people/{cast.partner}/lock{back}").status_code == 302


def test_every_browser_is_signed_out_and_stays_so(cast: Cast, address: str, browse: Browse) -> None:
    browsers = [browse(cast.partner), browse(cast.partner)]

    for back in ("", "?back=y"):
        lock(cast, browse, back)
        assert [one.get("/settings/").status_code for one in browsers] == [302, 302]
        assert browsers[0].post("/sign-out").location.startswith("/sign-in")

    assert browse().post("/sign-in", data={"email": address, "password": PASSWORD}).status_code == 302


def test_neither_password_nor_code_lets_in(cast: Cast, address: str, browse: Browse, letters: Letters) -> None:
    mine = browse()
    mine.post("/sign-in", data={"email": address, "password": "", "way": "code"})
    code = code_in(letters()[0])

    lock(cast, browse)

    assert browse().post("/sign-in", data={"email": address, "password": PASSWORD}).status_code == 200
    assert mine.post("/sign-in/code", data={"code": code}).status_code == 200
    assert browse().post("/sign-in", data={"email": address, "password": "", "way": "code"}).status_code == 302
    assert len([one for one in letters() if one.kind is MessageKind.CODE]) == 1


def test_links_open_nothing_any_more(cast: Cast, links: Mapping[str, str], browse: Browse) -> None:
    assert {kind: browse().get(path).status_code for kind, path in links.items()} == dict.fromkeys(links, 200)

    lock(cast, browse)
    used = {kind: post(browse(), path) for kind, path in links.items() if kind not in {"stop", "answer"}}
    answered = browse().post(links["answer"], data={"assessment": "done"})

    assert used == {"invitation": 410, "reset": 410, "alarm": 410, "address": 410}
    assert answered.status_code in {200, 410}
    lock(cast, browse)
    assert [post(browse(), links[kind]) for kind in ("invitation", "reset", "alarm")] == [410] * 3


def test_letters_can_still_be_stopped(app: Flask, cast: Cast, links: Mapping[str, str], browse: Browse) -> None:
    lock(cast, browse)

    assert browse().post(links["stop"], data={"List-Unsubscribe": "One-Click"}).status_code == 200
    with app.app_context():
        assert db.session.scalars(sa.select(MailStop.person_id)).all() == [cast.partner]


def test_nothing_is_said_through_a_link_any_more(
    app: Flask, cast: Cast, links: Mapping[str, str], browse: Browse, look: Callable[..., Any]
) -> None:
    before = look(lambda: db.session.scalar(sa.text("SELECT count(*) FROM status_update")))
    lock(cast, browse)

    for answer in ("on_track", "done"):
        browse().post(f"{links['answer']}?say={answer}", data={"assessment": answer, "text": "Gata"})

    assert look(lambda: db.session.scalar(sa.text("SELECT count(*) FROM status_update"))) == before


def put(app: Flask, person_id: int, key: str) -> None:
    """Put a message for somebody into the outbox."""

    def enter() -> None:
        enqueue(
            key=key,
            kind=MessageKind.UPDATE,
            person_id=person_id,
            address="radu@example.org",
            language="ro",
            zone="Europe/Bucharest",
            subject="Noutăți",
            text="Bună ziua",
            html=None,
            now=clock.now(),
            send_at=clock.now() + timedelta(hours=2),
        )

    change(app, enter)


def test_what_waits_for_them_is_not_sent_and_says_why(
    app: Flask, cast: Cast, browse: Browse, look: Callable[..., Any]
) -> None:
    put(app, cast.partner, "mine")
    put(app, cast.stranger, "another’s")
    lock(cast, browse)
    put(app, cast.partner, "late")

    clock.shift_by(timedelta(hours=3))
    with app.app_context():
        scheduler.deliver(app.config["SETTINGS"])

    states = look(lambda: {one.key: (one.state, one.reason) for one in db.session.scalars(sa.select(Message))})
    assert states["mine"] == states["late"] == (MessageState.CANCELLED, "locked")
    assert states["another’s"][0] is MessageState.SENT
    page = browse(cast.administrator).get("/outbox/?lang=en").get_data(as_text=True)
    assert "This person is locked." in page


def test_no_browser_is_known_any_more(cast: Cast, address: str, browse: Browse, look: Callable[..., Any]) -> None:
    browse().post("/sign-in", data={"email": address, "password": PASSWORD})
    assert look(lambda: len(db.session.scalars(sa.select(Device)).all())) == 1

    lock(cast, browse)

    assert look(lambda: db.session.scalars(sa.select(Device)).all()) == []
