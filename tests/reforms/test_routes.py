"""A coordinator says what became of an organisation, and every page that shows it says so in a line."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from tests import builders
from tests.conftest import Cast, change
from tracker import clock
from tracker.db import PartialDate, db
from tracker.history.models import HistoryLine
from tracker.organisations.models import ChangeKind, Office, Organisation, OrganisationChange
from tracker.projects.models import Project, ProjectStatus

Browse = Callable[..., FlaskClient]
Look = Callable[[Callable[[], Any]], Any]
Count = Callable[[], Any]


def merged(cast: Cast, **more: str) -> dict[str, str]:
    """Return a form: the one here went into the one elsewhere."""
    return {"successors": str(cast.elsewhere), "happened_on": "2020", "version": "1", "submission": "key"} | more


def renamed(**more: str) -> dict[str, str]:
    """Return a form with a new name."""
    name = {"name-language": "de", "name-text": "Region Nösnerland"}
    return name | {"happened_on": "2020", "version": "1", "submission": "key"} | more


def changes() -> list[tuple[int, ChangeKind, list[int]]]:
    """Return what became of whom, and who came after."""
    rows = db.session.scalars(sa.select(OrganisationChange).order_by(OrganisationChange.id))
    return [(row.organisation_id, row.kind, [one.id for one in row.successors]) for row in rows]


def lines(page: str) -> str:
    """Return the words of a page, without its marks and without the languages of texts."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).split()).replace(" (German)", "")


@pytest.mark.both
def test_one_that_was_merged_stays_under_its_name_and_is_offered_no_more(
    browse: Browse, cast: Cast, look: Look, app: Flask
) -> None:
    browser = browse(cast.coordinator)
    change(app, lambda: builders.log_entry(organisation_id=cast.here))

    answer = browser.post(f"/organisations/{cast.here}/became?kind=merged", data=merged(cast, note="Gesetz von 2019"))
    again = browser.post(f"/organisations/{cast.here}/became?kind=merged", data=merged(cast, note="Gesetz von 2019"))
    own, other = (lines(browser.get(f"/organisations/{one}?lang=en").text) for one in (cast.here, cast.elsewhere))

    assert answer.location == again.location == f"/organisations/{cast.here}/carry-over"
    assert look(changes) == [(cast.here, ChangeKind.MERGED, [cast.elsewhere])]
    assert "2020: merged into Csepel-Insel – Gesetz von 2019" in own
    assert "2020: Bistrița-Năsăud was merged into it – Gesetz von 2019" in other
    offered = {path: "Bistrița" in browser.get(path).text for path in ("/projects/new", "/people/new", "/log/")}
    assert offered == {"/projects/new": False, "/people/new": False, "/log/": True}
    assert "Bistrița-Năsăud (until 2020)" in lines(browser.get("/search?q=Bistrita&lang=en").text)
    told = look(lambda: db.session.scalars(sa.select(HistoryLine.verb).order_by(HistoryLine.id)).all())
    assert told == ["ORGANISATION_BECAME", "ORGANISATION_SUCCEEDED"]


@pytest.mark.both
def test_one_that_was_renamed_shows_the_name_of_the_day(browse: Browse, cast: Cast, app: Flask) -> None:
    def enter() -> None:
        project = db.session.get_one(Project, cast.project)
        project.status, project.ends = ProjectStatus.COMPLETED, PartialDate("2018")
        here = db.session.get_one(Organisation, cast.here)
        for day in ("2019", "2021"):
            entry = builders.log_entry(project_id=project.id, happened_on=PartialDate(day))
            entry.organisations.append(here)
        builders.led_to(f"project:{project.id}", f"organisation:{here.id}", happened_on=PartialDate("2019"))

    change(app, enter)
    browser = browse(cast.coordinator)

    answer = browser.post(f"/organisations/{cast.here}/became?kind=renamed", data=renamed())
    page = browser.get(f"/projects/{cast.project}?lang=de").text
    own = lines(browser.get(f"/organisations/{cast.here}?lang=en").text)

    assert answer.location == f"/organisations/{cast.here}"
    assert re.findall(r"Organisationen: (\S+)", lines(page)) == ["Region", "Bistrița-Năsăud"]
    assert f'<a href="/organisations/{cast.here}">Bistrița-Năsăud</a>' in page
    lineage = page[page.index('class="lineage"') :]
    assert "Bistrița-Năsăud</a>" in lineage[: lineage.index("</ol>")]
    assert ("Formerly Bistrița-Năsăud (until 2020)" in own, "renamed, before that" in own) == (True, True)
    assert "Region Nösnerland" in browser.get("/search?q=bistrita").text


