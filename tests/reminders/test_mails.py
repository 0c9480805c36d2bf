"""Letters compared whole with stored copies, in every language.

After a change of words: `REWRITE=1 pytest tests/reminders/test_mails.py` writes the copies anew; read what changed.
"""

import os
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from tracker.attendance.models import Answer
from tracker.db import PartialDate, Text, Translated
from tracker.events.models import EventStatus
from tracker.events.news import Standing
from tracker.language import LANGUAGES
from tracker.people.models import MailRhythm
from tracker.reminders.anniversaries import JUBILEE, QUIET
from tracker.reminders.endings import AGREEMENT_ENDS
from tracker.reminders.gatherings import EVENT, EVENT_OPEN, Gathering, Open, Point
from tracker.reminders.journeys import TRAVEL
from tracker.reminders.mails import Letter, compose, day_of_letter, letter_key
from tracker.reminders.matters import Group, Matter, Part, Recipient, Sender, Why
from tracker.reminders.next_steps import NEXT_STEP
from tracker.reminders.overviews import OVERVIEW
from tracker.reminders.promises import DUE, OVERDUE
from tracker.reminders.requests import STATUS_REQUEST
from tracker.reminders.returning import EDITION
from tracker.reminders.review import Topic
from tracker.workdays.rules import Calendar

COPIES = Path(__file__).parent / "letters"
WRITTEN = datetime(2026, 1, 1, tzinfo=UTC)
TODAY = date(2027, 3, 2)
URL = "https://partners.example.org"
OFFICE = Sender("Landkreis Kassel", "de", "Europe/Berlin", Calendar("DE", "DE-HE"), sending_paused=False)
PLACES = {
    "de": ("Frau Dr. Weber", "Europe/Berlin", Calendar("DE", "DE-HE")),
    "en": (None, "America/Chicago", Calendar("US", "US-WI")),
    "it": (None, "Europe/Rome", Calendar("IT", "IT-FC")),
    "hu": (None, "Europe/Budapest", Calendar("HU")),
    "ro": (None, "Europe/Bucharest", Calendar("RO")),
}


def text(**wordings: str) -> Translated:
    return Translated(next(iter(wordings)), {code: Text(words, WRITTEN) for code, words in wordings.items()})


EUARCA = text(de="Euarca 2027: Kunst & Begegnung", en="Euarca 2027: Art & Encounter")
ARTISTS = Matter(
    key="milestone:12",
    subjects=(DUE, OVERDUE),
    title=text(de="Künstlerinnen und Künstler benannt", en="Artists named"),
    project_id=5,
    project_title=EUARCA,
    path="/projects/5",
    due_on=date(2027, 3, 22),
    since=WRITTEN,
    first_due_on=date(2027, 2, 1),
    moves=2,
    contact_ids=(7,),
    organisation_name=text(ro="Consiliul Județean Bistrița-Năsăud", en="Bistrița-Năsăud County Council"),
)
POSTER = replace(ARTISTS, key="milestone:13", title=text(ro="Afișul <tipărit>"), due_on=date(2027, 2, 25), moves=0)
TRANSPORT = replace(ARTISTS, key="milestone:14", title=text(hu="Szállítás", en="Transport"), due_on=TODAY, moves=1)
#: Somebody else's to answer.
ELSEWHERE: dict[str, Any] = {"responsible_id": 8, "contact_ids": ()}


def somebody(language: str) -> Recipient:
    form, zone, calendar = PLACES[language]
    return Recipient(7, "Alex Muster", form, "alex@example.org", language, zone, calendar, MailRhythm.WEEKLY)


def topic(matter: Matter, why: Why, *, overdue: bool = False, meant_for: date = TODAY) -> Topic:
    subject = OVERDUE if overdue else DUE
    return Topic(matter, subject, why, meant_for)


