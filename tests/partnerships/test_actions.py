"""What people do with partnerships, on a real database."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from tests import builders
from tests.conftest import Cast
from tracker.accounts.models import Role
from tracker.db import PartialDate, db
from tracker.history.models import HistoryLine
from tracker.language import speaking
from tracker.organisations.models import Organisation
from tracker.partnerships import actions, queries
from tracker.partnerships.models import Partnership, PartnershipKind, PartnershipStatus, Pillar, Side
from tracker.refusal import Refused
from tracker.web.access import Somebody

pytestmark = [pytest.mark.both, pytest.mark.usefixtures("english")]


@pytest.fixture
def english(unit: None) -> Iterator[None]:
    """Stand inside a writing unit that speaks English."""
    with speaking("en"):
        yield


def somebody(person_id: int, role: Role, *organisation_ids: int) -> Somebody:
    """Return a reader as routes hand them in."""
    return Somebody(
        id=person_id,
        name="",
        role=role.value,
        language="en",
        zone="Europe/Berlin",
        organisation_ids=frozenset(organisation_ids),
        sign_in_id=1,
        account_id=1,
        seen_until=None,
        noted_at=datetime.min.replace(tzinfo=UTC),
    )


def history() -> list[tuple[str, str, dict[str, Any]]]:
    """Return verb, subject and facts of every line."""
    rows = db.session.scalars(sa.select(HistoryLine).order_by(HistoryLine.id))
    return [(row.verb, row.subject, row.facts) for row in rows]


def parties(partnership: Partnership) -> list[tuple[Side, int]]:
    """Return side and organisation of each party."""
    return [(party.side, party.organisation_id) for party in partnership.parties]


def values(partnership: Partnership) -> dict[str, Any]:
    """Return what a form sends back that changes nothing."""
    names = (
        "title",
        "summary",
        "kind",
        "pillar",
        "status",
        "umbrella",
        "continued_by",
        "contact_since",
        "formal_since",
    )
    sides = {side: [one for where, one in parties(partnership) if where is side] for side in Side}
    return {
        **{name: getattr(partnership, name) for name in names},
        "ended": partnership.ended,
        "coordinator": partnership.coordinator,
        "here": sides[Side.HERE],
        "there": sides[Side.THERE],
    }


def test_a_partnership_is_entered_with_its_sides(cast: Cast, now: datetime) -> None:
    partnership = actions.create_partnership(
        title=builders.text(de="Landkreis Kassel und Bistrița-Năsăud"),
        kind=PartnershipKind.FRIENDSHIP,
        pillar=Pillar.THEME,
        contact_since=PartialDate("2007"),
        here=[cast.office],
        there=[cast.here],
        by_id=cast.coordinator,
        now=now,
    )
    db.session.flush()

    assert parties(partnership) == [(Side.HERE, cast.office), (Side.THERE, cast.here)]
    assert (partnership.status, partnership.created_at) == (PartnershipStatus.ACTIVE, now)
    assert history() == [("PARTNERSHIP_CREATED", f"partnership:{partnership.id}", {})]


def test_a_change_is_told_and_counts_the_version(cast: Cast, now: datetime) -> None:
    partnership = _of(cast)
    later = _of(cast)
    sent = values(partnership) | {
        "status": PartnershipStatus.CONTINUED,
        "continued_by": later,
        "ended": PartialDate("2015"),
        "there": [cast.here, cast.elsewhere],
    }

    assert actions.change_partnership(partnership, by_id=cast.coordinator, now=now, **sent)
    db.session.flush()

    assert partnership.version == 2
    assert parties(partnership) == [(Side.HERE, cast.office), (Side.THERE, cast.here), (Side.THERE, cast.elsewhere)]
    changes = {
        "ended": [None, {"partial": "2015"}],
        "status": [{"word": "PartnershipStatus.active"}, {"word": "PartnershipStatus.continued"}],
        "continued_by": [None, None],
        "parties": [None, None],
    }
    assert history() == [("PARTNERSHIP_CHANGED", f"partnership:{partnership.id}", {"changes": changes})]


def test_a_party_may_change_sides(cast: Cast, now: datetime) -> None:
    partnership = _of(cast)
    sent = values(partnership) | {"here": [cast.here], "there": [cast.office]}

    actions.change_partnership(partnership, by_id=cast.coordinator, now=now, **sent)
    db.session.flush()
    db.session.refresh(partnership)

    assert parties(partnership) == [(Side.HERE, cast.here), (Side.THERE, cast.office)]


def test_a_change_of_nothing_writes_nothing(cast: Cast, now: datetime) -> None:
    partnership = _of(cast)

    assert not actions.change_partnership(partnership, by_id=cast.coordinator, now=now, **values(partnership))
    db.session.flush()

    assert (partnership.version, history()) == (1, [])


def test_a_refused_change_leaves_all_as_it_was(cast: Cast, now: datetime) -> None:
    partnership = _of(cast)
    sent = values(partnership) | {"umbrella": partnership}

    with pytest.raises(Refused):
        actions.change_partnership(partnership, by_id=cast.coordinator, now=now, **sent)

    assert (partnership.umbrella, history()) == (None, [])


def test_the_archive_keeps_and_gives_back(cast: Cast, now: datetime) -> None:
    partnership = _of(cast)

    actions.archive_partnership(partnership, by_id=cast.coordinator, now=now)
    archived_at = partnership.archived_at
    actions.restore_partnership(partnership, by_id=cast.coordinator, now=now + timedelta(days=1))

    assert (archived_at, partnership.archived_at) == (now, None)
    assert [verb for verb, *_rest in history()] == ["PARTNERSHIP_ARCHIVED", "PARTNERSHIP_RESTORED"]


def test_partners_have_no_pages_of_partnerships(cast: Cast) -> None:
    partnership = _of(cast, de="Freundschaft")
    coordinator = somebody(cast.coordinator, Role.COORDINATOR, cast.office)
    partner = somebody(cast.partner, Role.PARTNER, cast.here)

    assert queries.one(coordinator, partnership.id) is partnership
    assert queries.choices(coordinator) == [(partnership.id, "Freundschaft")]
    assert queries.one(partner, partnership.id) is None
    assert queries.choices(partner) == []
    assert db.session.scalars(queries.matching("freundschaft", partner)).all() == []


@pytest.mark.parametrize("words", ["csepel", "CSEPEL insel", "szepel", "radweg", "ráckeve radweg"])
def test_any_spelling_of_a_party_finds_a_partnership(cast: Cast, words: str) -> None:
    reader = somebody(cast.coordinator, Role.COORDINATOR, cast.office)
    there = _row(cast.elsewhere)
    there.place = "Szepel-Insel, Ráckeve"
    partnership = builders.partnership(_row(cast.office), there, de="Radweg an der Donau")
    _of(cast, de="Etwas anderes")

    assert db.session.scalars(queries.matching(words, reader)).all() == [partnership]


def test_pillars_come_in_the_order_of_the_office(cast: Cast) -> None:
    reader = somebody(cast.reader, Role.READER, cast.office)
    theme = _of(cast, de="A", pillar=Pillar.THEME)
    umbrella = _of(cast, de="M", pillar=Pillar.STATE)
    alone = _of(cast, de="P", pillar=Pillar.STATE)
    under = _of(cast, de="B", pillar=Pillar.STATE, umbrella=umbrella)
    town = _of(cast, de="Z", pillar=Pillar.MUNICIPALITY)

    rows = db.session.scalars(queries.listed(reader).order_by(*queries.SORTS["pillar"])).all()

    assert rows == [umbrella, under, alone, town, theme]


def test_the_country_is_that_of_the_other_side(cast: Cast) -> None:
    reader = somebody(cast.reader, Role.READER, cast.office)
    partnership = _of(cast)

    assert db.session.scalars(queries.listed(reader, country="RO")).all() == [partnership]
    assert db.session.scalars(queries.listed(reader, country="DE")).all() == []


def test_an_organisation_knows_its_partnerships(cast: Cast) -> None:
    reader = somebody(cast.reader, Role.READER, cast.office)
    umbrella = _of(cast)
    under = _of(cast, umbrella=umbrella, status=PartnershipStatus.CONTINUED, continued_by=umbrella)

    assert queries.of_organisation(_row(cast.here), reader) == [umbrella, under]


def _row(organisation_id: int) -> Organisation:
    organisation = db.session.get(Organisation, organisation_id)
    assert organisation is not None
    return organisation


def _of(cast: Cast, **more: Any) -> Partnership:
    return builders.partnership(_row(cast.office), _row(cast.here), **more)
