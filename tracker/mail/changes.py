"""How often anything was changed that a message may depend on: what was looked at ahead holds until the next time.

Counted where it is committed, whoever changes what: in the transaction of the change itself, as its last statement, so
that nobody sees the one without the other. What delivery writes about messages is not counted.
"""

from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine

from tracker import ready
from tracker.db import db
from tracker.mail.models import Attempt, ChangeCount, MailPause, Message, Tick
from tracker.web.models import Tally

_COUNT = cast("sa.Table", ChangeCount.__table__)
#: Who changes one of these messages in the outbox counts up its fence; how often somebody tried something is in none.
_OURS = (Message, Attempt, MailPause, Tick, ChangeCount, Tally)
UNCOUNTED = {cast("sa.Table", model.__table__).name for model in _OURS}
_ONE_MORE = (
    "INSERT INTO change_count (id, number) VALUES (1, 1) "
    "ON CONFLICT (id) DO UPDATE SET number = change_count.number + 1"
)
#: The number as a value of another statement; 0 before anything was changed.
NUMBER = sa.func.coalesce(sa.select(_COUNT.c.number).where(_COUNT.c.id == 1).scalar_subquery(), 0)
_ASKED = sa.select(NUMBER)
_KEY = "changes something"


def number() -> int:
    """Return how often anything was changed. Whoever looks at things asks this first."""
    return int(db.session.connection().execute(_ASKED).scalar_one())


def glanced() -> int:
    """Return the same by a glance, where no unit runs: for what nearly always finds that nothing changed."""
    with db.engine.connect() as connection:
        row = ready.glance(connection, _ASKED, {})
    return int(row[0]) if row else 0


def count_changes(engine: Engine) -> None:
    """Count from now on."""
    event.listen(engine, "begin", _forget)
    event.listen(engine, "after_cursor_execute", _notice)
    event.listen(engine, "commit", _count)


def _forget(connection: Connection) -> None:
    connection.info.pop(_KEY, None)


def _notice(connection: Connection, cursor: Any, _words: str, _values: Any, context: Any, _many: bool) -> None:  # noqa: ANN401, FBT001 - SQLAlchemy's signature
    if not (context.isupdate or context.isinsert or context.isdelete):
        return
    table = context.compiled.statement.table
    # Migrations have tables of their own.
    if getattr(table, "metadata", None) is not db.metadata or table.name in UNCOUNTED:
        return
    # How many rows there are is not known yet where they are still to be read.
    if cursor.rowcount != 0 or context.compiled.effective_returning:
        connection.info[_KEY] = True


def _count(connection: Connection) -> None:
    if connection.info.pop(_KEY, False):
        connection.exec_driver_sql(_ONE_MORE)
