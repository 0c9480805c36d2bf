"""Pages of participants, asked as each of the cast and as nobody."""

import re
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from tests import builders
from tests.conftest import Cast
from tracker.db import db, writing
from tracker.history.models import HistoryLine
from tracker.participants.models import Participant, ParticipantRole
from tracker.people.models import Person
from tracker.projects.models import Project

Browse = Callable[..., FlaskClient]
Look = Callable[[Callable[[], Any]], Any]

CAST = ("administrator", "coordinator", "reader", "partner", "stranger")
GOOD = {
    "role": "artist",
    "person": "",
    "name": "",
    "language": "ro",
    "heads": "",
    "organisation": "",
    "via": "",
    "country": "",
    "submission": "key-1",
}


def path_of(project_id: int) -> str:
    """Return the address of the form."""
    return f"/projects/{project_id}/participants/new"


def kept() -> list[tuple[str | None, int | None, str, int | None, int | None]]:
    """Return name, heads, role, sender and who added them, in the order of adding."""
    rows = db.session.scalars(sa.select(Participant).order_by(Participant.id))
    return [
        (row.person.name if row.person else None, row.heads, row.role.value, row.organisation_id, row.added_by_id)
        for row in rows
    ]


@pytest.fixture
def rows(app: Flask, cast: Cast) -> dict[str, int]:
    """Give the ids of a participant of each organisation."""
    with app.app_context(), writing():
        project = db.session.get_one(Project, cast.project)
        ana, karl = builders.person("Ana Artistă"), builders.person("Karl Künstler")
        found = {
            "here": builders.participant(project, person=ana, organisation_id=cast.here).id,
            "office": builders.participant(project, person=karl, organisation_id=cast.office).id,
            "heads": builders.participant(project, heads=7, organisation_id=cast.office).id,
        }
        db.session.commit()
        return found


@pytest.mark.parametrize("path", ["/projects/1/participants/new", "/participants/1/edit"])
def test_nobody_is_sent_to_sign_in(browse: Browse, path: str) -> None:
    answer = browse().get(path)

    assert (answer.status_code, answer.location) == (302, f"/sign-in?next={path}")


def test_each_of_the_cast_gets_their_pages(browse: Browse, cast: Cast, rows: dict[str, int]) -> None:
    paths = (path_of(cast.project), f"/participants/{rows['here']}/edit", f"/participants/{rows['office']}/edit")

    statuses = {who: [browse(getattr(cast, who)).get(path).status_code for path in paths] for who in CAST}

    assert statuses == {
        "administrator": [200, 200, 200],
        "coordinator": [200, 200, 200],
        "reader": [403, 403, 403],
        "partner": [200, 403, 404],
        "stranger": [404, 404, 404],
    }


def test_only_coordinators_take_off_the_list(browse: Browse, cast: Cast, rows: dict[str, int]) -> None:
    path = f"/participants/{rows['here']}/archive"

    statuses = {who: browse(getattr(cast, who)).post(path).status_code for who in CAST}

    assert statuses == {"administrator": 302, "coordinator": 302, "reader": 403, "partner": 403, "stranger": 404}


def test_a_coordinator_adds_three_in_a_row(browse: Browse, cast: Cast, look: Look) -> None:
    browser, path = browse(cast.coordinator), path_of(cast.project)
    first = GOOD | {"name": "Ana Artistă", "organisation": cast.here, "via": cast.office, "another": "1"}

    answer = browser.post(path, data=first)
    fresh = browser.get(answer.location).text
    second = browser.post(path, data=GOOD | {"person": cast.partner, "submission": "key-2", "another": "1"})
    last = browser.post(path, data=GOOD | {"heads": "12", "role": "youth", "submission": "key-3"})

    assert answer.location == f"{path}?role=artist&organisation={cast.here}&via={cast.office}"
    chosen = re.findall(r'<option selected value="(\w*)"', fresh)
    assert [one for one in chosen if one in {"artist", str(cast.here), str(cast.office)}][:1] == ["artist"]
    assert "Ana Artistă" in re.sub(r"<option.*?</option>", "", fresh)
    assert re.search(r'id="name"[^>]*value=""', fresh)
    assert second.location.startswith(path)
    assert (last.status_code, last.location) == (302, f"/projects/{cast.project}#participants")
    by = cast.coordinator
    assert look(kept) == [
        ("Ana Artistă", None, "artist", cast.here, by),
        ("Radu Partener", None, "artist", cast.here, by),
        (None, 12, "youth", None, by),
    ]


