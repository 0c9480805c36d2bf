"""Pages on which one says and sees what led to what."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from tests import builders
from tests.conftest import Cast, change
from tracker.db import PartialDate, db, writing
from tracker.lineage.models import LedTo
from tracker.log.models import LogKind
from tracker.organisations.models import Office, Organisation
from tracker.partnerships.models import Partnership

Browse = Callable[..., FlaskClient]
Look = Callable[[Callable[[], Any]], Any]


@pytest.fixture
def partnership(app: Flask, cast: Cast) -> int:
    """Enter a partnership of the office and the partner's organisation."""

    def enter() -> Partnership:
        here, there = (db.session.get_one(Organisation, id_) for id_ in (cast.office, cast.here))
        return builders.partnership(here, there, de="Freundschaft", contact_since=PartialDate("1998"))

    return int(change(app, lambda: enter().id))


def said(app: Flask, *pairs: tuple[str, str], **more: object) -> None:
    """Enter what led to what."""
    change(app, lambda: [builders.led_to(origin, outcome, **more) for origin, outcome in pairs])


def kept(look: Look) -> list[tuple[str, str]]:
    """Return both ends of every statement."""
    return look(lambda: [tuple(row) for row in db.session.execute(sa.select(LedTo.origin, LedTo.outcome))])  # type: ignore[no-any-return] # whatever is asked


def names(page: str) -> list[str]:
    """Return what stands in the line of a page in German, from the top."""
    found = re.search(r'<ol class="lineage">(.*?)</ol>', page, re.DOTALL)
    return re.findall(r'<div class="lineage__words">\s*<p>(?:<a [^>]*>|<strong>)(.*?)</', found[1] if found else "")


def test_it_is_entered_from_either_side(browse: Browse, cast: Cast, partnership: int, look: Look) -> None:
    browser = browse(cast.coordinator)
    project, body = f"project:{cast.project}", f"organisation:{cast.here}"
    wanted = {"happened_on": "2001", "note": "Beim Besuch"}

    first = browser.post(f"/led-to/{project}/came-out-of", data={"thing": f"partnership:{partnership}"} | wanted)
    second = browser.post(f"/led-to/{project}/led-to", data={"thing": body})

    assert first.location == second.location == f"/projects/{cast.project}#lineage"
    assert kept(look) == [(f"partnership:{partnership}", project), (project, body)]
    page = browser.get(f"/projects/{cast.project}").text
    assert names(page) == ["Freundschaft", "Euarca", "Bistrița-Năsăud"]
    assert "Beim Besuch" in page
    assert '<span class="lineage__year">2001</span>' in page


