"""When can we travel? Asked by a coordinator, answered by a link or signed in, and settled."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from threading import Barrier, Thread
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from tests import builders
from tests.conftest import Cast, change, told
from tracker import clock
from tracker.attendance.models import Answer
from tracker.db import PartialDate, db
from tracker.events.models import Event, EventStatus
from tracker.guests.links import GuestLink
from tracker.mail.models import Message
from tracker.organisations.models import ClosedDay, Office, SchoolHoliday
from tracker.people.models import Contact, Person
from tracker.postbox.waiting import reconsider
from tracker.projects.models import Project
from tracker.travel import queries
from tracker.travel.actions import Post, ask
from tracker.travel.links import TravelLink
from tracker.travel.models import Fit, TravelAsked, TravelPeriod, TravelQuestion
from tracker.travel.rules import Span, against, weeks
from tracker.web.access import Somebody

Look = Callable[[Callable[[], Any]], Any]
Browse = Callable[..., FlaskClient]

#: Whit Monday is on 17 May in Germany; in Romania it is on 21 June, and on 1 June is Children’s Day.
WEEKS = [Span(first, first + timedelta(days=6)) for first in (date(2027, 5, 17), date(2027, 6, 7), date(2027, 6, 21))]


@dataclass(frozen=True)
class Asked:
    """The ids of a question, of its periods, and of the partner who is asked."""

    question: int
    periods: list[int]
    partner: int


@pytest.fixture
def asked(app: Flask, cast: Cast) -> Asked:
    """Let the coordinator of the cast ask the partner and herself."""

    def enter() -> Asked:
        office, now = db.session.get_one(Office, 1), clock.now()
        functions = sa.select(Contact).where(Contact.person_id.in_([cast.partner, cast.coordinator]))
        today = clock.today(office.zone)
        question = ask(
            db.session.get_one(Project, cast.project),
            db.session.scalars(functions).all(),
            [Span(today + timedelta(days=days), today + timedelta(days=days + 6)) for days in (40, 47)],
            title=builders.text(de="Wann fahren wir?", ro="Când călătorim?"),
            answer_until=today + timedelta(days=20),
            by=db.session.get_one(Person, cast.coordinator),
            post=Post(office, "http://localhost"),
            now=now,
            today=today,
        )
        partner = next(one.id for one in question.asked if one.person_id == cast.partner)
        return Asked(question.id, [one.id for one in question.periods], partner)

    made = change(app, enter)
    assert isinstance(made, Asked)
    return made


@pytest.fixture
def token(app: Flask, asked: Asked, cast: Cast) -> str:
    """Give the token of the partner’s link."""
    return TravelLink(asked.partner, cast.partner).token(app.config["SIGNING_KEYS"])


@pytest.fixture
def anybody(app: Flask) -> FlaskClient:
    """Give a browser that has never been here, whose forms need the token of their page."""
    app.config["WTF_CSRF_ENABLED"] = True
    return app.test_client()


def hidden(page: str) -> dict[str, str]:
    """Return what the form of a page carries along."""
    return dict(re.findall(r'<input id="([a-z_]+)" name="[a-z_]+" type="hidden" value="([^"]*)">', page))


def state() -> dict[str, list[Any]]:
    """Return everything that is in the database but how often something was tried."""
    tables = [table for table in db.metadata.sorted_tables if table.name not in {"tally", "submission"}]
    return {table.name: sorted(map(repr, db.session.execute(sa.select(table)).all())) for table in tables}


def said() -> list[tuple[dict[int, str], str | None, bool, bool]]:
    """Return what the partner said: how each period suits, the remark, whether it stands, whether by link."""
    rows = db.session.scalars(sa.select(TravelAsked).join(TravelAsked.person).where(Person.language == "ro"))
    return [
        ({id_: fit.value for id_, fit in one.fits.items()}, one.remark, one.answered_at is not None, one.by_link)
        for one in rows
    ]


def letters(prefix: str) -> list[tuple[str, str | None]]:
    """Return language and subject of the letters whose key begins so."""
    found = sa.select(Message.language, Message.subject).where(Message.key.startswith(prefix))
    return [(row[0], row[1]) for row in db.session.execute(found.order_by(Message.language))]


def decisions() -> list[str]:
    """Return why each letter that asks and waits will not leave; "None" for one that will."""
    waiting = db.session.scalars(sa.select(Message).where(Message.key.startswith("travel|"))).all()
    return [str(getattr(one, "reason", None)) for one in reconsider(waiting, clock.now(), public_url="").values()]


def reader_of(cast: Cast, role: str) -> Somebody:
    """Return somebody of the office, or the partner."""
    bodies = frozenset({cast.here} if role == "partner" else set[int]())
    return Somebody(cast.coordinator, "", role, "de", "Europe/Berlin", bodies, 0, 0, None, clock.now())


# ---- which weeks, and what speaks against them


def test_weeks_begin_on_the_same_day_of_the_week_and_end_in_time() -> None:
    first = date(2027, 5, 8)

    found = weeks(first, date(2027, 5, 30), 9)

    assert found == [
        Span(date(2027, 5, 8), date(2027, 5, 16)),
        Span(date(2027, 5, 15), date(2027, 5, 23)),
        Span(date(2027, 5, 22), date(2027, 5, 30)),
    ]


def test_holidays_of_both_sides_closed_days_and_other_events_speak_against_a_week(app: Flask, cast: Cast) -> None:
    def reasons(role: str) -> list[list[tuple[str, str]]]:
        project, office = db.session.get_one(Project, cast.project), db.session.get_one(Office, 1)
        closed = {"from_on": date(2027, 6, 10), "until_on": date(2027, 6, 30), "label": "Închis"}
        db.session.add(ClosedDay(organisation_id=cast.here, **closed))
        holidays = {"from_on": date(2027, 5, 20), "until_on": date(2027, 5, 28), "label": "Vacanță"}
        db.session.add(SchoolHoliday(organisation_id=cast.here, **holidays))
        on = {"begins_on": PartialDate("2027-06-08"), "ends_on": None}
        builders.event(project_id=cast.project, de="Eigenes", **on)
        builders.event(project_id=cast.project, de="Abgesagt", **on, status=EventStatus.CANCELLED)
        other = builders.event(project_id=cast.other_project, de="Fremdes", **on)
        row = builders.participant(
            db.session.get_one(Project, cast.other_project), person=db.session.get_one(Person, cast.partner)
        )
        builders.attendance(other, row, Answer.COMING)
        db.session.flush()
        known = queries.entries(reader_of(cast, role), office, project, WEEKS, [cast.partner])
        found = [[(str(one.title), str(one.about)) for one in against(known, week)] for week in WEEKS]
        db.session.rollback()
        return found

    for_partner, for_office = (change(app, partial(reasons, role)) for role in ("partner", "coordinator"))

    closed = ("Bistrița-Năsăud", "Închis")
    assert for_partner == [
        [("Pfingstmontag", "Deutschland"), ("Bistrița-Năsăud", "Vacanță")],
        [("Eigenes", "Euarca"), closed],
        [closed, ("Rusaliile", "Rumänien")],
    ]
    assert sorted(for_office[1]) == sorted([*for_partner[1], ("Fremdes", "Radu Partener")])


# ---- asking


@pytest.mark.both
def test_a_coordinator_asks_once_however_often_they_click(browse: Browse, cast: Cast, app: Flask, look: Look) -> None:
    client, first = browse(cast.coordinator), clock.today("Europe/Berlin") + timedelta(days=60)
    until = first + timedelta(days=20)
    path = f"/travel/new?project={cast.project}&from_on={first}&until_on={until}&days=7&lang=en"
    form = hidden(client.get(path).text) | {
        "title-text": "Wann fahren wir?",
        "title-language": "de",
        "answer_until": (first - timedelta(days=9)).isoformat(),
        "weeks": [str(first.toordinal()), str((first + timedelta(days=14)).toordinal())],
        "people": [str(cast.partner)],
    }

    answers = [client.post(path, data=form) for _click in range(2)]

    assert [answer.status_code for answer in answers] == [302, 302]
    assert answers[0].location == answers[1].location
    assert look(lambda: db.session.scalars(sa.select(TravelPeriod.first_on).order_by(TravelPeriod.id)).all()) == [
        first,
        first + timedelta(days=14),
    ]
    assert look(lambda: letters("travel|")) == [("ro", "„Wann fahren wir?”: când puteți călători?")]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"answer_until": "2020-01-01"}, "This day has gone by."),
        ({"answer_until": "2099-01-01"}, "The first week has begun by then."),
        ({"weeks": []}, "Please choose at least one week."),
        ({"people": []}, "Please choose at least one person."),
    ],
)
def test_what_cannot_be_asked_is_said_beside_the_field(
    browse: Browse, app: Flask, *, cast: Cast, look: Look, changes: dict[str, Any], sentence: str
) -> None:
    client, first = browse(cast.coordinator), clock.today("Europe/Berlin") + timedelta(days=60)
    path = f"/travel/new?project={cast.project}&from_on={first}&until_on={first + timedelta(days=9)}&days=7&lang=en"
    right = {
        "title-text": "Wann?",
        "title-language": "de",
        "answer_until": (first - timedelta(days=9)).isoformat(),
        "weeks": [str(first.toordinal())],
        "people": [str(cast.partner)],
    }

    page = client.post(path, data=hidden(client.get(path).text) | right | changes)

    assert sentence in page.text
    assert look(lambda: db.session.scalar(sa.select(sa.func.count()).select_from(TravelQuestion))) == 0


# ---- by the link


def test_looking_changes_nothing_and_sets_no_cookie(anybody: FlaskClient, token: str, look: Look) -> None:
    before = look(state)

    answers = [anybody.open(f"/travel/answer/{token}", method=way) for way in ("GET", "HEAD", "OPTIONS")]

    assert look(state) == before
    assert [answer.headers.getlist("Set-Cookie") for answer in answers] == [[], [], []]
    assert "Când călătorim?" in answers[0].text
    assert '<html lang="ro"' in answers[0].text


def test_tokens_of_others_and_for_something_else_open_nothing(
    anybody: FlaskClient, app: Flask, asked: Asked, cast: Cast
) -> None:
    keys = app.config["SIGNING_KEYS"]
    tokens = [
        "unknown",
        TravelLink(asked.partner, cast.stranger).token(keys),
        GuestLink(asked.partner, cast.partner).token(keys),
        f"travel_asked:{asked.partner}",
    ]

    assert [anybody.get(f"/travel/answer/{one}").status_code for one in tokens] == [404] * 4


@pytest.mark.both
def test_an_answer_by_link_stands_is_told_once_and_can_be_taken_back(
    anybody: FlaskClient, token: str, *, asked: Asked, look: Look
) -> None:
    path, (first, second) = f"/travel/answer/{token}", asked.periods
    fits = {f"period_{first}": "suits", f"period_{second}": "not_possible", "remark": "Nur mit Bahn"}
    form = hidden(anybody.get(path).text) | fits

    clicks = [anybody.post(path, data=form).status_code for _click in range(2)]

    assert clicks == [302, 302]
    assert look(said) == [({first: "suits", second: "not_possible"}, "Nur mit Bahn", True, True)]
    assert [subject for _language, subject in look(lambda: letters("travel-answer|"))] == [
        "„Wann fahren wir?“: Radu Partener sagt, wann es passt"
    ]
    assert [line[0] for line in look(told)].count("TRAVEL_ANSWERED") == 1

    nothing = {f"period_{first}": "", f"period_{second}": "", "remark": ""}
    anybody.post(path, data=hidden(anybody.get(path).text) | nothing)

    assert look(said) == [({}, None, False, True)]


def test_somebody_elses_form_is_refused(
    anybody: FlaskClient, token: str, app: Flask, *, asked: Asked, cast: Cast, look: Look
) -> None:
    other = look(
        lambda: db.session.scalars(sa.select(TravelAsked).where(TravelAsked.person_id == cast.coordinator)).one().id
    )
    theirs = TravelLink(other, cast.coordinator).token(app.config["SIGNING_KEYS"])
    form = hidden(anybody.get(f"/travel/answer/{theirs}").text) | {f"period_{asked.periods[0]}": "suits"}

    page = anybody.post(f"/travel/answer/{token}?lang=en", data=form)

    assert "This form has expired." in page.text
    assert look(said) == [({}, None, False, False)]


def test_who_has_left_neither_answers_nor_gets_the_letter_that_waits(
    anybody: FlaskClient, app: Flask, token: str, *, cast: Cast, look: Look
) -> None:
    def leave() -> None:
        function = db.session.scalars(sa.select(Contact).where(Contact.person_id == cast.partner)).one()
        function.until_on = clock.today("Europe/Berlin") - timedelta(days=2)

    change(app, leave)

    assert anybody.get(f"/travel/answer/{token}").status_code == 410
    assert sorted(look(decisions)) == ["None", "question_closed"]


# ---- signed in, by phone, closing, choosing


def test_a_partner_finds_what_waits_for_them_at_the_start_with_one_click_to_it(
    browse: Browse, anybody: FlaskClient, *, asked: Asked, cast: Cast, token: str
) -> None:
    way, client = f'href="/travel/{asked.question}#answer"', browse(cast.partner)
    before, elsewhere = client.get("/").text, browse(cast.stranger).get("/").text
    path = f"/travel/answer/{token}"
    anybody.post(path, data=hidden(anybody.get(path).text) | {f"period_{asked.periods[0]}": "suits"})

    assert [way in page for page in (before, elsewhere, client.get("/").text)] == [True, False, False]


@pytest.mark.both
def test_what_somebody_said_by_phone_stands_with_who_entered_it_until_they_say_something_themselves(
    browse: Browse, anybody: FlaskClient, *, asked: Asked, cast: Cast, token: str, look: Look
) -> None:
    client, period = browse(cast.administrator), asked.periods[0]
    path = f"/travel/{asked.question}/answers/{asked.partner}?lang=en"
    form = hidden(client.get(path).text) | {f"period_{period}": "not_possible", "remark": "Er rief an"}

    places = {client.post(path, data=form).location for _click in range(2)}

    assert places == {f"/travel/{asked.question}"}
    assert look(said) == [({period: "not_possible"}, "Er rief an", True, False)]
    assert [line[0] for line in look(told)].count("TRAVEL_ANSWER_ENTERED") == 1
    assert [language for language, _subject in look(lambda: letters("travel-answer|"))] == ["de"]
    entered = f"said by phone, entered by {look(lambda: db.session.get_one(Person, cast.administrator).name)}"
    for reader, reads in ((cast.coordinator, True), (cast.partner, False)):
        assert (entered in browse(reader).get(f"/travel/{asked.question}?lang=en").text) is reads

    by_link = f"/travel/answer/{token}"
    anybody.post(by_link, data=hidden(anybody.get(by_link).text) | {f"period_{period}": "suits", "remark": ""})

    assert look(said) == [({period: "suits"}, None, True, True)]
    assert entered not in client.get(f"/travel/{asked.question}?lang=en").text


def test_somebody_elses_row_is_not_found_under_a_question(browse: Browse, asked: Asked, cast: Cast) -> None:
    assert browse(cast.coordinator).get(f"/travel/{asked.question}/answers/999").status_code == 404


def test_partners_read_which_organisation_and_the_office_who(
    browse: Browse, asked: Asked, cast: Cast, token: str, anybody: FlaskClient
) -> None:
    path = f"/travel/answer/{token}"
    anybody.post(
        path, data=hidden(anybody.get(path).text) | {f"period_{asked.periods[0]}": "suits", "remark": "Geheim"}
    )

    pages = [browse(one).get(f"/travel/{asked.question}?lang=en").text for one in (cast.coordinator, cast.reader)]
    partner = browse(cast.partner).get(f"/travel/{asked.question}?lang=en").text.partition('id="weeks"')[2]
    files = [browse(one).get(f"/travel/{asked.question}?as=csv").text for one in (cast.coordinator, cast.partner)]

    assert ["Radu" in file for file in files] == [True, False]
    assert all("Radu Partener" in page and "Geheim" in page and "suits best so far" in page for page in pages)
    assert ("Radu" in partner, "Geheim" in partner, "Bistrița-Năsăud" in partner) == (False, False, True)


def test_nobody_answers_a_closed_question_and_letters_that_wait_are_dropped(
    browse: Browse, anybody: FlaskClient, *, asked: Asked, cast: Cast, token: str, look: Look
) -> None:
    path = f"/travel/answer/{token}"
    form = hidden(anybody.get(path).text) | {f"period_{asked.periods[0]}": "suits"}
    client = browse(cast.coordinator)
    client.post(f"/travel/{asked.question}/close")

    anybody.post(path, data=form)
    signed_in = browse(cast.partner).post(f"/travel/{asked.question}?lang=en", data=form)

    assert look(said) == [({}, None, False, False)]
    assert signed_in.status_code == 302
    assert "This question is closed." in anybody.get(f"{path}?lang=en").text

    assert look(decisions) == ["question_closed"] * 2

    client.post(f"/travel/{asked.question}/close?back=y")

    assert look(decisions) == ["None"] * 2


@pytest.mark.both
def test_choosing_tells_everybody_once_and_fills_in_the_event(
    browse: Browse, app: Flask, *, asked: Asked, cast: Cast, look: Look
) -> None:
    client, (first, second) = browse(cast.coordinator), asked.periods

    places = [client.post(f"/travel/periods/{first}/choose").location for _click in range(2)]
    client.post(f"/travel/periods/{second}/choose")

    def chosen() -> list[int]:
        return list(db.session.scalars(sa.select(TravelPeriod.id).where(TravelPeriod.chosen_at.is_not(None))))

    assert look(chosen) == [first]
    assert [language for language, _subject in look(lambda: letters("travel-choice|"))] == ["de", "ro"]
    form = client.get(places[0]).text
    day = look(lambda: db.session.get_one(TravelPeriod, first).first_on)
    assert f'value="{day.day}.{day.month}.{day.year}"' in form
    assert 'value="Wann fahren wir?"' in form
    assert f'<option selected value="{cast.project}">' in form
    assert look(lambda: db.session.scalar(sa.select(sa.func.count()).select_from(Event))) == 0


@pytest.mark.both
def test_of_two_who_choose_at_once_one_is_told(browse: Browse, asked: Asked, cast: Cast, look: Look) -> None:
    together, clients = Barrier(2), [browse(who) for who in (cast.coordinator, cast.administrator)]

    def click(client: FlaskClient, period: int) -> None:
        together.wait()
        client.post(f"/travel/periods/{period}/choose")

    threads = [Thread(target=click, args=pair) for pair in zip(clients, asked.periods, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    def chosen() -> list[bool]:
        rows = db.session.scalars(sa.select(TravelPeriod).order_by(TravelPeriod.id))
        return sorted(one.chosen_at is not None for one in rows)

    assert look(chosen) == [False, True]


def test_two_tabs_of_one_person_are_shown_to_each_other(browse: Browse, asked: Asked, cast: Cast, look: Look) -> None:
    client, path, period = browse(cast.partner), f"/travel/{asked.question}?lang=en", asked.periods[0]
    tabs = [hidden(client.get(path).text) for _tab in range(2)]

    client.post(path, data=tabs[0] | {f"period_{period}": "suits"})
    page = client.post(path, data=tabs[1] | {f"period_{period}": "not_possible"})

    assert "Somebody else changed this meanwhile" in page.text
    assert look(said)[0][0] == {period: Fit.SUITS.value}


def test_a_page_asks_the_same_number_of_questions_however_many_answered(
    browse: Browse, app: Flask, *, asked: Asked, cast: Cast, count_queries: Callable[[], Any]
) -> None:
    client = browse(cast.coordinator)

    def queries_of() -> int:
        with count_queries() as counted:
            client.get(f"/travel/{asked.question}")
        return len(counted)

    before = queries_of()

    def more() -> None:
        question = db.session.get_one(TravelQuestion, asked.question)
        for _number in range(4):
            body = builders.organisation()
            question.asked.append(TravelAsked(person=builders.person(at=body), organisation=body))

    change(app, more)

    assert queries_of() == before
