"""Pages of the log, asked as each of the cast and as nobody."""

import re
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from tests import builders
from tests.conftest import Cast
from tracker import clock
from tracker.db import db, writing
from tracker.log.models import LogEntry, LogKind
from tracker.organisations.models import Organisation

Browse = Callable[..., FlaskClient]
Look = Callable[[Callable[[], Any]], Any]

SHORT = {"happened_on": "16.2.2026", "kind": "call", "summary": "Angerufen wegen der Plakate", "submission": "key-1"}


def whole(cast: Cast, **more: object) -> dict[str, object]:
    """Return the form with everything that may be said."""
    return SHORT | {
        "project": str(cast.project),
        "partnership": "",
        "organisation": "",
        "details": "Sie schicken drei Entwürfe.",
        "next_step": "Entwürfe ansehen",
        "next_step_on": "2026-03-09",
        "language": "de",
        "people": [str(cast.partner)],
        "organisations": [str(cast.here)],
        "at": str(cast.here),
        **more,
    }


def changed(cast: Cast, **more: object) -> dict[str, object]:
    """Return the form of an entry that is there."""
    sent = whole(cast, **{"summary-language": "de", "summary-text": "Besser gesagt", "version": "1"})
    del sent["summary"]
    return sent | more


def add(app: Flask, number: int = 1, **more: Any) -> int:
    """Log something and return the id of the last entry."""
    with app.app_context(), writing():
        rows = [builders.log_entry(**more) for _each in range(number)]
        db.session.commit()
        return rows[-1].id


@pytest.fixture
def entry(app: Flask, cast: Cast) -> int:
    """Return the id of an entry on the partner's project with a next step."""
    return add(app, project_id=cast.project, de="Angerufen", next_step="Zurückrufen")


def entries() -> list[LogEntry]:
    """Return the whole log."""
    return list(db.session.scalars(sa.select(LogEntry).order_by(LogEntry.id)))


@pytest.mark.parametrize("path", ["/log/", "/log/new", "/log/1/edit"])
def test_nobody_is_sent_to_sign_in(browse: Browse, path: str) -> None:
    answer = browse().get(path)

    assert (answer.status_code, answer.location) == (302, f"/sign-in?next={path}")


@pytest.mark.parametrize(
    ("who", "statuses"),
    [
        ("administrator", (200, 200, 200, 302, 302)),
        ("coordinator", (200, 200, 200, 302, 302)),
        ("reader", (200, 403, 403, 403, 403)),
        ("partner", (403, 403, 403, 403, 403)),
        ("stranger", (403, 403, 404, 404, 404)),
    ],
)
def test_each_of_the_cast_gets_their_pages(
    browse: Browse, cast: Cast, entry: int, who: str, statuses: tuple[int, ...]
) -> None:
    browser = browse(getattr(cast, who))

    answers = (
        browser.get("/log/"),
        browser.get(f"/log/new?project={cast.project}"),
        browser.get(f"/log/{entry}/edit"),
        browser.post(f"/log/{entry}/next-step/done"),
        browser.post(f"/log/{entry}/archive"),
    )

    assert tuple(answer.status_code for answer in answers) == statuses


def test_a_call_is_logged_with_one_line_from_the_page_of_the_project(browse: Browse, cast: Cast, look: Look) -> None:
    browser = browse(cast.coordinator)

    first = browser.post(f"/log/new?project={cast.project}", data=SHORT)
    second = browser.post(f"/log/new?project={cast.project}", data=SHORT)

    assert first.location == second.location == f"/projects/{cast.project}"
    found = look(lambda: [(str(row.happened_on), row.kind, str(row.summary), row.project_id) for row in entries()])
    assert found == [("2026-02-16", "call", "Angerufen wegen der Plakate", cast.project)]
    assert look(lambda: [(row.language, row.summary.original, row.by_id) for row in entries()]) == [
        ("de", "de", cast.coordinator)
    ]


