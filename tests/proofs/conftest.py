"""People who have a password, and perhaps a second factor."""

import re
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import Cast, account_of, change
from tests.factors.things import Phone, phone_of
from tracker import clock
from tracker.accounts import passwords
from tracker.accounts.models import Account
from tracker.db import db
from tracker.entrance.actions import answer_ways
from tracker.mail.models import Message, MessageKind
from tracker.organisations.queries import office
from tracker.web.access import found

PASSWORD = "Apfelkuchen am Herkules"
Browse = Callable[..., FlaskClient]
Look = Callable[[Callable[[], Any]], Any]


@pytest.fixture(scope="session")
def kept() -> str:
    """Give the hash of the password."""
    return passwords.hash_password(PASSWORD)


@pytest.fixture
def addresses(app: Flask, cast: Cast, kept: str) -> dict[str, str]:
    """Give everybody the password, and return their addresses."""

    def set_all() -> dict[str, str]:
        db.session.execute(sa.update(Account).values(password_hash=kept, version=Account.version + 1))
        db.session.expire_all()
        return {
            who: account_of(getattr(cast, who)).email for who in ("administrator", "coordinator", "reader", "partner")
        }

    return dict(change(app, set_all))


@pytest.fixture
def phone(app: Flask, cast: Cast, addresses: dict[str, str]) -> Phone:
    """Give the coordinator's phone."""
    return phone_for(app, cast.coordinator)


def phone_for(app: Flask, person_id: int) -> Phone:
    """Set up an app for somebody."""
    with app.test_request_context():
        made: Phone = change(app, lambda: phone_of(person_id, app.config["SIGNING_KEYS"]))
    return made


def mailed(app: Flask) -> str:
    """Let the worker write the letter, and return the code in it."""
    with app.test_request_context():
        change(
            app,
            lambda: answer_ways(
                office=found(office()), key=app.config["SECRET_KEY"], public_url="http://localhost", now=clock.now()
            ),
        )
    with app.app_context():
        text = db.session.scalars(sa.select(Message.text).where(Message.kind == MessageKind.CODE)).one()
    code = re.search(r"\d[\d  ]{7,}", str(text))
    assert code
    return code[0]
