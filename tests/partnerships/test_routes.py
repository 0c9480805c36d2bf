"""Pages of partnerships, asked as each of the cast and as nobody."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from tests import builders
from tests.conftest import Cast, told
from tracker.db import PartialDate, db, writing
from tracker.organisations.models import Office, Organisation
from tracker.partnerships.models import Partnership, PartnershipStatus, Pillar

Browse = Callable[..., FlaskClient]
Look = Callable[[Callable[[], Any]], Any]


def good(cast: Cast, **more: object) -> dict[str, object]:
    """Return a form that is right."""
    return {
        "title-language": "de",
        "title-text": "Landkreis Kassel und Dane County",
        "title-en": "Kassel district and Dane County",
        "pillar": "state",
        "kind": "partnership",
        "status": "active",
        "here": [str(cast.office)],
        "there": [str(cast.here)],
        "contact_since": "2007",
        "formal_since": "",
        "ended": "",
        "continued_by": "",
        "umbrella": "",
        "coordinator": str(cast.coordinator),
        "summary-language": "de",
        "summary-text": "",
        "publicity": "hidden",
        "public_text-language": "de",
        "public_text-text": "",
        "submission": "key-1",
        **more,
    }


@pytest.fixture
def partnership(app: Flask, cast: Cast) -> int:
    """Return the id of a partnership of the office with the partner's organisation."""
    return add(app, cast)


def add(app: Flask, cast: Cast, number: int = 1, **more: Any) -> int:
    """Enter partnerships and return the id of the last one."""
    with app.app_context(), writing():
        here, there = db.session.get(Organisation, cast.office), db.session.get(Organisation, cast.here)
        assert here is not None
        assert there is not None
        rows = [builders.partnership(here, there, **more) for _each in range(number)]
        db.session.commit()
        return rows[-1].id


def all_of_them() -> list[Partnership]:
    """Return every partnership."""
    return list(db.session.scalars(sa.select(Partnership).order_by(Partnership.id)))


@pytest.mark.parametrize("path", ["/partnerships/", "/partnerships/new", "/partnerships/1/edit"])
def test_nobody_is_sent_to_sign_in(browse: Browse, path: str) -> None:
    answer = browse().get(path)

    assert (answer.status_code, answer.location) == (302, f"/sign-in?next={path}")


@pytest.mark.parametrize(
    ("who", "statuses"),
    [
        ("administrator", (200, 200, 200, 302)),
        ("coordinator", (200, 200, 200, 302)),
        ("reader", (200, 403, 403, 403)),
        ("partner", (403, 403, 404, 404)),
        ("stranger", (403, 403, 404, 404)),
    ],
)
def test_each_of_the_cast_gets_their_pages(
    browse: Browse, cast: Cast, partnership: int, who: str, statuses: tuple[int, ...]
) -> None:
    browser = browse(getattr(cast, who))

    answers = (
        browser.get("/partnerships/"),
        browser.get("/partnerships/new"),
        browser.get(f"/partnerships/{partnership}/edit"),
        browser.post(f"/partnerships/{partnership}/archive"),
    )

    assert tuple(answer.status_code for answer in answers) == statuses


def test_a_coordinator_enters_a_partnership_once(browse: Browse, cast: Cast, look: Look) -> None:
    browser = browse(cast.coordinator)

    first = browser.post("/partnerships/new", data=good(cast))
    second = browser.post("/partnerships/new", data=good(cast))

    found = look(lambda: [(row.id, str(row.title), row.coordinator_id) for row in all_of_them()])
    assert found == [(found[0][0], "Landkreis Kassel und Dane County", cast.coordinator)]
    assert first.location == second.location == f"/partnerships/{found[0][0]}"


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"title-text": ""}, "There is a translation but no original."),
        ({"contact_since": "some day"}, "This is not a date. Please write 2007, 4/2007 or 16.4.2007."),
        ({"status": "continued"}, "Please choose the partnership that continues this one."),
        ({"there": "here"}, "An organisation can stand on one side only."),
        ({"formal_since": "2006"}, "It cannot have been formal before there was contact."),
        ({"ended": "2006"}, "It cannot have ended before it began."),
        ({"pillar": "sideways"}, "Please choose something from the list."),
    ],
)
def test_what_is_wrong_gets_a_sentence(
    browse: Browse, cast: Cast, look: Look, more: dict[str, object], sentence: str
) -> None:
    sent = good(cast, **more)
    if more.get("there") == "here":
        sent["there"] = sent["here"]

    answer = browse(cast.coordinator).post("/partnerships/new?lang=en", data=sent)

    assert answer.status_code == 200
    assert sentence in answer.text
    assert look(all_of_them) == []


