"""The example office with awkward words in it, exported once, and empty installations to fill from it."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from tests import builders
from tests.backups.conftest import Installation, postgresql_address
from tracker import schema
from tracker.app import create_app
from tracker.config import load
from tracker.db import Translated, db, writing
from tracker.documents.store import folder_in
from tracker.example import kassel
from tracker.history.actions import record
from tracker.history.rules import Verb
from tracker.organisations.queries import office
from tracker.people.models import Person
from tracker.portability.leaving import Exported, write
from tracker.reminders.actions import plan_reminders

#: A Tuesday that is a working day in all countries of the example, after the letters' time.
NOON = datetime(2027, 3, 2, 11, 0, tzinfo=UTC)
#: What spreadsheets, line ends and databases make trouble of.
AWKWARD = "=SUM(A1)\r\n;-2+3\n'@x\r\t+49 561, \"so\" 😀 \u202f''"


def write_out(place: Installation, path: Path) -> Exported:
    """Export an office."""
    with place.app.app_context():
        return write(path, files=folder_in(place.settings.instance), release="0.1.0", made_at=NOON)


@pytest.fixture(scope="package")
def empty(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], Installation]]:
    """Make installations whose tables are there, with nothing in them."""
    made: list[Flask] = []

    def installation(kind: str) -> Installation:
        folder = tmp_path_factory.mktemp("installation")
        url = f"sqlite:///{folder / 'tracker.sqlite'}" if kind == "sqlite" else postgresql_address(request)
        settings = load({}, instance=str(folder), database_url=url, mail_from="Office <office@example.org>")
        made.append(create_app(settings))
        with made[-1].app_context(), writing():
            # A twentieth of the time that the migrations take.
            db.create_all()
            db.session.execute(sa.text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"))
            db.session.execute(sa.text("INSERT INTO alembic_version VALUES (:newest)"), {"newest": schema.newest()})
            db.session.commit()
        return Installation(made[-1], settings)

    yield installation
    for app in made:
        with app.app_context():
            db.session.remove()
            db.engine.dispose()


@pytest.fixture(scope="package")
def noon() -> Iterator[None]:
    """Let time stand still: pages say how long ago something was."""
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture(scope="package")
def source(empty: Callable[[str], Installation], noon: None) -> Installation:
    """Give the example office, in which letters were planned and all sending is paused, as before a move."""
    place = empty("sqlite")
    with place.app.app_context(), writing():
        kassel.load(NOON - timedelta(days=1), date(2027, 3, 1))
        db.session.commit()
        _make_awkward()
        for at in (NOON - timedelta(hours=6), NOON):
            plan_reminders(at, public_url=place.settings.public_url)
        here = office()
        assert here is not None
        here.sending_paused = True
        record(Verb.SENDING_PAUSED, here, by_id=None, now=NOON)
        db.session.commit()
    return place


def _make_awkward() -> None:
    strange = builders.organisation(de=AWKWARD)
    strange.notes = AWKWARD
    # An empty text is not the same as none.
    strange.place = ""
    texts = {**dict(strange.name.texts), **dict(Translated.of("fr", NOON, fr="= à côté").texts)}
    strange.name = Translated("fr", texts)
    db.session.get_one(Person, 1).notes = "'"
    db.session.flush()


@pytest.fixture(scope="package")
def exported(source: Installation, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give its files."""
    path = tmp_path_factory.mktemp("exported") / "office.zip"
    write_out(source, path)
    return path
