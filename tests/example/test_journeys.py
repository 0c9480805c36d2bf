"""The balance with Dane County."""

from datetime import date, datetime

import pytest
import sqlalchemy as sa

from tests.updates.test_actions import somebody
from tracker.accounts.models import Role
from tracker.db import db
from tracker.events.models import Event
from tracker.example import kassel
from tracker.exchange import queries
from tracker.exchange.rules import Count, Period, balance, turn
from tracker.history.rules import key_of
from tracker.language import speaking
from tracker.lineage import queries as lineage
from tracker.log.models import LogEntry
from tracker.organisations.models import Office
from tracker.partnerships.models import Partnership
from tracker.publishing.queries import contents

TODAY = date(2027, 3, 2)


@pytest.fixture(autouse=True)
def example(unit: None, now: datetime) -> None:
    """Load the example."""
    kassel.load(now, TODAY)


def dane() -> Partnership:
    """Return the partnership with Dane County."""
    rows = db.session.scalars(sa.select(Partnership))
    return next(row for row in rows if row.title.texts["de"].text == "Landkreis Kassel – Dane County")


def test_the_balance_with_dane_county_shows_the_visit_and_the_return_visit() -> None:
    visits = queries.of_partnership(dane(), TODAY)
    told = balance(visits, Period(2007, 2008))

    assert [(year.number, year.here.visits, year.there.visits) for year in told.years] == [(2007, 1, 0), (2008, 0, 1)]
    assert (told.here.heads, told.there.nights, visits.repeated) == (Count(0, 1), Count(0, 1), 2)
    with speaking("de"):
        assert turn(visits) == (
            "Die andere Seite ist an der Reihe: Zuletzt waren wir dort (2008), davor war sie bei uns (2007)."
        )


def test_both_journeys_led_to_what_the_district_reports_of() -> None:
    reader = somebody(1, Role.READER)
    events = db.session.scalars(sa.select(Event).where(Event.partnership == dane()).order_by(Event.begins_on)).all()

    lines = [lineage.line(reader, key_of(event)) for event in events]

    assert [[str(row.since) for row in line.rows] for line in lines] == [["2007", "2010-01"], ["2008", "2010-01"]]


def test_for_everybody_the_published_lines_stand_in_the_place_of_the_events() -> None:
    entries = {str(row.happened_on): key_of(row) for row in db.session.scalars(sa.select(LogEntry)) if row.published}

    pairs = contents(db.session.scalars(sa.select(Office)).one()).led_to

    report = entries["2010-01"]
    assert [pair for pair in pairs if pair[1] == report] == [(entries["2007"], report), (entries["2008"], report)]
