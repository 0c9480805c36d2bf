"""The pages on which people are asked how things stand, asked as each of the cast."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from html import unescape
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from tests import builders
from tests.conftest import Cast, change, person_of
from tracker import clock
from tracker.accounts.models import Role
from tracker.db import db
from tracker.log.models import LogEntry
from tracker.milestones.models import Milestone
from tracker.organisations.models import Office, Organisation
from tracker.people.models import Contact
from tracker.projects.models import Project
from tracker.updates.models import StatusRequest, StatusUpdate

Browse = Callable[..., FlaskClient]
Look = Callable[[Callable[[], Any]], Any]
Count = Callable[[], Any]


def ahead(days: int) -> date:
    """Return a day in the future, or in the past."""
    return clock.today("Europe/Berlin") + timedelta(days=days)


def good(cast: Cast, **more: Any) -> dict[str, Any]:
    """Return a form that is right: the partner is asked about their milestone."""
    sent = {"milestone": str(cast.milestone), "people": [str(cast.partner)], "answer_by": ahead(14).isoformat()}
    return sent | {"question": "", "language": "de", "submission": "key-1"} | more


def asked() -> list[tuple[int, int | None, date, str | None]]:
    """Return who was asked, about which milestone, until when, and why that came to its end."""
    rows = db.session.scalars(sa.select(StatusRequest).order_by(StatusRequest.id))
    return [(row.person_id, row.milestone_id, row.answer_by, row.ended_because) for row in rows]


def ask(app: Flask, cast: Cast, **more: Any) -> int:
    """Let the partner be asked about their milestone, or about the project, and return the number of the question."""

    def make() -> int:
        project = db.session.get_one(Project, cast.project)
        values = {"milestone_id": cast.milestone, "asked_by_id": cast.coordinator}
        person = more.pop("person", cast.partner)
        return builders.request(project, person_of(person), **(values | more)).id

    return int(change(app, make))


def colleague(app: Flask, cast: Cast) -> int:
    """Bring in somebody else who works where the partner does."""

    def make() -> int:
        here = db.session.get_one(Organisation, cast.here)
        return builders.person("Ioana Colega", at=here, role=Role.PARTNER, language="ro").id

    return int(change(app, make))


def words(page: str) -> str:
    """Return what one reads on a page, without its frame."""
    main = page[page.index("<main") : page.index("</main>")]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", main)).split())


def page(cast: Cast) -> str:
    """Return the address of the form."""
    return f"/projects/{cast.project}/ask"


# ---- asking


@pytest.mark.both
def test_a_coordinator_asks_and_comes_back_to_the_project(browse: Browse, cast: Cast, look: Look) -> None:
    answer = browse(cast.coordinator).post(page(cast), data=good(cast))

    assert (answer.status_code, answer.location) == (302, f"/projects/{cast.project}#asked")
    assert look(asked) == [(cast.partner, cast.milestone, ahead(14), None)]


@pytest.mark.both
def test_a_double_click_asks_once(browse: Browse, cast: Cast, look: Look) -> None:
    browser = browse(cast.coordinator)

    first = browser.post(page(cast), data=good(cast))
    second = browser.post(page(cast), data=good(cast))

    assert first.location == second.location
    assert len(look(asked)) == 1


def test_asking_again_renews_the_date_and_says_so(browse: Browse, app: Flask, cast: Cast, look: Look) -> None:
    ask(app, cast)
    other = colleague(app, cast)
    browser = browse(cast.coordinator)
    people = [str(cast.partner), str(other)]

    browser.post(page(cast) + "?lang=en", data=good(cast, people=people, answer_by=ahead(30).isoformat()))

    assert look(asked) == [(cast.partner, cast.milestone, ahead(30), None), (other, cast.milestone, ahead(30), None)]
    read = words(browser.get(f"/projects/{cast.project}?lang=en").text)
    assert "1 person is asked. 1 person had been asked already and has the new date." in read


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"people": []}, "Please choose whom you ask."),
        (
            {"answer_by": "1.1.2020"},
            "The date by which you want an answer has gone by already. Please choose a later one.",
        ),
        ({"answer_by": ""}, "This field is required."),
        ({"answer_by": "soon"}, "This is not a date. Please write day, month and year, such as 16.4.2027."),
        ({"question": "a" * 1001}, "This is too long: 1001 characters, at most 1000 are possible."),
        ({"people": ["999999"]}, "Please choose something from the list."),
        ({"milestone": "999999"}, "Please choose something from the list."),
    ],
)
def test_what_is_wrong_gets_a_sentence(
    browse: Browse, cast: Cast, look: Look, sent: dict[str, Any], sentence: str
) -> None:
    answer = browse(cast.coordinator).post(page(cast) + "?lang=en", data=good(cast, **sent))

    assert answer.status_code == 200
    assert sentence in words(answer.text)
    assert look(asked) == []


def test_only_people_of_the_project_can_be_asked(browse: Browse, cast: Cast, look: Look) -> None:
    answer = browse(cast.coordinator).post(page(cast), data=good(cast, people=[str(cast.stranger)]))

    assert answer.status_code == 200
    assert look(asked) == []


def checked(text: str) -> list[int]:
    """Return who is chosen on a page."""
    return [int(one) for one in re.findall(r'name="people"[^>]* value="(\d+)" checked', text)]


def test_the_form_starts_with_who_is_responsible(browse: Browse, app: Flask, cast: Cast) -> None:
    other = colleague(app, cast)
    change(app, lambda: setattr(db.session.get_one(Office, 1), "organisation_id", cast.office))
    browser = browse(cast.coordinator)

    assert checked(browser.get(f"{page(cast)}?milestone={cast.milestone}").text) == [cast.partner]
    # Both are first contacts.
    assert sorted(checked(browser.get(page(cast)).text)) == sorted([cast.partner, other])


def test_the_form_tells_why_somebody_is_there_and_when_they_hear(browse: Browse, app: Flask, cast: Cast) -> None:
    ask(app, cast, answer_by=date(2030, 3, 16))

    read = words(browse(cast.coordinator).get(f"{page(cast)}?milestone={cast.milestone}&lang=en").text)

    assert (
        "Radu Partener first contact of Bistrița-Năsăud; responsible for “Künstler benannt”; gets it in Romanian on"
        in read
    )
    assert "is asked already, until 16 Mar 2030: Künstler benannt" in read


def test_who_has_no_address_is_to_be_called(browse: Browse, app: Flask, cast: Cast) -> None:
    change(app, lambda: setattr(person_of(cast.partner), "email", None))

    assert "no mail address is known: please call" in words(browse(cast.coordinator).get(f"{page(cast)}?lang=en").text)


def test_where_nobody_is_known_the_page_says_so(browse: Browse, app: Flask, cast: Cast) -> None:
    def leave() -> None:
        db.session.get_one(Milestone, cast.milestone).responsible_person_id = None
        db.session.execute(sa.delete(Contact).where(Contact.organisation_id.in_([cast.here, cast.office])))

    change(app, leave)

    assert "Nobody can be asked" in words(browse(cast.coordinator).get(f"{page(cast)}?lang=en").text)


def test_the_form_costs_as_much_with_many_people(browse: Browse, app: Flask, cast: Cast, count_queries: Count) -> None:
    browser = browse(cast.coordinator)
    with count_queries() as few:
        browser.get(page(cast))

    def crowd() -> None:
        here, project = db.session.get_one(Organisation, cast.here), db.session.get_one(Project, cast.project)
        for _each in range(10):
            one = builders.person(at=here)
            promise = builders.milestone(project, organisation=here, person=one)
            builders.request(project, one, milestone_id=promise.id)

    change(app, crowd)
    with count_queries() as many:
        browser.get(page(cast))

    assert len(many) == len(few) <= 8


# ---- the partner


@pytest.mark.parametrize("milestone", [True, False])
def test_a_partner_finds_the_question_on_their_start_page_and_answers_it(
    browse: Browse,
    app: Flask,
    cast: Cast,
    look: Look,
    milestone: bool,  # noqa: FBT001 - a row of the table above
) -> None:
    about = cast.milestone if milestone else None
    ask(app, cast, milestone_id=about, question="Sind alle da?", answer_by=date(2030, 3, 16))
    browser = browse(cast.partner)

    read = browser.get("/?lang=en").text
    assert "Karla Koordination asks how it stands. Please answer by 16 March 2030." in words(read)
    assert "Sind alle da?" in words(read)
    link = re.search(r'href="(/projects/\d+/updates/new\?[^"]*assessment=on_track[^"]*)"', read)
    assert link is not None
    form = browser.get(unescape(link[1]) + "&lang=en").text
    assert "Sind alle da?" in words(form)
    browser.post(unescape(link[1]), data={"assessment": "on_track", "language": "ro", "submission": "answer"})

    assert [because for *_rest, because in look(asked)] == ["answered"]
    assert "Sind alle da?" not in words(browser.get("/?lang=en").text)


def test_who_is_asked_answers_about_what_is_not_theirs(browse: Browse, app: Flask, cast: Cast, look: Look) -> None:
    def promise() -> int:
        project, kassel = db.session.get_one(Project, cast.project), db.session.get_one(Organisation, cast.office)
        return builders.milestone(project, organisation=kassel).id

    foreign = int(change(app, promise))
    browser = browse(cast.partner)
    path = f"/projects/{cast.project}/updates/new?milestone={foreign}"
    assert browser.get(path).status_code == 403

    ask(app, cast, milestone_id=foreign)

    assert path in unescape(browser.get(f"/projects/{cast.project}").text)
    assert browser.get(path).status_code == 200
    assert browser.post(path, data={"text": "Da.", "language": "ro", "submission": "1"}).status_code == 302
    assert look(lambda: db.session.scalars(sa.select(StatusUpdate.milestone_id)).all()) == [foreign]
    assert browser.get(path).status_code == 403


def test_a_question_to_a_colleague_is_not_shown_to_others_there(browse: Browse, app: Flask, cast: Cast) -> None:
    other = colleague(app, cast)
    ask(app, cast, person=other, question="Nur für Ioana")

    assert "Nur für Ioana" in browse(other).get("/").text
    for path in ("/", f"/projects/{cast.project}", f"/projects/{cast.project}/updates/new?milestone={cast.milestone}"):
        assert "Nur für Ioana" not in browse(cast.partner).get(path).text


def test_a_deputy_is_asked_once_the_others_steps_are_gone(browse: Browse, app: Flask, cast: Cast) -> None:
    other = colleague(app, cast)

    def stand_in() -> None:
        contact = db.session.scalars(sa.select(Contact).where(Contact.person_id == cast.partner)).one()
        contact.deputy_id = other

    change(app, stand_in)
    number = ask(app, cast)
    assert "You stand in for" not in words(browse(other).get("/?lang=en").text)

    change(
        app, lambda: setattr(db.session.get_one(StatusRequest, number), "asked_at", clock.now() - timedelta(days=40))
    )

    assert "You stand in for Radu Partener." in words(browse(other).get("/?lang=en").text)


# ---- the office


def test_the_project_shows_what_is_asked_and_how_far_it_has_gone(browse: Browse, app: Flask, cast: Cast) -> None:
    ask(app, cast, asked_at=clock.now() - timedelta(days=4), answer_by=date(2030, 3, 16))

    read = words(browse(cast.coordinator).get(f"/projects/{cast.project}?lang=en").text)

    assert "Asked and not answered yet 1 Radu Partener , Bistrița-Năsăud" in read.replace("(German) ", "")
    assert "Asked once" in read
    assert "answer by 16 Mar 2030 · asked by Karla Koordination, " in read
    assert "Take back" in read
    assert "Take back" not in words(browse(cast.reader).get(f"/projects/{cast.project}?lang=en").text)


def test_the_start_page_asks_for_a_call_when_mail_comes_to_nothing(browse: Browse, app: Flask, cast: Cast) -> None:
    number = ask(app, cast, asked_at=clock.now() - timedelta(days=60), answer_by=ahead(-40))
    change(app, lambda: setattr(person_of(cast.partner), "phone", "+40 263 000 000"))

    page = browse(cast.coordinator).get("/?lang=en").text

    read = words(page)
    assert "1 answer is missing." in read
    assert "Please call" in read
    assert re.search(r"\+40 263 000 000 · there it is \d\d:\d\d now \(Eastern European Time\) · Romanian", read)
    assert 'href="tel:+40263000000"' in page
    assert f'href="/log/new?project={cast.project}&amp;request={number}"' in page
    unseen = words(browse(cast.reader).get("/?lang=en").text)
    assert "Please call" in unseen
    assert "263" not in unseen


def test_what_is_asked_and_not_late_yet_is_nobodys_debt(browse: Browse, app: Flask, cast: Cast) -> None:
    change(app, lambda: setattr(db.session.get_one(Milestone, cast.milestone), "due_on", ahead(3)))
    browser = browse(cast.coordinator)
    assert "1 answer is missing." in words(browser.get("/?lang=en").text)

    number = ask(app, cast)
    assert "nobody owes an answer" in words(browser.get("/?lang=en").text)

    change(app, lambda: setattr(db.session.get_one(StatusRequest, number), "answer_by", ahead(-1)))
    assert "1 answer is missing." in words(browser.get("/?lang=en").text)


def test_each_late_line_can_be_asked_about(browse: Browse, app: Flask, cast: Cast) -> None:
    change(app, lambda: setattr(db.session.get_one(Milestone, cast.milestone), "due_on", ahead(-3)))
    link = f'href="/projects/{cast.project}/ask?milestone={cast.milestone}"'

    assert link in browse(cast.coordinator).get("/").text
    assert link in browse(cast.coordinator).get(f"/projects/{cast.project}").text
    assert link not in browse(cast.reader).get("/").text
    assert link not in browse(cast.partner).get(f"/projects/{cast.project}").text


def test_a_coordinator_takes_a_question_back(browse: Browse, app: Flask, cast: Cast, look: Look) -> None:
    number = ask(app, cast)
    browser = browse(cast.coordinator)

    answer = browser.post(f"/requests/{number}/withdraw")
    again = browser.post(f"/requests/{number}/withdraw?next=//elsewhere.example")

    assert answer.location == again.location == f"/projects/{cast.project}"
    assert [because for *_rest, because in look(asked)] == ["withdrawn"]


@pytest.mark.parametrize("case", [({"answered": "y"}, "answered"), ({}, None)])
def test_a_call_may_end_the_question(
    browse: Browse, app: Flask, cast: Cast, look: Look, case: tuple[dict[str, str], str | None]
) -> None:
    ticked, ended = case
    number = ask(app, cast)
    browser = browse(cast.coordinator)
    path = f"/log/new?project={cast.project}&request={number}"
    today = clock.today("Europe/Berlin").isoformat()
    sent = {"happened_on": today, "kind": "call", "summary": "Angerufen", "language": "de", "people": str(cast.partner)}
    sent |= {"project": str(cast.project), "submission": "call"} | ticked

    form = browser.get(path + "&lang=en").text
    answer = browser.post(path, data=sent)

    assert "They have answered: do not ask any more" in words(form)
    assert answer.location == f"/projects/{cast.project}"
    assert [because for *_rest, because in look(asked)] == [ended]
    assert look(lambda: [one.name for one in db.session.scalars(sa.select(LogEntry)).one().people]) == ["Radu Partener"]


def test_a_call_about_what_was_answered_meanwhile_is_logged_all_the_same(
    browse: Browse, app: Flask, cast: Cast
) -> None:
    number = ask(app, cast, ended_at=clock.now(), ended_because="answered")
    browser = browse(cast.coordinator)

    page = browser.get(f"/log/new?project={cast.project}&request={number}&lang=en")

    assert page.status_code == 200
    assert "do not ask any more" not in page.text
    assert browser.get(f"/log/new?project={cast.project}&request=999999").status_code == 404


def test_pages_cost_as_much_with_many_questions(browse: Browse, app: Flask, cast: Cast, count_queries: Count) -> None:
    pages = {"/": (cast.coordinator, cast.partner), f"/projects/{cast.project}": (cast.coordinator, cast.partner)}

    def costs() -> list[int]:
        numbers = []
        for path, people in pages.items():
            for one in people:
                browser = browse(one)
                with count_queries() as asked:
                    assert browser.get(path).status_code == 200
                numbers.append(len(asked))
        return numbers

    few = costs()

    def crowd() -> None:
        here, project = db.session.get_one(Organisation, cast.here), db.session.get_one(Project, cast.project)
        for number in range(12):
            one = builders.person(at=here)
            promise = builders.milestone(project, organisation=here, person=one)
            for person in (one, person_of(cast.partner)):
                builders.request(project, person, milestone_id=promise.id, answer_by=ahead(number - 20))

    change(app, crowd)

    assert costs() == few
    assert max(few) <= 8
