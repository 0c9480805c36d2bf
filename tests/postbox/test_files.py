"""Letters that carry a calendar file: what leaves over a real line, and what the outbox says of it."""

import re
from collections.abc import Callable
from datetime import time
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests import builders
from tests.calendar.reading import Part, begin_of, read
from tests.conftest import Cast, change
from tests.mail.conftest import Between, Box, Line
from tracker.calendar.files import Files
from tracker.config import Settings
from tracker.db import PartialDate, db
from tracker.events.models import Event, EventStatus
from tracker.mail.models import MessageKind, MessageState

pytestmark = pytest.mark.both


@pytest.fixture
def camp(app: Flask) -> int:
    """Enter a camp of which guests read in two languages, and an exhibition at its end."""

    def enter() -> int:
        project = builders.project(de="Euarca")
        values: dict[str, Any] = {"place": "Kaufungen", "begins_at": time(14), "project": project}
        days = {"begins_on": PartialDate("2027-08-12"), "ends_on": PartialDate("2027-08-27")}
        event = builders.event(de="Malwoche", ro="Săptămâna picturii", status=EventStatus.CONFIRMED, **values | days)
        builders.event(de="Ausstellung", **values | {"begins_on": PartialDate("2027-08-26"), "ends_on": None})
        return event.id

    return int(change(app, enter))


def letters(line: Line) -> list[EmailMessage]:
    """Return what the server took, as other programs read it."""
    found = [message_from_bytes(body, policy=policy.default) for body in line.taken]
    assert all(not part.defects for letter in found for part in letter.walk())
    assert all(len(one) <= 76 for body in line.taken for one in body.split(b"\r\n"))
    return found


def file_in(letter: EmailMessage) -> tuple[EmailMessage, Part]:
    """Return the one file that a letter carries, and the calendar in it."""
    (attached,) = letter.iter_attachments()
    assert isinstance(attached, EmailMessage)
    return attached, read(bytes(attached.get_payload(decode=True)))


def deliver(box: Box, **more: Any) -> dict[MessageState, int]:
    """Run a round as the worker does."""
    return dict(box.deliver(attached=Files.of(box.app.config["SETTINGS"]).carried, **more).counts)


def test_a_letter_carries_its_events_as_one_file_in_its_language(box: Box, camp: int, settings: Settings) -> None:
    box.put(kind=MessageKind.EVENT, attached=f"event:{camp} event:{camp + 1}")

    deliver(box)

    (letter,) = letters(box.line)
    assert [part.get_content_type() for part in letter.walk()] == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "text/calendar",
    ]
    body = letter.get_body(("plain",))
    assert body is not None
    assert body.get_content() == "Bună ziua,\r\n\r\nun termen.\r\n"
    attached, calendar = file_in(letter)
    assert attached.get_content_disposition() == "attachment"
    assert (attached.get_filename(), attached["Content-Type"].params) == (
        "events.ics",
        {"method": "PUBLISH", "charset": "utf-8"},
    )
    assert (calendar.value("METHOD"), calendar.value("X-WR-CALNAME")) == ("PUBLISH", "")
    first, second = calendar.of("VEVENT")
    assert (first.value("SUMMARY"), second.value("SUMMARY")) == ("Săptămâna picturii", "Ausstellung")
    assert (first.value("UID"), first.value("STATUS")) == (f"event-{camp}@{settings.host}", "CONFIRMED")
    assert begin_of(first, calendar).isoformat() == "2027-08-12T14:00:00+02:00"
    assert first.values["ORGANIZER"] == ({"CN": '"Landkreis Kassel"'}, "mailto:partners@example.org")
    # Guests have no account: no link of the file would open for them.
    assert settings.public_url.encode() not in bytes(attached.get_payload(decode=True))


def test_who_comes_after_a_change_gets_the_changed_file(box: Box, camp: int) -> None:
    for number in range(4):
        box.put(f"letter|{number}|2027-03-02", kind=MessageKind.EVENT, attached=f"event:{camp}")

    def cancel(turn: int) -> None:
        if turn == 2:
            change(box.app, lambda: setattr(db.session.get_one(Event, camp), "status", EventStatus.CANCELLED))

    deliver(box, post=Between(box.post, cancel))

    found = [file_in(letter)[1].of("VEVENT")[0] for letter in letters(box.line)]
    assert [one.value("STATUS") for one in found] == ["CONFIRMED", "CONFIRMED", "CANCELLED", "CANCELLED"]
    assert [int(one.value("SEQUENCE")) for one in found] == [1, 1, 2, 2]
    assert len({one.value("UID") for one in found}) == 1


def test_a_copy_after_a_broken_line_has_the_same_bytes(box: Box, camp: int) -> None:
    box.put(kind=MessageKind.EVENT, attached=f"event:{camp}")
    box.line.follow({"dot": ["take+drop"]})

    assert deliver(box) == {MessageState.UNKNOWN: 1}
    change(box.app, lambda: setattr(db.session.get_one(Event, camp), "status", EventStatus.CANCELLED))
    box.clock.wait(hours=1)

    assert deliver(box) == {MessageState.SENT: 1}
    first, second = box.line.taken
    assert first == second
    letters(box.line)


def test_what_was_put_away_or_lost_its_day_is_carried_by_no_letter(box: Box, camp: int) -> None:
    change(box.app, lambda: setattr(db.session.get_one(Event, camp), "begins_on", PartialDate("2027-08")))
    change(box.app, lambda: setattr(db.session.get_one(Event, camp + 1), "archived_at", box.clock()))
    box.put(kind=MessageKind.EVENT, attached=f"event:{camp} event:{camp + 1}")

    assert deliver(box) == {MessageState.SENT: 1}

    assert [letter.get_content_type() for letter in letters(box.line)] == ["multipart/alternative"]


def test_a_plain_letter_carries_a_file_too(box: Box, camp: int) -> None:
    box.put(kind=MessageKind.EVENT, html=None, attached=f"event:{camp}")

    deliver(box)

    (letter,) = letters(box.line)
    assert [part.get_content_type() for part in letter.walk()] == ["multipart/mixed", "text/plain", "text/calendar"]
    assert file_in(letter)[0].get_filename() == f"event-{camp}.ics"


def test_the_outbox_says_which_letters_carry_a_file(cast: Cast, box: Box, browse: Callable[..., FlaskClient]) -> None:
    box.put("letter|1|2027-03-02", attached="event:7")
    box.put("letter|2|2027-03-02", attached="event:7 event:9")
    box.put("letter|3|2027-03-02")

    page = browse(cast.coordinator).get("/outbox/?lang=en").text

    said = re.findall(r"with a calendar file: ([\w.-]+)", page)
    assert said == ["events.ics", "event-7.ics"]
