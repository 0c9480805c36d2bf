"""A coordinator looks once at what came in."""

from collections.abc import Callable
from datetime import timedelta
from email.message import EmailMessage
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from tests import builders
from tests.conftest import Cast
from tests.inbox.conftest import Inbox, written
from tests.reading import Page
from tracker import clock
from tracker.backups.erasures import Done, repeat
from tracker.db import db, writing
from tracker.documents.models import Document
from tracker.history.rules import Verb
from tracker.inbox.models import IncomingMail, IncomingState, Mailbox
from tracker.log.models import LogEntry
from tracker.mail.outbox import unit

Browse = Callable[..., FlaskClient]
#: What a log entry tells has happened.
SENT_AT = clock.now() - timedelta(days=1)


@pytest.fixture
def arrived(inbox: Inbox) -> int:
    """Let a mail have come in, with a file; return its id."""
    with inbox.app.app_context(), writing():
        builders.person("Ioana Nume", email="ioana@example.org", language="ro")
        db.session.commit()
    mail = EmailMessage()
    mail["From"] = "Ioana <Ioana@example.org>"
    mail["To"] = f"Unbekannt <nobody@example.org>, {inbox.address()}"
    mail["Subject"] = "Re: AW: <b>Program</b>"
    mail["Date"] = SENT_AT
    mail.set_content("Venim <script>alert(1)</script>.\n")
    mail.add_attachment(b"%PDF-1.7", maintype="application", subtype="pdf", filename="Program.pdf")
    inbox.box.put(mail.as_bytes())
    inbox.fetch()
    return inbox.arrived[-1].id


def filled(browser: FlaskClient, mail_id: int) -> dict[str, Any]:
    """Return what the page proposes."""
    page = Page.of(browser.get(f"/inbox/{mail_id}?lang=en").text)
    [form] = [form for form in page.forms if "summary" in form.names]
    sent: dict[str, Any] = {}
    for name, value in form.sends():
        sent.setdefault(name, []).append(value)
    return sent


@pytest.mark.both
def test_one_click_makes_a_mail_an_entry_with_its_text_its_people_and_its_files(
    browse: Browse, cast: Cast, inbox: Inbox, arrived: int
) -> None:
    browser = browse(cast.coordinator)
    proposed = filled(browser, arrived)

    answer = browser.post(f"/inbox/{arrived}", data=proposed)
    again = browser.post(f"/inbox/{arrived}", data=proposed)

    assert (answer.status_code, answer.location) == (302, f"/projects/{cast.project}")
    assert again.location == answer.location
    with inbox.app.app_context():
        entry = db.session.scalars(sa.select(LogEntry)).one()
        assert (entry.project_id, entry.kind, str(entry.summary), str(entry.happened_on), entry.language) == (
            cast.project,
            "mail",
            "<b>Program</b>",
            SENT_AT.astimezone(ZoneInfo("Europe/Berlin")).date().isoformat(),
            "ro",
        )
        assert [person.name for person in entry.people] == ["Ioana Nume"]
        assert (entry.details or "").splitlines()[2:] == ["Venim <script>alert(1)</script>."]
        assert "Ioana Nume" in (entry.details or "").splitlines()[0]
        assert "@" not in (entry.details or "")
        document = db.session.scalars(sa.select(Document)).one()
        assert (document.subject, document.name) == (f"log_entry:{entry.id}", "Program.pdf")
        mail = db.session.get_one(IncomingMail, arrived)
        assert (mail.state, mail.text, mail.sender, mail.recipients, mail.files) == (
            IncomingState.LOGGED,
            None,
            None,
            [],
            [],
        )


@pytest.mark.usefixtures("inbox")
def test_nothing_of_a_mail_is_markup(browse: Browse, cast: Cast, arrived: int) -> None:
    browser = browse(cast.coordinator)

    for path in ("/inbox/", f"/inbox/{arrived}"):
        text = browser.get(path).text
        assert "&lt;b&gt;Program" in text
        assert "<b>Program" not in text
        assert "<script" not in text


