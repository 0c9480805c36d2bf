"""The list of texts that need a translator."""

import gzip
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests import builders
from tests.conftest import Cast, change
from tracker.db import Text, Translated, db
from tracker.history.rules import FIELDS
from tracker.language import LANGUAGES
from tracker.milestones.models import Milestone
from tracker.organisations.models import Office
from tracker.projects.models import Project
from tracker.texts import queries
from tracker.texts.routes import place_of
from tracker.texts.rules import NOTES, Concern, TextKind

Browse = Callable[..., FlaskClient]

#: What is said once and never changed: another one is entered instead.
WITHOUT_FORM = {"organisation_change.name", "organisation_change.note", "led_to.note"}
WORDS = {"de": "Reise", "en": "Trip", "it": "Viaggio", "hu": "Utazás", "ro": "Călătorie"}


def rows_of(page: str) -> list[tuple[str, str]]:
    """Return what each row of the list is about and what it needs, as words."""
    body = page.partition("<tbody>")[2].partition("</tbody>")[0]
    cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL) for row in body.split("</tr>")]
    words = [[" ".join(re.sub(r"<[^>]+>", " ", cell).split()) for cell in row] for row in cells if row]
    return [(row[0], row[-1]) for row in words]


def doubtful(now: datetime, **more: Text) -> Translated:
    """Return a text in all languages whose English wording is older than its German original."""
    texts = {code: Text(words, now) for code, words in WORDS.items()}
    return Translated("de", texts | {"en": Text("Trip", now - timedelta(days=1))} | more)


@pytest.fixture
def texts(app: Flask, cast: Cast, now: datetime) -> None:
    """Let one project need a look in English, and one milestone be written by a machine in Hungarian."""

    def prepare() -> None:
        whole = Translated.of("de", now, **WORDS)
        for column in queries.columns():
            for row in db.session.query(column.model):
                setattr(row, column.name, whole)
        db.session.get_one(Project, cast.project).title = doubtful(now)
        milestone = builders.milestone(db.session.get_one(Project, cast.project))
        milestone.title = Translated.of("de", now, de="Katalog", it="Catalogo")
        machine = {"de": Text("Bilder", now), "hu": Text("Képek", now, by_machine=True)}
        builders.milestone(db.session.get_one(Project, cast.project)).title = Translated("de", machine)

    change(app, prepare)


def test_every_column_has_a_form_where_its_texts_are_mended(app: Flask) -> None:
    with app.test_request_context():
        there = {one.key: one for one in queries.columns()}
        there = {key: one for key, one in there.items() if one.kind not in NOTES}
        without = {key for key, one in there.items() if place_of(one.kind, one.name) is None}

    assert "project.title" in there
    assert without == WITHOUT_FORM
    assert {one.kind for key, one in there.items() if key not in WITHOUT_FORM} <= {str(kind) for kind in TextKind}
    assert {one.name for key, one in there.items() if key not in WITHOUT_FORM} <= FIELDS.keys()


@pytest.mark.usefixtures("texts")
def test_the_list_names_what_needs_a_look_and_why(browse: Browse, cast: Cast, now: datetime) -> None:
    page = browse(cast.coordinator).get("/texts/?lang=en").text

    day = f"{now.day} {now:%b %Y}"
    assert rows_of(page) == [
        ("Trip", f"English The original changed on {day}."),
        ("Bilder (German)", "Hungarian Translated by a machine, not looked through yet."),
    ]
    assert f'href="/projects/{cast.project}/edit#title-text"' in page


@pytest.mark.usefixtures("texts")
@pytest.mark.parametrize(
    ("narrowed", "named"),
    [
        ("language=en", ["Trip"]),
        ("language=hu", ["Bilder (German)"]),
        ("language=it", []),
        ("kind=milestone", ["Bilder (German)"]),
        ("kind=project&language=hu", []),
        ("kind=office", []),
        ("kind=zzz&language=zzz", ["Trip", "Bilder (German)"]),
    ],
)
def test_the_list_is_narrowed(browse: Browse, cast: Cast, narrowed: str, named: list[str]) -> None:
    page = browse(cast.administrator).get(f"/texts/?lang=en&{narrowed}").text

    assert [name for name, _why in rows_of(page)] == named


