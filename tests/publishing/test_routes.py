"""What everybody reads, what nobody does, and how the office looks after it."""

import gzip
import re
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from tests import builders
from tests.access.rows import HERE
from tests.access.stage import build
from tests.conftest import Cast
from tracker import clock
from tracker.db import PartialDate, db, writing
from tracker.events.models import Event, EventStatus
from tracker.history.models import HistoryLine
from tracker.history.rules import key_of
from tracker.log.models import LogEntry
from tracker.organisations import queries as organisations
from tracker.organisations.models import FormerName, Office, Organisation
from tracker.partnerships.models import Partnership, PartnershipParty, Pillar, PillarText, Publicity, Side
from tracker.projects.models import Project, ProjectStatus, Series
from tracker.publishing import queries
from tracker.web.access import found

Browse = Callable[..., FlaskClient]
Look = Callable[[Callable[[], Any]], Any]
OPEN = {"public_page": True, "introduction": builders.text(de="Wir stellen uns vor", it="Ci presentiamo")}


def publish(app: Flask, cast: Cast, **more: Any) -> int:
    """Switch the page on with a partnership and a project under it; return the partnership's id."""
    with app.app_context(), writing():
        _set_office(**OPEN)
        here, there = (db.session.get_one(Organisation, one) for one in (cast.office, cast.here))
        values: dict[str, Any] = {"de": "Kassel – Bistrița", "publicity": Publicity.NAMED} | more
        row = builders.partnership(here, there, **values)
        project = db.session.get_one(Project, cast.project)
        project.published = True
        project.partnerships.append(row)
        db.session.commit()
        return row.id


def _set_office(**values: Any) -> Office:
    row = found(organisations.office())
    for name, value in values.items():
        setattr(row, name, value)
    return row


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("path", ["/public/", "/public/de"])
def test_there_is_no_page_before_it_is_switched_on(browse: Browse, cast: Cast, method: str, path: str) -> None:
    answer = browse().open(path, method=method)

    assert answer.status_code == 404
    assert answer.headers["Cache-Control"] == "no-store"
    assert browse(cast.coordinator).open(path, method=method).status_code == 404


@pytest.mark.parametrize(
    "asked",
    [
        ("", "", "de"),
        ("", "it-IT,it;q=0.9", "it"),
        ("", "hu,en;q=0.5", "de"),
        ("?lang=it", "de", "it"),
        ("?lang=xx", "it", "it"),
        ("?lang=hu", "", "de"),
    ],
)
def test_everybody_is_led_to_a_language_that_there_is(
    app: Flask, browse: Browse, cast: Cast, asked: tuple[str, str, str]
) -> None:
    publish(app, cast)
    query, accepts, language = asked

    answer = browse().get("/public/" + query, headers={"Accept-Language": accepts})

    assert (answer.status_code, answer.location) == (302, f"/public/{language}")
    assert answer.headers["Vary"] == "Accept-Language"


@pytest.mark.parametrize("language", ["hu", "zz", "DE", "de/", "..", "%00", "<script>"])
def test_there_is_no_page_in_a_language_without_an_introduction(
    app: Flask, browse: Browse, cast: Cast, language: str
) -> None:
    publish(app, cast)

    assert browse().get(f"/public/{language}").status_code == 404


def test_it_is_the_same_for_everybody_and_may_be_kept(app: Flask, browse: Browse, cast: Cast) -> None:
    publish(app, cast)

    nobody, coordinator = browse().get("/public/de"), browse(cast.coordinator).get("/public/de")

    assert nobody.data == coordinator.data
    assert nobody.headers["Cache-Control"] == "public, max-age=300"
    assert [name for name in ("Set-Cookie", "Vary") if name in nobody.headers or name in coordinator.headers] == []
    assert b"<script" not in nobody.data
    assert b"csrf" not in nobody.data


