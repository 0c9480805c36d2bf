"""An outbox with a mail server at its end."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from flask import Flask

from tests import builders
from tests.mail.conftest import Box, Line, Moving
from tracker.mail.outbox import unit
from tracker.mail.smtp import post_of


@pytest.fixture
def line() -> Iterator[Line]:
    """Give a mail server that follows a script."""
    server = Line()
    yield server
    server.close()


@pytest.fixture
def box(app: Flask, now: datetime, line: Line) -> Box:
    """Give an empty outbox."""
    with app.app_context(), unit():
        person = builders.person("Radu Partener", language="ro").id
    return Box(app, Moving(now), line, post_of(line.url, host="partners.example.org"), person)
