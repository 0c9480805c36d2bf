"""The pages that look across, asked as each of the cast and as nobody."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from tests import builders
from tests.conftest import Cast, change
from tracker import clock
from tracker.accounts.models import Account, Role
from tracker.app import create_app
from tracker.config import load
from tracker.contributions.models import Contribution, ContributionKind
from tracker.db import db, writing
from tracker.log.models import LogEntry
from tracker.mail.models import Message, MessageKind, MessageState, Tick
from tracker.milestones.models import Assessment, Milestone, MilestoneMove
from tracker.organisations.models import Organisation, OrganisationAlias
from tracker.participants.models import ParticipantRole
from tracker.partnerships.models import Partnership, PartnershipStatus
from tracker.people.actions import change_person
from tracker.people.models import Contact, Person
from tracker.projects.models import Project, ProjectStatus, Series

Browse = Callable[..., FlaskClient]
Look = Callable[[Callable[[], Any]], Any]
Count = Callable[[], AbstractContextManager[list[str]]]
#: So many questions a page may ask, the one after the sign-in included.
MOST_QUERIES = 8
#: Search asks each of ten rooms once, and who it is that asks.
MOST_OF_SEARCH = 12


@dataclass(frozen=True)
class Scene:
    """What stands around the cast."""

    partnership: int
    foreign_partnership: int
    today: date


@pytest.fixture
def scene(app: Flask, cast: Cast) -> Scene:
    """Give the cast's project something of everything."""
    today = clock.today("Europe/Berlin")
    with app.app_context(), writing():
        kassel, here, elsewhere = (
            db.session.get_one(Organisation, id_) for id_ in (cast.office, cast.here, cast.elsewhere)
        )
        here.aliases = [OrganisationAlias(text="Bistritz-Nassod")]
        elsewhere.aliases = [OrganisationAlias(text="Szepel-Insel")]
        coordinator, partner = (db.session.get_one(Person, id_) for id_ in (cast.coordinator, cast.partner))
        project, other = (db.session.get_one(Project, id_) for id_ in (cast.project, cast.other_project))
        partnership = builders.partnership(kassel, here, de="Kassel und Bistritz")
        foreign = builders.partnership(kassel, elsewhere, de="Kassel und Csepel")
        builders.log_entry(on="2019-05", de="Brief aus Csepel", partnership_id=foreign.id)
        builders.partnership(here, elsewhere, de="Bistritz und Csepel")
        project.partnerships = [partnership]
        project.series = Series(title=builders.text(de="Kunstlager"))
        builders.project(
            de="Euarca früher",
            organisations=[kassel],
            series=project.series,
            edition_label="2022",
            status=ProjectStatus.COMPLETED,
        )
        late = builders.milestone(project, de="Reise gebucht", organisation=here, due_on=today - timedelta(days=12))
        late.first_due_on = today - timedelta(days=40)
        late.moves = [MilestoneMove(from_on=late.first_due_on, to_on=late.due_on, at=clock.now())]
        late.assessment = Assessment.DELAYED
        builders.milestone(other, de="Trasse abgestimmt", organisation=elsewhere, due_on=today - timedelta(days=3))
        builders.participant(project, heads=6, organisation_id=here.id)
        builders.participant(project, person=builders.person("Ioana Pictor"), organisation_id=here.id)
        builders.participant(
            project, person=builders.person("Konrad Kurator"), organisation_id=kassel.id, role=ParticipantRole.CURATOR
        )
        builders.update(
            project, partner, milestone_id=late.id, assessment=Assessment.DELAYED, text="Avem nevoie de timp."
        )
        entry = builders.log_entry(
            on=today.isoformat(),
            de="Mit Radu telefoniert",
            project_id=project.id,
            by_id=coordinator.id,
            next_step="Ersatz suchen",
            next_step_on=today + timedelta(days=4),
        )
        entry.people = [coordinator]
        builders.log_entry(de="Csepel besucht", project_id=other.id)
        db.session.commit()
        return Scene(partnership.id, foreign.id, today)


def words(page: str) -> str:
    """Return what one reads on a page, without its frame."""
    main = page[page.index("<main") : page.index("</main>")]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", main)).split())