@pytest.mark.parametrize(("language", "sender", "spoken"), [("hu", "here", "hu"), ("", "here", "ro"), ("", "", "de")])
def test_somebody_new_speaks_what_was_chosen_else_what_their_sender_does(
    browse: Browse, cast: Cast, *, language: str, sender: str, spoken: str
) -> None:
    sent = GOOD | {"name": "Ana", "language": language, "organisation": getattr(cast, sender) if sender else ""}

    browser = browse(cast.coordinator)
    browser.post(path_of(cast.project), data=sent)

    with browser.application.app_context():
        assert db.session.scalars(sa.select(Person.language).where(Person.name == "Ana")).all() == [spoken]


def test_a_double_click_adds_one(browse: Browse, cast: Cast, look: Look) -> None:
    browser = browse(cast.coordinator)

    first, second = (browser.post(path_of(cast.project), data=GOOD | {"name": "Ana"}) for _ in range(2))

    assert (first.status_code, first.location) == (302, second.location)
    assert look(lambda: (len(kept()), db.session.scalar(sa.select(sa.func.count()).where(Person.name == "Ana")))) == (
        1,
        1,
    )


def test_a_partner_adds_those_of_their_own_organisation(browse: Browse, cast: Cast, look: Look) -> None:
    browser = browse(cast.partner)
    page = browser.get(path_of(cast.project)).text

    answer = browser.post(
        path_of(cast.project), data=GOOD | {"heads": "3", "organisation": cast.here, "via": cast.office}
    )

    selects = {
        name: re.findall(r'value="(\d+)"', options)
        for name, options in re.findall(r'<select[^>]*name="(person|organisation|via)"[^>]*>(.*?)</select>', page)
    }
    assert selects == {
        "person": [str(cast.partner)],
        "organisation": [str(cast.here)],
        "via": [str(cast.here), str(cast.office)],
    }
    assert f'<option selected value="{cast.here}">' in page
    assert answer.status_code == 302
    assert look(kept) == [(None, 3, "artist", cast.here, cast.partner)]


@pytest.mark.parametrize("sender", ["office", "elsewhere", None])
def test_a_partner_adds_nobody_of_others(browse: Browse, cast: Cast, look: Look, sender: str | None) -> None:
    organisation = getattr(cast, sender) if sender else ""

    page = browse(cast.partner).post(
        f"{path_of(cast.project)}?lang=en", data=GOOD | {"heads": "3", "organisation": organisation}
    )

    sentence = (
        "Please choose something from the list."
        if sender
        else "You can add participants of your own organisation only."
    )
    assert (page.status_code, sentence in page.text) == (200, True)
    assert look(kept) == []


def test_a_partner_adds_nobody_whom_they_do_not_know(browse: Browse, cast: Cast, look: Look) -> None:
    page = browse(cast.partner).post(
        f"{path_of(cast.project)}?lang=en", data=GOOD | {"person": cast.stranger, "organisation": cast.here}
    )

    assert (page.status_code, "Please choose something from the list." in page.text) == (200, True)
    assert look(kept) == []


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({}, "Please choose a person, write a name, or write a number of heads."),
        ({"name": "Ana", "heads": "3"}, "Please take one way only"),
        ({"heads": "0"}, "Please write a number from 1 to 10000."),
        ({"heads": "-3"}, "Please write a number from 1 to 10000."),
        ({"name": "x" * 201}, "This is too long: 201 characters, at most 200 are possible."),
        ({"name": "Ana", "role": "pope"}, "Please choose something from the list."),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_kept(
    browse: Browse, cast: Cast, look: Look, wrong: dict[str, str], sentence: str
) -> None:
    page = browse(cast.coordinator).post(f"{path_of(cast.project)}?lang=en", data=GOOD | wrong)

    assert (page.status_code, sentence in page.text) == (200, True)
    assert look(kept) == []


