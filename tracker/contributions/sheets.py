"""What was given to a project as a file."""

from collections.abc import Iterable, Sequence
from functools import partial

from tracker.contributions.models import Contribution
from tracker.language import _
from tracker.projects.models import Project
from tracker.web.formats import plain
from tracker.web.sheets import Sheet, Value


def contributions(project: Project) -> Sheet[Contribution]:
    """Return what is downloaded of the contributions to a project."""
    headings = (
        *(_("Given on"), _("Given by"), _("Person"), _("Kind"), _("What it was"), _("How much"), _("Currency")),
        _("Thanked on"),
    )
    title = f"{_('Contributions')} {plain(project.title)}"
    return Sheet(title, headings, partial(_cells, project=project))


def _cells(rows: Sequence[Contribution], *, project: Project) -> Iterable[Sequence[Value]]:
    for one in rows:
        who = (one.organisation.name_on(one.given_on or project.begins), one.person.name if one.person else None)
        yield one.given_on, *who, one.kind, one.summary, one.amount, one.currency, one.thanked_on
