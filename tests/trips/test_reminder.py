"""A reminder from its due date to the delivered mail: real processes, a real mail server, both databases."""

import os
import re
import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from email import message_from_bytes, policy
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from aiosmtpd.controller import Controller
from flask import Flask

from tests import builders
from tests.loopback import held_port
from tests.trips.conftest import SECONDS, running, settings, tell, until
from tracker.accounts.models import Role
from tracker.app import create_app
from tracker.config import load
from tracker.db import db, writing
from tracker.mail.models import Message, MessageState
from tracker.mail.queries import queue_pause
from tracker.reminders.actions import ensure_site_rules
from tracker.workdays.rules import sending_time

#: A Tuesday that is a working day in all countries concerned.
DUE_ON = date(2027, 3, 2)
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
COPIES = Path(__file__).parent / "letters"
SENDER = "Landkreis Kassel <partners@example.org>"


# ---- a mail server


@dataclass
class Sink:
    """Keeps what a real mail server took, and for whom."""

    taken: list[tuple[list[str], bytes]] = field(default_factory=list)

    async def handle_DATA(self, _server: object, _session: object, envelope: Any) -> str:  # noqa: ANN401, N802 - aiosmtpd's
        """Take a mail."""
        self.taken.append((envelope.rcpt_tos, envelope.content))
        return "250 taken"


@contextmanager
def mail_server(port: int) -> Iterator[Sink]:
    """Run a mail server."""
    sink = Sink()
    controller = Controller(sink, "127.0.0.1", port, ready_timeout=SECONDS)
    controller.start()
    yield sink
    controller.stop(no_assert=True)


# ---- an office


@pytest.fixture
def database_url(database: str, tmp_path: Path) -> str:
    """Give the address of a database that nothing has touched, not even a migration."""
    url = sa.make_url(database)
    if url.get_backend_name() == "sqlite":
        return f"sqlite:///{tmp_path / 'tracker.sqlite'}"
    name = f"tracker_{secrets.token_hex(6)}"
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    return url.set(database=name).render_as_string(hide_password=False)


@dataclass(frozen=True)
class Installation:
    """An office on a database of its own, before its worker runs."""

    app: Flask
    folder: Path
    database_url: str
    mail_port: int

    def environment(self, at: datetime) -> dict[str, str]:
        """Return its settings, on a clock on which it is that instant now."""
        return settings(
            self.folder,
            at=at,
            database_url=self.database_url,
            mail_url=f"smtp://127.0.0.1:{self.mail_port}",
            mail_from=SENDER,
            public_url="http://127.0.0.1:8000",
            # What signs the links of the letter that is compared.
            secret_key="a key of thirty-two letters, or more",
        )

    @contextmanager
    def unit(self) -> Iterator[None]:
        """Stand inside a writing unit of its database, and commit it."""
        with self.app.app_context(), writing():
            yield
            db.session.commit()

    def look(self, question: Callable[[], Any]) -> Any:  # noqa: ANN401 - whatever is asked
        """Ask its database something."""
        with self.app.app_context():
            return question()


@pytest.fixture
def installation(database_url: str, tmp_path: Path) -> Iterator[Installation]:
    """Give an office whose database is brought up as an operator does."""
    app = create_app(load({}, instance=str(tmp_path), database_url=database_url))
    with held_port() as mail_port:
        office = Installation(app, tmp_path, database_url, mail_port)
        tell(office.environment(LONG_AGO), "db", "upgrade")
        yield office
    with app.app_context():
        db.engine.dispose()


#: Language of a partner: its name, country, zone.
PLACES = {
    "ro": ("Bistrița-Năsăud", "RO", "Europe/Bucharest"),
    "hu": ("Csepel-sziget", "HU", "Europe/Budapest"),
    "it": ("Emilia-Romagna", "IT", "Europe/Rome"),
    "de": ("Waldviertel", "AT", "Europe/Vienna"),
}


