"""What the pages of partnerships may cost, with five hundred of them and thirty years of entries as with one."""

import gzip
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import date, timedelta
from itertools import cycle, islice
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from tests import builders
from tests.conftest import Cast
from tracker import clock
from tracker.agreements.models import Agreement
from tracker.db import Model, PartialDate, db, writing
from tracker.history.models import HistoryLine
from tracker.lineage.models import LedTo
from tracker.log.models import LogEntry, LogKind
from tracker.organisations.models import Organisation, OrganisationKind
from tracker.partnerships.models import Partnership, PartnershipKind, PartnershipParty, PartnershipStatus, Pillar, Side
from tracker.projects.models import Project, ProjectPartnership, ProjectStatus

PARTNERSHIPS, ENTRIES, BODIES, PROJECTS, AGREEMENTS = 500, 1_000, 120, 30, 10
#: A region has an outline on the map, and a country has one behind it.
WHERE = (("HU", "HU-BU"), ("IT", "IT-FC"), ("RO", "RO-BN"), ("AT", "AT-3"), ("PL", "PL-22"), ("US", "US-WI"))
MOST_QUERIES = 8
#: Path to the kilobytes that it may take when compressed.
MOST_KB = {
    "/partnerships/": 60,
    "/partnerships/?sort=title": 60,
    "/partnerships/{id}": 60,
    "/partnerships/{id}/visit": 60,
    "/partnerships/map": 120,
    "/": 60,
}
Browse = Callable[..., FlaskClient]
Count = Callable[[], AbstractContextManager[list[str]]]


@pytest.fixture
def one(app: Flask, cast: Cast) -> int:
    """Give the first partnership, with one thing of each kind."""
    with app.app_context(), writing():
        kassel, csepel = (db.session.get_one(Organisation, id_) for id_ in (cast.office, cast.elsewhere))
        row = builders.partnership(kassel, csepel, de="Kassel und Csepel", coordinator_id=cast.coordinator)
        below = builders.partnership(kassel, csepel, de="Eine Gemeinde", umbrella=row)
        entry = builders.log_entry(partnership_id=row.id, by_id=cast.coordinator, next_step="Nachfragen")
        agreement = builders.agreement(row, signed_on=PartialDate("1996"))
        db.session.add(ProjectPartnership(partnership_id=row.id, project_id=cast.project))
        builders.led_to(f"log_entry:{entry.id}", f"partnership:{below.id}")
        builders.led_to(f"partnership:{row.id}", f"agreement:{agreement.id}")
        db.session.commit()
        return row.id


def fill(partnership: int, cast: Cast) -> None:
    """Enter hundreds of partnerships, and thirty years of what may belong to one."""
    always = {"created_at": clock.now(), "folded": ""}
    place = [{"country": country, "subdivision": region} for country, region in islice(cycle(WHERE), BODIES)]
    bodies = _insert(
        Organisation,
        [
            always
            | where
            | {"name": builders.text(de=f"Gemeinde {number}", hu=f"Község {number}"), "language": "de"}
            | {"kind": OrganisationKind.MUNICIPALITY, "zone": "Europe/Berlin"}
            for number, where in enumerate(place)
        ],
    )
    others = _insert(
        Partnership,
        [
            always
            | {
                "title": builders.text(de=f"Partnerschaft {number}"),
                "umbrella_id": partnership if number < 12 else None,
            }
            | {"kind": PartnershipKind.PARTNERSHIP, "pillar": list(Pillar)[number % 3]}
            | {"status": list(PartnershipStatus)[number % 2], "coordinator_id": cast.coordinator}
            for number in range(PARTNERSHIPS)
        ],
    )
    sides = [{"partnership_id": id_, "organisation_id": cast.office, "side": Side.HERE} for id_ in others]
    there = zip(others, cycle(bodies), strict=False)
    sides += [{"partnership_id": id_, "organisation_id": body, "side": Side.THERE} for id_, body in there]
    db.session.execute(sa.insert(PartnershipParty), sides)
    projects = _insert(
        Project,
        [
            always | {"title": builders.text(de=f"Projekt {number}"), "status": ProjectStatus.RUNNING}
            for number in range(PROJECTS)
        ],
    )
    db.session.execute(
        sa.insert(ProjectPartnership), [{"project_id": id_, "partnership_id": partnership} for id_ in projects]
    )
    papers = _insert(
        Agreement,
        [
            always
            | {"partnership_id": partnership, "title": builders.text(de=f"Vereinbarung {number}"), "languages": ["de"]}
            for number in range(AGREEMENTS)
        ],
    )
    entries = _insert(LogEntry, [always | entry for entry in _entries(partnership, projects, others, cast)])
    made = {
        "at": clock.now(),
        "verb": "LOG_ENTRY_CREATED",
        "by_id": cast.coordinator,
        "within": f"partnership:{partnership}",
    }
    kind = {"kind": {"word": "LogKind.visit"}}
    db.session.execute(
        sa.insert(HistoryLine), [made | {"subject": f"log_entry:{id_}", "facts": kind} for id_ in entries]
    )
    pairs = zip(cycle(papers), projects, strict=False)
    led = [(f"partnership:{partnership}", f"agreement:{id_}") for id_ in papers]
    led += [(f"agreement:{paper}", f"project:{project}") for paper, project in pairs]
    db.session.execute(
        sa.insert(LedTo), [{"origin": one, "outcome": other, "created_at": clock.now()} for one, other in led]
    )


def _entries(partnership: int, projects: list[int], others: list[int], cast: Cast) -> Iterator[dict[str, Any]]:
    today: date = clock.today("Europe/Berlin")
    near, far = cycle([*projects, None]), cycle(others)
    for number in range(ENTRIES):
        project = next(near)
        yield {
            "project_id": project,
            "partnership_id": next(far) if number % 2 else None if project else partnership,
            "happened_on": PartialDate.of(today - timedelta(days=number * 10)),
            "kind": list(LogKind)[number % len(LogKind)],
            "summary": builders.text(de=f"Was geschah ({number})"),
            "language": "de",
            "by_id": cast.coordinator,
        }


def _insert(model: type[Model], rows: list[dict[str, Any]]) -> list[int]:
    query = sa.insert(model).execution_options(render_nulls=True).returning(model.id, sort_by_parameter_order=True)
    return list(db.session.scalars(query, rows))


def test_pages_stay_within_their_budgets_with_hundreds_of_partnerships(
    app: Flask, browse: Browse, cast: Cast, one: int, count_queries: Count
) -> None:
    browser = browse(cast.coordinator)

    def costs() -> dict[str, tuple[int, int]]:
        found = {}
        for path in MOST_KB:
            with count_queries() as asked:
                answer = browser.get(path.format(id=one))
            assert answer.status_code == 200, path
            found[path] = (len(asked), len(gzip.compress(answer.data)))
        return found

    few = costs()
    with app.app_context(), writing():
        fill(one, cast)
        db.session.commit()
    many = costs()

    assert {path: queries for path, (queries, _size) in many.items()} == {path: few[path][0] for path in few}
    assert {path: queries for path, (queries, _size) in many.items() if queries > MOST_QUERIES} == {}
    assert {path: size for path, (_queries, size) in many.items() if size > MOST_KB[path] * 1000} == {}
    # Else nothing would have been measured.
    assert many["/partnerships/{id}"][1] > few["/partnerships/{id}"][1] * 1.3