def test_whoever_has_it_is_told_so_until_it_changes(app: Flask, browse: Browse, cast: Cast) -> None:
    partnership = publish(app, cast)
    first = browse().get("/public/de")

    again = browse().get("/public/de", headers={"If-None-Match": first.headers["ETag"]})
    head = browse().head("/public/de")
    with app.app_context(), writing():
        db.session.get_one(Partnership, partnership).public_text = builders.text(de="Neu")
        db.session.commit()
    changed = browse().get("/public/de", headers={"If-None-Match": first.headers["ETag"]})

    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", first.headers["ETag"])
    assert again.headers["Cache-Control"] == "public, max-age=300"
    assert (head.status_code, head.data, head.headers["ETag"]) == (200, b"", first.headers["ETag"])
    assert (changed.status_code, "Neu" in changed.text) == (200, True)


def test_what_is_not_published_is_not_there(app: Flask, browse: Browse, cast: Cast) -> None:
    named = publish(app, cast, summary=builders.text(de="Internes"))
    with app.app_context(), writing():
        here, there = (db.session.get_one(Organisation, one) for one in (cast.office, cast.elsewhere))
        hidden = builders.partnership(here, there, de="Kassel – Geheim")
        builders.partnership(here, there, de="Kassel – Ungenannt", publicity=Publicity.COUNTED)
        builders.partnership(here, there, de="Kassel – Archiviert", publicity=Publicity.NAMED, archived_at=clock.now())
        builders.project(de="Altes Vorhaben", published=True, archived_at=clock.now())
        other = db.session.get_one(Project, cast.other_project)
        project = db.session.get_one(Project, cast.project)
        project.partnerships.append(hidden)
        builders.led_to(key_of(project), key_of(other))
        builders.led_to(key_of(hidden), key_of(there))
        builders.log_entry(project_id=cast.project, de="Stiller Vermerk")
        builders.log_entry(project_id=cast.other_project, de="Verborgener Besuch", published=True)
        builders.agreement(hidden, de="Geheime Vereinbarung")
        left_out = builders.agreement(db.session.get_one(Partnership, named), de="Stilles Papier", published=False)
        builders.led_to(key_of(left_out), key_of(project))
        db.session.commit()

    page = browse().get("/public/de").text

    inside = ("Internes", "Geheim", "Ungenannt", "Archiviert", "Vorhaben", "Radweg", "Csepel", "Vermerk", "Besuch")
    for word in (*inside, "Papier"):
        assert word not in page, word
    assert "Kassel – Bistrița" in page
    assert "Euarca" in page
    assert "und eine weitere, die hier nicht genannt ist" in page


def test_a_project_is_public_without_its_partnership(app: Flask, browse: Browse, cast: Cast) -> None:
    publish(app, cast, publicity=Publicity.HIDDEN)

    page = browse().get("/public/de").text

    assert ("Euarca" in page, "Kassel – Bistrița" in page) == (True, False)


def test_all_that_is_published_is_there(app: Flask, browse: Browse, cast: Cast) -> None:
    partnership = publish(app, cast, public_text=builders.text(de="Seit Jahren"))
    with app.app_context(), writing():
        row = db.session.get_one(Partnership, partnership)
        builders.agreement(row, de="Rahmenvereinbarung", languages=["de", "ro"])
        builders.log_entry(partnership_id=row.id, de="Besuch in Bistrița", on="2007", published=True)
        body = builders.organisation(de="Energie 2000 e.V.")
        builders.led_to(f"project:{cast.project}", key_of(body))
        db.session.commit()

    page = browse().get("/public/de").text

    for words in (
        *("Seit Jahren", "Rahmenvereinbarung (Datum nicht bekannt; Deutsch, Rumänisch)", "Energie 2000 e.V."),
        *("Besuch in Bistrița", "Wir stellen uns vor", 'href="/public/it"', "Rumänien"),
    ):
        assert words in page, words


