"""What a host reads by the link in their letter, and what no letter holds."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from tests import builders
from tests.conftest import Cast, change
from tracker import clock
from tracker.attendance.models import Answer, Attendance
from tracker.db import PartialDate, db
from tracker.guests.links import GuestLink
from tracker.guests.models import GuestNeeds
from tracker.hosting.links import HostLink
from tracker.hosting.models import HostOffer, Stay
from tracker.mail.models import Message
from tracker.people.models import Contact, Person
from tracker.projects.models import Project

Browse = Callable[..., FlaskClient]
Look = Callable[[Callable[[], Any]], Any]


@pytest.fixture
def stay(app: Flask, cast: Cast) -> dict[str, int]:
    """Let a host who reads Hungarian take in one guest who comes and has said what she needs, and one who does not."""

    def enter() -> dict[str, int]:
        first = clock.today("Europe/Berlin") + timedelta(days=20)
        days = {"begins_on": PartialDate.of(first), "ends_on": PartialDate.of(first + timedelta(days=4))}
        event = builders.event(project_id=cast.project, de="Lager", asks_needs=True, **days)
        project = db.session.get_one(Project, cast.project)
        project.coordinators = [db.session.get_one(Person, cast.coordinator)]
        rows = []
        for name, answer in (("Ana Artista", Answer.COMING), ("Nelu Nuvine", Answer.NOT_COMING)):
            person = builders.person(name, language="ro", email="ana@example.org")
            participant = builders.participant(project, person=person, organisation_id=cast.here)
            rows.append(builders.attendance(event, participant, answer))
            said = {"diet": f"fara nuci ({name})", "accessibility": "rampa", "emergency": "Mama, 0123"}
            db.session.add(GuestNeeds(attendance_id=rows[-1].id, given_at=clock.now(), **said))
        host = builders.person("Gazda Géza", language="hu", email="geza@example.org")
        offer = builders.host_offer(event, host, rows)
        return {"event": event.id, "offer": offer.id, "host": host.id, "guest": rows[0].id, "no": rows[1].id}

    made: dict[str, int] = change(app, enter)
    return made


def opened(app: Flask, offer: int, person: int, **asked: str) -> tuple[int, str]:
    """Open a host's link in a browser that was never here."""
    token = HostLink(offer, person).token(app.config["SIGNING_KEYS"])
    answer = app.test_client().get(f"/host/{token}", query_string=asked)
    assert "Set-Cookie" not in answer.headers
    return answer.status_code, answer.text


@pytest.mark.both
def test_a_host_reads_in_their_language_what_those_need_who_stay_with_them(app: Flask, stay: dict[str, int]) -> None:
    status, page = opened(app, stay["offer"], stay["host"])

    assert (status, '<html lang="hu"' in page) == (200, True)
    assert [words in page for words in ("Ana Artista", "fara nuci (Ana", "rampa")] == [True] * 3
    assert [words in page for words in ("Nelu", "Mama", "ana@example.org")] == [False] * 3


def _move(offer: HostOffer, *, days: int) -> None:
    """Let the event last one day, so many days from today."""
    offer.event.begins_on = PartialDate.of(clock.today("Europe/Berlin") + timedelta(days=days))
    offer.event.ends_on = None


@pytest.mark.parametrize(
    "ends",
    [
        lambda offer: setattr(offer, "archived_at", clock.now()),
        lambda offer: setattr(offer, "person", builders.person("Jemand anders")),
        lambda offer: setattr(offer.person, "locked_at", clock.now()),
        lambda offer: setattr(offer.event, "archived_at", clock.now()),
        lambda offer: _move(offer, days=-31),
    ],
    ids=["taken off", "another host", "locked", "archived", "31 days later"],
)
def test_the_link_ends_with_what_it_stands_for(
    app: Flask, stay: dict[str, int], ends: Callable[[HostOffer], object]
) -> None:
    change(app, lambda: ends(db.session.get_one(HostOffer, stay["offer"])))

    status, page = opened(app, stay["offer"], stay["host"])

    assert (status, "Ana" in page, "nuci" in page) == (410, False, False)


def test_who_stays_elsewhere_or_took_it_back_is_not_read(app: Flask, stay: dict[str, int]) -> None:
    def take_back() -> None:
        db.session.scalars(sa.select(GuestNeeds)).first().taken_back_at = clock.now()  # type: ignore[union-attr] # it is there

    change(app, take_back)
    assert "nuci" not in opened(app, stay["offer"], stay["host"])[1]

    change(app, lambda: db.session.execute(sa.delete(Stay)))
    assert "Ana" not in opened(app, stay["offer"], stay["host"])[1]


def test_of_an_organisation_its_first_contact_of_the_day_reads_it(app: Flask, cast: Cast, stay: dict[str, int]) -> None:
    def give_to_organisation() -> int:
        offer = db.session.get_one(HostOffer, stay["offer"])
        offer.person, offer.organisation_id = None, cast.here
        contact = db.session.scalars(sa.select(Contact).where(Contact.organisation_id == cast.here)).first()
        assert contact is not None
        contact.is_first = True
        return contact.person_id

    contact = change(app, give_to_organisation)

    assert opened(app, stay["offer"], contact)[0] == 200
    assert opened(app, stay["offer"], stay["host"])[0] == 410


def test_letters_hold_a_link_and_nothing_of_what_guests_need(
    app: Flask, browse: Browse, cast: Cast, stay: dict[str, int], look: Look
) -> None:
    browse(cast.coordinator).post(f"/hosts/{stay['offer']}/tell", data={"submission": "key"})

    letter = look(lambda: db.session.scalars(sa.select(Message).where(Message.person_id == stay["host"])).one())
    kept = f"{letter.text}{letter.html}"
    sent = HostLink.linked(letter, letter.text, keys=app.config["SIGNING_KEYS"])
    (path,) = re.findall(r"/host/\S+", sent)

    assert ("nuci" in kept, "rampa" in kept, f"/host/host_offer:{stay['offer']}" in kept) == (False, False, True)
    assert app.test_client().get(path).status_code == 200
    assert app.test_client().get(f"/host/host_offer:{stay['offer']}").status_code == 404


@pytest.mark.parametrize(("any_diet", "told"), [(False, True), (True, False)])
def test_what_somebody_eats_is_compared_and_told_to_those_alone_who_may_read_it(
    app: Flask, browse: Browse, cast: Cast, stay: dict[str, int], *, any_diet: bool, told: bool
) -> None:
    change(app, lambda: setattr(db.session.get_one(HostOffer, stay["offer"]), "any_diet", any_diet))
    path = f"/events/{stay['event']}/hosts/?lang=en"

    pages = [browse(who).get(path).text for who in (cast.coordinator, cast.administrator)]

    assert ["Ana Artista does not eat everything" in page for page in pages] == [told, False]
    assert ["fara nuci (Ana" in page for page in pages] == [True, False]


def test_a_guest_is_told_which_host_reads_it(app: Flask, stay: dict[str, int]) -> None:
    guest = change(app, lambda: db.session.get_one(Attendance, stay["guest"]).participant.person_id)
    token = GuestLink(stay["guest"], guest).token(app.config["SIGNING_KEYS"])

    assert "and your host, Gazda Géza. Nobody else." in app.test_client().get(f"/guest/{token}?lang=en").text