def test_it_does_not_end_before_its_projects_and_is_told_beside_the_date(
    browse: Browse, app: Flask, cast: Cast, look: Look, partnership: int
) -> None:
    with app.app_context(), writing():
        project = builders.project(de="Euarca", ends=PartialDate("2027-09"))
        project.partnerships = [db.session.get_one(Partnership, partnership)]
        db.session.commit()
    browser = browse(cast.coordinator)
    sent = good(cast, ended="2027-08", status="ended", version="1")

    answer = browser.post(f"/partnerships/{partnership}/edit?lang=en", data=sent)
    later = browser.post(f"/partnerships/{partnership}/edit", data=sent | {"ended": "2027-09"})

    assert re.search(r'id="ended-error">.*?The project “Euarca” ends only later\.', answer.text)
    assert later.status_code == 302
    assert look(lambda: db.session.get_one(Partnership, partnership).ended) == PartialDate("2027-09")


def test_a_form_shows_what_is_there(browse: Browse, app: Flask, cast: Cast) -> None:
    umbrella = add(app, cast, de="Hessen und Wisconsin")
    under = add(app, cast, umbrella_id=umbrella, coordinator_id=cast.coordinator)
    browser = browse(cast.coordinator)

    page = browser.get(f"/partnerships/{under}/edit").text

    assert f'<option selected value="{umbrella}">Hessen und Wisconsin</option>' in page
    assert f'<option selected value="{cast.coordinator}">' in page
    assert page.count(" checked") == 2


def test_an_umbrella_is_refused_where_it_makes_a_circle(
    browse: Browse, app: Flask, cast: Cast, partnership: int, look: Look
) -> None:
    below = add(app, cast, umbrella_id=partnership)
    sent = good(cast, umbrella=str(below), version="1")

    answer = browse(cast.coordinator).post(f"/partnerships/{partnership}/edit?lang=en", data=sent)

    assert "A partnership cannot stand under itself." in answer.text
    assert look(lambda: [row.umbrella_id for row in all_of_them()]) == [None, partnership]


def test_a_partnership_that_somebody_else_changed_shows_both(
    browse: Browse, cast: Cast, partnership: int, look: Look
) -> None:
    browser = browse(cast.coordinator)
    browser.post(f"/partnerships/{partnership}/edit", data=good(cast, **{"title-text": "Ihre Fassung", "version": "1"}))

    answer = browser.post(
        f"/partnerships/{partnership}/edit?lang=en", data=good(cast, **{"title-text": "Meine Fassung", "version": "1"})
    )

    assert "Somebody else changed this meanwhile" in answer.text
    assert "Ihre Fassung" in answer.text
    assert "Meine Fassung" in answer.text
    assert look(lambda: [(str(row.title), row.version) for row in all_of_them()]) == [("Ihre Fassung", 2)]


def test_an_archived_party_stays_a_party(browse: Browse, app: Flask, cast: Cast, partnership: int, look: Look) -> None:
    with app.app_context(), writing():
        organisation = db.session.get(Organisation, cast.here)
        assert organisation is not None
        organisation.archived_at = organisation.created_at
        db.session.commit()
    browser = browse(cast.coordinator)

    browser.post(f"/partnerships/{partnership}/edit", data=good(cast, version="1"))

    assert look(lambda: [len(row.parties) for row in all_of_them()]) == [2]