def test_everything_that_was_said_is_kept(browse: Browse, cast: Cast, look: Look) -> None:
    browse(cast.coordinator).post("/log/new", data=whole(cast, happened_on="2/2026", language="en"))

    def kept() -> tuple[object, ...]:
        row = entries()[0]
        return (
            str(row.happened_on),
            row.details,
            row.language,
            row.next_step,
            str(row.next_step_on),
            [person.id for person in row.people],
            [organisation.id for organisation in row.organisations],
            row.at_id,
        )

    expected = ("2026-02", "Sie schicken drei Entwürfe.", "en", "Entwürfe ansehen", "2026-03-09")
    assert look(kept) == (*expected, [cast.partner], [cast.here], cast.here)


def test_a_gift_is_logged_in_one_line_as_a_call_is(browse: Browse, cast: Cast, look: Look) -> None:
    browse(cast.coordinator).post(f"/log/new?project={cast.project}", data=SHORT | {"kind": "gift_given"})

    assert look(lambda: [(row.kind, row.at_id) for row in entries()]) == [(LogKind.GIFT_GIVEN, None)]


def test_where_it_was_is_told_and_stays_when_that_goes_to_the_archive(
    app: Flask, browse: Browse, cast: Cast, look: Look
) -> None:
    browser = browse(cast.coordinator)
    browser.post("/log/new", data=whole(cast, organisations=[]))
    with app.app_context(), writing():
        db.session.get_one(Organisation, cast.here).archived_at = clock.now()
        db.session.commit()
    entry = look(lambda: entries()[0].id)

    assert "Where: Bistrița-Năsăud" in " ".join(re.sub(r"<[^>]+>", "", browser.get("/log/?lang=en").text).split())
    form = browser.get(f"/log/{entry}/edit").text
    assert f'<option selected value="{cast.here}">' in form
    browser.post(f"/log/{entry}/edit", data=changed(cast, organisations=[]))
    assert look(lambda: [row.at_id for row in entries()]) == [cast.here]


def test_the_form_starts_with_a_call_today(browse: Browse, cast: Cast) -> None:
    page = browse(cast.coordinator).get(f"/log/new?project={cast.project}").text

    today = clock.today("Europe/Berlin")
    assert f'value="{today.day}.{today.month}.{today.year}"' in page
    assert '<option selected value="call">' in page
    assert f'<option selected value="{cast.project}">' in page


def test_those_of_the_project_stand_first(browse: Browse, cast: Cast) -> None:
    page = browse(cast.coordinator).get(f"/log/new?project={cast.project}").text

    assert page.index("Radu Partener") < page.index("Ilona Idegen")


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"project": ""}, "Please choose a project, a partnership or an organisation that this is about."),
        ({"happened_on": "yesterday"}, "This is not a date. Please write 2007, 4/2007 or 16.4.2007."),
        ({"happened_on": "2999"}, "This date has not come yet. The log holds what has happened"),
        ({"next_step": ""}, "Please write what is to be done on this day."),
        ({"kind": "dance"}, "Please choose something from the list."),
        ({"summary": "a" * 201}, "This is too long: 201 characters, at most 200 are possible."),
    ],
)
def test_what_is_wrong_gets_a_sentence(
    browse: Browse, cast: Cast, look: Look, more: dict[str, object], sentence: str
) -> None:
    answer = browse(cast.coordinator).post("/log/new?lang=en", data=whole(cast, **more))

    assert answer.status_code == 200
    assert sentence in answer.text
    assert look(entries) == []


def test_what_is_not_there_cannot_be_logged_on(browse: Browse, cast: Cast, look: Look) -> None:
    browser = browse(cast.coordinator)

    assert browser.get("/log/new?project=999").status_code == 404
    assert browser.get("/log/new?organisation=first").status_code == 404
    assert browser.post("/log/new", data=whole(cast, project="999")).status_code == 200
    assert browser.post("/log/new", data=whole(cast, colour="blue")).status_code == 400
    assert look(entries) == []


