"""A camp with an artist on its list, and the artist's link."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests import builders
from tests.conftest import Cast, change
from tracker import clock
from tracker.attendance.models import Answer
from tracker.db import PartialDate, db
from tracker.guests.links import GuestLink
from tracker.people.models import Person
from tracker.projects.models import Project

Token = Callable[..., str]


@dataclass(frozen=True)
class Camp:
    """The ids of an event that asks what its guests need, of the artist who is invited, and of who is on the spot."""

    event: int
    first: date
    last: date
    participant: int
    attendance: int
    person: int
    on_the_spot: int


@pytest.fixture
def camp(app: Flask, cast: Cast) -> Camp:
    """Invite an artist who reads Romanian; the coordinator of the cast coordinates the project."""

    def enter() -> Camp:
        first = clock.today("Europe/Berlin") + timedelta(days=20)
        days = {"begins_on": PartialDate.of(first), "ends_on": PartialDate.of(first + timedelta(days=4))}
        spot = builders.person("Otto Ortskundig", email="otto@example.org", phone="+49 561 1234")
        event = builders.event(
            project_id=cast.project, de="Lager", ro="Tabără", on_the_spot_id=spot.id, asks_needs=True, **days
        )
        builders.item(event, title=builders.text(ro="Turul atelierelor"))
        project = db.session.get_one(Project, cast.project)
        project.coordinators = [db.session.get_one(Person, cast.coordinator)]
        artist = builders.person("Ana Artista", email="ana@example.org", language="ro")
        participant = builders.participant(project, person=artist, organisation_id=cast.here)
        row = builders.attendance(event, participant, Answer.INVITED)
        last = first + timedelta(days=4)
        return Camp(event.id, first, last, participant.id, row.id, artist.id, spot.id)

    made = change(app, enter)
    assert isinstance(made, Camp)
    return made


@pytest.fixture
def token(app: Flask, camp: Camp) -> Token:
    """Give the token of a link, unless told otherwise the artist's."""

    def of(attendance: int = 0, person: int = 0) -> str:
        return GuestLink(attendance or camp.attendance, person or camp.person).token(app.config["SIGNING_KEYS"])

    return of


@pytest.fixture
def anybody(app: Flask) -> FlaskClient:
    """Give a browser that has never been here, whose forms need the token of their page."""
    app.config["WTF_CSRF_ENABLED"] = True
    return app.test_client()


def hidden(page: str, action: str = "") -> dict[str, str]:
    """Return what a form of a page carries along: the first, or the one whose address ends like this."""
    forms = re.findall(r'<form class="form".*?</form>', page, re.DOTALL)
    form = next(one for one in forms if not action or f'{action}"' in one.partition(">")[0])
    return dict(re.findall(r'<input id="([a-z_]+)" name="[a-z_]+" type="hidden" value="([^"]*)">', form))
