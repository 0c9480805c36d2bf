"""Pages of projects, asked as each of the cast and as nobody."""

import re
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from tests import builders
from tests.conftest import Cast, change
from tracker import clock
from tracker.accounts.models import Role
from tracker.db import PartialDate, db, writing
from tracker.history.models import HistoryLine
from tracker.organisations.models import Organisation
from tracker.people.models import Person
from tracker.projects import queries
from tracker.projects.models import Project, ProjectRole, ProjectStatus, Series

Browse = Callable[..., FlaskClient]
Look = Callable[[Callable[[], Any]], Any]

GOOD = {
    "title-language": "de",
    "title-text": "Radweg",
    "title-en": "Cycle path",
    "summary-language": "de",
    "public_text-language": "de",
    "status": "planned",
    "begins": "2026",
    "ends": "4/2027",
    "series": "",
    "new_series": "",
    "edition_label": "2026/2027",
    "submission": "key-1",
}
CAST = ("administrator", "coordinator", "reader", "partner", "stranger")


def titled(title: str) -> list[Project]:
    """Return the projects of that German title."""
    rows = db.session.scalars(sa.select(Project).order_by(Project.id)).all()
    return [row for row in rows if str(row.title) == title]


def titles_in(page: str) -> list[str]:
    """Return the first cells of a list."""
    return [re.sub(r"<[^>]+>", "", cell).strip() for cell in re.findall(r'<th scope="row">(.*?)</th>', page, re.DOTALL)]


@pytest.mark.parametrize("path", ["/projects/", "/projects/new", "/projects/1/edit"])
def test_nobody_is_sent_to_sign_in(browse: Browse, path: str) -> None:
    answer = browse().get(path)

    assert (answer.status_code, answer.location) == (302, f"/sign-in?next={path}")


def test_each_of_the_cast_gets_their_pages(browse: Browse, cast: Cast) -> None:
    own, foreign = f"/projects/{cast.project}/edit", f"/projects/{cast.other_project}/edit"
    paths = ("/projects/", "/projects/new", own, foreign)

    statuses = {who: [browse(getattr(cast, who)).get(path).status_code for path in paths] for who in CAST}

    assert statuses == {
        "administrator": [200, 200, 200, 200],
        "coordinator": [200, 200, 200, 200],
        "reader": [200, 403, 403, 403],
        "partner": [200, 403, 403, 404],
        "stranger": [200, 403, 404, 403],
    }


def test_only_coordinators_archive(browse: Browse, cast: Cast) -> None:
    path = f"/projects/{cast.project}/archive"

    statuses = {who: browse(getattr(cast, who)).post(path).status_code for who in CAST}

    assert statuses == {"administrator": 302, "coordinator": 302, "reader": 403, "partner": 403, "stranger": 404}


def test_partners_find_the_projects_of_their_organisations_only(browse: Browse, cast: Cast) -> None:
    found = {
        who: titles_in(browse(getattr(cast, who)).get("/projects/?lang=de").text) for who in ("coordinator", "partner")
    }

    assert found == {"coordinator": ["Euarca", "Radweg"], "partner": ["Euarca"]}


def test_no_filter_of_a_partner_names_what_is_foreign(browse: Browse, cast: Cast) -> None:
    theirs, everything = (browse(who).get("/projects/").text for who in (cast.partner, cast.coordinator))

    assert ("Csepel" in theirs, "Csepel" in everything) == (False, True)
    assert ('name="partnership"' in theirs, 'name="partnership"' in everything) == (False, True)


def test_the_list_is_narrowed_and_sorted_in_the_address(app: Flask, browse: Browse, cast: Cast) -> None:
    with app.app_context(), writing():
        series = builders.text(de="Euarca")
        kept = Series(title=series)
        db.session.add(kept)
        first = builders.project(de="Ältere Straße", begins=PartialDate("1998"), status=ProjectStatus.COMPLETED)
        first.series = kept
        builders.milestone(first, due_on=clock.today("Europe/Berlin"))
        builders.project(de="Zukunft", begins=PartialDate("2031-05"), status=ProjectStatus.IDEA)
        builders.project(de="Abgelegt", archived_at=clock.now())
        db.session.commit()
        series_id = kept.id
    browser = browse(cast.coordinator)

    def found(query: str) -> list[str]:
        return titles_in(browser.get(f"/projects/?{query}").text)

    assert found("") == ["Ältere Straße", "Euarca", "Radweg", "Zukunft"]
    assert found("q=STRASSE") == ["Ältere Straße"]
    assert found("status=completed") == ["Ältere Straße"]
    assert found(f"series={series_id}") == ["Ältere Straße"]
    assert found("country=HU") == ["Radweg"]
    assert found(f"organisation={cast.here}") == ["Euarca"]
    assert found("archived=y") == ["Abgelegt"]
    assert found("status=nonsense&organisation=nobody") == found("")
    assert found("sort=status") == ["Zukunft", "Euarca", "Radweg", "Ältere Straße"]
    assert found("sort=begins")[:2] == ["Ältere Straße", "Zukunft"]
    assert found("sort=next") == ["Ältere Straße", "Euarca", "Radweg", "Zukunft"]
    assert found("sort=next&descending=1")[-2:] == ["Euarca", "Ältere Straße"]