@pytest.mark.parametrize("names", [("Bistrița-Năsăud", "Region Nösnerland"), ("Pressestelle", "Pressestelle")])
def test_the_office_is_called_as_its_organisation_where_it_was_before(
    browse: Browse, cast: Cast, look: Look, app: Flask, names: tuple[str, str]
) -> None:
    called, renamed_to = names

    def be_here() -> None:
        office = db.session.get_one(Office, 1)
        office.organisation_id, office.name = cast.here, called

    change(app, be_here)
    browser = browse(cast.coordinator)

    browser.post(f"/organisations/{cast.here}/became?kind=renamed", data=renamed())
    name = look(lambda: db.session.get_one(Office, 1).name)
    became = look(lambda: db.session.scalars(sa.select(OrganisationChange.id)).one())
    browser.post(f"/organisations/{cast.here}/became/{became}/take-back")

    assert (name, look(lambda: db.session.get_one(Office, 1).name)) == (renamed_to, called)


def test_names_of_before_cost_no_question(browse: Browse, cast: Cast, app: Flask, count_queries: Count) -> None:
    def enter() -> None:
        bodies = [builders.organisation() for _ in range(20)]
        entry = builders.log_entry(project_id=cast.project, happened_on=PartialDate("1960"))
        entry.organisations.extend(bodies)

    def rename() -> None:
        for body in db.session.scalars(sa.select(Organisation)).all():
            builders.change(body)

    change(app, enter)
    browser = browse(cast.coordinator)
    pages = [f"/projects/{cast.project}", f"/organisations/{cast.here}", "/log/"]

    def asked() -> list[int]:
        found = []
        for page in pages:
            with count_queries() as statements:
                assert browser.get(page).status_code == 200
            found.append(len(statements))
        return found

    before = asked()
    change(app, rename)

    assert asked() == before
    assert "Früherer Name" in browser.get(pages[0]).text


@pytest.mark.both
def test_what_was_entered_by_mistake_is_taken_back(browse: Browse, cast: Cast, look: Look) -> None:
    browser = browse(cast.coordinator)
    browser.post(f"/organisations/{cast.here}/became?kind=renamed", data=renamed())
    first = look(lambda: db.session.scalars(sa.select(OrganisationChange.id)).one())
    browser.post(f"/organisations/{cast.here}/became?kind=merged", data=merged(cast, version="2", submission="other"))
    path = f"/organisations/{cast.here}/became/{{}}/take-back"

    def stands() -> tuple[str, bool, bool, int]:
        row = db.session.get_one(Organisation, cast.here)
        number = db.session.scalar(sa.select(sa.func.count()).select_from(OrganisationChange))
        return str(row.name), row.ended_on is None, row.former_names is None, number or 0

    seen = []
    for one in (first, first + 1, first):
        browser.post(path.format(one))
        seen.append(look(stands))
    gone = browser.post(path.format(first))

    assert seen == [
        ("Region Nösnerland", False, False, 2),
        ("Region Nösnerland", True, False, 1),
        ("Bistrița-Năsăud", True, True, 0),
    ]
    assert gone.status_code == 404