REQUEST = replace(
    ARTISTS,
    key="request:3",
    subjects=(STATUS_REQUEST,),
    path="/projects/5/updates/new?milestone=12",
    due_on=date(2027, 3, 5),
    moves=0,
    responsible_id=7,
    as_what=Why.ASKED,
    facts={
        "asked_by": "Karla Koordination",
        "person": "Radu Partener",
        "before": None,
        "question": "Wer kommt?",
        "language": "de",
    },
)
KASSEL_FORLI = text(de="Kassel und Forlì-Cesena", it="Kassel e Forlì-Cesena")
PARTNERSHIP = replace(
    ARTISTS,
    title=KASSEL_FORLI,
    project_id=None,
    project_title=None,
    path="/partnerships/4",
    moves=0,
    as_what=Why.KEEPER,
)
SILENCE = replace(
    PARTNERSHIP, key="quiet:4", subjects=(QUIET,), due_on=TODAY, facts={"last_on": TODAY - timedelta(days=180)}
)
ANNIVERSARY = replace(
    PARTNERSHIP,
    key="jubilee:4:25",
    subjects=(JUBILEE,),
    due_on=date(2028, 3, 1),
    facts={"years": 25, "day": PartialDate("2003-03"), "is_formal": True},
)
ENDING = replace(
    PARTNERSHIP,
    key="agreement:8",
    subjects=(AGREEMENT_ENDS,),
    title=text(de="Rahmenvereinbarung"),
    project_title=KASSEL_FORLI,
    path="/agreements/8",
    due_on=date(2027, 12, 31),
    facts={"until": PartialDate("2027")},
)
COMING_BACK = replace(
    ARTISTS,
    key="edition:5",
    subjects=(EDITION,),
    title=text(de="Euarca (European Art Camp)"),
    path="/projects/5/next-edition",
    due_on=date(2031, 5, 1),
    moves=0,
    as_what=Why.COORDINATOR,
    facts={"on": PartialDate("2031-05"), "until": PartialDate("2032-08"), "years": 5},
)
CAMP = replace(
    ARTISTS,
    key="event:9:7",
    subjects=(EVENT,),
    title=text(de="Künstlercamp", ro="Tabără de artiști"),
    path="/events/9",
    due_on=date(2027, 3, 19),
    moves=0,
    as_what=Why.GUEST,
    facts={
        "gathering": Gathering(
            Standing(
                PartialDate("2027-03-19"),
                time(14),
                PartialDate("2027-03-28"),
                None,
                "Europe/Berlin",
                "Kaufungen",
                "Beispielstraße 1",
                EventStatus.PLANNED,
            ),
            (
                Point(date(2027, 3, 19), "14:00 – 16:00", text(de="Ankunft", en="Arrival"), None),
                Point(date(2027, 3, 20), "", text(de="Rundgang <& Kaffee>"), "Rathaus"),
            ),
            "Karla Kontakt",
            "+49 561 0000",
        ),
        "answer": Answer.INVITED,
    },
)
VISIT = replace(
    CAMP,
    key="event:11:7",
    title=text(en="Visit to Madison"),
    project_id=None,
    project_title=KASSEL_FORLI,
    path="/events/11",
    as_what=Why.HOST,
    due_on=date(2027, 3, 4),
    facts={
        "gathering": Gathering(
            Standing(
                PartialDate("2027-03-04"), time(9), None, time(17), "America/Chicago", None, None, EventStatus.CONFIRMED
            ),
            (),
            None,
            None,
        ),
        "answer": None,
    },
)
OPEN_QUESTIONS = replace(
    CAMP, key="event:9", subjects=(EVENT_OPEN,), as_what=Why.COORDINATOR, facts={"open": Open(3, 1, nobody_there=True)}
)
JOURNEY = replace(
    ARTISTS,
    key="travel:21",
    subjects=(TRAVEL,),
    title=text(de="Auswertungstreffen in Kassel", ro="Întâlnire de evaluare la Kassel"),
    path="/travel/4",
    own_path="/travel/answer/travel_asked:21",
    due_on=date(2027, 3, 9),
    moves=0,
    responsible_id=7,
    as_what=Why.ASKED,
    facts={"asked_by": "Karla Koordination", "weeks": 6},
)
STEP = replace(
    ARTISTS,
    key="step:6",
    subjects=(NEXT_STEP,),
    title=text(de="Radu anrufen"),
    due_on=TODAY,
    moves=0,
    as_what=Why.AUTHOR,
    facts={"is_dated": True},
)
OPEN = Matter(
    key="overview:7",
    subjects=(OVERVIEW,),
    title=None,
    project_id=None,
    project_title=None,
    due_on=TODAY,
    since=WRITTEN,
    as_what=Why.SUBSCRIBER,
    parts=(
        Part(REQUEST, STATUS_REQUEST, Group.MINE),
        Part(ARTISTS, DUE, Group.MINE),
        Part(STEP, NEXT_STEP, Group.MINE),
        Part(replace(POSTER, **ELSEWHERE), OVERDUE, Group.LATE, "Radu Partener"),
        Part(replace(REQUEST, due_on=date(2027, 2, 25), **ELSEWHERE), STATUS_REQUEST, Group.OWED, "Radu Partener"),
    ),
    more=3,
)


