"""What people do when they say how things stand."""

from datetime import date, datetime

from tracker.db import db
from tracker.history.actions import record
from tracker.history.rules import Verb
from tracker.milestones.actions import finish_milestone, move_milestone
from tracker.milestones.models import Assessment, Milestone
from tracker.organisations.models import Office
from tracker.projects.models import Project
from tracker.updates import queries
from tracker.updates.mails import GATHERED_FOR, tell_coordinators
from tracker.updates.models import StatusUpdate
from tracker.updates.rules import Said, check


def submit_update(
    project: Project,
    milestone: Milestone | None,
    said: Said,
    *,
    office: Office,
    public_url: str,
    by_id: int,
    now: datetime,
    today: date,
) -> StatusUpdate:
    """Keep what was said, do what follows from it, and tell the coordinators. Raises Refused.

    A new date moves the milestone, "done" marks it as done, and its newest assessment stays on it.
    """
    check(said, milestone, today=today)
    update = StatusUpdate(
        project=project,
        milestone=milestone,
        assessment=said.assessment,
        new_due_on=said.new_due_on,
        text=said.text,
        language=said.language,
        at=now,
        by_id=by_id,
    )
    db.session.add(update)
    db.session.flush()
    _record(update, by_id=by_id, now=now)
    if milestone is not None:
        if said.assessment is not None:
            milestone.assessment = said.assessment
        if said.assessment is Assessment.DONE:
            finish_milestone(milestone, done_on=today, by_id=by_id, now=now)
        if said.new_due_on is not None:
            move_milestone(milestone, to_on=said.new_due_on, by_id=by_id, now=now)
    _tell(update, office, public_url=public_url, now=now)
    return update


def _tell(update: StatusUpdate, office: Office, *, public_url: str, now: datetime) -> None:
    """Tell those who coordinate the project; what was said within the same hour comes in one letter."""
    earlier = queries.last_news(update.project, now - GATHERED_FOR)
    first = min((message.created_at for message in earlier.values()), default=update.at)
    said = [*queries.said_from(update.project, first, besides=update), update]
    tell_coordinators(said, update.project.coordinators, office, earlier=earlier, public_url=public_url, now=now)


def _record(update: StatusUpdate, *, by_id: int, now: datetime) -> None:
    """Write the line; a new date alone is told by the move itself."""
    if update.assessment is None and update.text is None:
        return
    facts: dict[str, object] = {}
    verb = Verb.COMMENTED if update.milestone is None else Verb.COMMENTED_ON_MILESTONE
    if update.assessment is not None:
        verb = Verb.UPDATE_SUBMITTED if update.milestone is None else Verb.UPDATE_SUBMITTED_ON_MILESTONE
        facts["assessment"] = update.assessment
    if update.milestone is not None:
        facts["title"] = update.milestone.title
    record(verb, update, by_id=by_id, now=now, within=update.project, **facts)