def test_files_that_nobody_wants_and_mails_without_a_project_stay_out_of_the_log(
    browse: Browse, cast: Cast, inbox: Inbox, arrived: int
) -> None:
    browser = browse(cast.coordinator)
    proposed = filled(browser, arrived)
    proposed.pop("files")

    refused = browser.post(f"/inbox/{arrived}?lang=en", data=proposed | {"project": ""})
    taken = browser.post(f"/inbox/{arrived}", data=proposed)

    assert "Please choose a project" in refused.text
    assert taken.status_code == 302
    with inbox.app.app_context():
        assert db.session.scalar(sa.select(sa.func.count(Document.id))) == 0


def test_of_two_who_look_the_second_is_led_to_the_entry(browse: Browse, cast: Cast, inbox: Inbox, arrived: int) -> None:
    first, second = browse(cast.coordinator), browse(cast.administrator)
    seen = [filled(browser, arrived) for browser in (first, second)]

    answers = [
        browser.post(f"/inbox/{arrived}", data=data) for browser, data in zip((first, second), seen, strict=True)
    ]

    assert [answer.location for answer in answers] == [f"/projects/{cast.project}"] * 2
    with inbox.app.app_context():
        assert db.session.scalar(sa.select(sa.func.count(LogEntry.id))) == 1


def test_what_is_discarded_can_be_brought_back(browse: Browse, cast: Cast, inbox: Inbox, arrived: int) -> None:
    browser = browse(cast.coordinator)

    def state() -> tuple[str, str | None]:
        with inbox.app.app_context():
            mail = db.session.get_one(IncomingMail, arrived)
            return mail.state, mail.discarded

    states = []
    for address in ("spam", "spam", "spam?back=y"):
        browser.post(f"/inbox/{arrived}/{address}")
        states.append(state())

    assert states == [("discarded", "spam"), ("discarded", "spam"), ("waiting", None)]


def test_what_was_discarded_does_not_wait_again_after_a_restore(inbox: Inbox, arrived: int) -> None:
    later = [Done(inbox.now, verb, arrived) for verb in (Verb.MAIL_DISCARDED, Verb.MAIL_BROUGHT_BACK)]

    states = []
    for done in later:
        with inbox.app.app_context(), unit():
            repeat([done])
        states.append(inbox.arrived[0].state)

    assert states == ["discarded", "waiting"]


def test_who_has_an_address_that_several_share_is_asked(browse: Browse, cast: Cast, inbox: Inbox) -> None:
    with inbox.app.app_context(), writing():
        for name in ("Eins", "Zwei"):
            builders.person(name, email="info@example.org")
        db.session.commit()
    inbox.box.put(written(inbox.address(), From="Info <info@example.org>"))
    inbox.fetch()

    page = browse(cast.coordinator).get(f"/inbox/{inbox.arrived[0].id}?lang=en").text

    assert "an address of Eins, Zwei" in page
    assert "people" not in filled(browse(cast.coordinator), inbox.arrived[0].id)


def test_the_start_page_tells_coordinators_what_waits(browse: Browse, cast: Cast, arrived: int) -> None:
    assert arrived
    pages = [browse(who).get("/?lang=en").text for who in (cast.coordinator, cast.reader)]

    assert ["1 mail waits to be put into the log." in page for page in pages] == [True, False]


def test_a_project_shows_its_address_where_mail_comes_in(
    browse: Browse, cast: Cast, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def shown() -> list[bool]:
        pages = [browse(who).get(f"/projects/{cast.project}").text for who in (cast.coordinator, cast.partner)]
        return [inbox.address() in page for page in pages]

    off = shown()
    monkeypatch.setitem(inbox.app.config, "SETTINGS", inbox.settings)
    on = shown()

    assert (off, on) == ([False, False], [True, False])


def test_a_mailbox_that_cannot_be_read_is_told_after_a_while(
    browse: Browse, cast: Cast, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(inbox.app.config, "SETTINGS", inbox.settings)
    with inbox.app.app_context(), writing():
        db.session.add(Mailbox(id=1, last_uid=0, trouble="login_refused"))
        db.session.commit()

    told = []
    for minutes in (10, 20):
        with inbox.app.app_context(), writing():
            db.session.get_one(Mailbox, 1).failing_since = clock.now() - timedelta(minutes=minutes)
            db.session.commit()
        page, health = browse(cast.coordinator).get("/?lang=en").text, browse().get("/healthz")
        told.append(("The server refuses the log-in." in page, (health.json or {})["inbox"]))

    assert told == [(False, "ok"), (True, "unreadable")]