def write_project(languages: Iterable[str]) -> list[int]:
    """Enter a project in which each of these partners has a milestone due, and return whom they write to."""
    builders.office()
    ensure_site_rules(LONG_AGO)
    kassel = builders.organisation(de="Landkreis Kassel", created_at=LONG_AGO)
    coordinator = builders.person("Karla Koordination", at=kassel, role=Role.COORDINATOR, created_at=LONG_AGO)
    coordinator.email = "karla@example.org"
    project = builders.project(de="Euarca", organisations=[kassel], coordinators=[coordinator], created_at=LONG_AGO)
    people = []
    for language in languages:
        name, country, zone = PLACES[language]
        there = builders.organisation(
            **{language: name}, country=country, language=language, zone=zone, created_at=LONG_AGO
        )
        person = builders.person(f"Alex {name}", at=there, language=language, created_at=LONG_AGO)
        person.email = f"alex.{language}@example.org"
        builders.milestone(
            project,
            de="Künstlerinnen und Künstler benannt",
            due_on=DUE_ON,
            organisation=there,
            person=person,
            created_at=LONG_AGO,
            due_since=LONG_AGO,
            responsible_since=LONG_AGO,
        )
        people.append(person.id)
    return people


def states() -> list[tuple[str, MessageState]]:
    """Return what became of each message."""
    rows = db.session.execute(sa.select(Message.address, Message.state).order_by(Message.address))
    return [(address, state) for address, state in rows]


def stored(name: str, written: str) -> str:
    """Return the stored copy; with REWRITE=1 in the environment it is written first."""
    copy = COPIES / name
    if os.environ.get("REWRITE"):
        COPIES.mkdir(exist_ok=True)
        copy.write_text(written, encoding="utf-8")
    return copy.read_text(encoding="utf-8")


# ---- the trips


@pytest.mark.both
def test_a_reminder_becomes_one_mail(installation: Installation) -> None:
    with installation.unit():
        person_id = write_project(["ro"])[0]
    moment = sending_time(DUE_ON, "Europe/Bucharest", str(person_id))

    with mail_server(installation.mail_port) as sink:
        with running(installation.environment(moment - timedelta(seconds=3)), "worker"):
            until(lambda: installation.look(states) == [("alex.ro@example.org", MessageState.SENT)])
        later = installation.environment(moment + timedelta(minutes=10))
        tell(later, "reminders", "plan")
        tell(later, "mail", "deliver")

    assert [recipients for recipients, _content in sink.taken] == [["alex.ro@example.org"]]
    mail = message_from_bytes(sink.taken[0][1], policy=policy.default)
    headers = dict(mail.items())
    assert parsedate_to_datetime(headers["Date"]) >= moment
    assert re.fullmatch(r"\w+, 02 Mar 2027 \d\d:\d\d:\d\d \+0200", headers.pop("Date"))
    assert re.fullmatch(r"<[0-9a-f]{32}@example\.org>", headers.pop("Message-ID"))
    unsubscribe = r"<http://127\.0\.0\.1:8000/unsubscribe/[\w.-]+\?lang=ro>"
    assert re.fullmatch(unsubscribe, headers.pop("List-Unsubscribe"))
    assert headers.pop("Content-Type").startswith("multipart/alternative")
    assert headers == {
        "MIME-Version": "1.0",
        "From": SENDER,
        "To": "alex.ro@example.org",
        "Reply-To": "karla@example.org",
        "Subject": stored("reminder.ro.subject", headers["Subject"]),
        "Content-Language": "ro",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
    }
    parts = {part.get_content_type(): part.get_content().replace("\r\n", "\n") for part in mail.iter_parts()}
    assert parts == {
        "text/plain": stored("reminder.ro.txt", parts["text/plain"]),
        "text/html": stored("reminder.ro.html", parts["text/html"]),
    }


@pytest.mark.both
def test_reminders_wait_for_a_mail_server_that_is_down(installation: Installation) -> None:
    with installation.unit():
        write_project(PLACES)
    addresses = [f"alex.{language}@example.org" for language in sorted(PLACES)]
    at = datetime.combine(DUE_ON, time(12), UTC)

    with running(installation.environment(at), "worker"):
        until(lambda: installation.look(queue_pause))
        waiting = dict(installation.look(states))
        with mail_server(installation.mail_port) as sink:
            until(lambda: installation.look(states) == [(address, MessageState.SENT) for address in addresses])

    assert sorted(waiting) == addresses
    assert set(waiting.values()) <= {MessageState.QUEUED, MessageState.SENDING}
    assert sorted(recipients for recipients, _content in sink.taken) == [[address] for address in addresses]
    letters = [message_from_bytes(content, policy=policy.default) for _recipients, content in sink.taken]
    assert {letter["To"]: letter["Content-Language"] for letter in letters} == {
        f"alex.{language}@example.org": language for language in PLACES
    }
