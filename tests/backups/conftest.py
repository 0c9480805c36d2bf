"""An office in use, with a mail server, and an empty installation beside it on either database."""

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from bench.chaos_server import MailServer
from tests import builders
from tracker import clock, schema
from tracker.app import create_app
from tracker.backups.archive import Manifest, write
from tracker.backups.sources import source_of
from tracker.config import Settings, load
from tracker.db import db, writing

#: A Tuesday that is a working day in Kassel and in Bistrița, just after the letters' time.
NOON = datetime(2027, 3, 2, 11, 0, tzinfo=UTC)
KEY = "a passphrase that nobody guesses in a hurry"


@dataclass
class Installation:
    """An application with its settings."""

    app: Flask
    settings: Settings

    @property
    def kind(self) -> str:
        """Name its database."""
        return "sqlite" if self.settings.database_url.startswith("sqlite") else "postgresql"

    def back_up(self, path: Path, key: str = "") -> Manifest:
        """Make a backup."""
        with self.app.app_context():
            return write(path, source_of(self.settings, clock.now()), key)


@pytest.fixture
def noon() -> Iterator[None]:
    """Let it be noon on a Tuesday."""
    clock.shift_by(timedelta(hours=round((NOON - datetime.now(UTC)).total_seconds() / 3600)))
    yield
    clock.shift_by(timedelta(0))


@pytest.fixture
def server() -> Iterator[MailServer]:
    """Give a mail server that is in order."""
    found = MailServer(seed=1, is_faulty=False)
    yield found
    found.close()


@pytest.fixture
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[..., Installation]]:
    """Make installations with nothing in them, on SQLite or PostgreSQL."""
    made: list[Flask] = []

    def installation(kind: str, **settings: str) -> Installation:
        folder = tmp_path / f"installation{len(made)}"
        folder.mkdir()
        url = f"sqlite:///{folder / 'tracker.sqlite'}" if kind == "sqlite" else postgresql_address(request)
        found = load({}, instance=str(folder), database_url=url, mail_from="Office <office@example.org>", **settings)
        shift = clock.now() - datetime.now(UTC)
        made.append(create_app(found))
        # Whoever makes an application sets the clock by its settings.
        clock.shift_by(shift)
        return Installation(made[-1], found)

    yield installation
    for app in made:
        with app.app_context():
            db.session.remove()
            db.engine.dispose()


def postgresql_address(request: pytest.FixtureRequest) -> str:
    """Make an empty database there and return its address."""
    url = sa.make_url(str(request.getfixturevalue("postgresql"))).set(drivername="postgresql+psycopg")
    name = f"tracker_{secrets.token_hex(6)}"
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    return url.set(database=name).render_as_string(hide_password=False)


@pytest.fixture
def used(empty: Callable[..., Installation], database: str, server: MailServer, noon: None) -> Installation:
    """Give an installation with an office in it."""
    found = empty("sqlite" if database.startswith("sqlite") else "postgresql", mail_url=server.url)
    with found.app.app_context(), writing():
        # A twentieth of the time that the migrations take; the way back takes them.
        db.create_all()
        db.session.execute(sa.text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"))
        db.session.execute(sa.text("INSERT INTO alembic_version VALUES (:newest)"), {"newest": schema.newest()})
        builders.office()
        db.session.commit()
    return found


def day(after: int) -> date:
    """Return a day of that week."""
    return NOON.date() + timedelta(days=after)
