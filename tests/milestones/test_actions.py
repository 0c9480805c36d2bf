"""What people do with milestones: rows and history."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from tests import builders
from tracker.db import db
from tracker.history.models import HistoryLine
from tracker.milestones.actions import (
    add_milestone,
    archive_milestone,
    cancel_milestone,
    change_milestone,
    finish_milestone,
    move_milestone,
    reopen_milestone,
    restore_milestone,
)
from tracker.milestones.models import Assessment, Milestone, MilestoneKind, MilestoneState
from tracker.refusal import Refused

MARCH, APRIL, MAY = date(2027, 3, 1), date(2027, 4, 1), date(2027, 5, 1)


def lines() -> list[tuple[str, str, str | None, dict[str, Any]]]:
    """Return what the history tells, the oldest first."""
    db.session.flush()
    rows = db.session.scalars(sa.select(HistoryLine).order_by(HistoryLine.id))
    return [(row.verb, row.subject, row.within, row.facts) for row in rows]


def same(milestone: Milestone) -> dict[str, Any]:
    """Return what a form would say of a milestone that nobody changed."""
    return {"title": milestone.title, "due_on": milestone.due_on, "kind": milestone.kind}


@pytest.mark.both
def test_a_new_milestone_has_its_first_date_and_its_present_one(unit: None, now: datetime) -> None:
    project, person = builders.project(), builders.person()

    milestone = add_milestone(
        project,
        title=builders.text(de="Künstler benannt", en="Artists named"),
        due_on=MARCH,
        kind=MilestoneKind.DELIVERABLE,
        by_id=person.id,
        now=now,
    )

    facts = {"title": "Künstler benannt", "due_on": {"day": "2027-03-01"}}
    assert lines() == [("MILESTONE_CREATED", f"milestone:{milestone.id}", f"project:{project.id}", facts)]
    assert (milestone.first_due_on, milestone.due_on, milestone.state) == (MARCH, MARCH, MilestoneState.OPEN)
    assert (milestone.due_since, milestone.responsible_since, milestone.created_at) == (now, now, now)


@pytest.mark.both
def test_a_moved_milestone_keeps_its_old_dates(unit: None, now: datetime) -> None:
    person = builders.person()
    milestone = builders.milestone(builders.project(), de="Bericht", due_on=MARCH)
    later = now + timedelta(days=1)

    move_milestone(milestone, to_on=APRIL, by_id=person.id, now=now)
    move_milestone(milestone, to_on=MAY, by_id=person.id, now=later)
    db.session.flush()
    db.session.expire(milestone)

    assert [(move.from_on, move.to_on, move.at, move.by_id) for move in milestone.moves] == [
        (MARCH, APRIL, now, person.id),
        (APRIL, MAY, later, person.id),
    ]
    assert (milestone.first_due_on, milestone.due_on, milestone.due_since) == (MARCH, MAY, later)
    assert [(verb, facts) for verb, _subject, _within, facts in lines()] == [
        ("MILESTONE_MOVED", {"title": "Bericht", "from_on": {"day": "2027-03-01"}, "to_on": {"day": "2027-04-01"}}),
        ("MILESTONE_MOVED", {"title": "Bericht", "from_on": {"day": "2027-04-01"}, "to_on": {"day": "2027-05-01"}}),
    ]


def test_a_milestone_does_not_move_to_where_it_is(unit: None, now: datetime) -> None:
    milestone = builders.milestone(builders.project(), due_on=MARCH)
    since = milestone.due_since

    assert move_milestone(milestone, to_on=MARCH, by_id=None, now=now) is None
    assert (milestone.due_since, lines()) == (since, [])


def test_what_is_done_or_cancelled_does_not_move(unit: None, now: datetime) -> None:
    project = builders.project()
    done = builders.milestone(project, state=MilestoneState.DONE, done_on=MARCH, due_on=MARCH)
    cancelled = builders.milestone(project, state=MilestoneState.CANCELLED, due_on=MARCH)

    for milestone in (done, cancelled):
        with pytest.raises(Refused):
            move_milestone(milestone, to_on=APRIL, by_id=None, now=now)

    assert [done.due_on, cancelled.due_on, lines()] == [MARCH, MARCH, []]


def test_another_date_in_the_form_is_a_move_and_the_rest_a_change(unit: None, now: datetime) -> None:
    kassel, person = builders.organisation(), builders.person()
    milestone = builders.milestone(builders.project(), de="Bericht", due_on=MARCH)

    values = same(milestone) | {"due_on": APRIL, "kind": MilestoneKind.REPORT, "responsible_organisation": kassel}
    changed = change_milestone(milestone, **values, by_id=person.id, now=now)

    assert changed is True
    assert (milestone.due_since, milestone.responsible_since) == (now, now)
    kinds = [{"word": "MilestoneKind.milestone"}, {"word": "MilestoneKind.report"}]
    changes = {"kind": kinds, "responsible_organisation": [None, None]}
    assert [(verb, facts) for verb, _subject, _within, facts in lines()] == [
        ("MILESTONE_MOVED", {"title": "Bericht", "from_on": {"day": "2027-03-01"}, "to_on": {"day": "2027-04-01"}}),
        ("MILESTONE_CHANGED", {"title": "Bericht", "changes": changes}),
    ]


def test_another_title_leaves_the_responsibility_where_it_was(unit: None, now: datetime) -> None:
    person = builders.person()
    milestone = builders.milestone(builders.project())
    before = (milestone.due_since, milestone.responsible_since)

    change_milestone(milestone, **(same(milestone) | {"title": builders.text(de="Neu")}), by_id=person.id, now=now)

    assert (milestone.due_since, milestone.responsible_since) == before


def test_what_does_not_change_is_not_recorded(unit: None, now: datetime) -> None:
    milestone = builders.milestone(builders.project())

    assert change_milestone(milestone, **same(milestone), by_id=0, now=now) is False
    assert lines() == []


@pytest.mark.both
def test_a_finished_milestone_can_be_opened_again_and_reminds_of_nothing_past(unit: None, now: datetime) -> None:
    person = builders.person()
    milestone = builders.milestone(builders.project(), de="Bericht", due_on=MARCH)
    by: dict[str, Any] = {"by_id": person.id, "now": now}

    finished = finish_milestone(milestone, done_on=MARCH, **by)
    db.session.flush()
    after = (milestone.state, milestone.done_on, milestone.assessment)
    again = finish_milestone(milestone, done_on=APRIL, **by)
    opened = reopen_milestone(milestone, **by)
    once_more = reopen_milestone(milestone, **by)

    assert after == (MilestoneState.DONE, MARCH, Assessment.DONE)
    assert (finished, again, opened, once_more) == (True, False, True, False)
    assert (milestone.state, milestone.done_on, milestone.assessment) == (MilestoneState.OPEN, None, None)
    assert milestone.due_since == now
    assert [verb for verb, *_rest in lines()] == ["MILESTONE_DONE", "MILESTONE_REOPENED"]


def test_a_cancelled_milestone_is_not_finished_and_a_finished_one_not_cancelled(unit: None, now: datetime) -> None:
    person, project = builders.person(), builders.project()
    done = builders.milestone(project, state=MilestoneState.DONE, done_on=MARCH)
    cancelled = builders.milestone(project)

    assert cancel_milestone(cancelled, by_id=person.id, now=now) is True
    assert cancel_milestone(cancelled, by_id=person.id, now=now) is False
    with pytest.raises(Refused):
        finish_milestone(cancelled, done_on=MARCH, by_id=person.id, now=now)
    with pytest.raises(Refused):
        cancel_milestone(done, by_id=person.id, now=now)
    assert [verb for verb, *_rest in lines()] == ["MILESTONE_CANCELLED"]


def test_an_archived_milestone_comes_back_and_reminds_of_nothing_past(unit: None, now: datetime) -> None:
    person = builders.person()
    milestone = builders.milestone(builders.project())

    archive_milestone(milestone, by_id=person.id, now=now)
    archived_at = milestone.archived_at
    restore_milestone(milestone, by_id=person.id, now=now)

    assert (archived_at, milestone.archived_at, milestone.due_since) == (now, None, now)
    assert [verb for verb, *_rest in lines()] == ["MILESTONE_ARCHIVED", "MILESTONE_RESTORED"]
