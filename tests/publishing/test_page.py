"""In which order one reads what is published."""

from datetime import UTC, datetime
from typing import Any

from tracker.db import PartialDate, Translated
from tracker.log.models import LogKind
from tracker.partnerships.models import PartnershipKind, PartnershipStatus, Pillar, Publicity, Side
from tracker.projects.models import ProjectStatus
from tracker.publishing.page import (
    Contents,
    Entry,
    Named,
    Page,
    Paper,
    Party,
    PublicPartnership,
    PublicProject,
)
from tracker.publishing.rules import languages_of, standing

NOW = datetime(2027, 3, 2, 9, tzinfo=UTC)


def text(**wordings: str) -> Translated:
    """Return a text, the first wording its original."""
    return Translated.of(next(iter(wordings)), NOW, **wordings)


def partnership(number: int, title: str = "", **more: Any) -> PublicPartnership:
    """Return a partnership that is named."""
    values: dict[str, Any] = {
        "text": None,
        "kind": PartnershipKind.PARTNERSHIP,
        "pillar": Pillar.STATE,
        "status": PartnershipStatus.ACTIVE,
        "publicity": Publicity.NAMED,
        "umbrella_id": None,
        "continued_by_id": None,
        "contact_since": None,
        "formal_since": None,
        "ended": None,
    }
    return PublicPartnership(id=number, title=text(de=title or f"Partnerschaft {number}"), **(values | more))


def project(number: int, title: str = "", begins: str | None = None, **more: Any) -> PublicProject:
    """Return a completed project."""
    values: dict[str, Any] = {
        "text": None,
        "status": ProjectStatus.COMPLETED,
        "ends": None,
        "edition_label": None,
        "series_id": None,
        "series": None,
        "begins": PartialDate(begins) if begins else None,
    }
    return PublicProject(id=number, title=text(de=title or f"Projekt {number}"), **(values | more))


def titles(named: list[Named]) -> list[str]:
    """Return what things are called."""
    return [str(one.title) for one in named]


def tree(branches: Any) -> list[Any]:  # noqa: ANN401 - branches of branches
    """Return titles with what stands under them, and how many more."""
    return [(str(one.partnership.title), tree(one.below), one.unnamed) for one in branches]


def test_a_partnership_stands_under_its_umbrella_in_the_order_of_titles() -> None:
    page = Page(
        Contents(
            partnerships=[
                partnership(1, "Hessen – Wisconsin"),
                partnership(2, "Kassel – Zell", umbrella_id=4),
                partnership(3, "Kassel – Ähren", umbrella_id=4),
                partnership(4, "Hessen – Emilia-Romagna"),
            ]
        ),
        "de",
    )

    (part,) = page.parts
    (group,) = part.groups
    assert (part.pillar, group.umbrella) == (Pillar.STATE, None)
    assert tree(group.branches) == [
        ("Hessen – Emilia-Romagna", [("Kassel – Ähren", [], 0), ("Kassel – Zell", [], 0)], 0),
        ("Hessen – Wisconsin", [], 0),
    ]


def test_what_stands_under_another_pillar_is_grouped_by_its_umbrella_and_counted() -> None:
    page = Page(
        Contents(
            partnerships=[
                partnership(1, "Kassel – Forlì-Cesena"),
                partnership(2, "Kaufungen – Bertinoro", pillar=Pillar.MUNICIPALITY, umbrella_id=1),
                partnership(3, pillar=Pillar.MUNICIPALITY, umbrella_id=1, publicity=Publicity.COUNTED),
                partnership(4, pillar=Pillar.MUNICIPALITY, umbrella_id=1, publicity=Publicity.COUNTED),
            ]
        ),
        "de",
    )

    (group,) = page.parts[1].groups
    assert (group.umbrella and str(group.umbrella.title), group.umbrella and group.umbrella.anchor) == (
        "Kassel – Forlì-Cesena",
        "partnership-1",
    )
    assert (group.number, group.unnamed, tree(group.branches)) == (3, 2, [("Kaufungen – Bertinoro", [], 0)])


def test_under_an_umbrella_that_is_not_named_a_partnership_stands_by_itself() -> None:
    hidden = partnership(1, publicity=Publicity.COUNTED)

    page = Page(Contents(partnerships=[hidden, partnership(2, "Kassel – Dane", umbrella_id=1)]), "de")

    (group,) = page.parts[0].groups
    assert (group.umbrella, tree(group.branches), group.unnamed) == (None, [("Kassel – Dane", [], 0)], 1)


def test_a_pillar_of_which_nothing_is_said_is_left_out() -> None:
    page = Page(Contents(pillars={Pillar.THEME: text(de="Am wichtigsten")}), "de")

    assert [(part.pillar, str(part.text), part.groups) for part in page.parts] == [(Pillar.THEME, "Am wichtigsten", [])]


def test_one_is_continued_by_another() -> None:
    before, after = partnership(1, "Provinz", continued_by_id=2), partnership(2, "Partnerschaftsbüro")

    page = Page(Contents(partnerships=[before, after]), "de")

    assert page.continued_by(before) == Named(after.title, "partnership:2")
    assert titles(page.continues(after)) == ["Provinz"]
    assert (page.continued_by(after), page.continues(before)) == (None, [])


