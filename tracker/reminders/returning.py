"""What series are reminded of: that it is time to start the next edition."""

from collections.abc import Iterable
from datetime import date

import sqlalchemy as sa

from tracker.db import PartialDate
from tracker.language import _, ngettext
from tracker.projects.models import Project, Series
from tracker.projects.returning import Return, awaited, of_series
from tracker.reminders.matters import (
    Asked,
    DefaultRule,
    Matter,
    Recipient,
    Section,
    Sender,
    Source,
    Subject,
    Unit,
)
from tracker.reminders.models import ReminderSubject
from tracker.reminders.queries import ENDED, coordinators_of, portions
from tracker.reminders.rules import before, reach_months_ahead
from tracker.reminders.wording import title_of
from tracker.web.formats import partial_date


def comes_back(years: int) -> str:
    """Say how often a series comes back."""
    if years == 1:
        return _("It comes back every year.")
    return ngettext("It comes back every %(num)s year.", "It comes back every %(num)s years.", years)


def is_expected(on: PartialDate, until: PartialDate | None) -> str:
    """Say when the next edition is expected."""
    when = " – ".join(partial_date(day) for day in (on, until) if day)
    return _("The next edition is expected: %(date)s.", date=when)


def _say_edition(matter: Matter, _recipient: Recipient, _office: Sender, _today: date) -> list[str]:
    return [
        comes_back(matter.facts["years"]),
        is_expected(matter.facts["on"], matter.facts["until"]),
        _("Start it from the last one here:"),
    ]


EDITION = Subject(
    word=ReminderSubject.EDITION,
    default=DefaultRule((18, 12)),
    when=before,
    reaching=reach_months_ahead,
    section=Section.UPCOMING,
    say=_say_edition,
    headline=lambda matter, _today: _("Time for the next edition: “%(title)s”", title=title_of(matter)),
    headlines=lambda number: ngettext("%(num)s edition is to be started", "%(num)s editions are to be started", number),
    unit=Unit.MONTHS,
    expires=True,
)


def _within(asked: Asked) -> list[Matter]:
    first, last = asked.reach.earliest or asked.first, asked.reach.latest
    found = [
        one
        for one, on in awaited(of_series(Series.every_years.is_not(None)))
        if first <= on.earliest <= last and (asked.changed_since is None or one.last.created_at >= asked.changed_since)
    ]
    return [one for one in _matters(found) if one.over is None]


def _of(ids: list[str], _today: date) -> list[Matter]:
    found: list[Matter] = []
    for portion in portions(int(one) for one in ids):
        theirs = sa.select(Project.series_id).where(Project.id.in_(portion))
        found += _matters(one for one in of_series(Series.id.in_(theirs)) if one.last.id in portion)
    return found


def _matters(returns: Iterable[Return]) -> list[Matter]:
    """Return what is to be said of each; the number of queries does not grow."""
    returns = list(returns)
    coordinators = coordinators_of(one.last.id for one in returns)
    return [
        Matter(
            key=f"edition:{one.last.id}",
            subjects=(EDITION,),
            title=one.series.title,
            project_id=one.last.id,
            project_title=one.last.title,
            path=f"/projects/{one.last.id}/next-edition",
            due_on=one.on.earliest if one.on else date.max,
            since=one.last.created_at,
            coordinator_ids=coordinators.get(one.last.id, ()),
            over=_over(one),
            facts={"on": one.on, "until": one.until, "years": one.series.every_years},
        )
        for one in returns
    ]


def _over(one: Return) -> str | None:
    if one.on is None:
        return "edition_unknown"
    if one.is_started:
        return "edition_started"
    # Who paused it meant what was to be done in it, which is nothing any more once it has ended.
    return "project_paused" if one.last.reminders_paused and one.last.status not in ENDED else None


RETURNS = Source("edition", (EDITION,), _within, _of)
