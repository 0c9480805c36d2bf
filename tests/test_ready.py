"""Statements in the words of the database: what they hold, what they find, and what goes wrong with them."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import IntegrityError, OperationalError

from tests import builders
from tests.conftest import change
from tracker import ready
from tracker.db import db, one_connection, writing
from tracker.mail.models import Attempt, Message, MessageKind, MessageState
from tracker.mail.outbox import enqueue

NOW = datetime(2027, 3, 2, 9, 0, 0, 123456, tzinfo=UTC)
_MESSAGE = cast("sa.Table", Message.__table__)
MOVE = (
    sa.update(_MESSAGE)
    .where(_MESSAGE.c.id == sa.bindparam("its_id"), _MESSAGE.c.state == MessageState.QUEUED)
    .values(send_at=sa.bindparam("at"), reason_facts=sa.bindparam("facts"), reason=sa.bindparam("why"))
)
STATE = sa.select(_MESSAGE.c.state).where(_MESSAGE.c.id == sa.bindparam("its_id"))
ATTEMPT = sa.insert(cast("sa.Table", Attempt.__table__)).values(
    {name: sa.bindparam(name) for name in ("message_id", "number")}
)


@pytest.fixture
def message(app: Flask) -> int:
    """Put a message into the outbox and return its id."""

    def put() -> int:
        return enqueue(
            key="k",
            kind=MessageKind.LETTER,
            person_id=builders.person().id,
            address="radu@example.org",
            language="ro",
            zone="Europe/Bucharest",
            subject="x",
            text="y",
            html=None,
            now=NOW,
        ).id

    return int(change(app, put))


@pytest.mark.both
def test_values_are_kept_as_they_always_are(app: Flask, message: int) -> None:
    later = NOW + timedelta(hours=1)
    with app.app_context(), writing():
        values = {"its_id": message, "at": later, "facts": {"due_on": "2027-04-05"}, "why": None}
        changed = ready.run(db.session.connection(), MOVE, values)
        db.session.commit()
        row = db.session.get_one(Message, message)

        assert changed == 1
        assert (row.send_at, row.reason_facts, row.reason) == (later, {"due_on": "2027-04-05"}, None)


@pytest.mark.both
def test_what_matches_nothing_changes_nothing(app: Flask, message: int) -> None:
    with app.app_context(), writing():
        values = {"its_id": message + 1, "at": NOW, "facts": None, "why": "x"}

        assert ready.run(db.session.connection(), MOVE, values) == 0


@pytest.mark.both
def test_a_glance_sees_what_others_have_committed_since(app: Flask, message: int) -> None:
    def cancel() -> None:
        db.session.get_one(Message, message).state = MessageState.CANCELLED

    with app.app_context(), one_connection():
        held = db.session.info["held"]
        before = ready.glance(held, STATE, {"its_id": message})
        change(app, cancel)
        after = ready.glance(held, STATE, {"its_id": message})
        none = ready.glance(held, STATE, {"its_id": message + 1})

    assert (before, after, none) == (("queued",), ("cancelled",), None)


@pytest.mark.both
def test_what_the_database_refuses_is_told_as_always_and_without_its_values(app: Flask, message: int) -> None:
    with app.app_context(), writing(), pytest.raises(IntegrityError) as refused:
        ready.run(db.session.connection(), ATTEMPT, {"message_id": message, "number": 424242})

    assert "424242" not in str(refused.value.statement) + str(refused.value.params)


def test_a_locked_database_is_told_as_always(app: Flask, message: int) -> None:
    with app.app_context(), writing():
        path = db.engine.url.database
        # One connection, which is taken again and does not wait for long.
        db.engine.dispose()
        db.session.connection().exec_driver_sql("PRAGMA busy_timeout=10")
        db.session.rollback()
        with closing(sqlite3.connect(str(path), isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(OperationalError):
                db.session.connection()
        db.session.rollback()
        db.engine.dispose()
