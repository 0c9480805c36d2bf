"""Those who come hear once of what changed about their event."""

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from tests import builders
from tests.conftest import Cast, change
from tracker import clock
from tracker.attendance.models import Answer, Attendance
from tracker.circulars.actions import tell_changes
from tracker.circulars.queries import GATHERED_FOR, is_anything_to_tell
from tracker.db import PartialDate, db
from tracker.events import actions
from tracker.events.models import Event, EventNews, EventStatus
from tracker.language import LANGUAGES
from tracker.mail.models import Message
from tracker.organisations.models import Organisation
from tracker.participants.models import Participant
from tracker.people.models import Person
from tracker.projects.models import Project

Browse = Callable[..., FlaskClient]
ANSWERS = (Answer.COMING,) * 4 + (Answer.NOT_COMING,)
URL = "https://partners.example.org"


@pytest.fixture
def camp(app: Flask, cast: Cast) -> int:
    """An artist who comes, one who does not, one without an address, a head of a delegation, and who sends it."""

    def make() -> int:
        project = db.session.get_one(Project, cast.project)
        event = builders.event(
            project_id=cast.project, de="Lager", begins_at=time(14), place="Kaufungen", host_id=cast.office
        )
        for number, (language, answer) in enumerate(zip(LANGUAGES, ANSWERS, strict=True)):
            artist = builders.person(f"Artist {number}", email=f"a{number}@example.org", language=language)
            builders.attendance(event, builders.participant(project, person=artist), answer)
        silent = builders.person("Ohne Adresse", email=None)
        builders.attendance(event, builders.participant(project, person=silent))
        away = builders.organisation()
        first = builders.person("Erste", at=away, email="first@example.org", zone="America/Chicago", language="en")
        first.contacts[0].is_first = True
        head = builders.person("Haupt", email="head@example.org", language="de")
        builders.delegation(event, away, head_id=head.id)
        return event.id

    return int(change(app, make))


def altered(app: Flask, cast: Cast, event_id: int, at: datetime, *, tell: bool = True, **values: Any) -> None:
    """Change an event as its form does."""

    def act() -> None:
        event = db.session.get_one(Event, event_id)
        kept = {name: getattr(event, name) for name in actions.COPIED}
        actions.change_event(
            event, by_id=cast.coordinator, now=at, tell=tell, status=values.pop("status", event.status), **kept | values
        )

    change(app, act)


def told_at(app: Flask, at: datetime) -> list[tuple[str, str]]:
    """Let the worker look, and return address and subject of all letters there are."""

    def act() -> list[tuple[str, str]]:
        tell_changes(at, public_url=URL)
        rows = db.session.scalars(sa.select(Message).order_by(Message.address))
        return [(row.address, str(row.subject)) for row in rows]

    return list(change(app, act))


@pytest.mark.both
def test_who_comes_leads_or_sends_hears_of_a_change_in_their_language(app: Flask, cast: Cast, camp: int) -> None:
    now = clock.now()

    altered(app, cast, camp, now, place="Bertinoro")

    assert told_at(app, now) == []
    assert [address for address, _ in told_at(app, now + GATHERED_FOR)] == [
        *(f"a{number}@example.org" for number in range(4)),
        "first@example.org",
        "head@example.org",
    ]
    attendance = _attendance(app, "a0@example.org")
    assert f"{URL}/guest/attendance:{attendance}" in text_to(app, "a0@example.org")
    assert URL not in text_to(app, "head@example.org")
    assert len({subject for _, subject in told_at(app, now + 2 * GATHERED_FOR)}) == 4
    assert len(told_at(app, now + 2 * GATHERED_FOR)) == 6


def _attendance(app: Flask, address: str) -> int:
    asked = sa.select(Attendance.id).join(Attendance.participant).join(Participant.person)
    with app.app_context():
        return db.session.scalars(asked.where(Person.email == address)).one()


def text_to(app: Flask, address: str) -> str:
    with app.app_context():
        message = db.session.scalars(sa.select(Message).where(Message.address == address)).one()
        return str(message.text)


def test_a_letter_says_from_what_to_what_and_when_on_the_readers_clock(app: Flask, cast: Cast, camp: int) -> None:
    now, year = clock.now(), clock.today("Europe/Berlin").year + 1
    altered(app, cast, camp, now, begins_on=PartialDate(f"{year}-08-12"), ends_on=None, begins_at=time(10))
    altered(app, cast, camp, now + timedelta(minutes=5), begins_at=time(11), place=None)
    told_at(app, now + timedelta(minutes=15))

    words = text_to(app, "first@example.org")

    begin = PartialDate.of(clock.today("Europe/Berlin") + timedelta(days=30)).earliest
    assert f"When: 12 August {year}, 11:00 (Central European Time)" in words
    assert f"Before: {begin.day} {begin:%B %Y}, 14:00 – " in words
    assert "Place: not known yet\nBefore: Kaufungen" in words
    assert f"On your clock it begins on 12 August {year} at 04:00 (Central Time)." in words