@pytest.mark.usefixtures("texts")
def test_the_other_list_names_the_languages_that_are_missing(browse: Browse, cast: Cast) -> None:
    client = browse(cast.coordinator)

    assert rows_of(client.get("/texts/missing?lang=en").text) == [
        ("Katalog (German)", "English, Hungarian, Romanian"),
        ("Bilder (German)", "English, Italian, Romanian"),
    ]
    assert rows_of(client.get("/texts/missing?lang=en&language=it").text) == [("Bilder (German)", "Italian")]


@pytest.mark.usefixtures("texts")
def test_what_is_in_the_archive_needs_nothing(app: Flask, browse: Browse, cast: Cast, now: datetime) -> None:
    def archive() -> None:
        for row in db.session.query(Milestone):
            row.archived_at = now

    change(app, archive)

    assert rows_of(browse(cast.coordinator).get("/texts/missing?lang=en").text) == []


@pytest.mark.usefixtures("texts")
def test_only_administrators_are_sent_to_the_texts_of_the_office(
    app: Flask, browse: Browse, cast: Cast, now: datetime
) -> None:
    def prepare() -> None:
        db.session.get_one(Office, 1).imprint = doubtful(now)

    change(app, prepare)
    seen = {
        who: [name for name, _why in rows_of(browse(who).get("/texts/?lang=en").text)]
        for who in (cast.administrator, cast.coordinator)
    }

    assert seen == {
        cast.administrator: ["Imprint", "Trip", "Bilder (German)"],
        cast.coordinator: ["Trip", "Bilder (German)"],
    }
    assert 'value="office"' in browse(cast.administrator).get("/texts/").text
    assert 'value="office"' not in browse(cast.coordinator).get("/texts/?kind=office").text


@pytest.mark.both
@pytest.mark.usefixtures("unit")
def test_the_database_doubts_what_the_value_doubts(now: datetime) -> None:
    moments = [now + timedelta(seconds=seconds, microseconds=micro) for seconds in (-1, 0, 1) for micro in (0, 5)]
    rows = [
        builders.project(title=Translated(original, {original: Text("Reise", now), "en": Text(words, at, looked, by)}))
        for original in ("de", "ro")
        for words in ("Trip", "Reise")
        for at in moments
        for looked in (None, *moments)
        for by in (False, True)
    ]
    db.session.flush()
    among = [one for one in queries.columns() if one.key == "project.title"]
    titled = {f"project.title:{row.id}": row.title for row in rows}

    for code in (None, *LANGUAGES):
        keys = set(db.session.scalars(queries.listed(among, Concern.DOUBTED, code)))
        lacking = set(db.session.scalars(queries.listed(among, Concern.MISSING, code)))
        wanted = LANGUAGES if code is None else (code,)

        assert keys == {key for key, title in titled.items() if set(wanted) & set(title.doubts)}
        assert lacking == {key for key, title in titled.items() if set(wanted) - set(title.texts)}


@pytest.mark.both
def test_a_long_list_costs_what_a_short_one_costs(
    app: Flask,
    browse: Browse,
    cast: Cast,
    now: datetime,
    count_queries: Any,  # noqa: ANN401 - the fixture
) -> None:
    client, counts, pages = browse(cast.administrator), [], []
    for more in (1, 60):
        change(app, partial(_enter_doubtful, more, now))
        client.get("/texts/")
        with count_queries() as statements:
            pages.append(client.get("/texts/"))
        counts.append(len(statements))

    assert counts[0] == counts[1]
    assert [len(rows_of(page.text)) for page in pages] == [1, 50]
    assert len(gzip.compress(pages[-1].data)) < 20_000


def _enter_doubtful(number: int, now: datetime) -> None:
    for _ in range(number):
        builders.project(title=doubtful(now))


def test_whoever_comes_from_the_list_finds_the_field(app: Flask, browse: Browse, cast: Cast, now: datetime) -> None:
    def prepare() -> None:
        project = db.session.get_one(Project, cast.project)
        builders.milestone(project)
        for column in queries.columns():
            for row in db.session.query(column.model):
                setattr(row, column.name, doubtful(now))

    change(app, prepare)
    client = browse(cast.administrator)
    places = re.findall(r'<th scope="row"><a href="([^"]+)"', client.get("/texts/").text)
    kinds = {place.split("/")[1] for place in places}

    assert kinds >= {"settings", "projects", "organisations", "milestones"}
    for place in places:
        path, _sharp, field = place.partition("#")
        assert f'id="{field}"' in client.get(path).text, place
