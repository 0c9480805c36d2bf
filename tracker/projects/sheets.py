"""The list of projects as a file."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from functools import partial

from sqlalchemy.orm import joinedload

from tracker.language import _
from tracker.projects.models import Project
from tracker.web.formats import plain
from tracker.web.sheets import Sheet, Value

#: Project id to the date of its next milestone, for some projects.
Dates = Callable[[Iterable[int]], dict[int, date]]


def projects(next_on: Dates) -> Sheet[Project]:
    """Return what is downloaded of projects."""
    headings = (
        *(_("Title"), _("Status"), _("With"), _("Begin"), _("End"), _("Next date"), _("Series"), _("Edition")),
        _("Summary"),
    )
    return Sheet(_("Projects"), headings, partial(_cells, next_on=next_on), (joinedload(Project.series),))


def _cells(rows: Sequence[Project], *, next_on: Dates) -> Iterable[Sequence[Value]]:
    coming = next_on(one.id for one in rows)
    for one in rows:
        names = dict.fromkeys(plain(taking.organisation.name) for taking in one.organisations)
        series = one.series.title if one.series else None
        when = (one.begins, one.ends, coming.get(one.id))
        yield one.title, one.status, "; ".join(names), *when, series, one.edition_label, one.summary
