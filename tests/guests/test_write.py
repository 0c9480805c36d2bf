"""Letters to guests: looked at before they leave, sent once, each with its own link in the bytes alone; and erasure."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from tests import builders
from tests.conftest import Cast, change, told
from tests.guests.conftest import Camp, Token
from tracker import clock
from tracker.attendance.models import Answer, Attendance
from tracker.db import db
from tracker.events.models import Event, EventStatus
from tracker.guests.actions import erase_needs
from tracker.guests.links import GuestLink
from tracker.guests.models import GuestNeeds
from tracker.mail.models import Message, MessageKind
from tracker.mail.rules import Cancel, Send
from tracker.postbox.waiting import reconsider

Look = Callable[[Callable[[], Any]], Any]
Browse = Callable[..., FlaskClient]


@pytest.fixture
def hungarian(app: Flask, camp: Camp) -> int:
    """Invite a Hungarian who has an address as well, and somebody without one; return the former's attendance."""

    def enter() -> int:
        event = db.session.get_one(Event, camp.event)
        assert event.project is not None
        bela = builders.person("Bela", email="bela@example.org", language="hu")
        row = builders.attendance(event, builders.participant(event.project, person=bela), Answer.INVITED)
        nobody = builders.person("Ohne Adresse", email=None)
        builders.attendance(event, builders.participant(event.project, person=nobody), Answer.INVITED)
        builders.attendance(event, builders.participant(event.project, heads=5), Answer.INVITED)
        return row.id

    return int(change(app, enter))


def letters() -> list[tuple[str, str, str]]:
    """Return address, language and state of every letter to a guest."""
    rows = db.session.scalars(sa.select(Message).where(Message.kind == MessageKind.EVENT).order_by(Message.id))
    return [(one.address, one.language, one.subject or "") for one in rows]


@pytest.mark.both
def test_letters_are_shown_in_each_language_and_sent_once(
    browse: Browse, cast: Cast, camp: Camp, hungarian: int, look: Look
) -> None:
    path, browser = f"/events/{camp.event}/guests/letters?lang=en", browse(cast.coordinator)
    page = browser.get(path).text
    sent = {"guests": [str(camp.attendance), str(hungarian)], "submission": "key-1"}

    first = browser.post(path, data=sent)
    again = browser.post(path, data=sent)
    late = browser.post(path, data=sent | {"submission": "key-2"})
    nobody = browser.get(path).text

    assert [f'lang="{code}"' in page for code in ("ro", "hu")] == [True, True]
    assert "Not reached by mail:" in page
    assert [shown.count(" checked>") for shown in (page, nobody)] == [2, 0]
    assert (first.status_code, again.status_code, late.status_code) == (302, 302, 302)
    assert look(letters) == [
        ("ana@example.org", "ro", "„Tabără”: invitația dumneavoastră"),
        ("bela@example.org", "hu", "„Lager”: az Ön meghívója"),
    ]
    assert [line[0] for line in look(told)].count("GUEST_WRITTEN_TO") == 2


def test_many_guests_stand_on_pages_and_are_written_to_at_once(
    app: Flask, browse: Browse, cast: Cast, camp: Camp, look: Look
) -> None:
    def invite() -> None:
        event = db.session.get_one(Event, camp.event)
        assert event.project is not None
        for number in range(60):
            person = builders.person(f"Gast {number:02}", email=f"gast{number}@example.org")
            builders.attendance(event, builders.participant(event.project, person=person), Answer.INVITED)

    change(app, invite)
    path, browser = f"/events/{camp.event}/guests/letters", browse(cast.coordinator)

    pages = [browser.get(f"{path}?page={number}").text for number in (1, 2)]
    browser.post(f"{path}?page=2", data={"everybody": "y", "submission": "key"})

    assert [page.count(" checked>") for page in pages] == [50, 11]
    assert len(look(letters)) == 61
    assert browser.get(f"/events/{camp.event}/guests/needs").text.count('class="tasks"') == 1


def test_the_page_of_the_event_says_who_has_not_answered(
    browse: Browse, cast: Cast, camp: Camp, hungarian: int
) -> None:
    browser, page = browse(cast.coordinator), f"/events/{camp.event}?lang=en"
    before = browser.get(page).text
    sent = {"guests": [str(camp.attendance)], "submission": "key-1"}
    browser.post(f"/events/{camp.event}/guests/letters", data=sent)
    after = browser.get(page).text

    assert "3 have not answered yet." in before
    assert "Send the invitations" in before
    assert "Ask again" in after
    assert "have not answered" not in browse(cast.reader).get(page).text


