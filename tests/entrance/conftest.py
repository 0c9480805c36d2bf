"""What the tests of the entrance share: letters that the worker writes, and what stands in them."""

import re
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask

from tracker import scheduler
from tracker.db import db
from tracker.mail.models import Message


@pytest.fixture
def letters(app: Flask) -> Callable[[], list[Message]]:
    """Give a function that lets the worker see to the door, and returns all letters so far."""

    def written() -> list[Message]:
        with app.app_context():
            scheduler.answer(app.config["SETTINGS"])
            return list(db.session.scalars(sa.select(Message).order_by(Message.id)))

    return written


def code_in(message: Message) -> str:
    """Return the code that stands in a letter."""
    first, second = re.findall(r"^ +(\d{4}) (\d{4})$", message.text or "", re.MULTILINE)[0]
    return f"{first}{second}"


def path_in(message: Message) -> str:
    """Return the path of the link in a letter."""
    found = re.search(r"http://127\.0\.0\.1:\d+(/\S+)", message.text or "")
    assert found
    return found[1]