@pytest.mark.both
def test_an_event_stands_there_once_where_what_it_belongs_to_is_public(app: Flask, browse: Browse, cast: Cast) -> None:
    partnership = publish(app, cast)

    def add(title: str, **more: Any) -> None:
        values = {"published": True, "place": "Kaufungen", "begins_on": PartialDate("2017-08-26"), "ends_on": None}
        builders.event(de=title, **({"project_id": cast.project} | values | more))

    with app.app_context(), writing():
        add("Ausstellung")
        add("Intern", published=False)
        add("Abgesagt", status=EventStatus.CANCELLED)
        add("Anderswo", project_id=cast.other_project)
        held = {"project_id": None, "partnership_id": partnership, "status": EventStatus.HELD}
        add("Besuch von Juni", **held, begins_on=PartialDate("2008-06-03"), host_id=cast.here)
        add("Besuch von Mai", **held, begins_on=PartialDate("2009-05"))
        entry: dict[str, Any] = {"kind": "visit", "partnership_id": partnership, "at_id": cast.here, "published": True}
        builders.log_entry(de="Delegation dort", on="2008", **entry)
        db.session.commit()

    page = browse().get("/public/de").text

    assert "26. August 2017: Ausstellung, Kaufungen" in re.sub(r"<[^>]+>", "", page)
    assert [page.count(words) for words in ("Besuch von Mai", "Delegation dort")] == [1, 1]
    for hidden in ("Intern", "Abgesagt", "Anderswo", "Besuch von Juni"):
        assert hidden not in page


def test_what_is_over_names_the_organisations_as_they_were_called_then(app: Flask, browse: Browse, cast: Cast) -> None:
    publish(app, cast)
    with app.app_context(), writing():
        former = FormerName(builders.text(de="Altes Haus"), PartialDate("2015"))
        db.session.get_one(Organisation, cast.here).former_names = (former,)
        project = db.session.get_one(Project, cast.project)
        project.status, project.begins, project.ends = ProjectStatus.COMPLETED, PartialDate("2007"), None
        db.session.commit()

    partnerships, _heading, projects = browse().get("/public/de").text.partition('id="projects"')

    assert ("Altes Haus" in partnerships, "Altes Haus" in projects) == (False, True)


def test_a_text_that_is_missing_in_a_language_is_marked_as_what_it_is(app: Flask, browse: Browse, cast: Cast) -> None:
    publish(app, cast, public_text=builders.text(de="Seit Jahren"))

    page = browse().get("/public/it").text

    assert '<html lang="it">' in page
    assert '<span lang="de">Kassel – Bistrița</span> <span class="language">(tedesco)</span>' in page
    assert '<div class="prose" lang="de"><p>Seit Jahren</p></div>' in page
    assert "Ci presentiamo" in page


def test_words_of_people_are_text(app: Flask, browse: Browse, cast: Cast) -> None:
    evil = '<script>alert(1)</script>"><img src=x onerror=alert(1)>'
    partnership = publish(app, cast, de=evil, public_text=builders.text(de=evil))
    with app.app_context(), writing():
        _set_office(name=evil, introduction=builders.text(de=evil))
        db.session.get_one(Organisation, cast.here).name = builders.text(de=evil)
        project = db.session.get_one(Project, cast.project)
        project.title, project.public_text, project.edition_label = (
            builders.text(de=evil),
            builders.text(de=evil),
            evil[:60],
        )
        builders.agreement(db.session.get_one(Partnership, partnership), de=evil)
        builders.log_entry(project_id=cast.project, de=evil, published=True)
        db.session.commit()

    page = browse().get("/public/de").text

    assert page.count("&lt;script&gt;") > 8
    assert ("<script" in page, "<img" in page) == (False, False)


