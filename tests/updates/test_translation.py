"""A translation beside what somebody wrote, signed by who made it."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests import builders
from tests.conftest import Cast, change, person_of
from tracker.db import db
from tracker.projects.models import Project
from tracker.updates.models import StatusUpdate

Browse = Callable[..., FlaskClient]
Look = Callable[[Callable[[], Any]], Any]


@pytest.fixture
def said(app: Flask, cast: Cast) -> int:
    """Let the partner say something in Romanian and return its id."""
    return int(
        change(
            app,
            lambda: (
                builders.update(
                    db.session.get_one(Project, cast.project), person_of(cast.partner), text="Viza întârzie."
                ).id
            ),
        )
    )


def translation(look: Look, update_id: int) -> tuple[str | None, str | None, int | None]:
    """Return the translation, its language and who made it."""

    def kept() -> tuple[str | None, str | None, int | None]:
        row = db.session.get_one(StatusUpdate, update_id)
        return row.translation, row.translation_language, row.translated_by_id

    return look(kept)  # type: ignore[no-any-return] # what is asked


def test_a_translation_stands_beside_the_text_with_its_author(
    browse: Browse, cast: Cast, said: int, look: Look
) -> None:
    client = browse(cast.coordinator)

    client.post(f"/updates/{said}/translation", data={"translation": "Das Visum verspätet sich.", "language": "de"})
    client.post(f"/updates/{said}/translation", data={"translation": "Das Visum kommt später.", "language": "de"})

    assert translation(look, said) == ("Das Visum kommt später.", "de", cast.coordinator)
    page = client.get(f"/projects/{cast.project}?lang=en").text
    assert '<div class="prose" lang="ro">' in page
    assert "Viza întârzie." in page
    assert '<div class="prose" lang="de">' in page
    assert "translated by Karla Koordination" in page


def test_a_translation_is_found(browse: Browse, cast: Cast, said: int) -> None:
    client = browse(cast.coordinator)

    client.post(f"/updates/{said}/translation", data={"translation": "Das Visum verspätet sich.", "language": "de"})

    assert "Viza" in client.get("/search?q=verspatet").text


def test_its_own_language_is_no_translation(browse: Browse, cast: Cast, said: int, look: Look) -> None:
    answer = browse(cast.coordinator).post(
        f"/updates/{said}/translation?lang=en", data={"translation": "Viza.", "language": "ro"}
    )

    assert "This is the language it was written in" in answer.text
    assert translation(look, said) == (None, None, None)