def paths(cast: Cast, scene: Scene) -> dict[str, str]:
    """Return the pages by name."""
    return {
        "start": "/",
        "project": f"/projects/{cast.project}",
        "other project": f"/projects/{cast.other_project}",
        "partnership": f"/partnerships/{scene.partnership}",
        "organisation": f"/organisations/{cast.here}",
        "other organisation": f"/organisations/{cast.elsewhere}",
        "person": f"/people/{cast.coordinator}",
        "stranger": f"/people/{cast.stranger}",
        "search": "/search?q=kassel",
        "outbox": "/outbox/",
    }


# ---- who sees which page


@pytest.mark.both
@pytest.mark.parametrize(
    "case",
    [
        ("administrator", {}),
        ("coordinator", {}),
        ("reader", {"outbox": 403}),
        (
            "partner",
            {"other project": 404, "partnership": 404, "other organisation": 404, "stranger": 404, "outbox": 403},
        ),
        ("stranger", {"project": 404, "partnership": 404, "organisation": 404, "outbox": 403}),
    ],
)
def test_each_of_the_cast_gets_their_pages_in_few_queries(
    browse: Browse, cast: Cast, scene: Scene, count_queries: Count, case: tuple[str, dict[str, int]]
) -> None:
    role, hidden = case
    browser = browse(getattr(cast, role))
    statuses, costly = {}, {}

    for name, path in paths(cast, scene).items():
        with count_queries() as asked:
            statuses[name] = browser.get(path).status_code
        if len(asked) > (MOST_OF_SEARCH if name == "search" else MOST_QUERIES):
            costly[name] = asked

    assert statuses == dict.fromkeys(statuses, 200) | hidden
    assert costly == {}


def test_nobody_is_sent_to_sign_in(browse: Browse, cast: Cast, scene: Scene) -> None:
    answers = {name: browse().get(path) for name, path in paths(cast, scene).items()}

    assert {answer.status_code for answer in answers.values()} == {302}
    assert answers["start"].location == "/sign-in"
    assert answers["project"].location == f"/sign-in?next=/projects/{cast.project}"


@pytest.mark.parametrize("language", ["de", "en", "it", "hu", "ro"])
def test_every_page_can_be_had_in_every_language(browse: Browse, cast: Cast, scene: Scene, language: str) -> None:
    browser = browse(cast.administrator)

    for path in paths(cast, scene).values():
        page = browser.get(f"{path}{'&' if '?' in path else '?'}lang={language}")
        assert (page.status_code, f'<html lang="{language}"' in page.text) == (200, True)


@pytest.mark.parametrize("role", ["coordinator", "reader", "partner"])
def test_many_rows_cost_as_many_queries_as_few(
    browse: Browse, cast: Cast, scene: Scene, count_queries: Count, role: str
) -> None:
    browser = browse(getattr(cast, role))

    def costs() -> dict[str, int]:
        numbers = {}
        for name, path in paths(cast, scene).items():
            with count_queries() as asked:
                browser.get(path)
            numbers[name] = len(asked)
        return numbers

    few = costs()
    with browser.application.app_context(), writing():
        project = db.session.get_one(Project, cast.project)
        kassel, here = (db.session.get_one(Organisation, id_) for id_ in (cast.office, cast.here))
        partner = db.session.get_one(Person, cast.partner)
        for number in range(30):
            due = scene.today + timedelta(days=number - 15)
            one = builders.milestone(project, organisation=here, person=builders.person(at=here), due_on=due)
            one.moves = [MilestoneMove(from_on=due, to_on=due, at=clock.now())]
            builders.update(project, partner, milestone_id=one.id)
            entry = builders.log_entry(project_id=project.id, by_id=cast.coordinator, next_step="Nachfragen")
            entry.people, entry.organisations = [partner], [kassel, here]
            builders.participant(project, person=partner, organisation_id=here.id)
            another = builders.project(de=f"Kasseler Projekt {number}", organisations=[kassel, here])
            another.partnerships = [builders.partnership(kassel, here)]
            _post(cast.partner, number)
        db.session.commit()

    assert costs() == few


# ---- the start page


