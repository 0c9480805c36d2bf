"""When a milestone is late, how it moved, and who reports on it."""

from datetime import UTC, date, datetime

import pytest

from tracker.milestones.models import Milestone, MilestoneMove, MilestoneState
from tracker.milestones.rules import check_open, is_late, may_edit, may_report, was
from tracker.refusal import Refused
from tracker.web.access import Somebody

TODAY = date(2027, 3, 2)
NOW = datetime(2027, 3, 2, 9, tzinfo=UTC)


def milestone(due_on: date = TODAY, state: MilestoneState = MilestoneState.OPEN, **more: object) -> Milestone:
    """Return a milestone that is in no database."""
    return Milestone(first_due_on=due_on, due_on=due_on, state=state, **more)


def somebody(role: str, *organisation_ids: int) -> Somebody:
    """Return somebody with the id 7."""
    return Somebody(
        id=7,
        name="Somebody",
        role=role,
        language="de",
        zone="Europe/Berlin",
        organisation_ids=frozenset(organisation_ids),
        sign_in_id=1,
        account_id=1,
        seen_until=None,
        noted_at=NOW,
    )


@pytest.mark.parametrize(
    ("due_on", "state", "late"),
    [
        (date(2027, 3, 1), MilestoneState.OPEN, True),
        (date(2027, 3, 2), MilestoneState.OPEN, False),
        (date(2027, 3, 1), MilestoneState.DONE, False),
        (date(2027, 3, 1), MilestoneState.CANCELLED, False),
    ],
)
def test_an_open_milestone_is_late_from_the_day_after_its_date(
    due_on: date,
    state: MilestoneState,
    late: bool,  # noqa: FBT001 - a parameter
) -> None:
    assert is_late(milestone(due_on, state), TODAY) is late


def test_a_milestone_that_never_moved_was_nothing_else() -> None:
    assert was(milestone()) is None


def test_a_moved_milestone_tells_its_first_date_and_how_often() -> None:
    row = milestone(date(2027, 5, 1))
    row.first_due_on = date(2027, 3, 1)
    row.moves = [
        MilestoneMove(from_on=date(2027, 3, 1), to_on=date(2027, 4, 1), at=NOW),
        MilestoneMove(from_on=date(2027, 4, 1), to_on=date(2027, 5, 1), at=NOW),
    ]

    assert was(row) == (date(2027, 3, 1), 2)


@pytest.mark.parametrize(
    ("reader", "reports"),
    [
        (somebody("administrator"), True),
        (somebody("coordinator"), True),
        (somebody("reader", 5), False),
        (somebody("partner", 5), True),
        (somebody("partner", 6), False),
    ],
)
def test_partners_report_on_what_their_organisation_promised(reader: Somebody, reports: bool) -> None:  # noqa: FBT001 - a parameter
    assert may_report(reader, milestone(responsible_organisation_id=5, responsible_person_id=8)) is reports


def test_a_partner_reports_on_their_own_milestone() -> None:
    assert may_report(somebody("partner", 6), milestone(responsible_organisation_id=5, responsible_person_id=7))


def test_a_partner_without_organisation_does_not_report_on_what_is_nobodys() -> None:
    assert not may_report(somebody("partner"), milestone())


def test_only_coordinators_change_milestones() -> None:
    roles = ("administrator", "coordinator", "reader", "partner")

    assert [may_edit(somebody(role)) for role in roles] == [True, True, False, False]


@pytest.mark.parametrize("state", [MilestoneState.DONE, MilestoneState.CANCELLED])
def test_what_is_closed_has_to_be_opened_first(state: MilestoneState, app: object) -> None:
    with pytest.raises(Refused):
        check_open(milestone(state=state))