def test_only_the_bytes_hold_the_link(app: Flask, browse: Browse, cast: Cast, camp: Camp, look: Look) -> None:
    keys = app.config["SIGNING_KEYS"]
    sent = {"guests": [str(camp.attendance)], "submission": "key-1"}
    browse(cast.coordinator).post(f"/events/{camp.event}/guests/letters", data=sent)

    message = look(lambda: db.session.scalars(sa.select(Message).where(Message.kind == MessageKind.EVENT)).one())
    token = GuestLink(camp.attendance, camp.person).token(keys)
    bodies = [GuestLink.linked(message, words, keys=keys) for words in (message.text, message.html)]

    assert message.attached == f"event:{camp.event}"
    assert [token in (message.text or ""), token in (message.html or "")] == [False, False]
    assert [f"/guest/{token}" in body for body in bodies] == [True, True]
    assert not any(re.search(r"/guest/attendance:\d", body) for body in bodies)
    copy = Message(kind=MessageKind.COPY, person_id=camp.person)
    assert GuestLink.linked(copy, message.text, keys=keys) == message.text


@pytest.mark.parametrize("end", ["cancelled", "off the list"])
def test_a_letter_that_nobody_needs_any_more_does_not_leave(
    app: Flask, browse: Browse, cast: Cast, camp: Camp, *, look: Look, end: str
) -> None:
    sent = {"guests": [str(camp.attendance)], "submission": "key-1"}
    browse(cast.coordinator).post(f"/events/{camp.event}/guests/letters", data=sent)

    def decided() -> list[Any]:
        rows = db.session.scalars(sa.select(Message).where(Message.kind == MessageKind.EVENT)).all()
        return list(reconsider(rows, clock.now(), public_url="http://localhost").values())

    def stop() -> None:
        if end == "cancelled":
            db.session.get_one(Event, camp.event).status = EventStatus.CANCELLED
        else:
            db.session.get_one(Attendance, camp.attendance).archived_at = clock.now()

    before = look(decided)
    change(app, stop)

    assert before == [Send()]
    assert look(decided) == [Cancel("no_guest")]


def test_nobody_is_written_to_of_what_is_over(app: Flask, browse: Browse, cast: Cast, camp: Camp, look: Look) -> None:
    def cancel() -> None:
        db.session.get_one(Event, camp.event).status = EventStatus.CANCELLED

    change(app, cancel)
    path = f"/events/{camp.event}/guests/letters?lang=en"
    answer = browse(cast.coordinator).post(path, data={"guests": [str(camp.attendance)], "submission": "key-1"})

    assert "nobody is written to any more" in answer.text
    assert look(letters) == []


# ---- erasure


@pytest.mark.both
def test_needs_are_erased_thirty_days_after_the_event(app: Flask, token: Token, camp: Camp, look: Look) -> None:
    def give() -> None:
        row = GuestNeeds(attendance_id=camp.attendance, diet="Nuci", languages="română", given_at=clock.now())
        db.session.add(row)

    def kept() -> tuple[Any, ...]:
        one = db.session.scalars(sa.select(GuestNeeds)).one()
        return one.diet, one.languages, one.erased_at

    change(app, give)
    noon = datetime.combine(camp.last, time(12), UTC)
    on_time, later = noon + timedelta(days=30), noon + timedelta(days=31)

    counts = [change(app, partial(erase_needs, at)) for at in (noon, on_time)]
    between = look(kept)
    counts += [change(app, lambda: erase_needs(later)) for _time in range(2)]

    assert counts == [0, 0, 1, 0]
    assert between == ("Nuci", "română", None)
    assert look(kept) == (None, None, later)
    assert look(told)[-1][0] == "NEEDS_ERASED"


def test_the_page_of_the_event_costs_the_same_with_many_guests(
    app: Flask, browse: Browse, cast: Cast, camp: Camp, count_queries: Callable[[], Any]
) -> None:
    browser = browse(cast.coordinator)
    paths = [f"/events/{camp.event}", f"/events/{camp.event}/guests/needs", f"/events/{camp.event}/guests/letters"]
    before = []
    for path in paths:
        with count_queries() as asked:
            browser.get(path)
        before.append(len(asked))

    def many() -> None:
        event = db.session.get_one(Event, camp.event)
        assert event.project is not None
        for _number in range(20):
            builders.attendance(event, builders.participant(event.project, person=builders.person()), Answer.INVITED)

    change(app, many)
    after = []
    for path in paths:
        with count_queries() as asked:
            browser.get(path)
        after.append(len(asked))

    assert after == before
    assert max(after) <= 12
