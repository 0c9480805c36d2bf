"""What a change of rules would bring, by the rule that plans."""

from collections.abc import Callable
from datetime import datetime

from tracker.db import db
from tracker.projects.models import Project
from tracker.reminders import queries
from tracker.reminders.actions import Upcoming, upcoming
from tracker.reminders.ledger import Comparison, compare
from tracker.reminders.matters import Rule
from tracker.reminders.rulebook import Act, Proposal, as_it_would_be, resume

#: How far ahead it looks.
DAYS = 30


def brings(proposal: Proposal, now: datetime) -> Comparison:
    """Compare what comes with what would come. Changes nothing, though resuming needs a unit that writes."""
    rules = queries.rules_that_stand()
    concerns = _concerns(proposal, rules)
    present = upcoming(now, DAYS, project_id=proposal.project_id, rules=rules)
    if proposal.act is Act.RESUME:
        would = _as_if_resumed(proposal, now)
    else:
        would = upcoming(now, DAYS, project_id=proposal.project_id, rules=as_it_would_be(rules, proposal, now))
    return compare(present, would, now=now, begins_today=proposal.begins_today, concerns=concerns)


def _as_if_resumed(proposal: Proposal, now: datetime) -> list[Upcoming]:
    """Ask as if the project were resumed, and forget that at once."""
    resume(db.session.get_one(Project, proposal.project_id), by_id=None, now=now)
    try:
        return upcoming(now, DAYS, project_id=proposal.project_id)
    finally:
        db.session.rollback()


def _concerns(proposal: Proposal, rules: list[Rule]) -> Callable[[Upcoming], bool]:
    """Tell what a rule speaks of: a rule of the site not of projects that have their own."""
    apart = {rule.project_id for rule in rules if rule.subject is proposal.subject and rule.project_id is not None}

    def concerns(one: Upcoming) -> bool:
        if proposal.act is Act.RESUME:
            return True
        return one.subject is proposal.subject and (proposal.project_id is not None or one.project_id not in apart)

    return concerns
