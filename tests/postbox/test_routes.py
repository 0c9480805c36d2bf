"""The outbox, asked as those who look after it and as others."""

import re
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from html import unescape
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import Cast, change
from tracker import clock
from tracker.db import db, writing
from tracker.history.models import HistoryLine
from tracker.mail.models import Attempt, Message, MessageKind, MessageState, Tick
from tracker.people.models import Person

Browse = Callable[..., FlaskClient]
Look = Callable[[Callable[[], Any]], Any]


def words(page: str) -> str:
    """Return what one reads on a page."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page[page.index("<body") :])).split())


def _post(person_id: int, number: int, *, state: MessageState = MessageState.SENT, **more: Any) -> Message:
    now = clock.now()
    values = {
        "key": f"test|{number}",
        "kind": MessageKind.LETTER,
        "state": state,
        "person_id": person_id,
        "address": "radu@example.org",
        "language": "ro",
        "zone": "Europe/Bucharest",
        "subject": f"Termenul {number}",
        "text": "Bună ziua",
        "created_at": now,
        "send_at": now,
        "message_id": f"test-{number}",
    }
    row = Message(**(values | more))
    db.session.add(row)
    db.session.flush()
    return row


def test_the_outbox_tells_what_became_of_each_message(app: Flask, browse: Browse, cast: Cast) -> None:
    with app.app_context(), writing():
        _post(cast.partner, 1, reason="taken")
        _post(cast.partner, 2, state=MessageState.DEAD, reason="address_refused")
        _post(cast.coordinator, 3, secret=True, text="https://secret.example.org", kind=MessageKind.RESET)
        _post(cast.partner, 4, text=None, subject=None, blanked_at=clock.now())
        db.session.commit()
    browser = browse(cast.coordinator)

    read = words(browser.get("/outbox/?lang=en").text)
    dead = words(browser.get("/outbox/?lang=en&state=dead").text)
    theirs = words(browser.get(f"/outbox/?lang=en&person={cast.coordinator}").text)

    assert "The mail server has taken it." in read
    assert "there is no such address" in read
    assert "It holds a link for the recipient alone and is not shown." in read
    assert "Its text is no longer kept." in read
    assert "secret.example.org" not in read
    assert "They lie in " in read
    assert ("Termenul 2" in dead, "Termenul 1" in dead) == (True, False)
    assert ("It holds a link" in theirs, "Termenul 1" in theirs) == (True, False)


def test_a_troubled_message_is_tried_once_more_or_given_up(app: Flask, browse: Browse, cast: Cast, look: Look) -> None:
    with app.app_context(), writing():
        ids = [_post(cast.partner, number, state=MessageState.DEAD, reason="refused").id for number in (1, 2)]
        db.session.commit()
    browser = browse(cast.coordinator)

    answers = [browser.post(f"/outbox/{ids[0]}/retry"), browser.post(f"/outbox/{ids[1]}/drop")]

    def after() -> tuple[list[str], list[tuple[str, str, int | None]]]:
        states = [db.session.get_one(Message, id_).state.value for id_ in ids]
        lines = db.session.scalars(sa.select(HistoryLine).order_by(HistoryLine.id)).all()
        return states, [(line.verb, line.subject, line.by_id) for line in lines]

    assert [answer.status_code for answer in answers] == [302, 302]
    assert look(after) == (
        ["queued", "cancelled"],
        [
            ("MESSAGE_RETRIED", f"message:{ids[0]}", cast.coordinator),
            ("MESSAGE_DROPPED", f"message:{ids[1]}", cast.coordinator),
        ],
    )


def test_what_is_out_cannot_be_called_back(app: Flask, browse: Browse, cast: Cast, look: Look) -> None:
    with app.app_context(), writing():
        id_ = _post(cast.partner, 1).id
        db.session.commit()
    browser = browse(cast.coordinator)

    browser.post(f"/outbox/{id_}/drop?lang=en")

    assert look(lambda: db.session.get_one(Message, id_).state) is MessageState.SENT
    assert look(lambda: db.session.scalar(sa.select(sa.func.count()).select_from(HistoryLine))) == 0
    assert "This message is not waiting any more." in words(browser.get("/outbox/?lang=en").text)


@pytest.mark.parametrize(("role", "status"), [("reader", 403), ("partner", 403)])
def test_only_the_office_settles_messages(app: Flask, browse: Browse, cast: Cast, role: str, status: int) -> None:
    with app.app_context(), writing():
        id_ = _post(cast.partner, 1, state=MessageState.DEAD).id
        db.session.commit()

    browser = browse(getattr(cast, role))

    assert [browser.post(f"/outbox/{id_}/{act}").status_code for act in ("retry", "drop")] == [status, status]
    assert browse(cast.coordinator).post("/outbox/999999/retry").status_code == 404


def test_attempts_are_folded_with_the_words_of_the_server(app: Flask, browse: Browse, cast: Cast) -> None:
    with app.app_context(), writing():
        id_ = _post(cast.partner, 1, state=MessageState.DEAD, reason="address_refused").id
        tried = {"phase": "rcpt", "outcome": "dead", "reason": "address_refused"}
        db.session.add(Attempt(message_id=id_, number=1, at=clock.now(), code=550, answer="5.1.1 <b>gone</b>", **tried))
        db.session.commit()

    page = browse(cast.coordinator).get("/outbox/?lang=en").text

    assert "1 attempt" in words(page)
    assert "at the recipient’s address" in words(page)
    assert "550 5.1.1 &lt;b&gt;gone&lt;/b&gt;" in page


def test_a_list_of_many_costs_as_much_as_one(
    app: Flask, browse: Browse, cast: Cast, count_queries: Callable[[], Any]
) -> None:
    browser, costs = browse(cast.coordinator), []
    for number in range(20):
        change(app, partial(_post, cast.partner, number))
        if number in {0, 19}:
            with count_queries() as asked:
                browser.get("/outbox/")
            costs.append(len(asked))

    assert costs[0] == costs[1] <= 8


# ---- another address


def test_an_address_is_corrected_for_the_message_alone_or_for_good(
    app: Flask, browse: Browse, cast: Cast, look: Look
) -> None:
    old = look(lambda: db.session.get_one(Person, cast.partner).email)
    ids = [101, 102]
    for id_ in ids:
        change(app, partial(_post, cast.partner, id_, state=MessageState.DEAD, address=old, id=id_))
    waiting = change(app, lambda: _post(cast.partner, 3, state=MessageState.QUEUED, address=old).id)
    change(app, lambda: setattr(db.session.get_one(Person, cast.partner), "address_refused_at", clock.now()))
    browser = browse(cast.coordinator)
    assert old in browser.get(f"/outbox/{ids[0]}/address").text

    def after() -> tuple[list[tuple[str, str, bool]], str | None, bool]:
        messages = [db.session.get_one(Message, one) for one in (*ids, waiting)]
        person = db.session.get_one(Person, cast.partner)
        states = [(one.state.value, one.address, one.readdressed) for one in messages]
        return states, person.email, person.address_refused_at is None

    browser.post(f"/outbox/{ids[0]}/address", data={"email": "secretariat@example.ro"})
    first = look(after)
    browser.post(f"/outbox/{ids[1]}/address", data={"email": "radu@example.ro", "for_good": "y"})

    assert first == (
        [("queued", "secretariat@example.ro", True), ("dead", old, False), ("queued", old, False)],
        old,
        False,
    )
    assert look(after) == (
        [
            ("queued", "secretariat@example.ro", True),
            ("queued", "radu@example.ro", True),
            ("queued", "radu@example.ro", False),
        ],
        "radu@example.ro",
        True,
    )
    verbs = look(lambda: [line.verb for line in db.session.scalars(sa.select(HistoryLine).order_by(HistoryLine.id))])
    assert verbs == ["MESSAGE_READDRESSED", "MESSAGE_READDRESSED", "PERSON_CHANGED"]


def test_a_wrong_address_is_said_beside_its_field(app: Flask, browse: Browse, cast: Cast) -> None:
    id_ = change(app, lambda: _post(cast.partner, 1, state=MessageState.DEAD).id)

    page = browse(cast.coordinator).post(f"/outbox/{id_}/address?lang=en", data={"email": "radu"})

    assert "This is not a mail address." in words(page.text)


@pytest.mark.parametrize(
    "more", [{"secret": True, "state": MessageState.DEAD}, {"state": MessageState.SENT}], ids=["secret", "sent"]
)
def test_what_is_secret_or_out_goes_to_no_other_address(
    app: Flask, browse: Browse, cast: Cast, look: Look, more: dict[str, Any]
) -> None:
    id_ = change(app, lambda: _post(cast.partner, 1, **more).id)
    browser = browse(cast.coordinator)

    assert browser.get(f"/outbox/{id_}/address").status_code == 302
    assert browser.post(f"/outbox/{id_}/address", data={"email": "other@example.org"}).status_code == 200
    assert look(lambda: db.session.get_one(Message, id_).address) == "radu@example.org"


# ---- copies


def test_a_copy_goes_to_the_one_who_asks_and_only_one_for_two_clicks(
    app: Flask, browse: Browse, cast: Cast, look: Look
) -> None:
    id_ = change(app, lambda: _post(cast.partner, 1, html="<html><body class='x'><p>Bună</p></body></html>").id)
    browser = browse(cast.coordinator)

    answers = [browser.post(f"/outbox/{id_}/copy?lang=en").status_code for _click in range(2)]

    def copies() -> list[tuple[int, str | None, str | None, str | None, str]]:
        found = db.session.scalars(sa.select(Message).where(Message.kind == MessageKind.COPY)).all()
        return [(one.person_id, one.subject, one.text, one.html, one.language) for one in found]

    assert answers == [302, 302]
    found = look(copies)
    assert [(one[0], one[4]) for one in found] in ([(cast.coordinator, "ro")], [(cast.coordinator, "ro")] * 2)
    assert found[0][1].endswith("Termenul 1")
    assert found[0][2].endswith("\n\nBună ziua")
    assert found[0][3].startswith("<html><body class='x'><p lang=\"de\"><em>")


@pytest.mark.parametrize("more", [{"secret": True}, {"text": None, "blanked_at": clock.now()}], ids=["secret", "old"])
def test_there_is_no_copy_of_a_secret_or_of_what_is_forgotten(
    app: Flask, browse: Browse, cast: Cast, look: Look, more: dict[str, Any]
) -> None:
    id_ = change(app, lambda: _post(cast.partner, 1, **more).id)
    browser = browse(cast.coordinator)

    browser.post(f"/outbox/{id_}/copy")

    assert "/copy" not in browser.get("/outbox/").text
    assert look(lambda: db.session.scalar(sa.select(sa.func.count()).select_from(Message))) == 1
    answer = browser.post(f"/outbox/{id_}/copy?lang=en", follow_redirects=True)
    assert "There is no copy of this message." in words(answer.text)


# ---- banners


def _banner(browser: FlaskClient) -> list[str]:
    page = browser.get("/projects/?lang=en").text
    return [" ".join(re.sub(r"<[^>]+>", " ", one).split()) for one in re.findall(r'class="banner .*?</div>', page)]


def _alive(app: Flask) -> None:
    now = clock.now()
    change(app, lambda: db.session.add(Tick(job="deliver", at=now, silent_after=now + timedelta(minutes=15))))


def test_no_banner_while_all_is_well(app: Flask, browse: Browse, cast: Cast) -> None:
    assert _banner(browse(cast.coordinator)) == []
    _alive(app)
    change(app, lambda: _post(cast.partner, 1, state=MessageState.QUEUED, send_at=clock.now() - timedelta(minutes=14)))
    assert _banner(browse(cast.coordinator)) == []


@pytest.mark.parametrize(
    "case",
    [
        ({"state": MessageState.DEAD}, "1 message could not be delivered", "/outbox/?troubled=y"),
        ({"state": MessageState.HELD}, "1 message could not be delivered", "/outbox/?troubled=y"),
        ({"state": MessageState.QUEUED, "minutes": 16}, "1 message waits for longer", "/outbox/?late=y"),
        ({"state": MessageState.QUEUED, "attempts": 4}, "1 message waits for longer", "/outbox/?late=y"),
    ],
)
def test_coordinators_are_told_on_every_page_what_is_wrong(
    app: Flask, browse: Browse, cast: Cast, case: tuple[dict[str, Any], str, str]
) -> None:
    more, said, where = case
    _alive(app)
    late = timedelta(minutes=more.get("minutes", 0))
    change(
        app,
        lambda: _post(cast.partner, 1, send_at=clock.now() - late, **{k: v for k, v in more.items() if k != "minutes"}),
    )

    browser = browse(cast.coordinator)

    told = _banner(browser)
    assert len(told) == 1
    assert said in told[0]
    assert where in browser.get("/projects/?lang=en").text
    assert "Termenul 1" in browser.get(where).text
    assert [_banner(browse(who)) for who in (cast.reader, cast.partner)] == [[], []]
    assert browse().get("/healthz").status_code == 503


def test_what_the_office_holds_back_is_not_late(app: Flask, browse: Browse, cast: Cast) -> None:
    _alive(app)
    change(app, lambda: _post(cast.partner, 1, state=MessageState.QUEUED, send_at=clock.now() - timedelta(hours=9)))
    change(app, lambda: db.session.execute(sa.text("UPDATE office SET sending_paused = true")))

    assert [one.partition(":")[0][-17:] for one in _banner(browse(cast.coordinator))] == ["Sending is paused"]
    assert browse().get("/healthz").status_code == 200


def test_a_worker_that_is_silent_or_never_came_is_told(app: Flask, browse: Browse, cast: Cast) -> None:
    change(app, lambda: _post(cast.partner, 1, state=MessageState.QUEUED, send_at=clock.now() - timedelta(minutes=2)))
    never = _banner(browse(cast.coordinator))
    then = clock.now() - timedelta(hours=1)
    change(app, lambda: db.session.add(Tick(job="plan", at=then, silent_after=then + timedelta(minutes=11))))

    assert "The worker has never run" in never[0]
    assert "The worker has been silent since" in _banner(browse(cast.administrator))[0]
    assert browse().get("/healthz").status_code == 503
