"""The pages behind the links in letters: they show, and only their buttons change something."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.answers.conftest import Token, due_on, hidden
from tests.conftest import Cast, change, person_of
from tracker import clock
from tracker.db import db
from tracker.mail.models import Message, MessageKind
from tracker.milestones.actions import move_milestone
from tracker.milestones.models import Assessment, Milestone, MilestoneState
from tracker.people.models import Contact, Person
from tracker.projects.models import Project
from tracker.updates.models import EndedBecause, StatusRequest, StatusUpdate

Look = Callable[[Callable[[], Any]], Any]


def said() -> list[tuple[Assessment | None, str | None, str, int, bool, bool]]:
    """Return what was said: assessment, text, language, by whom, by a link or not, taken back or not."""
    rows = db.session.scalars(sa.select(StatusUpdate).order_by(StatusUpdate.id))
    return [
        (one.assessment, one.text, one.language, one.by_id, bool(one.link), bool(one.taken_back_at)) for one in rows
    ]


def send(client: FlaskClient, token: str, **fields: str) -> TestResponse:
    """Open the page of a link and send its form."""
    page = client.get(f"/answer/{token}").text
    return client.post(f"/answer/{token}", data=hidden(page) | {"language": "ro"} | fields)


# ---- looking


def test_the_page_says_what_is_asked_of_whom_in_their_language(anybody: FlaskClient, token: Token, cast: Cast) -> None:
    page = anybody.get(f"/answer/{token()}?say=delayed")

    assert page.status_code == 200
    assert '<html lang="ro"' in page.text
    assert "Künstler benannt" in page.text
    assert "Radu Partener" in page.text
    assert 'value="delayed" checked' in page.text
    assert "example.org" not in page.text


def test_looking_sets_no_cookie_and_is_kept_nowhere(anybody: FlaskClient, token: Token) -> None:
    answers = [anybody.open(f"/answer/{token()}?say=done", method=one) for one in ("GET", "HEAD", "OPTIONS")]

    assert [answer.headers.getlist("Set-Cookie") for answer in answers] == [[], [], []]
    assert answers[0].headers["Cache-Control"] == "no-store"
    assert answers[0].headers["Referrer-Policy"] == "no-referrer"
    assert "noindex" in answers[0].headers["X-Robots-Tag"]


def test_another_language_can_be_chosen(anybody: FlaskClient, token: Token) -> None:
    assert '<html lang="hu"' in anybody.get(f"/answer/{token()}?lang=hu").text


@pytest.mark.parametrize("path", ["", "/pass-on"])
def test_what_is_no_link_of_ours_is_not_found(anybody: FlaskClient, token: Token, cast: Cast, path: str) -> None:
    good = token()
    tokens = ["unknown", good[:-2], f"{good}x", f"milestone:{cast.milestone}", token("milestone:99999")]

    assert [anybody.get(f"/answer/{one}{path}").status_code for one in tokens] == [404] * 5


# ---- answering


def test_an_answer_is_recorded_under_the_name_of_whom_the_letter_asks(
    anybody: FlaskClient, token: Token, cast: Cast, look: Look
) -> None:
    one = token()
    later = look(lambda: due_on(cast.milestone)) + timedelta(days=14)

    answer = send(anybody, one, assessment="delayed", new_due_on=later.isoformat(), text="Viza întârzie.")

    assert (answer.status_code, answer.headers["Location"]) == (302, f"/answer/{one}")
    assert answer.headers.getlist("Set-Cookie") == []
    assert look(said) == [(Assessment.DELAYED, "Viza întârzie.", "ro", cast.partner, True, False)]
    assert look(lambda: due_on(cast.milestone)) == later
    assert "Vă mulțumim" in anybody.get(f"/answer/{one}").text
    assert "Viza întârzie" not in anybody.get(f"/answer/{one}").text


def test_the_coordinators_are_told_that_it_came_by_a_link(anybody: FlaskClient, token: Token, look: Look) -> None:
    send(anybody, token(), assessment="on_track")

    letters = look(lambda: [row.text for row in db.session.scalars(sa.select(Message))])

    assert [("Radu Partener" in text, "ohne Anmeldung" in text) for text in letters] == [(True, True)]


def test_an_answer_ends_what_was_asked(anybody: FlaskClient, token: Token, asked: int, look: Look) -> None:
    one = token(f"request:{asked}")

    send(anybody, one, assessment="on_track")

    ended = look(lambda: db.session.get_one(StatusRequest, asked).ended_because)
    assert ended is EndedBecause.ANSWERED


@pytest.mark.both
def test_two_tabs_and_a_double_click_make_one_answer(anybody: FlaskClient, token: Token, look: Look) -> None:
    one = token()
    tabs = [hidden(anybody.get(f"/answer/{one}").text) | {"language": "ro"} for _tab in range(2)]

    for fields, word in ((tabs[0], "done"), (tabs[0], "done"), (tabs[1], "delayed")):
        anybody.post(f"/answer/{one}", data=fields | {"assessment": word})

    assert [row[0] for row in look(said)] == [Assessment.DONE]


def test_letters_of_two_days_take_an_answer_each(anybody: FlaskClient, token: Token, look: Look) -> None:
    send(anybody, token(days_ago=7), assessment="delayed")
    send(anybody, token(), assessment="on_track")

    assert [row[0] for row in look(said)] == [Assessment.DELAYED, Assessment.ON_TRACK]


def test_a_form_without_an_answer_comes_back(anybody: FlaskClient, token: Token, look: Look) -> None:
    answer = send(anybody, token(), text="Numai atât.")

    assert answer.status_code == 200
    assert "Numai atât." in answer.text
    assert look(said) == []


def test_a_form_of_another_link_is_refused(anybody: FlaskClient, token: Token, look: Look) -> None:
    fields = hidden(anybody.get(f"/answer/{token(days_ago=1)}").text)

    answers = [
        anybody.post(f"/answer/{token()}", data=sent | {"language": "ro", "assessment": "done"})
        for sent in (fields, {"csrf_token": "x", "submission": "y"}, {"submission": "z"})
    ]

    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert look(said) == []


def test_an_unknown_field_is_refused(anybody: FlaskClient, token: Token, look: Look) -> None:
    assert send(anybody, token(), assessment="done", by="5").status_code == 400
    assert look(said) == []


# ---- nothing is needed any more


@pytest.mark.parametrize(
    "what", ["locked", "archived person", "archived project", "done", "somebody else", "withdrawn", "expired"]
)
def test_a_link_that_nothing_is_wanted_of_records_nothing(
    app: Flask, anybody: FlaskClient, token: Token, asked: int, cast: Cast, *, look: Look, what: str
) -> None:
    one = token(f"request:{asked}" if what == "withdrawn" else "", days_ago=31 if what == "expired" else 0)
    fields = hidden(anybody.get(f"/answer/{token(days_ago=1)}").text)

    def happen() -> None:
        now, milestone = clock.now(), db.session.get_one(Milestone, cast.milestone)
        match what:
            case "locked":
                person_of(cast.partner).locked_at = now
            case "archived person":
                person_of(cast.partner).archived_at = now
            case "archived project":
                db.session.get_one(Project, cast.project).archived_at = now
            case "done":
                milestone.state, milestone.done_on = MilestoneState.DONE, now.date()
            case "somebody else":
                milestone.responsible_person_id, milestone.responsible_organisation_id = cast.coordinator, None
            case "withdrawn":
                request = db.session.get_one(StatusRequest, asked)
                request.ended_at, request.ended_because = now, EndedBecause.WITHDRAWN

    change(app, happen)
    page = anybody.get(f"/answer/{one}")
    anybody.post(f"/answer/{one}", data=fields | {"language": "ro", "assessment": "done"})
    anybody.post(f"/answer/{one}/pass-on", data=fields | {"name": "A B", "email": "a@example.org", "language": "ro"})

    assert page.status_code == 410
    assert ("new-link" in page.text) is (what == "expired")
    assert "assessment" not in page.text
    assert look(said) == []


def test_a_pause_of_the_project_keeps_no_answer_back(
    app: Flask, anybody: FlaskClient, token: Token, cast: Cast, look: Look
) -> None:
    def pause() -> None:
        db.session.get_one(Project, cast.project).reminders_paused = True

    change(app, pause)
    send(anybody, token(), assessment="on_track")

    assert len(look(said)) == 1


# ---- taking back


@pytest.mark.both
def test_what_was_taken_back_stays_and_counts_for_nothing(
    anybody: FlaskClient, token: Token, cast: Cast, asked: int, look: Look
) -> None:
    one, before = token(f"request:{asked}"), look(lambda: due_on(cast.milestone))
    send(anybody, one, assessment="delayed", new_due_on=(before + timedelta(days=9)).isoformat())
    back = hidden(anybody.get(f"/answer/{one}").text)

    answers = [anybody.post(f"/answer/{one}/take-back", data=back) for _click in range(2)]

    def stands() -> tuple[Any, ...]:
        milestone = db.session.get_one(Milestone, cast.milestone)
        request = db.session.get_one(StatusRequest, asked)
        return milestone.due_on, milestone.assessment, len(milestone.moves), request.ended_at

    assert [answer.status_code for answer in answers] == [302, 302]
    assert look(said) == [(Assessment.DELAYED, None, "ro", cast.partner, True, True)]
    assert look(stands) == (before, None, 0, None)
    assert 'name="assessment"' in anybody.get(f"/answer/{one}").text


def test_done_that_was_taken_back_opens_the_milestone(
    anybody: FlaskClient, token: Token, cast: Cast, asked: int, look: Look
) -> None:
    one = token()
    send(anybody, one, assessment="done")
    finished = look(lambda: db.session.get_one(Milestone, cast.milestone).state)

    anybody.post(f"/answer/{one}/take-back", data=hidden(anybody.get(f"/answer/{one}").text))

    def stands() -> tuple[Any, ...]:
        milestone = db.session.get_one(Milestone, cast.milestone)
        return milestone.state, milestone.done_on, db.session.get_one(StatusRequest, asked).ended_at

    assert finished is MilestoneState.DONE
    assert look(stands) == (MilestoneState.OPEN, None, None)


def test_what_happened_to_the_milestone_since_stays(
    app: Flask, browse: Callable[..., FlaskClient], anybody: FlaskClient, token: Token, *, cast: Cast, look: Look
) -> None:
    one, before = token(), look(lambda: due_on(cast.milestone))
    send(anybody, one, assessment="delayed", new_due_on=(before + timedelta(days=9)).isoformat())
    latest = before + timedelta(days=20)

    def move() -> None:
        milestone = db.session.get_one(Milestone, cast.milestone)
        move_milestone(milestone, to_on=latest, by_id=cast.coordinator, now=clock.now())

    change(app, move)
    update_id = look(lambda: db.session.scalar(sa.select(StatusUpdate.id)))
    answer = browse(cast.coordinator).post(f"/updates/{update_id}/take-back", follow_redirects=True)

    assert "Der Meilenstein wurde seither geändert" in answer.text
    assert look(lambda: due_on(cast.milestone)) == latest
    assert look(said)[0][-1] is True


def test_after_thirty_days_nothing_is_taken_back(app: Flask, anybody: FlaskClient, token: Token, look: Look) -> None:
    one = token(days_ago=20)
    send(anybody, one, assessment="on_track")
    back = hidden(anybody.get(f"/answer/{one}").text)

    def long_ago() -> None:
        db.session.scalars(sa.select(StatusUpdate)).one().at = clock.now() - timedelta(days=31)

    change(app, long_ago)
    anybody.post(f"/answer/{one}/take-back", data=back)

    assert look(said)[0][-1] is False


@pytest.mark.parametrize(
    ("who", "status"), [("coordinator", 302), ("reader", 403), ("partner", 403), ("stranger", 404)]
)
def test_coordinators_take_back_what_came_by_a_link(
    browse: Callable[..., FlaskClient],
    anybody: FlaskClient,
    token: Token,
    *,
    cast: Cast,
    look: Look,
    who: str,
    status: int,
) -> None:
    send(anybody, token(), assessment="on_track")
    update_id = look(lambda: db.session.scalar(sa.select(StatusUpdate.id)))

    answer = browse(getattr(cast, who)).post(f"/updates/{update_id}/take-back")

    assert answer.status_code == status
    assert look(said)[0][-1] is (who == "coordinator")


def test_the_coordinators_hear_of_what_was_taken_back(anybody: FlaskClient, token: Token, look: Look) -> None:
    one = token()
    send(anybody, one, assessment="on_track")
    anybody.post(f"/answer/{one}/take-back", data=hidden(anybody.get(f"/answer/{one}").text))

    letters = look(lambda: [(row.subject, row.text) for row in db.session.scalars(sa.select(Message))])

    # The first letter had not left yet, so that it says both.
    assert [("zurückgenommen" in subject, "zurückgenommen" in text) for subject, text in letters] == [(True, True)]


# ---- passing on


@pytest.fixture
def deputy(app: Flask, cast: Cast) -> int:
    """Let the stranger stand in for the partner."""

    def name() -> None:
        contact = db.session.scalars(sa.select(Contact).where(Contact.person_id == cast.partner)).one()
        contact.deputy_id = cast.stranger

    change(app, name)
    return cast.stranger


def asked_now(look: Look) -> list[tuple[str, str, bool, EndedBecause | None]]:
    """Return who is or was asked: name, language, unknown to the office or not, why it ended."""

    def rows() -> list[tuple[str, str, bool, EndedBecause | None]]:
        found = db.session.scalars(sa.select(StatusRequest).order_by(StatusRequest.id))
        return [
            (one.person.name, one.person.language, bool(one.person.unconfirmed_since), one.ended_because)
            for one in found
        ]

    return list(look(rows))


def letters(look: Look) -> list[tuple[MessageKind, str, str]]:
    """Return what waits: kind, address, language."""
    rows = sa.select(Message).order_by(Message.id)
    return [(one.kind, one.address, one.language) for one in look(lambda: db.session.scalars(rows).all())]


@pytest.mark.both
@pytest.mark.usefixtures("rules")
def test_a_question_goes_to_somebody_new(anybody: FlaskClient, token: Token, asked: int, look: Look) -> None:
    one = token(f"request:{asked}")
    fields = hidden(anybody.get(f"/answer/{one}/pass-on").text)
    new = {"name": "Maria Pop", "email": "maria.pop@example.org", "language": "hu"}

    answers = [anybody.post(f"/answer/{one}/pass-on", data=fields | new) for _click in range(2)]

    assert [answer.status_code for answer in answers] == [302, 302]
    assert asked_now(look) == [
        ("Radu Partener", "ro", False, EndedBecause.PASSED_ON),
        ("Maria Pop", "hu", True, None),
    ]
    assert sorted((kind, language) for kind, _address, language in letters(look)) == [
        (MessageKind.LETTER, "hu"),
        (MessageKind.UPDATE, "de"),
    ]
    assert "Maria Pop" in anybody.get(f"/answer/{one}").text


@pytest.mark.usefixtures("rules")
def test_a_reminder_of_a_milestone_becomes_a_question_to_the_deputy(
    anybody: FlaskClient, token: Token, deputy: int, look: Look
) -> None:
    one = token()
    fields = hidden(anybody.get(f"/answer/{one}/pass-on").text)

    anybody.post(f"/answer/{one}/pass-on/deputy", data=fields)

    assert asked_now(look) == [("Ilona Idegen", "hu", False, None)]
    # The letter did not name the deputy, so the page does not either.
    assert "Ilona" not in anybody.get(f"/answer/{one}").text


@pytest.mark.usefixtures("rules")
def test_whom_the_office_knows_is_not_entered_twice(anybody: FlaskClient, token: Token, cast: Cast, look: Look) -> None:
    one = token()
    address = look(lambda: person_of(cast.stranger).email)
    new = {"name": "IDEGEN Ilona", "email": address.upper(), "language": "hu"}
    anybody.post(f"/answer/{one}/pass-on", data=hidden(anybody.get(f"/answer/{one}/pass-on").text) | new)

    assert asked_now(look) == [("Ilona Idegen", "hu", False, None)]


@pytest.mark.usefixtures("rules")
def test_nobody_is_made_to_send_many_letters(anybody: FlaskClient, token: Token, look: Look) -> None:
    for days_ago in range(5):
        one = token(days_ago=days_ago)
        new = {"name": f"Person {days_ago}", "email": f"p{days_ago}@example.org", "language": "ro"}
        anybody.post(f"/answer/{one}/pass-on", data=hidden(anybody.get(f"/answer/{one}/pass-on").text) | new)

    assert len(asked_now(look)) == 3


@pytest.mark.usefixtures("rules")
def test_who_is_not_confirmed_names_nobody_else(
    app: Flask, anybody: FlaskClient, token: Token, cast: Cast, look: Look
) -> None:
    def unknown() -> None:
        person_of(cast.partner).unconfirmed_since = clock.now()

    change(app, unknown)
    one = token()
    new = {"name": "Maria Pop", "email": "maria.pop@example.org", "language": "hu"}
    anybody.post(f"/answer/{one}/pass-on", data=hidden(anybody.get(f"/answer/{one}/pass-on").text) | new)

    assert asked_now(look) == []


def test_who_is_locked_out_gets_no_question(
    app: Flask, anybody: FlaskClient, token: Token, cast: Cast, look: Look
) -> None:
    def lock() -> str:
        person_of(cast.stranger).locked_at = clock.now()
        return str(person_of(cast.stranger).email)

    address = change(app, lock)
    one = token()
    new = {"name": "Somebody Else", "email": address, "language": "hu"}
    anybody.post(f"/answer/{one}/pass-on", data=hidden(anybody.get(f"/answer/{one}/pass-on").text) | new)

    assert asked_now(look) == []
    assert (
        look(
            lambda: db.session.scalar(
                sa.select(sa.func.count()).select_from(Person).where(Person.name == "Somebody Else")
            )
        )
        == 0
    )


# ---- a new link


def test_an_old_link_offers_a_new_one_to_the_same_address(
    anybody: FlaskClient, token: Token, cast: Cast, look: Look
) -> None:
    one = token(days_ago=40)
    page = anybody.get(f"/answer/{one}")

    clicks = [anybody.post(f"/answer/{one}/new-link", data=hidden(page.text)) for _click in range(2)]
    answer = anybody.get(clicks[0].headers["Location"])

    address = look(lambda: person_of(cast.partner).email)
    assert (page.status_code, answer.status_code) == (410, 200)
    assert letters(look) == [(MessageKind.LINK, address, "ro")]
    assert address not in page.text + answer.text


def test_new_links_do_not_become_a_flood(anybody: FlaskClient, token: Token, look: Look) -> None:
    for days_ago in range(40, 46):
        one = token(days_ago=days_ago)
        anybody.post(f"/answer/{one}/new-link", data=hidden(anybody.get(f"/answer/{one}").text))

    assert len(letters(look)) == 3