def test_the_archive_is_a_list_of_its_own(browse: Browse, cast: Cast, partnership: int, look: Look) -> None:
    browser = browse(cast.coordinator)
    title = look(lambda: str(all_of_them()[0].title))

    answer = browser.post(f"/partnerships/{partnership}/archive")

    assert answer.location == f"/partnerships/{partnership}"
    assert title not in browser.get("/partnerships/").text
    assert title in browser.get("/partnerships/?archived=y").text
    browser.post(f"/partnerships/{partnership}/archive?back=y")
    assert title in browser.get("/partnerships/").text


def test_the_list_is_a_tree_under_its_pillars_unless_sorted_or_narrowed(browse: Browse, app: Flask, cast: Cast) -> None:
    add(app, cast, pillar=Pillar.THEME)
    add(app, cast, pillar=Pillar.STATE)
    browser = browse(cast.reader)

    pages = [
        browser.get(f"/partnerships/?lang=en{more}").text
        for more in ("", "&sort=pillar", "&sort=title", "&kind=partnership")
    ]

    assert pages[0].index('id="pillar-state"') < pages[0].index('id="pillar-theme"')
    assert [(page.count('<ul class="tree">'), page.count("<table")) for page in pages] == [
        (2, 0),
        (2, 0),
        (0, 1),
        (0, 2),
    ]


def test_a_twinning_stands_in_its_own_pillar_via_the_umbrella_of_another(
    browse: Browse, app: Flask, cast: Cast
) -> None:
    umbrella = add(app, cast, pillar=Pillar.STATE, de="Kreis und Provinz")
    add(app, cast, 6, pillar=Pillar.MUNICIPALITY, umbrella_id=umbrella)

    page = browse(cast.reader).get("/partnerships/?lang=en").text
    text = " ".join(re.sub(r"<[^>]*>", "", page[page.index('id="pillar-municipality"') :]).split())

    assert f'<a href="/partnerships/{umbrella}#below">6 municipal twinnings</a>' in page
    assert text.index("via Kreis und Provinz (German) · 6 municipal twinnings") < text.index("Partnerschaft ")


def test_pages_of_the_tree_hold_each_partnership_once(browse: Browse, app: Flask, cast: Cast) -> None:
    top = add(app, cast, pillar=Pillar.STATE)
    add(app, cast, 70, pillar=Pillar.STATE, umbrella_id=top)
    add(app, cast, 30, pillar=Pillar.THEME)
    browser = browse(cast.reader)

    pages = [browser.get(f"/partnerships/?lang=en&page={page}").text for page in (1, 2, 3)]
    titles = [re.findall(r'<li><p><a href="/partnerships/(\d+)', page) for page in pages]

    assert [len(found) for found in titles] == [50, 50, 1]
    assert len({one for found in titles for one in found}) == 71 + 30
    assert f'<p class="muted">under <a href="/partnerships/{top}">' in pages[1]


@pytest.mark.both
def test_a_coordinator_writes_what_the_office_says_of_a_pillar(browse: Browse, cast: Cast, look: Look) -> None:
    browser, path = browse(cast.coordinator), "/partnerships/pillars/theme?lang=en"
    first = {"introduction-language": "de", "introduction-text": "Am wichtigsten", "version": "1"}

    saved = browser.post(path, data=first)
    overtaken = browser.post(path, data=first | {"introduction-text": "Zu spät"})
    page = browser.get("/partnerships/?lang=de").text

    assert (saved.status_code, saved.location) == (302, "/partnerships/#pillar-theme")
    assert "Somebody else changed this meanwhile" in overtaken.text
    assert "<p>Am wichtigsten</p>" in page
    assert look(told) == [
        ("PILLAR_DESCRIBED", "pillar_text:1", None, {"pillar": {"word": "Pillar.theme"}}),
    ]
    assert browser.get("/partnerships/pillars/sideways").status_code == 404