def test_an_entry_is_changed(browse: Browse, cast: Cast, entry: int, look: Look) -> None:
    answer = browse(cast.coordinator).post(
        f"/log/{entry}/edit", data=changed(cast, **{"summary-en": "Better put", "kind": "meeting"})
    )

    assert answer.location == f"/projects/{cast.project}"
    assert look(lambda: [(list(row.summary.spellings), row.kind, len(row.people)) for row in entries()]) == [
        (["Besser gesagt", "Better put"], "meeting", 1)
    ]


def test_the_form_of_an_entry_shows_all_of_it(browse: Browse, cast: Cast, look: Look) -> None:
    browser = browse(cast.coordinator)
    browser.post("/log/new", data=whole(cast))
    entry = look(lambda: entries()[0].id)

    page = browser.get(f"/log/{entry}/edit").text

    assert f'<option selected value="{cast.project}">' in page
    assert f'value="{cast.partner}" checked' in page
    assert page.count(" checked") == 2
    assert f'<option selected value="{cast.here}">' in page


def test_an_entry_that_somebody_else_changed_shows_both(browse: Browse, cast: Cast, entry: int, look: Look) -> None:
    browser = browse(cast.coordinator)
    browser.post(f"/log/{entry}/edit", data=changed(cast, **{"summary-text": "Ihre Fassung"}))

    answer = browser.post(f"/log/{entry}/edit?lang=en", data=changed(cast, **{"summary-text": "Meine Fassung"}))

    assert "Somebody else changed this meanwhile" in answer.text
    assert "Ihre Fassung" in answer.text
    assert look(lambda: [str(row.summary) for row in entries()]) == ["Ihre Fassung"]


def test_a_next_step_is_ticked_off_where_one_stands(browse: Browse, cast: Cast, entry: int, look: Look) -> None:
    browser = browse(cast.coordinator)

    away = browser.post(f"/log/{entry}/next-step/done?next=https://example.org/")
    back = browser.post(f"/log/{entry}/next-step/done?next=/log/?open_steps=y")

    assert (away.location, back.location) == (f"/projects/{cast.project}", "/log/?open_steps=y")
    assert look(lambda: [row.next_step_done_at is not None for row in entries()]) == [True]


def test_the_archive_is_a_list_of_its_own(browse: Browse, cast: Cast, entry: int) -> None:
    browser = browse(cast.coordinator)

    assert browser.post(f"/log/{entry}/archive").location == f"/projects/{cast.project}"

    assert "Angerufen" not in browser.get("/log/").text
    assert "Angerufen" in browser.get("/log/?archived=y").text


@pytest.mark.parametrize("narrowed", ["q=angerufen", "kind=call", "open_steps=y", "from_on=2027-01-01", "sort=next"])
def test_the_list_can_be_narrowed(browse: Browse, cast: Cast, entry: int, narrowed: str) -> None:
    browser = browse(cast.reader)

    assert "Zurückrufen" in browser.get(f"/log/?{narrowed}&project={cast.project}").text
    assert "Zurückrufen" not in browser.get(f"/log/?{narrowed}&project={cast.other_project}").text


def test_names_of_those_who_were_there_are_for_the_office(browse: Browse, cast: Cast) -> None:
    browse(cast.coordinator).post("/log/new", data=whole(cast))

    assert "Radu Partener" in browse(cast.reader).get("/log/").text


def test_a_list_costs_the_same_with_one_row_and_with_thirty(
    browse: Browse, app: Flask, cast: Cast, entry: int, count_queries: Callable[[], Any]
) -> None:
    browser = browse(cast.coordinator)
    with count_queries() as one:
        browser.get("/log/")
    add(app, 29, project_id=cast.other_project, organisation_id=cast.here)
    with count_queries() as thirty:
        browser.get("/log/")

    assert len(thirty) == len(one) <= 8


@pytest.mark.parametrize("path", ["/log/new?project={project}", "/log/{entry}/edit"])
def test_a_form_costs_at_most_eight_queries(
    browse: Browse, cast: Cast, entry: int, count_queries: Callable[[], Any], path: str
) -> None:
    browser = browse(cast.coordinator)

    with count_queries() as asked:
        browser.get(path.format(project=cast.project, entry=entry))

    assert len(asked) <= 8
