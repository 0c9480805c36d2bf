"""What the pages that look across call news, long ago and soon."""

from collections.abc import Sequence
from datetime import date, timedelta

from tracker.milestones.models import Milestone
from tracker.web.access import Somebody

#: How far the start page looks ahead.
SOON = timedelta(days=30)
#: A partner is expected to have said something about what is due within this time, or late …
ASKED_BEFORE = timedelta(days=14)
#: … and not longer ago than this.
ANSWER_LASTS = timedelta(days=14)
#: Lines of one section of the start page; the rest is behind its link.
LINES = 8
#: Milestones of a project that are shown at once: those due within this time, but some in any case.
NEAR, SOME = timedelta(days=45), 5
#: Lines of one section of a search page.
FOUND = 10
#: Fewer letters than this find half of everything.
SHORTEST_QUESTION = 2


def may_see_history_of(reader: Somebody) -> bool:
    """Whether they see what was changed about organisations and people."""
    return reader.sees_all


def may_write_to(reader: Somebody) -> bool:
    """Whether they see the addresses of those who coordinate a project: the office's own, and its partners."""
    return reader.is_coordinator or reader.is_partner


def shown_at_once(milestones: Sequence[Milestone], today: date) -> int:
    """Return how many of a project's open milestones, the earliest first, are shown without asking for the rest."""
    near = sum(1 for one in milestones if one.due_on <= today + NEAR)
    # A single line is not worth folding away.
    return len(milestones) if len(milestones) <= max(near, SOME) + 1 else max(near, SOME)