@pytest.mark.parametrize(
    "case",
    [
        ("merged", {"successors": ""}, "This field is required."),
        ("merged", {"successors": "999999"}, "Please choose something from the list."),
        ("merged", {"happened_on": "gestern"}, "This is not a date."),
        ("merged", {"happened_on": ""}, "This field is required."),
        ("merged", {"happened_on": "2999"}, "This day lies ahead."),
        ("merged", {"version": "0"}, "Somebody else changed this organisation meanwhile."),
        ("split", {}, "Please choose at least two organisations"),
        ("renamed", {"name-text": "Csepel-Insel", "successors": None}, "Is it this one?"),
        ("renamed", {"name-text": "Bistrița-Năsăud", "successors": None}, "This is its name already."),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_saved(
    browse: Browse, cast: Cast, look: Look, app: Flask, case: tuple[str, dict[str, str | None], str]
) -> None:
    kind, wrong, sentence = case
    if kind == "renamed":
        change(app, lambda: setattr(db.session.get_one(Organisation, cast.elsewhere), "country", "RO"))
    sent = (renamed() if kind == "renamed" else merged(cast)) | wrong
    data = {name: value for name, value in sent.items() if value is not None}

    answer = browse(cast.coordinator).post(f"/organisations/{cast.here}/became?kind={kind}&lang=en", data=data)

    assert (answer.status_code, sentence in answer.text) == (200, True)
    assert look(changes) == []
    assert look(lambda: db.session.get_one(Organisation, cast.here).version) == 1


def test_one_is_not_dissolved_before_its_project_ends(browse: Browse, cast: Cast, look: Look, app: Flask) -> None:
    ends = PartialDate.of(clock.today("Europe/Berlin") + timedelta(days=30))
    change(app, lambda: setattr(db.session.get_one(Project, cast.project), "ends", ends))

    data = {"happened_on": "2020", "version": "1", "submission": "key"}
    answer = browse(cast.coordinator).post(f"/organisations/{cast.here}/became?kind=dissolved&lang=en", data=data)

    assert "The project “Euarca” ends only later." in answer.text
    assert look(changes) == []


@pytest.mark.both
def test_two_are_not_merged_into_each_other_at_once(browse: Browse, cast: Cast, look: Look) -> None:
    ways = [(cast.here, cast.elsewhere), (cast.elsewhere, cast.here)]
    browsers = [browse(cast.coordinator), browse(cast.administrator)]

    def merge(number: int) -> int:
        one, other = ways[number]
        data = {"successors": str(other), "happened_on": "2020", "version": "1", "submission": f"key-{number}"}
        return browsers[number].post(f"/organisations/{one}/became?kind=merged", data=data).status_code

    with ThreadPoolExecutor(2) as both:
        statuses = sorted(both.map(merge, range(2)))

    assert statuses == [200, 302]
    assert len(look(changes)) == 1


def test_a_partner_reads_no_name_of_a_successor_that_they_do_not_know(browse: Browse, cast: Cast) -> None:
    browse(cast.coordinator).post(f"/organisations/{cast.here}/became?kind=merged", data=merged(cast))

    page = browse(cast.partner).get(f"/projects/{cast.project}?lang=en").text
    office = browse(cast.reader).get(f"/projects/{cast.project}?lang=en").text

    assert ("2020: merged into another organisation" in page, "Csepel" in page) == (True, False)
    assert "Csepel" in office


def test_dated_names_are_kept_and_shown(browse: Browse, cast: Cast) -> None:
    browser = browse(cast.coordinator)
    form = browser.get(f"/organisations/{cast.here}/edit").text
    fields = dict(re.findall(r'name="([^"]+)"[^>]*? value="([^"]*)"', form))
    kept = {"version": fields["version"], "name-language": "ro", "name-text": "Bistrița", "kind": "county"}
    kept |= {"country": "RO", "language": "ro", "zone": "Europe/Bucharest", "aliases": "Nösen\nNassod (1876 – 1925)"}

    browser.post(f"/organisations/{cast.here}/edit", data=kept)
    page = lines(browser.get(f"/organisations/{cast.here}?lang=en").text)

    assert ("Also known as Nösen Formerly Nassod (1876 – 1925)" in page) is True
    assert "Nassod (1876 – 1925)" in browser.get(f"/organisations/{cast.here}/edit?lang=en").text
    assert "Bistrița" in browser.get("/search?q=nassod").text