def test_who_takes_part_already_is_not_added_again(browse: Browse, cast: Cast, look: Look) -> None:
    browser = browse(cast.coordinator)
    browser.post(path_of(cast.project), data=GOOD | {"person": cast.partner})

    again = GOOD | {"person": cast.partner, "submission": "key-2"}
    page = browser.post(f"{path_of(cast.project)}?lang=en", data=again)
    corrected = browser.post(path_of(cast.project), data=again | {"role": "speaker"})

    assert "Radu Partener takes part in this role already." in page.text
    assert (corrected.status_code, look(lambda: len(kept()))) == (302, 2)


def test_a_coordinator_changes_heads_and_sender(browse: Browse, cast: Cast, rows: dict[str, int], look: Look) -> None:
    path = f"/participants/{rows['heads']}/edit"
    sent = {"role": "volunteer", "heads": "9", "organisation": cast.here, "via": "", "country": "", "version": "1"}

    answer = browse(cast.coordinator).post(path, data=sent)

    row = look(lambda: db.session.get_one(Participant, rows["heads"]))
    assert (answer.status_code, answer.location) == (302, f"/projects/{cast.project}#participants")
    assert (row.role, row.heads, row.organisation_id) == (ParticipantRole.VOLUNTEER, 9, cast.here)


def test_a_person_has_no_heads_to_change(browse: Browse, cast: Cast, rows: dict[str, int]) -> None:
    browser, path = browse(cast.coordinator), f"/participants/{rows['here']}/edit"

    assert 'name="heads"' not in browser.get(path).text
    assert browser.post(path, data={"role": "artist", "heads": "5", "version": "1"}).status_code == 400


def test_what_somebody_else_changed_meanwhile_is_shown_beside(
    browse: Browse, cast: Cast, rows: dict[str, int], look: Look
) -> None:
    browser, path = browse(cast.coordinator), f"/participants/{rows['heads']}/edit?lang=en"
    sent = {"role": "artist", "heads": "8", "organisation": cast.office, "via": "", "country": "", "version": "1"}
    browser.post(path, data=sent)

    page = browser.post(path, data=sent | {"heads": "9"})

    assert (page.status_code, "Somebody else changed this meanwhile" in page.text) == (200, True)
    assert look(lambda: db.session.get_one(Participant, rows["heads"]).heads) == 8


def test_somebody_is_taken_off_the_list_and_put_back(
    browse: Browse, cast: Cast, rows: dict[str, int], look: Look
) -> None:
    browser, states = browse(cast.coordinator), []

    for back in ("", "", "?back=y", "?back=y"):
        browser.post(f"/participants/{rows['here']}/archive{back}")
        states.append(look(lambda: db.session.get_one(Participant, rows["here"]).archived_at is not None))

    assert states == [True, True, False, False]


def test_the_history_holds_no_name(browse: Browse, cast: Cast, look: Look) -> None:
    browse(cast.coordinator).post(path_of(cast.project), data=GOOD | {"name": "Ana Artistă", "country": "RO"})

    lines = look(lambda: [(line.verb, line.facts) for line in db.session.scalars(sa.select(HistoryLine))])

    assert lines == [("PERSON_CREATED", {}), ("PARTICIPANT_ADDED", {"role": {"word": "ParticipantRole.artist"}})]
    assert look(kept)[0][0] == "Ana Artistă"


def test_who_sends_a_known_person_need_not_be_said(browse: Browse, cast: Cast, look: Look) -> None:
    data = GOOD | {"person": cast.partner}

    browse(cast.coordinator).post(f"/projects/{cast.project}/participants/new", data=data)

    assert look(lambda: db.session.scalars(sa.select(Participant.organisation_id)).one()) == cast.here