def test_the_start_page_tells_a_coordinator_what_to_do(browse: Browse, cast: Cast, scene: Scene) -> None:
    page = browse(cast.coordinator).get("/?lang=en").text

    read = words(page)
    assert "2 milestones are late." in read
    assert "12 days late · was " in read
    assert "Trasse abgestimmt" in read
    assert "Who owes an answer" in read
    assert 'lang="ro"' in page
    assert "Avem nevoie de timp." in read
    assert "Ersatz suchen" in read
    quiet = [f'href="/log/new?partnership={id_}"' in page for id_ in (scene.partnership, scene.foreign_partnership)]
    assert quiet == [False, True]
    assert "No contact is noted for 1 partnership." in read
    assert "/milestones/" in page


def test_a_next_step_is_ticked_off_where_it_stands(browse: Browse, cast: Cast, scene: Scene, look: Look) -> None:
    browser = browse(cast.coordinator)
    link = re.search(r'action="(/log/\d+/next-step/done[^"]*)"', browser.get("/").text)
    assert link is not None

    answer = browser.post(unescape(link[1]))

    assert (answer.status_code, answer.location) == (302, "/")
    assert "Ersatz suchen" not in words(browser.get("/").text)


def test_who_has_just_answered_owes_nothing(browse: Browse, cast: Cast, scene: Scene) -> None:
    """The late journey was spoken of today; the route through the other project never was."""
    page = browse(cast.coordinator).get("/?lang=en").text
    owed = page[page.index('id="owed"') : page.index('id="soon"')]

    assert ("Trasse abgestimmt" in owed, "Reise gebucht" in owed) == (True, False)


def test_the_office_owes_itself_no_answer(app: Flask, browse: Browse, cast: Cast, scene: Scene, look: Look) -> None:
    def make_it_the_offices() -> None:
        with writing():
            db.session.execute(sa.text("UPDATE office SET organisation_id = :id"), {"id": cast.elsewhere})
            db.session.commit()

    look(make_it_the_offices)

    page = browse(cast.coordinator).get("/?lang=en").text
    assert "Trasse abgestimmt" not in page[page.index('id="owed"') : page.index('id="soon"')]


def test_a_reader_sees_the_same_without_actions(browse: Browse, cast: Cast, scene: Scene) -> None:
    page = browse(cast.reader).get("/?lang=en").text
    main = page[page.index("<main") : page.index("</main>")]

    assert "2 milestones are late." in words(page)
    assert ("/move" in main, "/log/new" in main, "<form" in main) == (False, False, False)


def test_an_administrator_is_told_what_is_wrong_with_mail(app: Flask, browse: Browse, cast: Cast, scene: Scene) -> None:
    with app.app_context(), writing():
        for number, state in enumerate([MessageState.QUEUED, MessageState.QUEUED, MessageState.DEAD]):
            _post(cast.partner, number, state=state)
        db.session.commit()

    page = browse(cast.administrator).get("/?lang=en").text

    assert "1 message could not be delivered and needs somebody to have a look." in page


def test_a_partner_is_asked_about_theirs_and_nothing_else(app: Flask, browse: Browse, cast: Cast, scene: Scene) -> None:
    with app.app_context(), writing():
        project = db.session.get_one(Project, cast.project)
        here = db.session.get_one(Organisation, cast.here)
        due = builders.milestone(project, de="Unterkunft", organisation=here, due_on=scene.today + timedelta(days=5)).id
        db.session.commit()

    page = browse(cast.partner).get("/?lang=en").text
    asked = page[page.index('id="asked"') : page.index('id="dates"')]

    for assessment in Assessment:
        link = f'href="/projects/{cast.project}/updates/new?milestone={due}&amp;assessment={assessment.value}"'
        assert link in asked
    assert "Reise gebucht" not in asked
    assert "Reise gebucht" in page
    assert "Trasse abgestimmt" not in page
    assert "8 participants" in words(page)


def test_a_link_with_an_answer_changes_nothing(browse: Browse, cast: Cast, scene: Scene, look: Look) -> None:
    answer = browse(cast.partner).get(
        f"/projects/{cast.project}/updates/new?milestone={cast.milestone}&assessment=done"
    )

    assert answer.status_code == 200
    assert look(lambda: db.session.get_one(Milestone, cast.milestone).assessment) is None


def test_an_empty_office_says_so_kindly(browse: Browse, app: Flask) -> None:
    with app.app_context(), writing():
        kassel = builders.organisation()
        ids = [builders.person(role=role, at=kassel).id for role in (Role.COORDINATOR, Role.PARTNER)]
        db.session.commit()

    coordinator, partner = (words(browse(id_).get("/?lang=en").text) for id_ in ids)

    assert "Nothing is late, and nobody owes an answer." in coordinator
    assert "Nothing at the moment. Thank you!" in partner


