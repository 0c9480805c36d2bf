"""When a milestone is late, how it moved, and who may do what with it."""

from datetime import date

from tracker.language import Word, _, _lp
from tracker.milestones.models import Milestone, MilestoneState
from tracker.refusal import Refused
from tracker.web.access import Somebody

#: How far "soon" reaches.
SOON_DAYS = 30


class Which(Word):
    """Which milestones a list shows."""

    OPEN = "open", _lp("milestones", "Open")
    LATE = "late", _lp("milestones", "Late")
    SOON = "soon", _lp("milestones", "Next 30 days")
    DONE = "done", _lp("milestones", "Done")
    ALL = "all", _lp("milestones", "All")


def is_late(milestone: Milestone, today: date) -> bool:
    """Whether its date has gone by and it is still open."""
    return milestone.state is MilestoneState.OPEN and milestone.due_on < today


def was(milestone: Milestone) -> tuple[date, int] | None:
    """Return its first date and how often it moved, or None if it never did."""
    return (milestone.first_due_on, len(milestone.moves)) if milestone.moves else None


def may_edit(reader: Somebody) -> bool:
    """Whether they add, change and move milestones."""
    return reader.is_coordinator


def may_report(reader: Somebody, milestone: Milestone) -> bool:
    """Whether they say how it stands: coordinators of all, partners of what is theirs."""
    if reader.is_partner:
        ours = milestone.responsible_organisation_id in reader.organisation_ids
        return ours or milestone.responsible_person_id == reader.id
    return reader.is_coordinator


def check_open(milestone: Milestone) -> None:
    """Raise Refused unless it is open."""
    if milestone.state is MilestoneState.DONE:
        raise Refused(_("This milestone is done. Open it again first."))
    if milestone.state is MilestoneState.CANCELLED:
        raise Refused(_("This milestone is cancelled. Open it again first."))