def told(matter: Matter) -> Topic:
    return Topic(matter, matter.subjects[0], matter.as_what, TODAY)


CASES = {
    "asked": [told(REQUEST)],
    "partnerships": [told(SILENCE), told(ANNIVERSARY)],
    "agreement": [told(ENDING)],
    "edition": [told(COMING_BACK)],
    "event": [told(CAMP)],
    "events": [told(CAMP), told(VISIT)],
    "before_event": [told(OPEN_QUESTIONS)],
    "travel": [told(JOURNEY)],
    "step": [told(STEP)],
    "overview": [told(OPEN), topic(TRANSPORT, Why.RESPONSIBLE)],
    "several": [
        topic(ARTISTS, Why.CONTACT),
        topic(POSTER, Why.CONTACT, overdue=True),
        topic(TRANSPORT, Why.RESPONSIBLE),
    ],
    "today": [topic(TRANSPORT, Why.RESPONSIBLE)],
    "late": [topic(replace(ARTISTS, **ELSEWHERE), Why.COORDINATOR, meant_for=TODAY - timedelta(days=3))],
    "overdue": [topic(POSTER, Why.RESPONSIBLE, overdue=True)],
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("case", CASES)
def test_a_letter_is_as_its_stored_copy(app: Flask, case: str, language: str) -> None:
    reply_to = None if case == "late" else "karla@example.org"

    with app.app_context():
        letter = compose(somebody(language), CASES[case], OFFICE, today=TODAY, public_url=URL, reply_to=reply_to)

    written = f"Subject: {letter.subject}\n\n{letter.text}"
    assert written == stored(f"{case}.{language}.txt", written)
    assert letter.html == stored(f"{case}.{language}.html", letter.html)


def stored(name: str, written: str) -> str:
    """Return the stored copy; write it first if asked to."""
    copy = COPIES / name
    if os.environ.get("REWRITE"):
        COPIES.mkdir(exist_ok=True)
        copy.write_text(written, encoding="utf-8")
    return copy.read_text(encoding="utf-8")


def test_one_matter_is_one_line_however_many_reminders_there_are(app: Flask) -> None:
    twice = [
        topic(TRANSPORT, Why.RESPONSIBLE, meant_for=TODAY - timedelta(days=1)),
        topic(TRANSPORT, Why.RESPONSIBLE),
    ]

    with app.app_context():
        letters = [
            compose(somebody("en"), topics, OFFICE, today=TODAY, public_url=URL, reply_to=None)
            for topics in (twice, CASES["today"])
        ]

    assert isinstance(letters[0], Letter)
    assert letters[0] == letters[1]


def test_of_ten_thousand_things_a_letter_tells_the_most_urgent_and_where_the_others_stand(app: Flask) -> None:
    days = [timedelta(days=number % 100) for number in range(10_000)]
    late = [
        replace(POSTER, key=f"milestone:{number}", due_on=POSTER.due_on - day) for number, day in enumerate(days, 100)
    ]
    topics = [topic(matter, Why.RESPONSIBLE, overdue=True) for matter in late] + CASES["today"]

    with app.app_context():
        letters = {
            language: compose(
                somebody(language), topics, OFFICE, today=TODAY, public_url=URL, reply_to="karla@example.org"
            )
            for language in ("en", "de")
        }

    english = letters["en"]
    for words in (english.text, english.html):
        # Those that are latest, of a hundred on that day, and what is due today beside them.
        assert words.count("Afișul") == words.count("18 November 2026") == 50
        assert "Transport" in words
        assert words.count("and 9,950 more (milestone overdue):") == 1
        assert f"{URL}/milestones/?which=late" in words
        assert len(words) < 100_000
    assert english.subject == "Reminder of 10001 milestones"
    assert "und 9.950 weitere (" in letters["de"].text


def test_who_is_not_asked_gets_no_link_to_answer_by(app: Flask) -> None:
    for_others = replace(TRANSPORT, **ELSEWHERE)

    with app.app_context():
        letters = [
            compose(
                somebody("en"), [topic(matter, Why.COORDINATOR)], OFFICE, today=TODAY, public_url=URL, reply_to=None
            )
            for matter in (TRANSPORT, for_others)
        ]

    assert [letter.text.count(f"{URL}/answer/milestone:14?say=") for letter in letters] == [4, 0]
    assert [letter.html.count(f"{URL}/answer/milestone:14?say=") for letter in letters] == [4, 0]


def test_the_key_of_a_letter_names_its_day() -> None:
    assert day_of_letter(letter_key(7, TODAY)) == TODAY
