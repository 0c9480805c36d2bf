"""The list of milestones as a file."""

from collections.abc import Iterable, Sequence
from datetime import date
from functools import partial

from tracker.language import _
from tracker.milestones.models import Milestone
from tracker.milestones.rules import is_late
from tracker.web.sheets import Sheet, Value


def milestones(today: date) -> Sheet[Milestone]:
    """Return what is downloaded of milestones."""
    headings = (
        *(_("Title"), _("Project"), _("Date"), _("First planned for"), _("State"), _("late"), _("Done on")),
        *(_("Assessment"), _("Responsible organisation"), _("Responsible person")),
    )
    return Sheet(_("Milestones"), headings, partial(_cells, today=today))


def _cells(rows: Sequence[Milestone], *, today: date) -> Iterable[Sequence[Value]]:
    for one in rows:
        who = (
            one.responsible_organisation.name if one.responsible_organisation else None,
            one.responsible_person.name if one.responsible_person else None,
        )
        stands = (one.state, is_late(one, today), one.done_on, one.assessment)
        yield one.title, one.project.title, one.due_on, one.first_due_on, *stands, *who
