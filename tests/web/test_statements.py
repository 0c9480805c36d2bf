"""Statements that are written once: whom that may concern, and whom never."""

from dataclasses import replace

import pytest
import sqlalchemy as sa

from tests.conftest import Cast
from tracker import clock
from tracker.projects.models import Project
from tracker.projects.queries import visible_projects
from tracker.web.access import Somebody
from tracker.web.statements import written_once


def reader(role: str, organisation: int = 0) -> Somebody:
    """Return somebody in a role, at an organisation."""
    return Somebody(
        id=1,
        name="Jemand",
        role=role,
        language="de",
        zone="Europe/Berlin",
        organisation_ids=frozenset({organisation}),
        sign_in_id=1,
        account_id=1,
        seen_until=None,
        noted_at=clock.now(),
    )


@pytest.fixture
def asked() -> list[str]:
    """Give the list of who a statement was written for."""
    return []


def test_it_is_written_once_for_each_role_and_shape(unit: None, asked: list[str]) -> None:
    @written_once
    def write(by: Somebody, order: str) -> sa.Select[Project]:
        asked.append(f"{by.role} {order}")
        return visible_projects(by)

    for one in (reader("coordinator"), replace(reader("coordinator"), id=2), reader("reader")):
        write(one, "title")
    write(reader("coordinator"), "begin")

    assert asked == ["coordinator title", "reader title", "coordinator begin"]


def test_what_one_partner_may_see_is_never_kept_for_another(unit: None, cast: Cast) -> None:
    @written_once
    def write(by: Somebody) -> sa.Select[Project]:
        return visible_projects(by)

    here, elsewhere = (write(reader("partner", place)) for place in (cast.here, cast.elsewhere))

    assert here is not elsewhere
    assert str(here.compile().params) != str(elsewhere.compile().params)