def test_a_second_partnership_between_the_same_asks_whether_it_is_the_first(
    browse: Browse, cast: Cast, look: Look, partnership: int
) -> None:
    browser = browse(cast.coordinator)
    turned = good(cast, here=[str(cast.here)], there=[str(cast.office)])

    asked = browser.post("/partnerships/new?lang=en", data=turned)
    of_others = browser.post("/partnerships/new", data=good(cast, there=[str(cast.elsewhere)], submission="key-2"))
    another = browser.post("/partnerships/new", data=turned | {"is_another": "y"})

    assert "A partnership between these is entered. Is it this one?" in asked.text
    assert f'<li><a href="/partnerships/{partnership}">' in asked.text
    assert (of_others.status_code, another.status_code) == (302, 302)
    assert len(look(all_of_them)) == 3


@pytest.mark.both
def test_two_who_tie_partnerships_at_once_close_no_circle(app: Flask, browse: Browse, cast: Cast, look: Look) -> None:
    first, second = add(app, cast), add(app, cast)
    who = (browse(cast.coordinator), browse(cast.administrator))
    ties = ((first, second), (second, first))
    with ThreadPoolExecutor(2) as both:
        with app.app_context(), writing():
            # Both requests wait for this unit, and go on together.
            db.session.execute(sa.select(Office.id).with_for_update())
            answers = [
                both.submit(
                    browser.post, f"/partnerships/{below}/edit?lang=en", data=good(cast, umbrella=above, version="1")
                )
                for browser, (below, above) in zip(who, ties, strict=True)
            ]
            wait(answers, timeout=1)
            db.session.rollback()
        pages = [answer.result() for answer in answers]

    assert sorted(page.status_code for page in pages) == [200, 302]
    assert any("A partnership cannot stand under itself." in page.text for page in pages)
    assert sum(row is not None for row in look(lambda: [one.umbrella_id for one in all_of_them()])) == 1


def test_what_each_side_calls_the_other_is_shown_in_its_language_and_found(browse: Browse, cast: Cast) -> None:
    browser = browse(cast.coordinator)
    names = {"what_we_call_them": "Die von der Szepel-Insel", "what_they_call_us": "Prietenii din Kassel"}

    page = browser.post("/partnerships/new", data=good(cast, **names), follow_redirects=True).text
    found = [browser.get(f"/partnerships/?q={words}").text for words in ("szepel", "prietenii")]

    assert '<span lang="ro">Prietenii din Kassel</span>' in page
    assert ["Landkreis Kassel und Dane County" in one for one in found] == [True, True]


@pytest.mark.parametrize("narrowed", ["status=dormant", "country=RO", "pillar=theme", "kind=partnership", "q=bistrita"])
def test_the_list_can_be_narrowed(browse: Browse, app: Flask, cast: Cast, narrowed: str) -> None:
    add(app, cast, de="Ruhende", status=PartnershipStatus.DORMANT)
    browser = browse(cast.reader)

    assert "Ruhende" in browser.get(f"/partnerships/?{narrowed}").text
    assert "Ruhende" not in browser.get("/partnerships/?q=nothing-like-it").text


@pytest.mark.parametrize("path", ["/partnerships/", "/partnerships/?sort=title&q=a"])
def test_a_list_costs_the_same_with_one_row_and_with_thirty(
    browse: Browse, app: Flask, cast: Cast, count_queries: Callable[[], Any], path: str
) -> None:
    add(app, cast)
    browser = browse(cast.coordinator)
    with count_queries() as one:
        browser.get(path)
    add(app, cast, 29)
    with count_queries() as thirty:
        browser.get(path)

    assert len(thirty) == len(one) <= 8


def test_a_form_costs_at_most_eight_queries(
    browse: Browse, cast: Cast, partnership: int, count_queries: Callable[[], Any]
) -> None:
    browser = browse(cast.coordinator)

    with count_queries() as asked:
        browser.get(f"/partnerships/{partnership}/edit")

    assert len(asked) <= 8
