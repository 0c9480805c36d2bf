"""Run migrations on the database of the settings, each in a transaction of its own."""

from typing import Any, Literal, cast

import sqlalchemy as sa
from alembic import context
from alembic.autogenerate.api import AutogenContext
from flask import current_app

from tracker.db import Instant, PartialDateType, TranslatedType, db, writing

OWN_TYPES = (Instant, PartialDateType, TranslatedType)


def render_item(kind: str, item: Any, _autogen: AutogenContext) -> str | Literal[False]:  # noqa: ANN401 - whatever Alembic renders
    """Write the types of ours by their names."""
    if kind == "type" and isinstance(item, OWN_TYPES):
        arguments = "none_as_null=True" if isinstance(item, TranslatedType) else ""
        return f"tracker.db.{type(item).__name__}({arguments})"
    return False


def run() -> None:
    """Migrate. On SQLite a batch drops and makes a table anew: with foreign keys on, that would delete its children.

    They are switched off before any transaction begins, which is the only moment SQLite listens, and all of them are
    checked before each migration commits.
    """
    engine = db.engine
    with writing(), engine.connect() as connection:
        sqlite = connection.dialect.name == "sqlite"
        driver: Any = connection.connection.dbapi_connection
        if sqlite:
            driver.execute("PRAGMA foreign_keys=OFF")
        try:
            context.configure(
                connection=connection,
                target_metadata=db.metadata,
                render_item=render_item,
                transaction_per_migration=True,
                transactional_ddl=True,
                on_version_apply=cast("Any", _check_foreign_keys) if sqlite else None,
                # Holds compare_type and render_as_batch, which Flask-Migrate sets.
                **current_app.extensions["migrate"].configure_args,
            )
            with context.begin_transaction():
                context.run_migrations()
        finally:
            if sqlite:
                driver.execute("PRAGMA foreign_keys=ON")


def _check_foreign_keys(*, ctx: Any, **_rest: object) -> None:  # noqa: ANN401 - Alembic's context
    broken = ctx.connection.execute(sa.text("PRAGMA foreign_key_check")).all()
    if broken:
        tables = ", ".join(sorted({row[0] for row in broken}))
        message = f"the migration would leave rows without the rows they belong to, in: {tables}"
        raise RuntimeError(message)


run()
