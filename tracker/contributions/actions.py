"""What people do with contributions."""

from datetime import datetime
from typing import Any

from tracker.contributions.models import Contribution, ContributionKind
from tracker.db import PartialDate, Translated, db
from tracker.history.actions import change, record
from tracker.history.rules import Verb
from tracker.projects.models import Project


def enter_contribution(
    project: Project, *, kind: ContributionKind, by_id: int | None, now: datetime, **values: Any
) -> Contribution:
    """Write down what was given to a project."""
    contribution = Contribution(project=project, kind=kind, added_by_id=by_id, created_at=now, **values)
    db.session.add(contribution)
    record(Verb.CONTRIBUTION_ENTERED, contribution, by_id=by_id, now=now, within=project, kind=kind)
    return contribution


def change_contribution(
    contribution: Contribution, *, summary: Translated, by_id: int, now: datetime, **values: Any
) -> bool:
    """Change what differs; return whether anything did."""
    changes = change(contribution, {"summary": contribution.summary.revised(summary), **values})
    if not changes:
        return False
    _record(Verb.CONTRIBUTION_CHANGED, contribution, by_id=by_id, now=now, changes=changes)
    return True


def thank(contribution: Contribution, *, thanked_on: PartialDate, by_id: int, now: datetime) -> bool:
    """Note that whoever gave it was thanked; return whether that was not known before."""
    if contribution.thanked_on is not None:
        return False
    contribution.thanked_on = thanked_on
    _record(Verb.CONTRIBUTION_THANKED, contribution, by_id=by_id, now=now, kind=contribution.kind)
    return True


def archive_contribution(contribution: Contribution, *, by_id: int, now: datetime) -> None:
    """Put it out of the list and of the sums."""
    contribution.archived_at = now
    _record(Verb.CONTRIBUTION_ARCHIVED, contribution, by_id=by_id, now=now)


def restore_contribution(contribution: Contribution, *, by_id: int, now: datetime) -> None:
    """Bring it back into the list."""
    contribution.archived_at = None
    _record(Verb.CONTRIBUTION_RESTORED, contribution, by_id=by_id, now=now)


def _record(verb: Verb, contribution: Contribution, *, by_id: int, now: datetime, **facts: object) -> None:
    record(verb, contribution, by_id=by_id, now=now, within=contribution.project, **facts)