# ---- a project


def test_a_project_page_brings_all_together(browse: Browse, cast: Cast, scene: Scene) -> None:
    page = browse(cast.coordinator).get(f"/projects/{cast.project}?lang=en").text

    read = words(page)
    for sentence in (
        "Kassel und Bistritz",
        "Euarca früher (German)",
        "was ",
        "Avem nevoie de timp.",
        "Mit Radu telefoniert",
        "Ioana Pictor",
        "Konrad Kurator",
        "Romania 7 7",
        "Log something",
    ):
        assert sentence in read
    assert '<svg class="timeline" role="group"' in page
    assert "style=" not in page
    assert "<script" not in page
    assert f'action="/log/new?project={cast.project}"' in page


def test_a_partner_reads_no_names_of_others(browse: Browse, cast: Cast, scene: Scene) -> None:
    read = words(browse(cast.partner).get(f"/projects/{cast.project}?lang=en").text)

    assert ("Ioana Pictor" in read, "Konrad Kurator" in read, "1 person curator" in read) == (True, False, True)
    assert "karla" in read.lower()
    assert "Log something" not in read


def test_a_coordinators_address_is_for_their_partners(browse: Browse, cast: Cast, scene: Scene, look: Look) -> None:
    address = look(lambda: db.session.get_one(Person, cast.coordinator).email)
    path = f"/projects/{cast.project}"

    seen = {
        role: f"mailto:{address}" in browse(getattr(cast, role)).get(path).text
        for role in ("coordinator", "partner", "reader")
    }

    assert seen == {"coordinator": True, "partner": True, "reader": False}


def test_a_title_is_shown_in_the_readers_language_with_its_original(app: Flask, browse: Browse, cast: Cast) -> None:
    with app.app_context(), writing():
        db.session.get_one(Project, cast.project).title = builders.text(de="Kunstlager", ro="Tabără de artă")
        db.session.commit()

    page = browse(cast.partner).get(f"/projects/{cast.project}").text

    heading = page[page.index("<h1") : page.index("</h1>")]
    assert words(f"<main>{heading}</main>").startswith("Tabără de artă Kunstlager (")
    assert 'lang="de">Kunstlager' in heading


def test_the_log_form_in_place_logs_a_call(browse: Browse, cast: Cast, scene: Scene, look: Look) -> None:
    browser = browse(cast.coordinator)
    page = browser.get(f"/projects/{cast.project}").text
    key = re.search(r'name="submission" type="hidden" value="([^"]+)"', page)
    assert key is not None

    sent = {"submission": key[1], "happened_on": scene.today.isoformat(), "kind": "call", "summary": "Angerufen"}
    answer = browser.post(f"/log/new?project={cast.project}", data=sent)

    assert answer.status_code == 302
    newest = sa.select(LogEntry).order_by(LogEntry.id.desc()).limit(1)
    assert look(lambda: str(db.session.scalars(newest).one().summary)) == "Angerufen"


# ---- partnerships, organisations, persons


def test_a_partnership_tells_of_its_projects_and_their_log(browse: Browse, cast: Cast, scene: Scene) -> None:
    read = words(browse(cast.reader).get(f"/partnerships/{scene.partnership}?lang=en").text)

    assert ("Euarca" in read, "Mit Radu telefoniert" in read, "Radweg" in read) == (True, True, False)


def test_what_stands_under_an_umbrella_and_what_is_continued_is_named(app: Flask, browse: Browse, cast: Cast) -> None:
    with app.app_context(), writing():
        kassel, here = (db.session.get_one(Organisation, id_) for id_ in (cast.office, cast.here))
        newer = builders.partnership(kassel, here, de="Mit der Region")
        builders.partnership(
            kassel, here, de="Mit der Provinz", continued_by_id=newer.id, status=PartnershipStatus.CONTINUED
        )
        builders.partnership(kassel, here, de="Kleine Partnerschaft", umbrella_id=newer.id)
        id_ = newer.id
        db.session.commit()

    read = words(browse(cast.reader).get(f"/partnerships/{id_}?lang=en").text)

    assert "Under this umbrella 1 Kleine Partnerschaft" in read
    assert "It continues Mit der Provinz" in read