def test_the_projects_of_a_partnership_are_found(app: Flask, browse: Browse, cast: Cast) -> None:
    with app.app_context(), writing():
        here, there = (db.session.get_one(Organisation, one) for one in (cast.office, cast.here))
        partnership = builders.partnership(here, there)
        db.session.get_one(Project, cast.project).partnerships = [partnership]
        db.session.commit()
        partnership_id = partnership.id

    page = browse(cast.reader).get(f"/projects/?partnership={partnership_id}").text

    assert titles_in(page) == ["Euarca"]


def test_an_empty_list_says_what_belongs_there(app: Flask, browse: Browse) -> None:
    with app.app_context(), writing():
        ids = [builders.person(role=role, at=builders.organisation()).id for role in Role]
        db.session.commit()

    pages = [browse(person_id).get("/projects/?lang=en").text for person_id in ids]

    assert ["No project is found here." in page for page in pages] == [True] * 4
    assert ['href="/projects/new"' in page for page in pages] == [True, True, False, False]


def test_a_coordinator_enters_a_project(browse: Browse, cast: Cast, look: Look) -> None:
    browser = browse(cast.coordinator)
    start = browser.get("/projects/new").text
    rows = {
        "row_0-organisation": cast.office,
        "row_0-role": "lead",
        "row_1-organisation": cast.elsewhere,
        "row_1-role": "host",
        "row_2-organisation": "",
        "row_2-role": "partner",
    }
    people = {"coordinators": [cast.coordinator, cast.administrator]}

    answer = browser.post(
        "/projects/new", data={**GOOD, "title-text": "Flussbad", **rows, **people, "new_series": "Bäder"}
    )

    assert re.search(rf'name="coordinators"[^>]*value="{cast.coordinator}" checked', start)

    def kept() -> tuple[Any, ...]:
        (project,) = titled("Flussbad")
        (line,) = db.session.scalars(sa.select(HistoryLine)).all()
        return (
            project.id,
            (str(project.title.texts["en"]), str(project.begins), str(project.ends), project.edition_label),
            [(one.organisation_id, one.role) for one in project.organisations],
            [one.id for one in project.coordinators],
            str(project.series.title) if project.series else None,
            (line.verb, line.by_id),
        )

    project_id, *rest = look(kept)
    assert (answer.status_code, answer.location) == (302, f"/projects/{project_id}")
    assert rest == [
        ("Cycle path", "2026", "2027-04", "2026/2027"),
        [(cast.office, ProjectRole.LEAD), (cast.elsewhere, ProjectRole.HOST)],
        sorted([cast.coordinator, cast.administrator]),
        "Bäder",
        ("PROJECT_CREATED", cast.coordinator),
    ]


def test_a_double_click_enters_one_project(browse: Browse, cast: Cast, look: Look) -> None:
    browser = browse(cast.coordinator)

    first, second = (browser.post("/projects/new", data={**GOOD, "title-text": "Flussbad"}) for _ in range(2))

    assert (first.status_code, first.location) == (second.status_code, second.location)
    assert look(lambda: len(titled("Flussbad"))) == 1


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"title-text": ""}, "This field is required."),
        ({"begins": "soon"}, "This is not a date. Please write 2007, 4/2007 or 16.4.2007."),
        ({"begins": "2028"}, "The project would end before it begins."),
        ({"status": "asleep"}, "Please choose something from the list."),
        ({"row_0-organisation": "9999", "row_0-role": "lead"}, "Please choose something from the list."),
        ({"edition_label": "x" * 61}, "This is too long: 61 characters, at most 60 are possible."),
    ],
)
def test_what_is_wrong_is_said_beside_the_field(
    browse: Browse, cast: Cast, look: Look, wrong: dict[str, str], sentence: str
) -> None:
    page = browse(cast.coordinator).post("/projects/new?lang=en", data={**GOOD, "title-text": "Flussbad", **wrong})

    assert (page.status_code, page.text.count(sentence) >= 2) == (200, True)
    assert look(lambda: len(titled("Flussbad"))) == 0


