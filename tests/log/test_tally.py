"""How often there was contact, on a real database."""

from datetime import UTC, date, datetime

import pytest

from tests import builders
from tests.conftest import Cast
from tests.log.test_heard import of, partnership
from tracker.db import PartialDate
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