def test_what_led_to_what_is_followed_as_long_as_there_is_one_way() -> None:
    paper = Paper(7, text(de="Vereinbarung"), None, None, ["de"])
    contents = Contents(
        partnerships=[partnership(1, "Waldviertel")],
        projects=[project(2, "Biomasse"), project(3, "Radweg")],
        papers={"partnership:1": [paper]},
        organisations={"organisation:9": text(de="Energie 2000 e.V.")},
        led_to=[
            ("partnership:1", "agreement:7"),
            ("agreement:7", "project:2"),
            ("project:2", "organisation:9"),
            ("partnership:1", "project:3"),
            ("partnership:1", "project:99"),
            ("log_entry:5", "project:2"),
        ],
    )

    page = Page(contents, "de")

    assert [titles(way) for way in page.outcomes("partnership:1")] == [
        ["Vereinbarung", "Biomasse", "Energie 2000 e.V."],
        ["Radweg"],
    ]
    assert titles(page.origins("project:2")) == ["Vereinbarung"]
    assert [one.anchor for one in page.outcomes("partnership:1")[0]] == ["partnership-1", "project-2", None]


def test_a_circle_ends() -> None:
    circle = [("project:1", "project:2"), ("project:2", "project:1")]

    page = Page(Contents(projects=[project(1), project(2)], led_to=circle), "de")

    assert [titles(way) for way in page.outcomes("project:1")] == [["Projekt 2"]]


def test_umbrellas_in_a_circle_end() -> None:
    page = Page(Contents(partnerships=[partnership(1, umbrella_id=2), partnership(2, umbrella_id=1)]), "de")

    assert page.parts == []


def test_editions_stand_together_the_newest_first() -> None:
    series = {"series_id": 4, "series": text(de="Euarca")}
    page = Page(
        Contents(
            projects=[
                project(1, "Biomasse"),
                project(2, "Euarca 1998", "1998", **series),
                project(3, "Schulmöbel", "2010-04"),
                project(4, "Euarca 2017", "2017-08-12", **series),
            ]
        ),
        "de",
    )

    assert [[str(one.title) for one in shelf.projects] for shelf in page.shelves] == [
        ["Euarca 2017", "Euarca 1998"],
        ["Schulmöbel"],
        ["Biomasse"],
    ]


def test_a_project_under_an_unpublished_partnership_names_only_those_that_are_published() -> None:
    contents = Contents(
        partnerships=[partnership(1, "Waldviertel")],
        projects=[project(2)],
        under={("partnership:1", "project:2"), ("partnership:8", "project:2")},
    )

    page = Page(contents, "de")

    assert titles(page.partnerships_of(project(2))) == ["Waldviertel"]
    assert titles(page.projects_of(partnership(1))) == ["Projekt 2"]


def test_a_title_that_names_the_parties_says_enough() -> None:
    parties = [
        Party(text(de="Landkreis Kassel", it="Circondario di Kassel"), "DE", Side.HERE),
        Party(text(de="Dane County"), "US", Side.THERE),
    ]
    told = partnership(1, "Landkreis Kassel – Dane County")
    short = partnership(2, "Kassel und Dane")

    page = Page(
        Contents(partnerships=[told, short], parties={"partnership:1": parties, "partnership:2": parties}), "de"
    )

    assert [page.is_told_by_title(one) for one in (told, short)] == [True, False]
    assert page.parties("partnership:1", Side.THERE) == parties[1:]


def test_what_happened_stands_in_the_order_of_the_years() -> None:
    later = Entry(1, "partnership:1", PartialDate("2008"), LogKind.VISIT, text(de="Madison"))
    sooner = Entry(2, "partnership:1", PartialDate("2007"), LogKind.VISIT, text(de="Kassel"))

    page = Page(Contents(partnerships=[partnership(1)], entries=[later, sooner]), "de")

    assert page.entries("partnership:1") == [sooner, later]


def test_a_completed_project_without_dates_says_that_it_is_completed() -> None:
    running = project(1, begins="2027", status=ProjectStatus.RUNNING)

    assert [one.says_status for one in (project(2), project(3, begins="1998"), running)] == [True, False, True]


def test_there_is_a_page_in_each_language_of_the_introduction_and_in_that_of_the_office() -> None:
    assert languages_of(None, "de") == ["de"]
    assert languages_of(text(it="Benvenuti", en="Welcome"), "de") == ["de", "en", "it"]


def test_it_is_told_which_words_are_missing() -> None:
    title, words = text(de="Biomasse", en="Biomass"), text(de="Holz")

    assert standing("project", 1, title, words, languages=["de", "en", "it"]).titles == ["it"]
    assert standing("project", 1, title, words, languages=["de", "en", "it"]).texts == ["en", "it"]
    assert standing("project", 1, title, None, languages=["de", "en"]).is_whole
    assert standing("partnership", 1, title, words, languages=["it"], publicity=Publicity.COUNTED).is_whole