def test_a_series_is_chosen_or_named(app: Flask, browse: Browse, cast: Cast) -> None:
    with app.app_context(), writing():
        series = Series(title=builders.text(de="Euarca"))
        db.session.add(series)
        db.session.commit()
        series_id = series.id

    page = browse(cast.coordinator).post(
        "/projects/new?lang=en", data={**GOOD, "series": series_id, "new_series": "Euarca+"}
    )

    assert "Please choose a series or name a new one, not both." in page.text


def test_more_rows_keep_what_was_typed_and_save_nothing(browse: Browse, cast: Cast, look: Look) -> None:
    typed = {**GOOD, "title-text": "Flussbad", "row_0-organisation": cast.here, "row_0-role": "funder", "more": "1"}

    page = browse(cast.coordinator).post("/projects/new", data=typed).text

    assert set(re.findall(r'name="(row_\d+)-role"', page)) == {"row_0", "row_1", "row_2", "row_3"}
    assert 'value="Flussbad"' in page
    assert look(lambda: len(titled("Flussbad"))) == 0


def test_a_field_that_the_form_does_not_have_is_refused(browse: Browse, cast: Cast) -> None:
    answer = browse(cast.coordinator).post("/projects/new", data={**GOOD, "archived_at": "2027-01-01"})

    assert answer.status_code == 400


def titles_of_all() -> list[str]:
    """Return the titles of all projects."""
    return [str(title) for title in db.session.scalars(sa.select(Project.title).order_by(Project.id))]


def filled(look: Look, project_id: int) -> dict[str, Any]:
    """Return what a browser sends back for a project that nobody changed."""

    def ask() -> dict[str, Any]:
        project = db.session.get_one(Project, project_id)
        rows = {
            f"row_{number}-{name}": value
            for number, one in enumerate(project.organisations)
            for name, value in (("organisation", one.organisation_id), ("role", one.role.value))
        }
        return {
            "title-language": project.title.original,
            "title-text": str(project.title),
            "summary-language": "de",
            "public_text-language": "de",
            "status": project.status.value,
            "coordinators": [one.id for one in project.coordinators],
            "version": project.version,
            **rows,
        }

    kept: dict[str, Any] = look(ask)
    return kept


def test_an_edit_page_shows_the_project_as_it_is(browse: Browse, cast: Cast) -> None:
    page = browse(cast.coordinator).get(f"/projects/{cast.project}/edit").text

    assert 'value="Euarca"' in page
    chosen = re.findall(r'<option selected value="(\w+)">', page)
    assert [str(cast.office), "lead", str(cast.here), "partner"] == [
        one for one in chosen if one in {str(cast.office), str(cast.here), "lead", "partner"}
    ][:4]
    assert re.search(rf'name="coordinators"[^>]*value="{cast.coordinator}" checked', page)


def test_a_coordinator_changes_a_project(browse: Browse, cast: Cast, look: Look) -> None:
    sent = filled(look, cast.project) | {"status": "suspended"}

    answer = browse(cast.coordinator).post(f"/projects/{cast.project}/edit", data=sent)

    assert (answer.status_code, answer.location) == (302, f"/projects/{cast.project}")
    project = look(lambda: db.session.get_one(Project, cast.project))
    assert (project.status, project.version) == (ProjectStatus.SUSPENDED, 2)


@pytest.mark.parametrize("path", ["/projects/new", "/projects/{project}/edit"])
def test_a_project_does_not_outlive_its_partnership_and_is_told_beside_the_date(
    browse: Browse, app: Flask, cast: Cast, look: Look, path: str
) -> None:
    with app.app_context(), writing():
        sides = [db.session.get_one(Organisation, one) for one in (cast.office, cast.elsewhere)]
        ended = builders.partnership(*sides, de="Kassel – Csepel", ended=PartialDate("2024-03")).id
        db.session.commit()
    path, before = path.format(project=cast.project), look(titles_of_all)
    sent = filled(look, cast.project) | {"title-text": "Neu", "partnerships": [str(ended)], "submission": "key-9"}
    browser = browse(cast.coordinator)

    page = browser.post(f"{path}?lang=en", data=sent | {"ends": "1.4.2024"}).text
    refused = look(titles_of_all)
    answer = browser.post(path, data=sent | {"ends": "2024"})

    assert page.count("The partnership “Kassel – Csepel” ended before that (March 2024).") == 2
    assert re.search(r'<input[^>]*aria-describedby="[^"]*"[^>]*id="ends"|<input[^>]*id="ends"[^>]*aria-invalid', page)
    assert (refused, answer.status_code) == (before, 302)
    assert "Neu" in look(titles_of_all)


