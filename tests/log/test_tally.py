"""How often there was contact, on a real database."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from tests import builders
from tests.conftest import Cast
from tests.log.test_heard import of, partnership
from tracker.db import PartialDate
from tracker.events.models import EventKind, EventStatus
from tracker.log import tally
from tracker.log.models import LogKind
from tracker.log.tally import Contacts
from tracker.people.models import Person

pytestmark = [pytest.mark.both, pytest.mark.usefixtures("unit")]


def test_contacts_are_counted_by_month_and_never_filled_up(cast: Cast) -> None:
    row = partnership(cast)
    project = builders.project()
    project.partnerships = [row]
    for on, kind in (("2017-12-31", "visit"), ("2018", "call"), ("2018-04", "call"), ("2018-04-07", "visit")):
        builders.log_entry(on=on, partnership=row, kind=LogKind(kind))
    builders.log_entry(on="2018-04-30", project=project)
    builders.update(project, of(Person, cast.partner), at=datetime(2018, 4, 9, 12, tzinfo=UTC))

    assert tally.contacts(row, date(2018, 1, 1)) == [
        Contacts(PartialDate("2018"), 1, 0, 0),
        Contacts(PartialDate("2018-04"), 2, 1, 1),
    ]


def test_an_event_is_a_visit_that_the_log_may_tell_of_too(cast: Cast) -> None:
    row = partnership(cast)
    project = builders.project()
    project.partnerships = [row]
    held: dict[str, Any] = {"status": EventStatus.HELD, "ends_on": None, "host_id": cast.here}
    builders.event(begins_on=PartialDate("2018-04-07"), partnership=row, **held)
    builders.event(
        begins_on=PartialDate("2018-04"), project=project, kind=EventKind.EXHIBITION, **held | {"host_id": None}
    )
    builders.event(begins_on=PartialDate("2018-04"), partnership=row, **held | {"status": EventStatus.PLANNED})
    builders.event(begins_on=PartialDate("2018-04"), partnership=row, **held | {"archived_at": datetime.now(UTC)})
    values: dict[str, Any] = {"partnership": row, "kind": LogKind.VISIT}
    for on, at in (("2018", cast.here), ("2018-04", cast.here), ("2018-04-07", cast.here), ("2018-04-08", cast.here)):
        builders.log_entry(on=on, at_id=at, **values)
    builders.log_entry(on="2018-04-07", at_id=cast.office, **values)

    assert tally.contacts(row, date(2018, 1, 1)) == [Contacts(PartialDate("2018-04"), 1, 3, 0)]