@pytest.mark.parametrize(
    ("role", "sees"), [("administrator", True), ("coordinator", True), ("reader", False), ("partner", False)]
)
def test_how_to_reach_somebody_is_for_the_office(
    app: Flask,
    browse: Browse,
    cast: Cast,
    role: str,
    sees: bool,  # noqa: FBT001 - a table
) -> None:
    with app.app_context(), writing():
        partner = db.session.get_one(Person, cast.partner)
        partner.phone, partner.notes, partner.postal_address = "+40 263 000", "kommt gern", "Strada 1"
        address = str(partner.email)
        db.session.commit()
    browser = browse(getattr(cast, role))

    pages = [browser.get(path).text for path in (f"/people/{cast.partner}", f"/organisations/{cast.here}")]

    found = {
        secret: any(secret in page for page in pages) for secret in (address, "+40 263 000", "kommt gern", "Strada 1")
    }
    assert found == dict.fromkeys(found, sees)


def test_a_person_has_the_time_of_their_place(browse: Browse, cast: Cast) -> None:
    read = words(browse(cast.coordinator).get(f"/people/{cast.partner}?lang=en").text)

    assert re.search(r"Local time now \d\d:\d\d \(Eastern European", read)


def test_a_deputy_and_a_function_are_named(app: Flask, browse: Browse, cast: Cast) -> None:
    with app.app_context(), writing():
        contact = db.session.scalars(sa.select(Contact).where(Contact.person_id == cast.partner)).one()
        contact.function, contact.deputy = "Relații externe", builders.person("Dana Adjunct")
        db.session.commit()

    read = words(browse(cast.reader).get(f"/organisations/{cast.here}?lang=en").text)

    assert "Radu Partener (first contact) Relații externe Deputy: Dana Adjunct" in read


def test_the_history_names_who_did_it(browse: Browse, cast: Cast, scene: Scene) -> None:
    browser = browse(cast.coordinator)
    browser.post(f"/milestones/{cast.milestone}/done", data={"submission": "x"})

    read = words(browser.get(f"/projects/{cast.project}?lang=en").text)

    assert "Karla Koordination marked the milestone “Künstler benannt” as done" in read


# ---- contact


def test_contact_with_a_partnership_is_drawn_and_told(app: Flask, browse: Browse, cast: Cast, scene: Scene) -> None:
    page = browse(cast.reader).get(f"/partnerships/{scene.foreign_partnership}?lang=en").text

    read = words(page)
    assert "without contact since May 2019" in read
    assert "Last contact May 2019 Call" in read
    assert "Agreed interval at least every 180 days" in read
    assert "Suggestion get in touch with Ilona Idegen" in read
    assert '<svg class="rhythm" role="img" aria-label="Contacts per quarter from ' in page
    assert "2019 – 1 – – 1 –" in read
    assert ("style=" in page, "<script" in page) == (False, False)


def test_a_dormant_partnership_says_so_and_is_not_asked_about(
    app: Flask, browse: Browse, cast: Cast, scene: Scene
) -> None:
    browser = browse(cast.coordinator)
    asked = "without contact since May 2019"
    assert asked in words(browser.get("/?lang=en").text)

    def put_to_rest() -> None:
        db.session.get_one(Partnership, scene.foreign_partnership).status = PartnershipStatus.DORMANT

    change(app, put_to_rest)
    read = words(browser.get(f"/partnerships/{scene.foreign_partnership}?lang=en").text)

    assert "It is dormant. Nobody is asked about contact until somebody says that it is active." in read
    assert (asked in read, asked in words(browser.get("/?lang=en").text)) == (False, False)


def test_the_start_page_says_whom_to_ask_in_which_language_and_how(
    app: Flask, browse: Browse, cast: Cast, scene: Scene
) -> None:
    def call() -> None:
        row = builders.partnership(
            db.session.get_one(Organisation, cast.office), db.session.get_one(Organisation, cast.here), de="Still"
        )
        entry = builders.log_entry(on="2020-02-03", partnership_id=row.id)
        entry.people = [db.session.get_one(Person, cast.coordinator), db.session.get_one(Person, cast.partner)]

    change(app, call)
    read = {who: words(browse(getattr(cast, who)).get("/?lang=en").text) for who in ("coordinator", "reader")}

    told = "without contact since 3 February 2020 Radu Partener · Romanian Suggestion: call Radu Partener again"
    assert told in read["reader"]
    assert f"{told} Log something" in read["coordinator"]
    assert read["coordinator"].index("May 2019") < read["coordinator"].index(told)