@pytest.mark.parametrize("path", ["/projects/new", "/projects/{project}/edit"])
def test_reminders_are_resumed_only_where_one_sees_what_that_brings(
    browse: Browse, app: Flask, cast: Cast, look: Look, path: str
) -> None:
    change(app, lambda: setattr(db.session.get_one(Project, cast.project), "reminders_paused", True))
    sent = filled(look, cast.project)

    browse(cast.coordinator).post(path.format(project=cast.project), data=sent)
    tricked = browse(cast.coordinator).post(path.format(project=cast.project), data=sent | {"reminders_paused": ""})

    assert tricked.status_code == 400
    assert look(lambda: db.session.get_one(Project, cast.project)).reminders_paused


def test_what_somebody_else_changed_meanwhile_is_shown_beside(browse: Browse, cast: Cast, look: Look) -> None:
    sent = filled(look, cast.project)
    browser = browse(cast.coordinator)
    browser.post(f"/projects/{cast.project}/edit", data=sent | {"title-text": "Euarca Plus"})

    page = browser.post(f"/projects/{cast.project}/edit?lang=en", data=sent | {"title-text": "Euarca+"})

    assert (page.status_code, "Somebody else changed this meanwhile" in page.text) == (200, True)
    assert ("Euarca Plus" in page.text, "Euarca+" in page.text) == (True, True)
    assert look(lambda: str(db.session.get_one(Project, cast.project).title)) == "Euarca Plus"


def test_an_archived_partner_stays_in_the_project_that_is_edited(
    app: Flask, browse: Browse, cast: Cast, look: Look
) -> None:
    with app.app_context(), writing():
        db.session.get_one(Organisation, cast.here).archived_at = clock.now()
        db.session.get_one(Person, cast.coordinator).archived_at = None
        db.session.commit()

    sent = filled(look, cast.project) | {"edition_label": "2027"}
    answer = browse(cast.administrator).post(f"/projects/{cast.project}/edit", data=sent)

    assert answer.status_code == 302
    assert look(lambda: len(db.session.get_one(Project, cast.project).organisations)) == 2


def test_a_project_goes_to_the_archive_and_comes_back(browse: Browse, cast: Cast, look: Look) -> None:
    browser = browse(cast.coordinator)

    states = []
    for back in ("", "", "?back=y", "?back=y"):
        browser.post(f"/projects/{cast.project}/archive{back}")
        states.append(look(lambda: db.session.get_one(Project, cast.project).archived_at is not None))

    assert states == [True, True, False, False]


@pytest.mark.parametrize("who", ["coordinator", "partner"])
def test_a_long_list_costs_as_many_queries_as_a_short_one(
    app: Flask, browse: Browse, cast: Cast, count_queries: Callable[[], Any], who: str
) -> None:
    browser = browse(getattr(cast, who))
    with count_queries() as few:
        browser.get("/projects/")
    with app.app_context(), writing():
        there = [db.session.get_one(Organisation, one) for one in (cast.office, cast.here)]
        for _number in range(30):
            builders.milestone(builders.project(organisations=there))
        db.session.commit()

    with count_queries() as many:
        page = browser.get("/projects/").text

    assert len(titles_in(page)) > 30
    assert (len(many), len(many) <= 8) == (len(few), True)


@pytest.mark.both
def test_a_partner_meets_the_organisations_and_people_of_their_projects(app: Flask, cast: Cast) -> None:
    reader = _somebody(cast)
    with app.app_context(), writing():
        today = clock.today("Europe/Berlin")
        met = set(db.session.scalars(queries.organisations_met(reader)))
        people = set(db.session.scalars(queries.people_met(reader, today)))

    assert met == {cast.office, cast.here}
    assert people == {cast.administrator, cast.coordinator, cast.reader, cast.partner}


def _somebody(cast: Cast) -> Any:  # noqa: ANN401 - as much of a person as the query needs
    class Partner:
        sees_all, is_partner, organisation_ids = False, True, frozenset({cast.here})

    return Partner()


@pytest.mark.both
def test_the_coordinators_of_several_projects_are_one_query(
    app: Flask, cast: Cast, count_queries: Callable[[], Any]
) -> None:
    with app.app_context(), writing(), count_queries() as asked:
        found = queries.coordinators_of([cast.project, cast.other_project])
        names = {project_id: [person.id for person in people] for project_id, people in found.items()}

    assert names == {cast.project: [cast.coordinator], cast.other_project: [cast.coordinator]}
    assert len(asked) == 1
