"""When a function is held, and by whom."""

from datetime import UTC, date, datetime

import pytest
from flask import Flask

from tracker.people.models import Contact
from tracker.people.rules import check_function, is_current, overlap
from tracker.refusal import Refused

NOW = datetime(2027, 3, 2, 9, 0, tzinfo=UTC)


def test_a_function_is_held_from_its_first_day_to_its_last() -> None:
    contact = Contact(from_on=date(2027, 3, 1), until_on=date(2027, 3, 31))

    days = [date(2027, 2, 28), date(2027, 3, 1), date(2027, 3, 31), date(2027, 4, 1)]
    assert [is_current(contact, day) for day in days] == [False, True, True, False]
    assert is_current(Contact(), days[0])
    assert not is_current(Contact(archived_at=NOW), days[0])


def test_functions_overlap_if_they_share_a_day() -> None:
    march = Contact(from_on=date(2027, 3, 1), until_on=date(2027, 3, 31))

    assert overlap(march, Contact(from_on=date(2027, 3, 31)))
    assert not overlap(march, Contact(from_on=date(2027, 4, 1)))
    assert overlap(march, Contact())


def test_a_function_ends_after_it_begins_and_has_another_deputy(app: Flask) -> None:
    with app.test_request_context("/?lang=en"):
        with pytest.raises(Refused):
            check_function(person_id=1, deputy_id=2, from_on=date(2027, 3, 2), until_on=date(2027, 3, 1))
        with pytest.raises(Refused):
            check_function(person_id=1, deputy_id=1, from_on=None, until_on=None)
        check_function(person_id=1, deputy_id=2, from_on=date(2027, 3, 1), until_on=date(2027, 3, 1))