def test_nothing_personal_stands_on_it(tmp_path: Path) -> None:
    stage = build(tmp_path)
    with stage.app.app_context(), writing():
        db.session.execute(sa.update(Partnership).values(publicity=Publicity.NAMED))
        for model in (Project, LogEntry, Event):
            db.session.execute(sa.update(model).values(published=True))
        db.session.commit()

    page = stage.app.test_client().get("/public/de")
    preview = stage.ask("coordinator", "GET", "publishing.preview", HERE)[1]

    assert page.status_code == 200
    for seen in (page, preview):
        columns = {(word.table, word.column) for word in stage.words.read_in(seen.data)}
        assert columns == {
            *(("office", "name"), ("office", "introduction"), ("organisation", "name")),
            *(("partnership", "title"), ("partnership", "public_text"), ("agreement", "title")),
            *(("project", "title"), ("project", "public_text"), ("project", "edition_label"), ("series", "title")),
            *(("log_entry", "summary"), ("event", "title"), ("event", "place")),
        }


def test_it_says_when_it_was_changed_last(app: Flask, browse: Browse, cast: Cast) -> None:
    partnership = publish(app, cast)
    form = {"submission": "a", "introduction-language": "de", "introduction-text": "Willkommen", "public_page": "y"}
    admin = browse(cast.administrator)
    assert admin.post("/settings/public-page", data={**form, "version": "2"}).status_code == 302

    def as_of() -> Any:  # noqa: ANN401 - a date
        return queries.contents(found(organisations.office())).as_of

    def tell(verb: str, changes: dict[str, Any], days: int, key: str = f"partnership:{partnership}") -> Any:  # noqa: ANN401 - a date
        at = datetime.combine(clock.today("Europe/Berlin") + timedelta(days=days), time(12), UTC)
        with app.app_context(), writing():
            facts = {"changes": changes}
            db.session.add(HistoryLine(verb=verb, at=at, subject=key, facts=facts))
            db.session.commit()
            return as_of()

    today = clock.today("Europe/Berlin")
    with app.app_context():
        assert as_of() == today
    assert tell("PARTNERSHIP_CHANGED", {"summary": [None, None], "coordinator": [None, None]}, 1) == today
    assert tell("PARTNERSHIP_CHANGED", {"public_text": [None, None]}, 2) == today + timedelta(days=2)
    hidden = f"project:{cast.other_project}"
    assert tell("PROJECT_CHANGED", {"title": [None, None]}, 3, hidden) == today + timedelta(days=2)
    assert tell("PROJECT_CHANGED", {"published": [True, False]}, 4, hidden) == today + timedelta(days=4)
    with app.app_context(), writing():
        agreement = builders.agreement(db.session.get_one(Partnership, partnership))
        agreement.published = False
        db.session.commit()
        left_out = key_of(agreement)
    assert tell("AGREEMENT_CHANGED", {"title": [None, None]}, 5, left_out) == today + timedelta(days=4)
    assert tell("AGREEMENT_CHANGED", {"published": [True, False]}, 6, left_out) == today + timedelta(days=6)


def test_however_much_there_is_it_costs_the_same(
    app: Flask, browse: Browse, cast: Cast, count_queries: Callable[..., Any]
) -> None:
    publish(app, cast)
    with count_queries() as few:
        browse().get("/public/de")
    with count_queries(of_kept=True) as kept:
        browse().get("/public/de")

    _add(app, cast, 500)
    with count_queries() as many:
        answer = browse().get("/public/de")

    assert (len(few), len(many), len(kept)) == (11, 11, 2)
    assert answer.text.count("public__partnership") == 501
    assert len(gzip.compress(answer.data)) < 60_000


def _add(app: Flask, cast: Cast, number: int) -> None:
    with app.app_context(), writing():
        texts = {"de": "Eine Verbindung, die seit Jahren gepflegt wird.", "it": "Un rapporto curato da anni."}
        for place in range(number):
            there = builders.organisation(de=f"Gemeinde Nummer {place * 7919 % 10007}", country="IT")
            row = Partnership(
                title=builders.text(de=f"Landkreis Kassel – Ort {place * 7907 % 10009}"),
                kind="partnership",
                pillar=list(Pillar)[place % 3],
                publicity=Publicity.NAMED,
                public_text=builders.text(**texts),
                created_at=clock.now(),
            )
            row.parties = [
                PartnershipParty(organisation_id=cast.office, side=Side.HERE),
                PartnershipParty(organisation_id=there.id, side=Side.THERE),
            ]
            db.session.add(row)
        db.session.commit()