# ---- search


@pytest.mark.both
@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("szepel", "Csepel-Insel"),
        ("SZEPEL insel", "Csepel-Insel"),
        ("bistrita", "Bistrița-Năsăud"),
        ("nasaud", "Bistrița-Năsăud"),
        ("kunstler", "Künstler benannt"),
        ("leserin", "Rita Leserin"),
        ("telefoniert", "Mit Radu telefoniert"),
        ("nevoie", "Avem nevoie de timp."),
        ("euarca 2022", "Euarca früher"),
    ],
)
def test_search_does_not_care_how_it_is_spelt(
    browse: Browse, cast: Cast, scene: Scene, question: str, found: str
) -> None:
    assert found in words(browse(cast.coordinator).get("/search", query_string={"q": question}).text)


def test_search_finds_what_was_given_for_those_who_may_know_of_it(app: Flask, browse: Browse, cast: Cast) -> None:
    with app.app_context(), writing():
        for giver, what in ((cast.here, "Bühnenbretter"), (cast.office, "Bühnenvorhang")):
            given = {"kind": ContributionKind.IN_KIND, "summary": builders.text(de=what), "created_at": clock.now()}
            db.session.add(Contribution(project_id=cast.project, organisation_id=giver, **given))
        db.session.commit()

    found = {}
    for who in ("reader", "partner", "stranger"):
        page = words(browse(getattr(cast, who)).get("/search", query_string={"q": "buhnen"}).text)
        found[who] = [what for what in ("Bühnenbretter", "Bühnenvorhang") if what in page]

    assert found == {"reader": ["Bühnenbretter", "Bühnenvorhang"], "partner": ["Bühnenbretter"], "stranger": []}


def test_search_finds_a_street_however_it_is_written(app: Flask, browse: Browse, cast: Cast) -> None:
    with app.app_context(), writing():
        builders.organisation(de="Verein Holländische Straße")
        db.session.commit()

    for question in ("strasse", "Straße", "hollandische"):
        assert "Holländische Straße" in words(browse(cast.reader).get("/search", query_string={"q": question}).text)


def test_a_partner_finds_nothing_foreign(browse: Browse, cast: Cast, scene: Scene) -> None:
    partner, coordinator = browse(cast.partner), browse(cast.coordinator)

    for question in ("csepel", "radweg", "ilona", "trasse", "bistritz"):
        mine = words(partner.get("/search", query_string={"q": question, "lang": "en"}).text)
        theirs = words(coordinator.get("/search", query_string={"q": question, "lang": "en"}).text)
        assert "Nothing is found" not in theirs
        assert ("Nothing is found" in mine) == (question != "bistritz")
    assert "Kassel und Bistritz" not in words(partner.get("/search?q=bistritz").text)


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("", "Accents, capital letters and spellings do not matter."),
        ("   ", "Accents, capital letters and spellings do not matter."),
        ("k", "Please write at least two letters."),
        ("?!", "Please write at least two letters."),
        ("qqqq", "Nothing is found that holds all of these words: qqqq."),
        ("100%", "Nothing is found that holds all of these words: 100%."),
        ("<b>fett</b>", "Nothing is found that holds all of these words: <b>fett</b>."),
        ("x" * 5000, "Accents, capital letters and spellings do not matter."),
    ],
)
def test_every_question_is_answered_well(browse: Browse, cast: Cast, question: str, sentence: str) -> None:
    answer = browse(cast.coordinator).get("/search", query_string={"q": question, "lang": "en"})

    assert (answer.status_code, sentence in words(answer.text)) == (200, True)


def test_more_than_ten_lead_to_the_list(app: Flask, browse: Browse, cast: Cast) -> None:
    with app.app_context(), writing():
        for number in range(12):
            builders.project(de=f"Orgelreise {number}")
        db.session.commit()

    page = browse(cast.reader).get("/search?q=orgelreise&lang=en").text

    assert "Projects 10+" in words(page)
    assert 'href="/projects/?q=orgelreise"' in page


