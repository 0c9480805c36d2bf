"""Migrations, as the command line and the start of a server use them."""

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import current_app
from flask_migrate import Migrate

from tracker.db import db
from tracker.locations import bundled


def _config() -> Config:
    # Here and not in `create_app`: nobody else needs migrations, and they take nine megabytes in each process.
    if "migrate" not in current_app.extensions:
        Migrate(current_app, db, directory=str(bundled("migrations")))
    config: Config = current_app.extensions["migrate"].migrate.get_config()
    return config


def upgrade(revision: str = "head") -> None:
    """Bring the database up."""
    command.upgrade(_config(), revision)


def downgrade(revision: str) -> None:
    """Take the database back."""
    command.downgrade(_config(), revision)


def current() -> str | None:
    """Return the revision that the database is at, or None if it is empty."""
    with db.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def newest() -> str | None:
    """Return the newest revision that this release knows."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def is_known(revision: str) -> bool:
    """Whether this release knows a revision; a newer release may have made the database."""
    known = ScriptDirectory.from_config(_config()).walk_revisions()
    return any(script.revision == revision for script in known)


def differences() -> list[object]:
    """Return what differs between the database and the models; nothing in a sound installation."""
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, db.metadata))
