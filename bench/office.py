"""The office that is measured: made by the program's own commands, with one coordinator signed in."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event
from werkzeug.datastructures import Headers

from bench.gatherings import DELEGATIONS, gather
from tracker import clock
from tracker.accounts.models import Account, Role, SignIn
from tracker.accounts.rules import hash_of
from tracker.app import create_app
from tracker.config import load
from tracker.db import db, writing
from tracker.organisations.models import Office, Organisation
from tracker.partnerships.models import Partnership, Publicity

#: Somebody at a partner, who is the first guest of 120 events.
TRAVELLER = 6
PARTNERSHIPS, PROJECTS, MILESTONES, ENTRIES, SEED = 500, 50, 2_000, 40_000, 2027
SECRET = "a-secret-of-the-benchmark-that-signs-a-coordinator-in"  # the database holds invented data only
DATABASE = "tracker.sqlite"


@dataclass(frozen=True)
class Made:
    """A folder with the database, and who is signed in."""

    folder: Path
    reader: int
    reader_name: str

    def copied(self, name: str) -> Path:
        """Return a copy to be written to."""
        folder = self.folder.parent / name
        shutil.copytree(self.folder, folder)
        return folder


def environment(folder: Path, database_url: str = "") -> dict[str, str]:
    """Return the settings of an installation in a folder; its database is there too unless it is said."""
    return {"TRACKER_INSTANCE": str(folder), "TRACKER_DATABASE_URL": database_url}


def make(folder: Path, database_url: str = "") -> Made:
    """Make the office in a folder that does not exist yet."""
    tracker = str(Path(sys.executable).parent / "tracker")
    figures = {"partnerships": PARTNERSHIPS, "projects": PROJECTS, "milestones": MILESTONES, "entries": ENTRIES}
    figures |= {"due-today": 4, "seed": SEED}
    options = [text for name, value in figures.items() for text in (f"--{name}", str(value))]
    for command in (["db", "upgrade"], ["office", "generate", *options]):
        given = os.environ | environment(folder, database_url)
        subprocess.run([tracker, *command], check=True, env=given, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    app, now = application(folder, database_url), clock.now()
    with app.app_context(), writing():
        account = db.session.scalars(sa.select(Account).where(Account.role == Role.COORDINATOR)).first()
        if account is None:
            raise LookupError("the generated office has no coordinator")
        signed = SignIn(secret_hash=hash_of(SECRET), account_id=account.id, created_at=now, used_at=now, device="bench")
        signed.confirmed_at = now
        signed.idle_seconds, signed.expires_at = 10**7, now + timedelta(days=30)
        # What was said in the last two weeks is news.
        account.seen_until = now - timedelta(days=14)
        db.session.add(signed)
        # The public page shows them all.
        db.session.execute(sa.update(Office).values(public_page=True))
        db.session.execute(sa.update(Partnership).values(publicity=Publicity.NAMED))
        gather(_partners(), TRAVELLER, account.person.id, now)
        made = Made(folder, account.person.id, account.person.name)
        db.session.commit()
        db.session.remove()
        # The last connection that closes brings all into one file.
        db.engine.dispose()
    return made


def _partners() -> Sequence[int]:
    """Return who sends guests to the festival."""
    query = sa.select(Organisation.id).where(Organisation.id != sa.select(Office.organisation_id).scalar_subquery())
    return db.session.scalars(query.order_by(Organisation.id).limit(DELEGATIONS)).all()


def application(folder: Path, database_url: str = "") -> Flask:
    """Return the program on this office, in this process."""
    return create_app(load(environment(folder, database_url)))


def browser(app: Flask) -> FlaskClient:
    """Return a browser that is signed in."""
    client = app.test_client()
    client.set_cookie("tracker", SECRET)
    return client


@contextmanager
def counting(app: Flask) -> Iterator[list[str]]:
    """Count the queries of a block."""
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA", "COMMIT", "ROLLBACK")):
            asked.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(engine, "before_cursor_execute", note)


def plain(headers: Headers) -> dict[str, str]:
    """Return the headers of an answer that are the same for each."""
    own = {"content-type", "content-length", "set-cookie", "vary", "date", "server", "location"}
    return {name: value for name, value in headers.items() if name.lower() not in own}
