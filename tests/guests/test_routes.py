"""The page behind a guest's link: it shows, and only its buttons change something."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests import builders
from tests.conftest import Cast, change, told
from tests.guests.conftest import Camp, Token, hidden
from tracker import clock
from tracker.attendance.models import Answer, Attendance
from tracker.db import PartialDate, db
from tracker.events.models import Event, EventStatus
from tracker.guests.links import GuestLink
from tracker.guests.models import Consent, GuestConsent, GuestNeeds
from tracker.participants.models import AgeBand, Participant
from tracker.people.models import Person

Look = Callable[[Callable[[], Any]], Any]
Browse = Callable[..., FlaskClient]

DIET = "Fara carne, fara nuci"


def state() -> dict[str, list[Any]]:
    """Return everything that is in the database but how often something was tried."""
    tables = [table for table in db.metadata.sorted_tables if table.name not in {"tally", "submission"}]
    return {table.name: sorted(map(repr, db.session.execute(sa.select(table)).all())) for table in tables}


def needs() -> list[tuple[Any, ...]]:
    """Return what is kept of what guests need: words, and whether it was taken back or erased."""
    rows = db.session.scalars(sa.select(GuestNeeds).order_by(GuestNeeds.id))
    return [
        (one.languages, one.diet, one.accessibility, one.emergency, one.taken_back_at is None, one.erased_at is None)
        for one in rows
    ]


def agreed() -> list[tuple[Consent, str | None, bool]]:
    """Return what was agreed to, by which guardian, and whether it stands."""
    rows = db.session.scalars(sa.select(GuestConsent).order_by(GuestConsent.id))
    return [(one.consent, one.guardian, one.revoked_at is None) for one in rows]


def send(client: FlaskClient, token: str, **fields: str) -> TestResponse:
    """Open the page of a link and send its first form."""
    page = client.get(f"/guest/{token}").text
    return client.post(f"/guest/{token}?lang=en", data=hidden(page) | {"reply": "coming"} | fields)


def agree(client: FlaskClient, token: str, *ticked: str) -> TestResponse:
    """Open the page of a link and send what may be published."""
    page = client.get(f"/guest/{token}").text
    ticks = dict.fromkeys(ticked, "y")
    return client.post(f"/guest/{token}/consents?lang=en", data=hidden(page, "/consents") | ticks)


# ---- looking


def test_the_page_says_in_the_guests_language_what_one_has_to_know(
    anybody: FlaskClient, token: Token, camp: Camp
) -> None:
    page = anybody.get(f"/guest/{token()}")

    assert page.status_code == 200
    assert '<html lang="ro"' in page.text
    for words in ("Tabără", "Turul atelierelor", "Otto Ortskundig", "tel:+495611234", "otto@example.org", "Karla"):
        assert words in page.text
    assert page.text.count("ana@example.org") == 0


def test_who_finds_no_place_left_is_told_so_and_stays_invited(
    app: Flask, anybody: FlaskClient, token: Token, camp: Camp, look: Look
) -> None:
    def fill() -> None:
        event = db.session.get_one(Event, camp.event)
        assert event.project is not None
        event.places = 1
        builders.attendance(event, builders.participant(event.project, person=builders.person()), Answer.COMING)

    change(app, fill)

    answer = send(anybody, token())

    assert "There are not so many places: 0 of 1 are free." in answer.text
    assert look(lambda: db.session.get_one(Attendance, camp.attendance).answer) is Answer.INVITED


def test_looking_changes_nothing_and_sets_no_cookie(anybody: FlaskClient, token: Token, look: Look) -> None:
    before = look(state)
    paths = [f"/guest/{token()}{rest}" for rest in ("", "/consents", "/take-back")]

    answers = [anybody.open(path, method=way) for path in paths for way in ("GET", "HEAD", "OPTIONS") * 2]

    assert look(state) == before
    assert [answer.headers.getlist("Set-Cookie") for answer in answers] == [[] for _answer in answers]
    assert answers[0].headers["Cache-Control"] == "no-store"
    assert answers[0].headers["Referrer-Policy"] == "no-referrer"
    assert "noindex" in answers[0].headers["X-Robots-Tag"]


def test_what_is_no_link_of_ours_is_not_found(anybody: FlaskClient, token: Token, camp: Camp) -> None:
    good = token()
    tokens = ["unknown", good[:-2], f"{good}x", f"attendance:{camp.attendance}", token(attendance=99999), "x" * 3000]

    assert [anybody.get(f"/guest/{one}").status_code for one in tokens] == [404] * 6
    assert "copy of a letter" in anybody.get(f"/guest/attendance:{camp.attendance}?lang=en").text


def test_a_link_of_somebody_else_opens_nothing(anybody: FlaskClient, token: Token, cast: Cast) -> None:
    page = anybody.get(f"/guest/{token(person=cast.partner)}")

    assert page.status_code == 410
    assert "Tab" not in page.text


# ---- answering


@pytest.mark.both
def test_an_answer_shows_in_the_list_and_the_history_says_no_more_than_that(
    anybody: FlaskClient, browse: Browse, token: Token, *, camp: Camp, cast: Cast, look: Look
) -> None:
    given = {"languages": "română, deutsch", "diet": DIET, "emergency": "Ion, +40 123"}

    answer = send(anybody, token(), arrives_on=camp.first.isoformat(), **given)

    assert answer.status_code == 302
    assert answer.headers.getlist("Set-Cookie") == []
    row = look(lambda: db.session.get_one(Attendance, camp.attendance))
    assert (row.answer, row.arrives_on, row.leaves_on) == (Answer.COMING, camp.first, None)
    assert look(needs) == [("română, deutsch", DIET, None, "Ion, +40 123", True, True)]
    lines = look(told)
    assert [line[0] for line in lines][-2:] == ["ATTENDANCE_CHANGED", "NEEDS_GIVEN"]
    assert DIET not in str(lines)
    page = browse(cast.coordinator).get(f"/events/{camp.event}?lang=en").text
    assert "coming" in page
    assert DIET not in page


def test_what_was_given_stands_in_the_form_and_can_be_changed(anybody: FlaskClient, token: Token, look: Look) -> None:
    send(anybody, token(), diet=DIET)
    assert DIET in anybody.get(f"/guest/{token()}").text

    send(anybody, token(), diet="Orice")

    assert look(needs) == [(None, "Orice", None, None, True, True)]


@pytest.mark.both
def test_it_is_taken_back_through_the_same_link(anybody: FlaskClient, token: Token, look: Look) -> None:
    send(anybody, token(), diet=DIET, languages="română")
    page = anybody.get(f"/guest/{token()}").text

    answer = anybody.post(f"/guest/{token()}/take-back", data=hidden(page, "/take-back"))

    assert answer.status_code == 302
    assert look(needs) == [(None, None, None, None, False, True)]
    assert DIET not in anybody.get(f"/guest/{token()}").text


def test_who_does_not_come_needs_nothing(anybody: FlaskClient, token: Token, camp: Camp, look: Look) -> None:
    send(anybody, token(), diet=DIET)

    send(anybody, token(), diet=DIET, reply="not_coming")

    assert look(needs) == [(None, None, None, None, False, True)]
    assert look(lambda: db.session.get_one(Attendance, camp.attendance).answer) is Answer.NOT_COMING


def test_needs_are_asked_only_where_the_event_does(app: Flask, anybody: FlaskClient, token: Token, camp: Camp) -> None:
    def ask_no_more() -> None:
        db.session.get_one(Event, camp.event).asks_needs = False

    assert 'name="diet"' in anybody.get(f"/guest/{token()}").text
    change(app, ask_no_more)

    assert 'name="diet"' not in anybody.get(f"/guest/{token()}").text
    assert send(anybody, token(), diet=DIET).status_code == 400


# ---- attacks


def test_a_form_needs_the_token_of_its_own_link(
    app: Flask, anybody: FlaskClient, token: Token, camp: Camp, look: Look
) -> None:
    def other() -> tuple[int, int]:
        event = db.session.get_one(Event, camp.event)
        person = builders.person("Bela", language="hu")
        assert event.project is not None
        row = builders.attendance(event, builders.participant(event.project, person=person), Answer.INVITED)
        return row.id, person.id

    foreign = token(*change(app, other))
    theirs = hidden(anybody.get(f"/guest/{foreign}").text)

    for sent in (theirs, {}, {"csrf_token": "x"}):
        anybody.post(f"/guest/{token()}", data=sent | {"reply": "coming"})
        anybody.post(f"/guest/{token()}/consents", data=sent | {"name_on_web": "y"})

    assert look(lambda: db.session.get_one(Attendance, camp.attendance).answer) is Answer.INVITED
    assert look(agreed) == []


def test_two_tabs_do_not_undo_each_other(anybody: FlaskClient, token: Token, look: Look) -> None:
    one = token()
    tabs = [anybody.get(f"/guest/{one}").text for _tab in range(2)]

    first = hidden(tabs[0]) | {"reply": "coming", "diet": DIET}
    again = [anybody.post(f"/guest/{one}", data=first).status_code for _click in range(2)]
    late = anybody.post(f"/guest/{one}?lang=en", data=hidden(tabs[1]) | {"reply": "not_coming"})

    assert again == [302, 302]
    assert "Somebody else changed this meanwhile" in late.text
    assert look(needs) == [(None, DIET, None, None, True, True)]


def test_an_old_tab_does_not_give_again_what_was_revoked(anybody: FlaskClient, token: Token, look: Look) -> None:
    one = token()
    agree(anybody, one, "pictures_on_web")
    old = hidden(anybody.get(f"/guest/{one}").text, "/consents")
    agree(anybody, one)

    late = anybody.post(f"/guest/{one}/consents?lang=en", data=old | {"pictures_on_web": "y", "name_on_web": "y"})

    assert "Somebody else changed this meanwhile" in late.text
    assert look(agreed) == [(Consent.PICTURES_ON_WEB, None, False)]


@pytest.mark.both
@pytest.mark.parametrize(
    "fields",
    [
        {"diet": "x" * 1_000_000},
        {"diet": "nul\x00"},
        {"emergency": "x" * 201},
        {"reply": "came"},
        {"reply": ""},
        {"arrives_on": "2026-13-45"},
        {"age_band": "old"},
    ],
)
def test_bad_input_is_said_and_keeps_nothing(
    anybody: FlaskClient, token: Token, camp: Camp, look: Look, fields: dict[str, str]
) -> None:
    before = look(state)
    page = anybody.get(f"/guest/{token()}").text

    answer = anybody.post(f"/guest/{token()}?lang=en", data=hidden(page) | {"reply": "coming"} | fields)

    assert answer.status_code == 200
    assert "Please check what you entered" in answer.text
    assert look(state) == before


def test_a_field_that_nobody_knows_is_refused(anybody: FlaskClient, token: Token) -> None:
    assert send(anybody, token(), answer="came").status_code == 400


def test_days_far_from_the_event_are_refused(anybody: FlaskClient, token: Token, camp: Camp, look: Look) -> None:
    answer = send(anybody, token(), arrives_on=(camp.first - timedelta(days=90)).isoformat(), diet=DIET)

    assert "This is not near the event." in answer.text
    assert DIET in answer.text
    assert look(needs) == []


def test_whoever_sends_again_and_again_waits(anybody: FlaskClient, token: Token) -> None:
    answers = [send(anybody, token(), languages=f"Latin {number}").status_code for number in range(31)]

    assert answers[-2:] == [302, 429]


# ---- minors and consents


def test_each_consent_is_given_and_revoked_by_itself(anybody: FlaskClient, token: Token, look: Look) -> None:
    agree(anybody, token(), "name_on_web", "pictures_in_press")
    agree(anybody, token(), "pictures_in_press")

    assert look(agreed) == [(Consent.NAME_ON_WEB, None, False), (Consent.PICTURES_IN_PRESS, None, True)]
    assert [line[0] for line in look(told)][-2:] == ["CONSENTS_CHANGED", "CONSENTS_CHANGED"]
    assert "pictures" not in str(look(told)).lower()


def test_a_minor_comes_only_if_a_guardian_agrees(anybody: FlaskClient, token: Token, camp: Camp, look: Look) -> None:
    alone = send(anybody, token(), age_band="youth")
    nameless = send(anybody, token(), age_band="youth", guardian_agrees="y")
    assert look(lambda: db.session.get_one(Attendance, camp.attendance).answer) is Answer.INVITED

    send(anybody, token(), age_band="youth", guardian="Maria Artista", guardian_agrees="y")
    agree(anybody, token(), "pictures_on_web")

    assert "only if a guardian agrees" in alone.text
    assert "write the name of the guardian" in nameless.text
    assert look(lambda: db.session.get_one(Participant, camp.participant).age_band) is AgeBand.YOUTH
    assert look(agreed) == [
        (Consent.TAKING_PART, "Maria Artista", True),
        (Consent.PICTURES_ON_WEB, "Maria Artista", True),
    ]


def test_a_minor_publishes_nothing_alone(
    app: Flask, anybody: FlaskClient, token: Token, camp: Camp, look: Look
) -> None:
    def young() -> None:
        db.session.get_one(Participant, camp.participant).age_band = AgeBand.CHILD

    change(app, young)

    answer = agree(anybody, token(), "pictures_on_web")

    assert "a guardian agrees first" in answer.text
    assert look(agreed) == []


# ---- what ends a link


def _over(camp: Camp) -> None:
    event = db.session.get_one(Event, camp.event)
    day = clock.today("Europe/Berlin") - timedelta(days=31)
    event.begins_on = event.ends_on = PartialDate.of(day)


def _off_the_list(camp: Camp) -> None:
    db.session.get_one(Attendance, camp.attendance).archived_at = clock.now()


def _takes_part_no_more(camp: Camp) -> None:
    db.session.get_one(Participant, camp.participant).archived_at = clock.now()


def _is_archived(camp: Camp) -> None:
    db.session.get_one(Person, camp.person).archived_at = clock.now()


def _is_locked(camp: Camp) -> None:
    db.session.get_one(Person, camp.person).locked_at = clock.now()


def _event_is_archived(camp: Camp) -> None:
    db.session.get_one(Event, camp.event).archived_at = clock.now()


@pytest.mark.parametrize(
    "end", [_over, _off_the_list, _takes_part_no_more, _is_archived, _is_locked, _event_is_archived]
)
def test_an_old_link_says_so_and_tells_nothing(
    app: Flask, anybody: FlaskClient, token: Token, camp: Camp, *, look: Look, end: Callable[[Camp], None]
) -> None:
    page = anybody.get(f"/guest/{token()}").text
    change(app, lambda: end(camp))
    before = look(state)

    answers = [
        anybody.get(f"/guest/{token()}?lang=en"),
        anybody.post(f"/guest/{token()}?lang=en", data=hidden(page) | {"reply": "coming", "diet": DIET}),
        anybody.post(f"/guest/{token()}/consents?lang=en", data=hidden(page, "/consents") | {"name_on_web": "y"}),
    ]

    assert [answer.status_code for answer in answers] == [410, 410, 410]
    assert all("This link has ended" in answer.text for answer in answers)
    assert not any(word in answer.text for answer in answers for word in ("Ana Artista", "Tab", "Otto", "Karla"))
    assert look(state) == before


def test_thirty_days_after_the_event_it_still_opens(
    app: Flask, anybody: FlaskClient, token: Token, camp: Camp, look: Look
) -> None:
    send(anybody, token(), diet=DIET)
    agree(anybody, token(), "name_on_web")

    def over() -> None:
        event = db.session.get_one(Event, camp.event)
        event.begins_on = event.ends_on = PartialDate.of(clock.today("Europe/Berlin") - timedelta(days=30))

    change(app, over)
    page = anybody.get(f"/guest/{token()}?lang=en").text
    agree(anybody, token())

    assert "This event is over." in page
    assert 'name="reply"' not in page
    assert look(agreed) == [(Consent.NAME_ON_WEB, None, False)]


def test_a_cancelled_event_is_said_and_a_moved_one_shows_its_new_day(
    app: Flask, anybody: FlaskClient, token: Token, camp: Camp, look: Look
) -> None:
    page = anybody.get(f"/guest/{token()}").text

    def cancel() -> None:
        db.session.get_one(Event, camp.event).status = EventStatus.CANCELLED

    change(app, cancel)
    late = anybody.post(f"/guest/{token()}?lang=en", data=hidden(page) | {"reply": "coming"})

    assert "This event is cancelled." in late.text
    assert look(lambda: db.session.get_one(Attendance, camp.attendance).answer) is Answer.INVITED

    def move() -> None:
        event = db.session.get_one(Event, camp.event)
        event.status, event.begins_on, event.ends_on = EventStatus.CONFIRMED, PartialDate("2031-05-02"), None
        event.programme.clear()

    change(app, move)

    assert "2 May 2031" in anybody.get(f"/guest/{token()}?lang=en").text


def test_a_token_for_something_else_is_none(app: Flask, camp: Camp) -> None:
    keys = app.config["SIGNING_KEYS"]

    assert GuestLink.of(GuestLink(camp.attendance, camp.person).token(keys), keys) == GuestLink(
        camp.attendance, camp.person
    )
    assert GuestLink.of(GuestLink(1, 2).token(("another key of thirty-two letters!",)), keys) is None


# ---- who reads what guests need


def test_needs_are_read_by_who_coordinates_the_project_and_who_is_on_the_spot(
    app: Flask, anybody: FlaskClient, browse: Browse, token: Token, *, camp: Camp, cast: Cast
) -> None:
    send(anybody, token(), diet=DIET)
    app.config["WTF_CSRF_ENABLED"] = False

    def put_on_the_spot() -> None:
        db.session.get_one(Event, camp.event).on_the_spot_id = cast.stranger

    path = f"/events/{camp.event}/guests/needs?lang=en"
    asked = (cast.coordinator, cast.administrator, cast.reader, cast.partner, cast.stranger)
    before = [browse(one).get(path) for one in asked]
    change(app, put_on_the_spot)
    after = browse(cast.stranger).get(path)

    assert [(one.status_code, DIET in one.text) for one in before] == [
        (200, True),
        (403, False),
        (403, False),
        (403, False),
        (404, False),
    ]
    assert (after.status_code, DIET in after.text) == (200, True)


def test_moments_are_kept(app: Flask, anybody: FlaskClient, token: Token, look: Look) -> None:
    before = clock.now()

    send(anybody, token(), diet=DIET)

    given = look(lambda: db.session.scalars(sa.select(GuestNeeds.given_at)).one())
    assert before <= given <= datetime.now(UTC) + timedelta(days=3650)