def test_a_double_click_enters_one(browse: Browse, cast: Cast, look: Look) -> None:
    browser = browse(cast.coordinator)
    sent = {"thing": f"organisation:{cast.here}", "submission": "once"}

    answers = [browser.post(f"/led-to/project:{cast.project}/led-to", data=sent) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [302, 302]
    assert len(kept(look)) == 1


@pytest.mark.parametrize(
    ("chosen", "day", "sentence"),
    [
        ("project", "", "Please choose something from the list."),
        ("partnership", "", "This would be a circle: “Freundschaft” itself came out of “Euarca”."),
        ("other", "1990", "“Radweg” came only later (2001)."),
        ("other", "2999", "This date has not come yet."),
        ("", "", "This field is required."),
    ],
)
def test_what_cannot_be_is_said_beside_the_field(  # noqa: PLR0917 - fixtures
    app: Flask, browse: Browse, cast: Cast, partnership: int, look: Look, chosen: str, day: str, sentence: str
) -> None:
    keys = {
        "project": f"project:{cast.project}",
        "partnership": f"partnership:{partnership}",
        "other": f"project:{cast.other_project}",
        "": "",
    }
    change(
        app,
        lambda: db.session.execute(
            sa.text("UPDATE project SET begins = '2001' WHERE id = :id"), {"id": cast.other_project}
        ),
    )
    said(app, (keys["project"], keys["partnership"]))

    path = f"/led-to/project:{cast.project}/came-out-of?lang=en"
    answer = browse(cast.coordinator).post(path, data={"thing": keys[chosen], "happened_on": day})

    assert answer.status_code == 200
    field = "happened_on" if day else "thing"
    assert re.search(rf'id="{field}-error"[^>]*>.*?<span>([^<]*)</span></p>', answer.text)[1] == sentence  # type: ignore[index] # it is there
    assert kept(look) == [(keys["project"], keys["partnership"])]


def test_it_is_taken_back(app: Flask, browse: Browse, cast: Cast, look: Look) -> None:
    said(app, (f"project:{cast.project}", f"organisation:{cast.here}"))
    browser, id_ = browse(cast.coordinator), look(lambda: db.session.scalar(sa.select(LedTo.id)))
    assert f"/led-to/{id_}/take-back" in browser.get(f"/led-to/project:{cast.project}").text

    answer = browser.post(f"/led-to/{id_}/take-back")

    assert answer.location == f"/led-to/organisation:{cast.here}"
    assert kept(look) == []


def test_a_log_entry_has_a_page_for_it(app: Flask, browse: Browse, cast: Cast) -> None:
    entry = change(app, lambda: builders.log_entry(project_id=cast.project, kind=LogKind.VISIT, on="2007").id)
    said(app, (f"log_entry:{entry}", f"project:{cast.project}"))

    page = browse(cast.partner).get(f"/led-to/log_entry:{entry}?lang=en").text

    assert len(names(page)) == 2
    assert '<span class="muted">visit</span>' in page
    assert "Take back" not in page


def test_partners_see_where_they_see_both_ends_and_learn_of_nothing_else(
    app: Flask, browse: Browse, cast: Cast, partnership: int
) -> None:
    project, other, body = (f"project:{cast.project}", f"project:{cast.other_project}", f"organisation:{cast.here}")
    said(app, (f"partnership:{partnership}", project), (project, other), (other, body), note=builders.text(de="Intern"))
    path = f"/projects/{cast.project}?lang=de"
    assert names(browse(cast.reader).get(path).text) == ["Freundschaft", "Euarca", "Radweg", "Bistrița-Năsăud"]
    page = browse(cast.partner).get(path).text
    assert ("lineage" in page, "Intern" in page, "Radweg" in page) == (False, False, False)

    said(app, (project, body), note=builders.text(de="Gemeinsam"))

    page = browse(cast.partner).get(path).text
    assert names(page) == ["Euarca", "Bistrița-Năsăud"]
    assert ("Gemeinsam" in page, "Intern" in page, "Radweg" in page) == (True, False, False)


def test_partners_do_not_read_in_the_history_that_there_is_more(
    app: Flask, browse: Browse, cast: Cast, partnership: int
) -> None:
    browse(cast.coordinator).post(
        f"/led-to/project:{cast.project}/came-out-of", data={"thing": f"partnership:{partnership}"}
    )
    path = f"/projects/{cast.project}?lang=en"

    assert "noted what it came out of" in browse(cast.reader).get(path).text
    assert "noted what it came out of" not in browse(cast.partner).get(path).text


def test_what_is_in_the_archive_is_left_out(app: Flask, browse: Browse, cast: Cast) -> None:
    said(app, (f"project:{cast.project}", f"project:{cast.other_project}"))
    browser = browse(cast.coordinator)
    browser.post(f"/projects/{cast.other_project}/archive")

    assert names(browser.get(f"/projects/{cast.project}").text) == []
    assert names(browser.get(f"/projects/{cast.other_project}").text) == ["Euarca", "Radweg"]


@pytest.mark.parametrize("key", ["project:0", "project:01", "project:99999999999", "person:1", "project", "project:x"])
def test_what_names_nothing_is_not_found(browse: Browse, cast: Cast, key: str) -> None:
    browser = browse(cast.coordinator)

    assert browser.get(f"/led-to/project:{cast.project}").status_code == 200
    assert browser.get(f"/led-to/{key}").status_code == 404


def test_many_cost_as_many_queries_as_few(
    app: Flask, browse: Browse, cast: Cast, partnership: int, count_queries: Callable[[], Any]
) -> None:
    browser, project = browse(cast.coordinator), f"project:{cast.project}"
    pages = (
        f"/projects/{cast.project}",
        f"/partnerships/{partnership}",
        f"/led-to/{project}",
        f"/led-to/{project}/led-to",
    )
    said(app, (f"partnership:{partnership}", project))

    def costs() -> list[int]:
        numbers = []
        for page in pages:
            with count_queries() as asked:
                assert browser.get(page).status_code == 200
            numbers.append(len(asked))
        return numbers

    few = costs()
    bodies = change(app, lambda: [builders.organisation().id for _ in range(30)])
    entries = change(app, lambda: [builders.log_entry(project_id=cast.project).id for _ in range(30)])
    said(
        app, *((project, f"organisation:{id_}") for id_ in bodies), *((f"log_entry:{id_}", project) for id_ in entries)
    )

    assert len(names(browser.get(pages[0]).text)) == 62
    assert costs() == few
    assert max(few) <= 8, few


@pytest.mark.both
def test_two_who_speak_at_once_close_no_circle(app: Flask, browse: Browse, cast: Cast, look: Look) -> None:
    who = (browse(cast.coordinator), browse(cast.administrator))
    here, there = f"organisation:{cast.here}", f"organisation:{cast.elsewhere}"
    with ThreadPoolExecutor(2) as both:
        with app.app_context(), writing():
            # Both requests wait for this unit, and go on together.
            db.session.execute(sa.select(Office.id).with_for_update())
            answers = [
                both.submit(browser.post, f"/led-to/{origin}/led-to?lang=en", data={"thing": outcome})
                for browser, (origin, outcome) in zip(who, ((here, there), (there, here)), strict=True)
            ]
            wait(answers, timeout=1)
            db.session.rollback()
        pages = [answer.result() for answer in answers]

    assert sorted(page.status_code for page in pages) == [200, 302]
    assert any("This would be a circle" in page.text for page in pages)
    assert len(kept(look)) == 1


def test_an_event_leads_to_others_and_says_of_what_sort_it_is(
    app: Flask, browse: Browse, cast: Cast, partnership: int
) -> None:
    held = {"begins_on": PartialDate("1999"), "ends_on": None, "project_id": cast.project}
    event = change(app, lambda: builders.event(de="Besuch in Kassel", partnership_id=partnership, **held).id)
    change(app, lambda: builders.event(de="Fremdes Treffen", project_id=cast.other_project))
    browser = browse(cast.coordinator)

    answer = browser.post(f"/led-to/event:{event}/led-to", data={"thing": f"organisation:{cast.here}"})

    assert answer.location == f"/events/{event}#lineage"
    page = browser.get(f"/events/{event}?lang=de").text
    assert names(page) == ["Besuch in Kassel", "Bistrița-Năsăud"]
    assert '<strong>Besuch in Kassel</strong> <span class="muted">Besuch</span>' in page
    assert f'value="event:{event}"' in browser.get(f"/led-to/organisation:{cast.here}/came-out-of").text
    assert names(browser.get(f"/organisations/{cast.here}").text) == ["Besuch in Kassel", "Bistrița-Năsăud"]
    assert "Besuch in Kassel" in names(browse(cast.partner).get(f"/events/{event}?lang=de").text)
    assert browse(cast.stranger).get(f"/led-to/event:{event}").status_code == 404
