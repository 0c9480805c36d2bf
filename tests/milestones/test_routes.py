"""Pages of milestones, asked as each of the cast and as nobody."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from tests import builders
from tests.conftest import Cast
from tracker import clock
from tracker.db import db, writing
from tracker.history.models import HistoryLine
from tracker.milestones.actions import move_milestone
from tracker.milestones.models import Milestone, MilestoneState
from tracker.organisations.models import Organisation
from tracker.people.models import Person
from tracker.projects.models import Project, ProjectStatus

Browse = Callable[..., FlaskClient]
Look = Callable[[Callable[[], Any]], Any]

CAST = ("administrator", "coordinator", "reader", "partner", "stranger")
GOOD = {
    "title-language": "de",
    "title-text": "Katalog gedruckt",
    "title-ro": "Catalog tipărit",
    "due_on": "16.4.2027",
    "kind": "deliverable",
    "responsible_organisation": "",
    "responsible_person": "",
    "submission": "key-1",
}


def milestone(milestone_id: int) -> Milestone:
    """Return a milestone with its moves."""
    row = db.session.get_one(Milestone, milestone_id)
    assert row.moves is not None
    return row


def titles_in(page: str) -> list[str]:
    """Return the first cells of a list."""
    cells = re.findall(r'<th scope="row">(.*?)</th>', page, re.DOTALL)
    return [re.sub(r"<[^>]+>", "", cell).strip() for cell in cells]


@pytest.mark.parametrize(
    "path", ["/milestones/", "/projects/1/milestones/new", "/milestones/1/edit", "/milestones/1/move"]
)
def test_nobody_is_sent_to_sign_in(browse: Browse, path: str) -> None:
    answer = browse().get(path)

    assert (answer.status_code, answer.location) == (302, f"/sign-in?next={path}")


def test_each_of_the_cast_gets_their_pages(browse: Browse, cast: Cast) -> None:
    paths = (
        "/milestones/",
        f"/projects/{cast.project}/milestones/new",
        f"/milestones/{cast.milestone}/edit",
        f"/milestones/{cast.milestone}/move",
    )

    statuses = {who: [browse(getattr(cast, who)).get(path).status_code for path in paths] for who in CAST}

    assert statuses == {
        "administrator": [200, 200, 200, 200],
        "coordinator": [200, 200, 200, 200],
        "reader": [200, 403, 403, 403],
        "partner": [200, 403, 403, 403],
        "stranger": [200, 404, 404, 404],
    }


@pytest.mark.parametrize("act", ["done", "cancel", "reopen", "archive", "move", "edit"])
def test_only_coordinators_act(browse: Browse, cast: Cast, look: Look, act: str) -> None:
    path = f"/milestones/{cast.milestone}/{act}"

    statuses = [browse(getattr(cast, who)).post(path).status_code for who in ("reader", "partner", "stranger")]

    assert statuses == [403, 403, 404]
    assert look(lambda: milestone(cast.milestone).version) == 1


def test_a_list_shows_the_open_ones_unless_asked_otherwise(app: Flask, browse: Browse, cast: Cast) -> None:
    today = clock.today("Europe/Berlin")
    with app.app_context(), writing():
        project = db.session.get_one(Project, cast.project)
        over = builders.project(status=ProjectStatus.COMPLETED)
        builders.milestone(project, de="Spät", due_on=today - timedelta(days=3))
        builders.milestone(project, de="Heute", due_on=today)
        builders.milestone(project, de="Fern", due_on=today + timedelta(days=31))
        builders.milestone(project, de="Fertig", state=MilestoneState.DONE, done_on=today, due_on=today)
        builders.milestone(project, de="Aus", state=MilestoneState.CANCELLED, due_on=today)
        builders.milestone(project, de="Abgelegt", archived_at=clock.now())
        builders.milestone(over, de="Vergessen", due_on=today - timedelta(days=9))
        db.session.commit()
    browser = browse(cast.coordinator)

    def found(query: str) -> list[str]:
        return titles_in(browser.get(f"/milestones/?{query}").text)

    first = "Künstler benannt"
    assert found("") == ["Vergessen", "Spät", "Heute", first, "Fern"]
    assert found("which=late") == ["Spät"]
    assert found("which=soon") == ["Heute", first]
    assert found("which=done") == ["Fertig"]
    assert len(found("which=all")) == 7
    assert found("which=nonsense") == found("")
    assert found("archived=y") == ["Abgelegt"]
    assert found("q=kunstler") == [first]
    assert found(f"organisation={cast.here}") == [first]
    assert found(f"project={cast.other_project}") == []
    assert found("sort=title") == ["Fern", "Heute", first, "Spät", "Vergessen"]
    assert found("sort=date&descending=1")[0] == "Fern"
    assert found("sort=project")[-1] == "Vergessen"


def test_partners_find_the_milestones_of_their_projects_only(browse: Browse, cast: Cast) -> None:
    found = {who: titles_in(browse(getattr(cast, who)).get("/milestones/?lang=de").text) for who in CAST}

    first = ["Künstler benannt"]
    assert found == {"administrator": first, "coordinator": first, "reader": first, "partner": first, "stranger": []}


def test_each_line_offers_what_its_reader_may_do(browse: Browse, cast: Cast) -> None:
    pages = {who: browse(getattr(cast, who)).get("/milestones/").text for who in ("coordinator", "reader", "partner")}

    offered = {
        who: (
            f"/milestones/{cast.milestone}/move" in page,
            f"/projects/{cast.project}/updates/new?milestone={cast.milestone}" in page,
        )
        for who, page in pages.items()
    }
    assert offered == {"coordinator": (True, False), "reader": (False, False), "partner": (False, True)}


def test_the_filters_keep_which_milestones_are_shown(browse: Browse, cast: Cast) -> None:
    page = browse(cast.coordinator).get("/milestones/?which=late&sort=title").text

    kept = dict(re.findall(r'<input type="hidden" name="(\w+)" value="(\w+)">', page))
    assert kept == {"which": "late", "sort": "title"}


def test_a_moved_milestone_tells_in_the_list_what_it_was(app: Flask, browse: Browse, cast: Cast) -> None:
    with app.app_context(), writing():
        row = milestone(cast.milestone)
        row.first_due_on = row.due_on = date(2027, 3, 1)
        for to_on in (date(2027, 4, 1), date(2027, 5, 1)):
            move_milestone(row, to_on=to_on, by_id=cast.coordinator, now=clock.now())
        db.session.commit()

    page = browse(cast.reader).get("/milestones/?lang=en").text

    assert "was 1 Mar 2027, moved twice" in page


def test_a_coordinator_adds_a_milestone(browse: Browse, cast: Cast, look: Look) -> None:
    who = {"responsible_organisation": cast.here, "responsible_person": cast.partner}

    answer = browse(cast.coordinator).post(f"/projects/{cast.project}/milestones/new", data=GOOD | who)

    def kept() -> tuple[Any, ...]:
        row = db.session.scalars(sa.select(Milestone).order_by(Milestone.id.desc())).first()
        line = db.session.scalars(sa.select(HistoryLine)).one()
        assert row is not None
        return (
            (str(row.title), row.project_id, row.first_due_on, row.due_on, row.kind.value),
            (row.responsible_organisation_id, row.responsible_person_id),
            (line.verb, line.by_id, line.within),
        )

    assert (answer.status_code, answer.location) == (302, f"/projects/{cast.project}#milestones")
    assert look(kept) == (
        ("Katalog gedruckt", cast.project, date(2027, 4, 16), date(2027, 4, 16), "deliverable"),
        (cast.here, cast.partner),
        ("MILESTONE_CREATED", cast.coordinator, f"project:{cast.project}"),
    )


def test_a_double_click_adds_one_milestone(browse: Browse, cast: Cast, look: Look) -> None:
    browser, path = browse(cast.coordinator), f"/projects/{cast.project}/milestones/new"

    first, second = (browser.post(path, data=GOOD) for _ in range(2))

    assert (first.status_code, first.location) == (302, second.location)
    assert look(lambda: db.session.scalar(sa.select(sa.func.count(Milestone.id)))) == 2


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"title-text": ""}, "This field is required."),
        ({"due_on": ""}, "This field is required."),
        ({"due_on": "31.2.2027"}, "This is not a date. Please write day, month and year, such as 16.4.2027."),
        ({"due_on": "2027"}, "This is not a date. Please write day, month and year, such as 16.4.2027."),
        ({"responsible_organisation": "3"}, "Please choose something from the list."),
    ],
)
def test_what_is_wrong_is_said_beside_the_field(
    browse: Browse, cast: Cast, wrong: dict[str, str], sentence: str
) -> None:
    assert cast.elsewhere == 3

    page = browse(cast.coordinator).post(f"/projects/{cast.project}/milestones/new?lang=en", data=GOOD | wrong)

    assert (page.status_code, page.text.count(sentence)) == (200, 2)


def filled(look: Look, milestone_id: int) -> dict[str, Any]:
    """Return what a browser sends back for a milestone that nobody changed."""

    def ask() -> dict[str, Any]:
        row = milestone(milestone_id)
        return {
            "title-language": row.title.original,
            "title-text": str(row.title),
            "due_on": row.due_on.isoformat(),
            "kind": row.kind.value,
            "responsible_organisation": row.responsible_organisation_id or "",
            "responsible_person": row.responsible_person_id or "",
            "version": row.version,
        }

    kept: dict[str, Any] = look(ask)
    return kept


def test_a_form_that_nobody_changed_changes_nothing(browse: Browse, cast: Cast, look: Look) -> None:
    answer = browse(cast.coordinator).post(f"/milestones/{cast.milestone}/edit", data=filled(look, cast.milestone))

    assert answer.status_code == 302
    assert look(lambda: (milestone(cast.milestone).version, db.session.scalars(sa.select(HistoryLine)).all())) == (
        1,
        [],
    )


def test_a_new_date_in_the_form_keeps_the_old_one(browse: Browse, cast: Cast, look: Look) -> None:
    before = look(lambda: milestone(cast.milestone).due_on)

    browse(cast.coordinator).post(
        f"/milestones/{cast.milestone}/edit", data=filled(look, cast.milestone) | {"due_on": "2031-03-01"}
    )

    row = look(lambda: milestone(cast.milestone))
    assert (row.first_due_on, row.due_on) == (before, date(2031, 3, 1))
    assert [(move.from_on, move.to_on, move.by_id) for move in row.moves] == [
        (before, date(2031, 3, 1), cast.coordinator)
    ]


def test_a_milestone_is_moved_with_one_date_and_one_button(browse: Browse, cast: Cast, look: Look) -> None:
    browser, path = browse(cast.coordinator), f"/milestones/{cast.milestone}/move?next=/milestones/"
    page = browser.get(path).text
    version = look(lambda: milestone(cast.milestone).version)

    answer = browser.post(path, data={"due_on": "1.3.2031", "version": version})

    assert (page.count('type="date"'), 'href="/milestones/"' in page) == (1, True)
    assert (answer.status_code, answer.location) == (302, "/milestones/")
    assert look(lambda: milestone(cast.milestone).due_on) == date(2031, 3, 1)


def test_nobody_is_led_to_another_site_afterwards(browse: Browse, cast: Cast) -> None:
    path = f"/milestones/{cast.milestone}/done?next=//elsewhere.example"

    assert browse(cast.coordinator).post(path).location == f"/projects/{cast.project}#milestones"


def test_what_somebody_else_moved_meanwhile_is_shown_beside(browse: Browse, cast: Cast, look: Look) -> None:
    browser, path = browse(cast.coordinator), f"/milestones/{cast.milestone}/move?lang=en"
    version = look(lambda: milestone(cast.milestone).version)
    browser.post(path, data={"due_on": "2031-03-01", "version": version})

    page = browser.post(path, data={"due_on": "2031-04-01", "version": version})

    assert (page.status_code, "Somebody else changed this meanwhile" in page.text) == (200, True)
    assert ("2031-03-01" in page.text, "2031-04-01" in page.text) == (True, True)
    assert look(lambda: milestone(cast.milestone).due_on) == date(2031, 3, 1)


def test_what_is_done_says_that_it_must_be_opened_before_it_moves(browse: Browse, cast: Cast, look: Look) -> None:
    browser = browse(cast.coordinator)
    browser.post(f"/milestones/{cast.milestone}/done")
    version = look(lambda: milestone(cast.milestone).version)

    page = browser.post(f"/milestones/{cast.milestone}/move?lang=en", data={"due_on": "2031-04-01", "version": version})

    assert (page.status_code, "This milestone is done. Open it again first." in page.text) == (200, True)
    assert look(lambda: len(milestone(cast.milestone).moves)) == 0


def test_one_click_finishes_opens_cancels_and_archives(browse: Browse, cast: Cast, look: Look) -> None:
    browser, told = browse(cast.coordinator), []

    for act in ("done", "reopen", "cancel", "reopen", "archive", "archive?back=y"):
        browser.post(f"/milestones/{cast.milestone}/{act}")
        row = look(lambda: milestone(cast.milestone))
        told.append((row.state.value, row.done_on, row.archived_at is not None))

    today = clock.today("Europe/Berlin")
    assert told == [
        ("done", today, False),
        ("open", None, False),
        ("cancelled", None, False),
        ("open", None, False),
        ("open", None, True),
        ("open", None, False),
    ]


def test_a_cancelled_milestone_is_not_done_by_an_old_page(browse: Browse, cast: Cast, look: Look) -> None:
    browser = browse(cast.coordinator)
    browser.post(f"/milestones/{cast.milestone}/cancel")

    browser.post(f"/milestones/{cast.milestone}/done?lang=en")

    assert look(lambda: milestone(cast.milestone).state) is MilestoneState.CANCELLED
    assert "This milestone is cancelled." in browser.get("/milestones/?lang=en").text


@pytest.mark.parametrize("who", ["coordinator", "partner"])
def test_a_long_list_costs_as_many_queries_as_a_short_one(
    app: Flask, browse: Browse, cast: Cast, count_queries: Callable[[], Any], who: str
) -> None:
    browser = browse(getattr(cast, who))
    with count_queries() as few:
        browser.get("/milestones/")
    with app.app_context(), writing():
        here, person = db.session.get_one(Organisation, cast.here), db.session.get_one(Person, cast.partner)
        for _number in range(30):
            project = builders.project(organisations=[here])
            row = builders.milestone(project, organisation=here, person=person)
            move_milestone(row, to_on=row.due_on + timedelta(days=1), by_id=None, now=clock.now())
        db.session.commit()

    with count_queries() as many:
        page = browser.get("/milestones/").text

    assert len(titles_in(page)) == 31
    assert (len(many), len(many) <= 8) == (len(few), True)


def test_a_page_shows_fifty_of_many(app: Flask, browse: Browse, cast: Cast) -> None:
    with app.app_context(), writing():
        project = db.session.get_one(Project, cast.project)
        for _number in range(60):
            builders.milestone(project)
        db.session.commit()

    pages = [titles_in(browse(cast.reader).get(f"/milestones/?page={page}").text) for page in (1, 2)]

    assert [len(page) for page in pages] == [50, 11]