def test_an_administrator_switches_it_on_and_the_history_says_so(browse: Browse, cast: Cast, look: Look) -> None:
    admin = browse(cast.administrator)
    form = {"submission": "a", "introduction-language": "de", "introduction-text": "Willkommen", "public_page": "y"}

    answer = admin.post("/settings/public-page", data={**form, "version": "1"})
    page = browse().get("/public/de").text
    admin.post("/settings/public-page", data={**form, "version": "2", "submission": "b", "public_page": ""})

    assert (answer.status_code, answer.location) == (302, "/settings/public-page")
    assert "Willkommen" in page
    told = look(
        lambda: [line.facts for line in db.session.scalars(sa.select(HistoryLine)) if line.subject == "office:1"]
    )
    assert told[0] == {"changes": {"public_page": [False, True], "introduction": [None, None]}}
    assert browse().get("/public/de").status_code == 404


def test_a_coordinator_sees_the_page_before_it_is_switched_on(app: Flask, browse: Browse, cast: Cast) -> None:
    publish(app, cast)
    with app.app_context(), writing():
        _set_office(public_page=False)
        db.session.commit()
    coordinator = browse(cast.coordinator)

    preview = coordinator.get("/settings/public-page/it")

    assert "Ci presentiamo" in preview.text
    assert "La pagina pubblica è disattivata: nessun altro la vede ancora." in preview.text
    assert preview.headers["Cache-Control"] == "no-store"
    assert coordinator.get("/settings/public-page/hu").status_code == 404


def test_a_coordinator_sees_what_is_missing_and_where_to_mend_it(app: Flask, browse: Browse, cast: Cast) -> None:
    partnership = publish(app, cast, public_text=builders.text(de="Seit Jahren"))
    with app.app_context(), writing():
        agreement = builders.agreement(db.session.get_one(Partnership, partnership)).id
        entry = builders.log_entry(project_id=cast.project, published=True).id
        db.session.add(PillarText(pillar=Pillar.THEME, introduction=builders.text(de="Am wichtigsten")))
        db.session.get_one(Project, cast.project).series = Series(title=builders.text(de="Künstlertreffen"))
        db.session.commit()

    page = browse(cast.coordinator).get("/settings/public-page?lang=en").text

    assert f'<a href="/partnerships/{partnership}/edit">' in page
    assert f'<a href="/projects/{cast.project}/edit">' in page
    assert f'<a href="/organisations/{cast.here}/edit">' in page
    assert f'<a href="/agreements/{agreement}/edit">' in page
    assert f'<a href="/log/{entry}/edit">' in page
    assert '<a href="/partnerships/pillars/theme">' in page
    assert "Künstlertreffen" in page
    assert page.count("Title: Italian") == 7
    assert page.count("Text: Italian") == 2
    assert 'name="public_page"' not in page


def test_a_coordinator_publishes_a_partnership_and_the_history_says_how(app: Flask, browse: Browse, cast: Cast) -> None:
    partnership = publish(app, cast, publicity=Publicity.HIDDEN, coordinator_id=cast.coordinator)
    coordinator = browse(cast.coordinator)
    form = {
        "title-language": "de",
        "title-text": "Kassel – Bistrița",
        "pillar": "theme",
        "kind": "partnership",
        "status": "active",
        "here": [str(cast.office)],
        "there": [str(cast.here)],
        "summary-language": "de",
        "coordinator": str(cast.coordinator),
        "contact_interval_days": "180",
        "submission": "a",
        "version": "1",
        "publicity": "named",
        "public_text-language": "de",
        "public_text-text": "Für alle",
    }

    answer = coordinator.post(f"/partnerships/{partnership}/edit", data=form)

    assert answer.status_code == 302
    assert "Für alle" in browse().get("/public/de").text
    history = coordinator.get(f"/partnerships/{partnership}?lang=en").text
    assert "text for the public page; on the public page from not at all to by name" in history
