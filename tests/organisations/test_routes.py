"""Pages of organisations and of the office, asked as each of the cast and as nobody."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from tests import builders
from tests.conftest import Cast
from tracker.db import db, writing
from tracker.history.models import HistoryLine
from tracker.organisations.models import Office, Organisation

Browse = Callable[..., FlaskClient]
Look = Callable[[Callable[[], Any]], Any]

GOOD = {
    "name-language": "de",
    "name-text": "Stadt Immenhausen",
    "name-en": "Town of Immenhausen",
    "aliases": "Immenhausen\r\nImmenhusen",
    "kind": "municipality",
    "country": "DE",
    "subdivision": "DE-HE",
    "place": "Immenhausen",
    "language": "de",
    "zone": "Europe/Berlin",
    "part_of": "",
    "closed_days": "24.12.2026 – 6.1.2027: zwischen den Jahren",
    "notes": "",
    "submission": "key-1",
}


def named(name: str) -> Organisation | None:
    """Return the organisation of that German name."""
    rows = db.session.scalars(sa.select(Organisation)).all()
    return next((row for row in rows if str(row.name) == name), None)


@pytest.mark.parametrize("path", ["/organisations/", "/organisations/new", "/settings/office"])
def test_nobody_is_sent_to_sign_in(browse: Browse, path: str) -> None:
    answer = browse().get(path)

    assert (answer.status_code, answer.location) == (302, f"/sign-in?next={path}")


@pytest.mark.parametrize(
    ("role", "statuses"),
    [
        ("administrator", {"/organisations/": 200, "/organisations/new": 200, "/settings/office": 200}),
        ("coordinator", {"/organisations/": 200, "/organisations/new": 200, "/settings/office": 403}),
        ("reader", {"/organisations/": 200, "/organisations/new": 403, "/settings/office": 403}),
        ("partner", {"/organisations/": 200, "/organisations/new": 403, "/settings/office": 403}),
    ],
)
def test_each_of_the_cast_gets_their_pages(browse: Browse, cast: Cast, role: str, statuses: dict[str, int]) -> None:
    browser = browse(getattr(cast, role))

    assert {path: browser.get(path).status_code for path in statuses} == statuses


def test_partners_find_those_of_their_projects_only(browse: Browse, cast: Cast) -> None:
    page = browse(cast.partner).get("/organisations/").text
    everything = browse(cast.coordinator).get("/organisations/").text

    assert ("Bistrița" in page, "Landkreis Kassel" in page, "Csepel" in page) == (True, True, False)
    assert "Csepel" in everything


def test_a_partner_cannot_tell_a_foreign_organisation_from_none(browse: Browse, cast: Cast) -> None:
    browser = browse(cast.partner)

    assert browser.get(f"/organisations/{cast.elsewhere}/edit").status_code == 404
    assert browser.post(f"/organisations/{cast.elsewhere}/archive").status_code == 404
    assert browser.get(f"/organisations/{cast.here}/edit").status_code == 403


def test_a_coordinator_enters_an_organisation(browse: Browse, cast: Cast, look: Look) -> None:
    answer = browse(cast.coordinator).post("/organisations/new", data=GOOD)

    def kept() -> tuple[object, ...]:
        row = named("Stadt Immenhausen")
        assert row is not None
        closed = [(str(day.from_on), str(day.until_on), day.label) for day in row.closed_days]
        line = db.session.scalars(sa.select(HistoryLine)).one()
        return row.id, [alias.text for alias in row.aliases], closed, line.verb, line.subject, line.by_id

    row_id, *rest = look(kept)
    assert (answer.status_code, answer.location) == (302, f"/organisations/{row_id}")
    assert rest == [
        ["Immenhausen", "Immenhusen"],
        [("2026-12-24", "2027-01-06", "zwischen den Jahren")],
        "ORGANISATION_CREATED",
        f"organisation:{row_id}",
        cast.coordinator,
    ]


def test_a_double_click_enters_one(browse: Browse, cast: Cast, look: Look) -> None:
    browser = browse(cast.coordinator)

    first, second = (browser.post("/organisations/new", data=GOOD) for _ in range(2))

    assert first.location == second.location
    assert look(lambda: db.session.scalar(sa.select(sa.func.count()).select_from(Organisation))) == 4


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"name-text": ""}, "This field is required."),
        ({"name-text": "x" * 1_000_000}, "This is too long: 1000000 characters, at most 200 are possible."),
        ({"name-text": "Stadt\x00"}, "This contains characters that cannot be saved. Please type it again."),
        ({"kind": "kingdom"}, "Please choose something from the list."),
        ({"country": "XX"}, "Please choose something from the list."),
        ({"zone": "Mars/Olympus"}, "Please choose something from the list."),
        ({"part_of": "4711"}, "Please choose something from the list."),
        ({"part_of": "none"}, "Please choose something from the list."),
        ({"subdivision": "Hesse!"}, "This is too long"),
        ({"subdivision": "Hesse"}, "Please write two letters for the country"),
        ({"closed_days": "Christmas"}, "“Christmas” is not a day or a range of days"),
        ({"closed_days": "6.1.2027 – 24.12.2026"}, "is not a day or a range of days"),
    ],
)
def test_bad_input_gets_a_sentence_beside_the_field(
    browse: Browse, cast: Cast, look: Look, change: dict[str, str], sentence: str
) -> None:
    if change == {"subdivision": "Hesse!"}:
        change = {"subdivision": "Hesse!!"}
    page = browse(cast.coordinator).post("/organisations/new?lang=en", data=GOOD | change)

    assert page.status_code == 200
    assert sentence in page.text
    assert look(lambda: named("Stadt Immenhausen")) is None


def test_an_unknown_field_is_refused(browse: Browse, cast: Cast) -> None:
    assert browse(cast.coordinator).post("/organisations/new", data=GOOD | {"archived_at": "now"}).status_code == 400


def test_what_somebody_else_changed_is_shown_and_not_overwritten(
    app: Flask, browse: Browse, cast: Cast, look: Look
) -> None:
    browser = browse(cast.coordinator)
    typed = GOOD | {"name-text": "Mein Name", "name-en": "", "aliases": "", "closed_days": "", "version": "1"}
    with app.app_context(), writing():
        db.session.get_one(Organisation, cast.here).place = "Bistrița"
        db.session.commit()

    page = browser.post(f"/organisations/{cast.here}/edit?lang=en", data=typed)
    saved = look(lambda: str(db.session.get_one(Organisation, cast.here).name))
    again = browser.post(f"/organisations/{cast.here}/edit", data=typed | {"version": "2"})

    assert "Somebody else changed this meanwhile" in page.text
    assert "Bistrița" in page.text
    assert "Mein Name" in page.text
    assert saved == "Bistrița-Năsăud"
    assert again.status_code == 302
    assert look(lambda: str(db.session.get_one(Organisation, cast.here).name)) == "Mein Name"


def test_an_organisation_cannot_belong_to_itself(browse: Browse, cast: Cast) -> None:
    typed = GOOD | {"part_of": str(cast.here), "version": "1"}

    page = browse(cast.coordinator).post(f"/organisations/{cast.here}/edit?lang=en", data=typed)

    assert "An organisation cannot belong to itself." in page.text


def test_the_archive_keeps_and_gives_back(browse: Browse, cast: Cast, look: Look) -> None:
    browser = browse(cast.coordinator)

    browser.post(f"/organisations/{cast.elsewhere}/archive")
    listed = "Csepel" in browser.get("/organisations/").text
    archived = "Csepel" in browser.get("/organisations/?archived=y").text
    browser.post(f"/organisations/{cast.elsewhere}/archive?back=y")

    assert (listed, archived) == (False, True)
    assert look(lambda: db.session.get_one(Organisation, cast.elsewhere).archived_at) is None


@pytest.mark.parametrize(
    "query", ["?sort=country&descending=1", "?q=szepel", "?page=99999999", "?kind=kingdom", "?sort=;--", "?q=%00"]
)
def test_the_list_bears_any_address(browse: Browse, cast: Cast, query: str) -> None:
    assert browse(cast.reader).get("/organisations/" + query).status_code == 200


def test_a_long_list_costs_no_more_queries(app: Flask, browse: Browse, cast: Cast, count_queries: Any) -> None:  # noqa: ANN401 - a context
    browser = browse(cast.coordinator)
    with count_queries() as few:
        browser.get("/organisations/")
    with app.app_context(), writing():
        for _ in range(30):
            builders.organisation()
        db.session.commit()
    with count_queries() as many:
        browser.get("/organisations/")

    assert len(many) == len(few) <= 8


def test_an_administrator_changes_the_office(browse: Browse, cast: Cast, look: Look) -> None:
    data = {
        "name": "Landkreis Kassel, Partnerschaftsbüro",
        "organisation": str(cast.office),
        "language": "de",
        "zone": "Europe/Berlin",
        "country": "DE",
        "subdivision": "DE-HE",
        "sending_paused": "y",
        "imprint-language": "de",
        "imprint-text": "Landkreis Kassel\n\nWilhelmshöher Allee",
        "accessibility-language": "de",
        "accessibility-text": "Wir möchten, dass alle diese Seiten nutzen können.",
        "version": "1",
    }

    answer = browse(cast.administrator).post("/settings/office", data=data)

    assert answer.status_code == 302
    assert look(lambda: (office := db.session.get_one(Office, 1)).sending_paused and office.name) == data["name"]
    assert "Sending is paused" in browse(cast.coordinator).get("/organisations/?lang=en").text
    assert "Wilhelmshöher Allee" in browse().get("/imprint").text
    assert "nutzen können" in browse().get("/accessibility").text


# ---- is it this one?


def bodies() -> list[str]:
    """Return the names of all organisations."""
    return [str(row.name) for row in db.session.scalars(sa.select(Organisation).order_by(Organisation.id))]


@pytest.mark.parametrize("name", ["Stadt Immenhausen", "STADT  IMMENHAUSEN", "Immenhusen"])
def test_who_is_entered_already_is_asked_about_beside_the_name(
    browse: Browse, look: Look, cast: Cast, name: str
) -> None:
    browser = browse(cast.coordinator)
    browser.post("/organisations/new", data=GOOD)
    before, known = look(bodies), look(lambda: named("Stadt Immenhausen"))
    again = GOOD | {"name-text": name, "name-en": "", "aliases": "", "submission": "key-2"}

    asked = browser.post("/organisations/new?lang=en", data=again)
    after = look(bodies)
    told = browser.post("/organisations/new", data=again | {"is_another": "y"})

    assert asked.status_code == 200
    assert "An organisation of this name is entered in this country. Is it this one?" in asked.text
    assert f'href="/organisations/{known.id}">' in asked.text
    assert ('id="name-text-error"' in asked.text, 'name="is_another"' in asked.text) == (True, True)
    assert after == before
    assert (told.status_code, len(look(bodies))) == (302, len(before) + 1)


def test_namesakes_abroad_and_names_that_hold_it_are_others(browse: Browse, look: Look, cast: Cast) -> None:
    browser = browse(cast.coordinator)
    browser.post("/organisations/new", data=GOOD)
    abroad = {"country": "AT", "subdivision": "AT-3", "zone": "Europe/Vienna", "submission": "key-2"}

    answers = [
        browser.post("/organisations/new", data=GOOD | abroad),
        browser.post("/organisations/new", data=GOOD | {"name-text": "Immen", "name-en": "", "submission": "key-3"}),
    ]

    assert [answer.status_code for answer in answers] == [302, 302]


def test_who_takes_the_name_of_another_is_asked_and_who_keeps_theirs_is_not(
    browse: Browse, look: Look, app: Flask, cast: Cast
) -> None:
    browser = browse(cast.coordinator)
    browser.post("/organisations/new", data=GOOD)
    browser.post("/organisations/new", data=GOOD | {"submission": "key-2", "is_another": "y"})
    path, other = look(lambda: tuple(row.id for row in db.session.scalars(sa.select(Organisation)))[-2:])
    kept = {name: value for name, value in GOOD.items() if name != "submission"} | {"version": "1", "notes": "neu"}

    same = browser.post(f"/organisations/{path}/edit", data=kept)
    renamed = browser.post(f"/organisations/{other}/edit?lang=en", data=kept | {"name-it": "Immenhausen"})

    assert same.status_code == 302
    assert (renamed.status_code, "Is it this one?" in renamed.text) == (200, True)


@pytest.mark.both
def test_two_who_put_organisations_into_each_other_at_once_close_no_circle(
    app: Flask, browse: Browse, cast: Cast, look: Look
) -> None:
    def put(browser: FlaskClient, part: int, whole: int) -> Any:  # noqa: ANN401 - an answer
        called = {"name-text": f"Stadt {part}", "name-en": "", "aliases": ""}
        sent = GOOD | called | {"part_of": str(whole), "version": "1", "submission": f"key-{part}"}
        return browser.post(f"/organisations/{part}/edit?lang=en", data=sent)

    who = (browse(cast.coordinator), browse(cast.administrator))
    with ThreadPoolExecutor(2) as both:
        with app.app_context(), writing():
            # Both requests wait for this unit, and go on together.
            db.session.execute(sa.select(Office.id).with_for_update())
            pairs = ((cast.here, cast.elsewhere), (cast.elsewhere, cast.here))
            answers = [both.submit(put, browser, *pair) for browser, pair in zip(who, pairs, strict=True)]
            wait(answers, timeout=1)
            db.session.rollback()
        pages = [answer.result() for answer in answers]

    assert sorted(page.status_code for page in pages) == [200, 302]
    assert any("An organisation cannot belong to itself." in page.text for page in pages)
    assert look(lambda: sum(one.part_of_id is not None for one in db.session.scalars(sa.select(Organisation)))) == 1
