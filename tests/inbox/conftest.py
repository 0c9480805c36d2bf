"""A mailbox that mail is fetched from."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from email.message import EmailMessage

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import selectinload

from tests.conftest import Cast
from tests.inbox.server import Mailbox
from tests.mail.conftest import Moving
from tracker.config import Settings
from tracker.db import db
from tracker.inbox.fetching import fetch_new
from tracker.inbox.imap import new_watch
from tracker.inbox.models import IncomingFile, IncomingMail
from tracker.inbox.models import Mailbox as Read
from tracker.inbox.rules import address_of
from tracker.projects.models import Project

ADDRESS = "project@example.org"


@dataclass
class Inbox:
    """A mailbox, and the program that fetches from it."""

    app: Flask
    box: Mailbox
    settings: Settings
    now: datetime
    project: int
    other_project: int

    def fetch(self, clock: Callable[[], datetime] | None = None, *, patience: float = 1.0) -> int:
        """Fetch what is new, and return how many mails came in."""
        watch = new_watch()
        try:
            with self.app.app_context():
                return fetch_new(self.settings, clock or Moving(self.now), watch, patience=patience)
        finally:
            watch.end()

    @property
    def arrived(self) -> list[IncomingMail]:
        """What came in."""
        with self.app.app_context():
            query = sa.select(IncomingMail).options(selectinload(IncomingMail.files).joinedload(IncomingFile.file))
            rows = list(db.session.scalars(query.order_by(IncomingMail.id)))
            db.session.expunge_all()
            return rows

    @property
    def so_far(self) -> Read:
        """How far the mailbox was read."""
        with self.app.app_context():
            row = db.session.get_one(Read, 1)
            db.session.expunge(row)
            return row

    def address(self, project: int | None = None) -> str:
        """Return the address of a project."""
        with self.app.app_context():
            return address_of(db.session.get_one(Project, project or self.project).mail_key, ADDRESS)


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    """Give an empty mailbox."""
    box = Mailbox()
    yield box
    box.close()


@pytest.fixture
def inbox(app: Flask, cast: Cast, mailbox: Mailbox, settings: Settings, now: datetime) -> Inbox:
    """Give an empty mailbox, and the program that fetches from it."""
    with_it = replace(settings, inbox_url=mailbox.url, inbox_address=ADDRESS)
    return Inbox(app, mailbox, with_it, now, cast.project, cast.other_project)


def written(to: str, text: str = "Wir kommen am 5. April.\n", **headers: str) -> bytes:
    """Return a mail as somebody writes it."""
    mail = EmailMessage()
    usual = {
        "From": "Radu Partener <radu@example.org>",
        "To": to,
        "Subject": "Ankunft",
        "Date": "Mon, 01 Mar 2027 16:20:00 +0200",
        "Message-ID": "<1@mail.example.org>",
    }
    for name, value in (usual | {name.replace("_", "-"): value for name, value in headers.items()}).items():
        mail[name] = value
    mail.set_content(text)
    return mail.as_bytes()
