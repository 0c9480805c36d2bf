"""Dates that go together, and who may what."""

import pytest

from tracker.db import PartialDate
from tracker.projects.rules import check_dates, ends_before_it_begins
from tracker.refusal import Refused


@pytest.mark.parametrize(
    ("begins", "ends", "contradict"),
    [
        ("2007", "2008", False),
        ("2007", "2007", False),
        ("2007-04", "2007", False),
        ("2007", "2007-04", False),
        ("2007-04-16", "2007-04", False),
        ("2007-04-16", "2007-04-15", True),
        ("2007-05", "2007-04-30", True),
        ("2008", "2007-12-31", True),
        (None, "2007", False),
        ("2007", None, False),
    ],
)
def test_dates_are_compared_as_far_as_both_are_known(begins: str | None, ends: str | None, contradict: bool) -> None:  # noqa: FBT001 - a parameter
    first, last = (PartialDate(text) if text else None for text in (begins, ends))

    assert ends_before_it_begins(first, last) is contradict


def test_a_project_cannot_end_before_it_begins() -> None:
    with pytest.raises(Refused):
        check_dates(PartialDate("2027-08-12"), PartialDate("2027-08-11"))
