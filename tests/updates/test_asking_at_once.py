"""Somebody asks what somebody else takes back in the same moment."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy import event

from tests import builders
from tests.conftest import Cast, change, person_of
from tracker import clock
from tracker.db import db, writing
from tracker.projects.models import Project
from tracker.updates.actions import ask, withdraw
from tracker.updates.models import EndedBecause, StatusRequest


def take_back(app: Flask, cast: Cast, number: int) -> None:
    """Take a question back, in a unit of one's own."""
    with app.app_context(), writing():
        assert withdraw(db.session.get_one(StatusRequest, number), by_id=cast.coordinator, now=clock.now())
        db.session.commit()


@contextmanager
def taken_back_once_it_is_found(app: Flask, cast: Cast, number: int) -> Iterator[None]:
    """Let somebody else take a question back when the one who asks has just found that it is there already."""
    left = [number]

    def after(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if left and statement.startswith("INSERT INTO status_request"):
            with ThreadPoolExecutor(1) as somebody_else:
                somebody_else.submit(take_back, app, cast, left.pop()).result()

    event.listen(db.engine, "after_cursor_execute", after)
    try:
        yield
    finally:
        event.remove(db.engine, "after_cursor_execute", after)


# SQLite has one pen: nobody else takes anything back meanwhile.
@pytest.mark.only_postgres
def test_who_asks_what_is_just_taken_back_asks_all_the_same(app: Flask, cast: Cast) -> None:
    number = change(
        app, lambda: builders.request(db.session.get_one(Project, cast.project), person_of(cast.partner)).id
    )

    with app.app_context(), writing(), taken_back_once_it_is_found(app, cast, number):
        asked = ask(
            db.session.get_one(Project, cast.project),
            None,
            [cast.partner],
            answer_by=date(2027, 3, 16),
            question=None,
            language="de",
            by_id=cast.coordinator,
            now=clock.now(),
            today=date(2027, 3, 2),
        )
        new = [one.id for one in asked.new]
        db.session.commit()

    with app.app_context():
        ends = db.session.execute(sa.select(StatusRequest.id, StatusRequest.ended_because).order_by(StatusRequest.id))
        assert [tuple(row) for row in ends] == [(number, EndedBecause.WITHDRAWN), (new[0], None)]
