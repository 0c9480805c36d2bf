"""Migrations: up, down, the same as the models, and safe on filled tables; on both databases."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_migrate import Migrate

from tests import builders
from tracker import schema
from tracker.app import create_app
from tracker.config import Settings, load
from tracker.db import broken_pragmas, db, writing
from tracker.locations import bundled

pytestmark = pytest.mark.both

#: Makes the table of organisations anew on SQLite, as any change of a column does.
REBUILDS = """
import sqlalchemy as sa
from alembic import op
revision, down_revision, branch_labels, depends_on = "test", {newest!r}, None, None


def upgrade():
    with op.batch_alter_table("organisation", recreate="auto") as batch:
        batch.alter_column("place", existing_type=sa.String(120), type_=sa.String(200))
        batch.add_column(sa.Column("population", sa.Integer))
    {more}


def downgrade():
    with op.batch_alter_table("organisation") as batch:
        batch.drop_column("population")
        batch.alter_column("place", existing_type=sa.String(200), type_=sa.String(120))
"""


@pytest.fixture
def empty(settings: Settings, tmp_path: Path) -> Iterator[Flask]:
    """Give an application on a database of its own without any table, with its own copy of the migrations."""
    if settings.database_url.startswith("sqlite"):
        url = f"sqlite:///{tmp_path / 'empty.sqlite'}"
    else:
        url = settings.database_url
    app = create_app(load({}, instance=str(tmp_path), database_url=url))
    folder = tmp_path / "migrations"
    shutil.copytree(bundled("migrations"), folder)
    Migrate(app, db, directory=str(folder))
    with app.app_context(), writing():
        if db.engine.dialect.name == "postgresql":
            # The shared database is lent: a schema of its own stands in for an empty one.
            with db.engine.begin() as connection:
                connection.execute(sa.text("CREATE SCHEMA trial"))
            sa.event.listen(db.engine, "connect", _use_trial)
            db.engine.dispose()
        yield app
        db.session.remove()
        if db.engine.dialect.name == "postgresql":
            with db.engine.begin() as connection:
                connection.execute(sa.text("DROP SCHEMA trial CASCADE"))
        db.engine.dispose()


def _use_trial(connection: object, _record: object) -> None:
    cursor = connection.cursor()  # type: ignore[attr-defined] # psycopg's
    cursor.execute("SET search_path TO trial")
    cursor.close()
    connection.commit()  # type: ignore[attr-defined] # psycopg's


def tables() -> set[str]:
    """Return the tables there are, Alembic's own apart."""
    return set(sa.inspect(db.engine).get_table_names()) - {"alembic_version"}


def add_revision(app: Flask, more: str = "pass") -> None:
    """Add a migration after the newest one."""
    folder = Path(app.extensions["migrate"].migrate.directory) / "versions"
    (folder / "test.py").write_text(REBUILDS.format(newest=schema.newest(), more=more))


def fill() -> None:
    """Put rows in that hang on organisations."""
    builders.office()
    organisation = builders.organisation()
    builders.person(at=organisation)
    builders.milestone(builders.project(organisations=[organisation]), organisation=organisation)
    db.session.commit()


def counts() -> dict[str, int]:
    """Return how many rows each table has."""
    with db.engine.connect() as connection:
        return {name: connection.scalar(sa.text(f"SELECT count(*) FROM {name}")) or 0 for name in sorted(tables())}


@pytest.mark.usefixtures("empty")
def test_up_makes_what_the_models_say() -> None:
    before = schema.current()

    schema.upgrade()

    assert before is None
    assert schema.current() == schema.newest()
    assert schema.differences() == []
    assert tables() == {table.name for table in db.metadata.sorted_tables}


@pytest.mark.usefixtures("empty")
def test_up_twice_changes_nothing() -> None:
    schema.upgrade()
    fill()
    before = counts()

    schema.upgrade()

    assert counts() == before


@pytest.mark.usefixtures("empty")
def test_down_takes_everything_back() -> None:
    schema.upgrade()

    schema.downgrade("base")

    assert tables() == set()


def test_a_table_made_anew_keeps_what_hangs_on_it(empty: Flask) -> None:
    schema.upgrade()
    fill()
    before = counts()
    add_revision(empty)

    schema.upgrade()
    up = counts()
    schema.downgrade("-1")

    assert before["contact"] == before["milestone"] == 1
    assert up == counts() == before
    assert broken_pragmas(db.engine) == {}
    assert schema.differences() == []


def test_a_migration_that_breaks_changes_nothing(empty: Flask) -> None:
    schema.upgrade()
    fill()
    newest, before = schema.current(), counts()
    add_revision(empty, more='op.execute("DELETE FROM organisation")')

    with pytest.raises((RuntimeError, sa.exc.IntegrityError)):
        schema.upgrade()

    assert (schema.current(), counts()) == (newest, before)


def test_the_constraints_have_the_names_of_the_models(empty: Flask) -> None:
    schema.upgrade()
    with db.engine.connect() as connection:
        found = sa.MetaData()
        found.reflect(connection)
    names = {
        constraint.name
        for table in found.sorted_tables
        for constraint in table.constraints
        if not isinstance(constraint, sa.PrimaryKeyConstraint) and table.name != "alembic_version"
    }
    wanted = {
        constraint.name
        for table in db.metadata.sorted_tables
        for constraint in table.constraints
        if not isinstance(constraint, sa.PrimaryKeyConstraint)
    }

    assert {str(name) for name in names} == {str(name) for name in wanted}


@pytest.mark.usefixtures("empty")
def test_a_revision_of_a_newer_release_is_not_known() -> None:
    schema.upgrade()

    assert [schema.is_known(revision) for revision in (str(schema.newest()), "from the future")] == [True, False]
