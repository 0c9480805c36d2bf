"""The way in and out."""

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.conftest import Cast
from tracker.db import db, writing
from tracker.people import passwords
from tracker.people.models import Account

PASSWORD = "Apfelkuchen am Herkules"


@pytest.fixture
def address(app: Flask, cast: Cast) -> str:
    """Give the address of the partner, who has a password."""
    with app.app_context(), writing():
        account = db.session.scalars(sa.select(Account).where(Account.person_id == cast.partner)).one()
        account.password_hash = passwords.hash_password(PASSWORD)
        db.session.commit()
        return account.email


def test_address_and_password_let_in(address: str, browse: Callable[..., Any]) -> None:
    browser = browse()

    answer = browser.post("/sign-in", data={"email": f" {address.upper()}", "password": PASSWORD})

    assert (answer.status_code, answer.location) == (302, "/")
    assert browser.get("/organisations/").status_code == 200
