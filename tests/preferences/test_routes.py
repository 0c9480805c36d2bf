"""Letters are stopped by a link, chosen in the settings, and follow to a new address."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import Cast, change, told
from tracker import clock
from tracker.accounts.models import Account, SignIn
from tracker.db import db
from tracker.history.models import HistoryLine
from tracker.mail.models import Message, MessageKind
from tracker.people.models import MailChoice, Person
from tracker.people.queries import stopped_by
from tracker.preferences.models import AddressChange
from tracker.preferences.rules import stop_link

Browse = Callable[..., FlaskClient]
Look = Callable[[Callable[[], Any]], Any]


@pytest.fixture
def stop(app: Flask, cast: Cast) -> Callable[..., str]:
    """Give the path of the link in a letter to the partner."""

    def link(kind: MessageKind = MessageKind.UPDATE, *, days_ago: int = 0, person_id: int = cast.partner) -> str:
        then = clock.now() - timedelta(days=days_ago)
        message = Message(person_id=person_id, kind=kind, created_at=then, language="en")
        url = stop_link(message, keys=app.config["SIGNING_KEYS"], public_url="")
        assert url is not None
        return url

    return link


@pytest.fixture
def strict(app: Flask) -> FlaskClient:
    """Give a mail program: no cookie, no token of a form, and forms that want one."""
    app.config["WTF_CSRF_ENABLED"] = True
    return app.test_client(use_cookies=False)


# ---- the link in a letter


@pytest.mark.both
@pytest.mark.parametrize("multipart", [False, True])
def test_a_mail_program_stops_letters_at_one_click(
    strict: FlaskClient,
    cast: Cast,
    look: Look,
    stop: Callable[..., str],
    multipart: bool,  # noqa: FBT001 - a case
) -> None:
    more = {"content_type": "multipart/form-data"} if multipart else {}

    answers = [strict.post(stop(), data={"List-Unsubscribe": "One-Click"}, **more) for _click in range(2)]

    assert [one.status_code for one in answers] == [200, 200]
    assert [name for one in answers for name in ("Location", "Set-Cookie") if name in one.headers] == []
    assert look(lambda: stopped_by(cast.partner)) == {MailChoice.UPDATES}
    assert look(told) == [("LETTERS_STOPPED", f"person:{cast.partner}", None, {})]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_looking_at_the_link_changes_nothing(
    strict: FlaskClient, cast: Cast, look: Look, stop: Callable[..., str], method: str
) -> None:
    answer = strict.open(stop(), method=method)

    assert (answer.status_code, answer.headers.get("Set-Cookie")) == (200, None)
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert look(lambda: stopped_by(cast.partner)) == frozenset()
    if method == "GET":
        assert '<form class="form" method="post">' in answer.text
        assert "Stop: news of status updates" in answer.text


@pytest.mark.parametrize("case", [("these", {MailChoice.REMINDERS, MailChoice.OVERVIEW}), ("all", set(MailChoice))])
def test_people_stop_one_kind_or_all_but_what_is_asked_of_them(
    strict: FlaskClient, cast: Cast, look: Look, stop: Callable[..., str], case: tuple[str, set[MailChoice]]
) -> None:
    which, stopped = case
    answer = strict.post(stop(MessageKind.LETTER), data={"which": which})

    assert (answer.status_code, answer.headers.get("Set-Cookie")) == (200, None)
    assert "It is stopped" in answer.text
    assert look(lambda: stopped_by(cast.partner)) == stopped


def test_the_link_works_for_a_year_and_for_known_people(strict: FlaskClient, stop: Callable[..., str]) -> None:
    sent = {"List-Unsubscribe": "One-Click"}
    links = [stop(days_ago=364), stop(days_ago=367), stop(person_id=999_999), "/unsubscribe/unknown"]

    assert [strict.post(link, data=sent).status_code for link in links] == [200, 410, 404, 404]


# ---- one's own choice


def test_everybody_chooses_kinds_and_a_pause(cast: Cast, browse: Browse, look: Look) -> None:
    browser, until = browse(cast.partner), clock.today("Europe/Bucharest") + timedelta(days=20)
    page = browser.get("/settings/letters").text
    assert page.count("checked") == 3

    answer = browser.post("/settings/letters", data={"reminders": "y", "paused_until": until.isoformat()})

    assert answer.location == "/settings/"
    assert look(lambda: stopped_by(cast.partner)) == {MailChoice.OVERVIEW, MailChoice.UPDATES}
    assert look(lambda: db.session.get_one(Person, cast.partner).paused_until) == until
    page = browser.get("/settings/?lang=en").text
    assert "Switched off: the overview of everything open, news of status updates" in page
    assert "No letters until" in page

    browser.post("/settings/letters", data={"reminders": "y", "overview": "y", "updates": "y"})
    browser.post("/settings/letters", data={"reminders": "y", "overview": "y", "updates": "y"})

    assert look(lambda: stopped_by(cast.partner)) == frozenset()
    assert look(lambda: db.session.get_one(Person, cast.partner).paused_until) is None
    assert [line[0] for line in look(told)] == ["LETTERS_CHOSEN"] * 2


def test_a_pause_in_the_past_is_refused_beside_its_field(cast: Cast, browse: Browse, look: Look) -> None:
    page = browse(cast.partner).post("/settings/letters?lang=en", data={"paused_until": "2020-01-01"}).text

    assert "This day has passed." in page
    assert look(lambda: stopped_by(cast.partner)) == frozenset()


# ---- another address


@pytest.fixture
def asked(app: Flask, cast: Cast, browse: Browse) -> str:
    """Give the path of the link that a partner had sent to their new address."""
    answer = browse(cast.partner).post("/settings/address", data={"email": "radu@example.ro"})
    assert answer.location == "/settings/"
    with app.app_context():
        text = db.session.scalars(sa.select(Message.text).where(Message.kind == MessageKind.ADDRESS)).one()
    found = re.search(r"/new-address/\S+", str(text))
    assert found
    return found[0]


def addresses(cast: Cast) -> tuple[str | None, str]:
    account = db.session.scalars(sa.select(Account).where(Account.person_id == cast.partner)).one()
    return account.person.email, account.email


@pytest.mark.both
def test_a_new_address_counts_once_its_owner_says_so(
    app: Flask, cast: Cast, browse: Browse, look: Look, asked: str
) -> None:
    old = look(lambda: addresses(cast))
    change(app, lambda: setattr(db.session.get_one(Person, cast.partner), "address_refused_at", clock.now()))
    browser = browse()

    looked = browser.get(asked)
    between = look(lambda: addresses(cast))
    done = browser.post(f"{asked}?lang=en")

    assert (looked.status_code, looked.headers["Referrer-Policy"], between) == (200, "no-referrer", old)
    assert (done.status_code, "Letters go to radu@example.ro from now on" in done.text) == (200, True)
    assert look(lambda: addresses(cast)) == ("radu@example.ro", "radu@example.ro")
    assert look(lambda: db.session.get_one(Person, cast.partner).address_refused_at) is None

    def mails() -> list[tuple[str, bool]]:
        rows = db.session.scalars(sa.select(Message).order_by(Message.id))
        return [(one.address, one.secret) for one in rows]

    assert look(mails) == [("radu@example.ro", True), (old[0], False)]
    assert look(lambda: db.session.scalars(sa.select(SignIn.ended_at)).all().count(None)) == 0
    assert [browser.get(asked).status_code, browser.post(asked).status_code] == [410, 410]


def test_the_database_holds_no_link_and_the_outbox_shows_none(
    cast: Cast, browse: Browse, look: Look, asked: str
) -> None:
    secret = asked.rpartition("/")[2]

    assert look(lambda: db.session.scalars(sa.select(AddressChange.secret_hash)).one()) != secret
    assert secret not in browse(cast.coordinator).get("/outbox/").text
    assert secret not in str(look(lambda: [line.facts for line in db.session.scalars(sa.select(HistoryLine))]))


def test_a_link_to_a_new_address_ends_after_three_days_or_with_the_next(
    app: Flask, cast: Cast, browse: Browse, look: Look, asked: str
) -> None:
    browser = browse(cast.partner)
    browser.post("/settings/address", data={"email": "other@example.ro"})

    assert browse().post(asked).status_code == 410
    second = look(lambda: db.session.scalars(sa.select(AddressChange).order_by(AddressChange.id.desc())).first())
    assert second.expires_at - second.created_at == timedelta(hours=72)


def test_an_address_somebody_else_signs_in_with_is_refused(
    app: Flask, cast: Cast, browse: Browse, look: Look, asked: str
) -> None:
    def take() -> None:
        account = db.session.scalars(sa.select(Account).where(Account.person_id == cast.reader)).one()
        account.email = "radu@example.ro"

    change(app, take)
    old = look(lambda: addresses(cast))

    answer = browse().post(f"{asked}?lang=en")

    assert (answer.status_code, "Somebody already signs in with this address." in answer.text) == (410, True)
    assert look(lambda: addresses(cast)) == old