def test_what_is_taken_back_in_time_is_no_news(app: Flask, cast: Cast, camp: int) -> None:
    now = clock.now()

    altered(app, cast, camp, now, place="Bertinoro")
    altered(app, cast, camp, now, place="Kaufungen")

    assert told_at(app, now + GATHERED_FOR) == []
    with app.app_context():
        assert not is_anything_to_tell(now + GATHERED_FOR)


def test_what_is_not_to_be_told_stays_out_of_the_letter_about_something_else(app: Flask, cast: Cast, camp: int) -> None:
    now = clock.now()

    altered(app, cast, camp, now, tell=False, address="Weg 1")
    assert told_at(app, now + GATHERED_FOR) == []
    altered(app, cast, camp, now, place="Bertinoro")
    altered(app, cast, camp, now, tell=False, address="Weg 2")
    told_at(app, now + GATHERED_FOR)

    assert "Weg" not in text_to(app, "head@example.org")
    assert "Bertinoro" in text_to(app, "head@example.org")


@pytest.mark.parametrize(
    "values", [{"status": EventStatus.HELD}, {"begins_on": PartialDate("2017"), "ends_on": None, "begins_at": None}]
)
def test_nobody_hears_that_it_was_held_or_of_what_is_past(
    app: Flask, cast: Cast, camp: int, values: dict[str, Any]
) -> None:
    now = datetime(2026, 11, 1, tzinfo=UTC)

    altered(app, cast, camp, now, **values)

    assert told_at(app, now + GATHERED_FOR) == []


def test_a_cancelled_event_is_told_in_the_subject(app: Flask, cast: Cast, camp: int) -> None:
    now = clock.now()

    altered(app, cast, camp, now, status=EventStatus.CANCELLED)

    subjects = dict(told_at(app, now + GATHERED_FOR))
    assert subjects["head@example.org"] == "Abgesagt: „Lager“"
    assert subjects["first@example.org"] == "Cancelled: “Lager”"
    with app.app_context():
        # What they have in their calendars is struck out there too.
        assert set(db.session.scalars(sa.select(Message.attached))) == {f"event:{camp}"}


def test_an_archived_event_is_told_to_nobody(app: Flask, cast: Cast, camp: int) -> None:
    now = clock.now()
    altered(app, cast, camp, now, place="Bertinoro")
    change(app, lambda: setattr(db.session.get_one(Event, camp), "archived_at", now))

    assert told_at(app, now + GATHERED_FOR) == []


@pytest.mark.both
def test_the_page_shows_who_hears_of_it_and_a_tick_leaves_it_out(
    app: Flask, cast: Cast, camp: int, browse: Browse
) -> None:
    client = browse(cast.coordinator)
    page = client.get(f"/events/{camp}/edit?lang=en").text
    assert "6 persons get a letter" in page
    assert "Artist 0" in page
    assert "somebody has to tell them: Ohne Adresse" in page

    right = {
        "title-text": "Lager",
        "title-language": "de",
        "summary-language": "de",
        "kind": "visit",
        "status": "planned",
        "begins_on": "12.8.2027",
        "zone": "Europe/Berlin",
        "project": cast.project,
        "submission": "key-1",
        "version": "1",
    }
    assert client.post(f"/events/{camp}/edit", data=right).status_code == 302
    assert _waiting(app) == 0
    again = right | {"tell": "y", "place": "Bertinoro", "version": "2", "submission": "key-2"}
    assert client.post(f"/events/{camp}/edit", data=again).status_code == 302
    assert _waiting(app) == 1


def _waiting(app: Flask) -> int:
    with app.app_context():
        return int(db.session.scalar(sa.select(sa.func.count()).select_from(EventNews)) or 0)


def test_who_receives_the_guests_hears_nothing_of_changes_they_arranged(app: Flask, cast: Cast, camp: int) -> None:
    now = clock.now()

    def host() -> None:
        house = builders.person("Haus", at=db.session.get_one(Organisation, cast.office), email="h@example.org")
        house.contacts[0].is_first = True

    change(app, host)
    altered(app, cast, camp, now, place="Bertinoro")

    assert "h@example.org" not in dict(told_at(app, now + GATHERED_FOR))
