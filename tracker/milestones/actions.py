"""What people do with milestones."""

from datetime import date, datetime
from typing import Any

from tracker.db import Translated, db
from tracker.history.actions import change, record
from tracker.history.rules import Verb
from tracker.milestones.models import Assessment, Milestone, MilestoneMove, MilestoneState
from tracker.milestones.rules import check_open
from tracker.projects.models import Project


def add_milestone(
    project: Project,
    *,
    due_on: date,
    by_id: int | None,
    now: datetime,
    **values: Any,
) -> Milestone:
    """Add a promise to a project."""
    milestone = Milestone(
        project=project,
        first_due_on=due_on,
        due_on=due_on,
        due_since=now,
        responsible_since=now,
        created_at=now,
        **values,
    )
    db.session.add(milestone)
    _record(Verb.MILESTONE_CREATED, milestone, by_id=by_id, now=now, due_on=due_on)
    return milestone


def change_milestone(
    milestone: Milestone,
    *,
    title: Translated,
    due_on: date,
    by_id: int,
    now: datetime,
    **values: Any,
) -> bool:
    """Change what differs, and move it if its date does; return whether anything did."""
    moved = due_on != milestone.due_on and bool(move_milestone(milestone, to_on=due_on, by_id=by_id, now=now))
    changes = change(milestone, {"title": milestone.title.revised(title), **values})
    if {"responsible_organisation", "responsible_person"} & changes.keys():
        milestone.responsible_since = now
    if changes:
        _record(Verb.MILESTONE_CHANGED, milestone, by_id=by_id, now=now, changes=changes)
    return moved or bool(changes)


def move_milestone(milestone: Milestone, *, to_on: date, by_id: int | None, now: datetime) -> MilestoneMove | None:
    """Give it another date and keep the old one; None if it has that date. Raises Refused unless it is open."""
    check_open(milestone)
    if to_on == milestone.due_on:
        return None
    move = MilestoneMove(from_on=milestone.due_on, to_on=to_on, at=now, by_id=by_id)
    milestone.moves.append(move)
    milestone.due_on, milestone.due_since = to_on, now
    _record(Verb.MILESTONE_MOVED, milestone, by_id=by_id, now=now, from_on=move.from_on, to_on=to_on)
    return move


def take_back_move(milestone: Milestone, *, by_id: int, now: datetime) -> None:
    """Give it the date before its last move, which then counts no more. That date counts from now."""
    move = milestone.moves.pop()
    db.session.delete(move)
    milestone.due_on, milestone.due_since = move.from_on, now
    _record(Verb.MILESTONE_MOVED, milestone, by_id=by_id, now=now, from_on=move.to_on, to_on=move.from_on)


def finish_milestone(milestone: Milestone, *, done_on: date, by_id: int | None, now: datetime) -> bool:
    """Mark it as done; return whether it was not before. Raises Refused if it is cancelled."""
    if milestone.state is MilestoneState.DONE:
        return False
    check_open(milestone)
    milestone.state, milestone.done_on, milestone.assessment = MilestoneState.DONE, done_on, Assessment.DONE
    _record(Verb.MILESTONE_DONE, milestone, by_id=by_id, now=now)
    return True


def cancel_milestone(milestone: Milestone, *, by_id: int, now: datetime) -> bool:
    """Say that it is no longer wanted; return whether it was before. Raises Refused if it is done."""
    if milestone.state is MilestoneState.CANCELLED:
        return False
    check_open(milestone)
    milestone.state = MilestoneState.CANCELLED
    _record(Verb.MILESTONE_CANCELLED, milestone, by_id=by_id, now=now)
    return True


def reopen_milestone(milestone: Milestone, *, by_id: int, now: datetime) -> bool:
    """Open it again; return whether it was closed. Its date counts from now, so that the past reminds nobody."""
    if milestone.state is MilestoneState.OPEN:
        return False
    if milestone.assessment is Assessment.DONE:
        milestone.assessment = None
    milestone.state, milestone.done_on, milestone.due_since = MilestoneState.OPEN, None, now
    _record(Verb.MILESTONE_REOPENED, milestone, by_id=by_id, now=now)
    return True


def archive_milestone(milestone: Milestone, *, by_id: int, now: datetime) -> None:
    """Put it out of the lists; what others wrote about it stays."""
    milestone.archived_at = now
    _record(Verb.MILESTONE_ARCHIVED, milestone, by_id=by_id, now=now)


def restore_milestone(milestone: Milestone, *, by_id: int, now: datetime) -> None:
    """Bring it back into the lists. Its date counts from now, so that the past reminds nobody."""
    milestone.archived_at, milestone.due_since = None, now
    _record(Verb.MILESTONE_RESTORED, milestone, by_id=by_id, now=now)


def _record(verb: Verb, milestone: Milestone, *, by_id: int | None, now: datetime, **facts: object) -> None:
    record(verb, milestone, by_id=by_id, now=now, within=milestone.project, title=milestone.title, **facts)
