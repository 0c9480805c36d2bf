"""Who was named through a link in a letter gets no account before a coordinator has confirmed them."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import Cast, change, newcomer, person_of
from tracker import clock
from tracker.accounts.queries import account_of

Browse = Callable[..., FlaskClient]


@pytest.fixture
def named(app: Flask) -> int:
    """Enter somebody by the word of another person."""
    person_id = newcomer(app)

    def unknown() -> None:
        person_of(person_id).unconfirmed_since = clock.now()

    change(app, unknown)
    return person_id


def test_before_they_are_confirmed_nobody_gets_an_account(
    browse: Browse, cast: Cast, named: int, look: Callable[[Callable[[], Any]], Any]
) -> None:
    client, invitation = browse(cast.administrator), {"email": "nora@example.org", "role": "partner"}

    refused = client.post(f"/people/{named}/invite?lang=en", data=invitation)
    before = look(lambda: account_of(named))
    client.post(f"/people/{named}/confirm")
    client.post(f"/people/{named}/invite", data=invitation)

    assert "Please confirm them first" in refused.text
    assert before is None
    assert look(lambda: account_of(named)) is not None


def test_the_start_page_asks_coordinators_to_confirm(browse: Browse, cast: Cast, named: int) -> None:
    action = f'action="/people/{named}/confirm?next=/"'
    pages = {who: browse(getattr(cast, who)).get("/").text for who in ("coordinator", "reader", "partner")}

    browse(cast.coordinator).post(f"/people/{named}/confirm")

    assert {who: action in page for who, page in pages.items()} == {
        "coordinator": True,
        "reader": False,
        "partner": False,
    }
    assert action not in browse(cast.coordinator).get("/").text