# ---- health


def _post(person_id: int, number: int, *, state: MessageState = MessageState.SENT, **more: Any) -> Message:
    now = clock.now()
    values = {
        "key": f"test|{number}",
        "kind": MessageKind.LETTER,
        "state": state,
        "person_id": person_id,
        "address": "radu@example.org",
        "language": "ro",
        "zone": "Europe/Bucharest",
        "subject": f"Termenul {number}",
        "text": "Bună ziua",
        "created_at": now,
        "send_at": now,
        "message_id": f"test-{number}",
    }
    row = Message(**(values | more))
    db.session.add(row)
    db.session.flush()
    return row


def test_health_is_good_while_no_job_is_silent(app: Flask, browse: Browse) -> None:
    now = clock.now()
    with app.app_context(), writing():
        db.session.add(Tick(job="deliver", at=now, silent_after=now + timedelta(minutes=1)))
        db.session.commit()

    answer = browse().get("/healthz")

    assert (answer.status_code, answer.json) == (
        200,
        {
            "database": "ok",
            "worker": "ok",
            "silent_jobs": [],
            "mail": "ok",
            "last_tick": now.isoformat(timespec="seconds"),
            "oldest_waiting": None,
            "backup": "none yet",
            "last_backup": None,
            "inbox": "off",
        },
    )


def test_a_silent_worker_is_told(app: Flask, browse: Browse, cast: Cast) -> None:
    long_ago = clock.now() - timedelta(hours=1)
    with app.app_context(), writing():
        db.session.add(Tick(job="deliver", at=long_ago, silent_after=long_ago + timedelta(minutes=1)))
        _post(cast.partner, 1, state=MessageState.QUEUED, send_at=long_ago)
        db.session.commit()

    answer = browse().get("/healthz")

    assert answer.status_code == 503
    assert answer.json is not None
    assert (answer.json["worker"], answer.json["silent_jobs"]) == ("silent", ["deliver"])
    assert answer.json["mail"] == "late"
    assert answer.json["oldest_waiting"] == long_ago.isoformat(timespec="seconds")


def test_a_database_that_does_not_answer_is_told(tmp_path: Path) -> None:
    """There are no tables in it yet."""
    answer = create_app(load({}, instance=str(tmp_path))).test_client().get("/healthz")

    assert (answer.status_code, answer.json) == (
        503,
        {"database": "unreachable", "worker": None, "last_tick": None, "oldest_waiting": None},
    )


def test_news_are_what_came_since_the_last_visit(app: Flask, browse: Browse, cast: Cast, scene: Scene) -> None:
    with app.app_context(), writing():
        account = db.session.scalars(sa.select(Account).where(Account.person_id == cast.coordinator)).one()
        account.seen_until = clock.now() + timedelta(minutes=1)
        db.session.commit()

    assert "Nobody has said anything new since your last visit." in words(
        browse(cast.coordinator).get("/?lang=en").text
    )


def test_whom_no_mail_reaches_stands_on_the_coordinators_start_page(
    browse: Browse, app: Flask, cast: Cast, scene: Scene
) -> None:
    def refuse() -> None:
        partner = db.session.get_one(Person, cast.partner)
        partner.email, partner.address_refused_at = "verschrieben@example.org", clock.now()
        builders.person("Weg Gegangen", address_refused_at=clock.now(), archived_at=clock.now())
        builders.person("Weg Gesperrt", address_refused_at=clock.now(), locked_at=clock.now())

    change(app, refuse)
    pages = {who: browse(getattr(cast, who)).get("/?lang=en").text for who in ("coordinator", "reader", "partner")}

    assert "No mail reaches them 1" in words(pages["coordinator"])
    assert "mail servers refuse verschrieben@example.org since" in words(pages["coordinator"])
    assert f'href="/people/{cast.partner}/edit"' in pages["coordinator"]
    assert ["verschrieben" in pages[who] for who in ("reader", "partner")] == [False, False]

    def correct() -> None:
        partner = db.session.get_one(Person, cast.partner)
        change_person(partner, by_id=cast.coordinator, now=clock.now(), email="radu@example.org")

    change(app, correct)
    assert "No mail reaches them" not in words(browse(cast.coordinator).get("/?lang=en").text)
