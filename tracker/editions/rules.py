"""How an edition follows from the last one: its label, its dates, and what of the last one can be part of it."""

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from tracker.db import PartialDate, Text, Translated
from tracker.folding import fold
from tracker.language import Word, _, _lp
from tracker.organisations.models import Organisation
from tracker.partnerships.models import Partnership
from tracker.projects.models import Project
from tracker.projects.rules import ends_before_it_begins
from tracker.refusal import Refused
from tracker.succession.rules import heirs
from tracker.web.access import Somebody
from tracker.web.formats import partial_date
from tracker.workdays.rules import SATURDAY, Calendar, Closed, closed_because, workdays_after

YEAR = 12


class Part(Word):
    """What of the last edition can be taken over."""

    MILESTONES = "milestones", _lp("edition", "Milestones")
    EVENTS = "events", _lp("edition", "Events with their programme")
    ORGANISATIONS = "organisations", _lp("edition", "Organisations in their roles")
    COORDINATORS = "coordinators", _lp("edition", "Coordinators")
    PARTNERSHIPS = "partnerships", _lp("edition", "Partnerships")
    RULES = "rules", _lp("edition", "The project’s own rules for reminders")


@dataclass(frozen=True)
class Plan:
    """What somebody wants the next edition to be."""

    label: str
    begins: PartialDate
    ends: PartialDate | None
    parts: frozenset[Part]
    #: The name of the series, where the project belongs to none yet.
    series: str | None


def may_start(reader: Somebody) -> bool:
    """Whether they start editions, and name series."""
    return reader.is_coordinator


# ---- what goes together


def check_plan(plan: Plan, project: Project, editions: Iterable[Project]) -> None:
    """Raise Refused for a label that there is already, or a begin before that of an edition there is."""
    them = {one.id: one for one in (project, *editions)}.values()
    if any(fold(one.edition_label or "") == fold(plan.label) for one in them):
        raise Refused(_("There is an edition %(label)s already.", label=plan.label), "label")
    began = [one.begins for one in them if one.begins is not None]
    latest = max(began, key=lambda day: day.earliest, default=None)
    if latest is not None and (ends_before_it_begins(latest, plan.begins) or (latest == plan.begins and latest.day)):
        raise Refused(_("The last edition began only then or later: %(day)s.", day=partial_date(latest)), "begins")
    if ends_before_it_begins(plan.begins, plan.ends):
        raise Refused(_("The project would end before it begins."), "ends")


# ---- words


def label_of(project: Project) -> str | None:
    """Return what tells an edition from the others in its title: its label, else the year of its begin."""
    return project.edition_label or (str(project.begins.year) if project.begins else None)


def relabelled(title: Translated, before: str | None, after: str) -> Translated:
    """Return a title with the new label in the place of the old one, wherever that stands."""
    if not before:
        return title
    texts = {
        code: Text(one.text.replace(before, after), one.at, one.confirmed_at, one.by_machine)
        for code, one in title.texts.items()
    }
    return Translated(title.original, texts)


def relabelled_in(title: Translated, last: Project | None, after: str) -> Translated:
    """Return the title of something in the last edition as it is called in the next."""
    return relabelled(title, label_of(last) if last else None, after)


def name_of_series(title: str, label: str | None) -> str:
    """Return a title without what tells one edition from the others."""
    return " ".join(title.replace(label, " ").split()) if label else title


# ---- dates


def shifted(day: PartialDate, before: PartialDate, after: PartialDate) -> PartialDate:
    """Return a date as far from one begin as it was from the other: in days, else in months, else in years."""
    if day.day and before.day and after.day:
        return PartialDate.of(day.earliest + (after.earliest - before.earliest))
    months = (after.year - before.year) * YEAR
    if day.month and before.month and after.month:
        months += after.month - before.month
    year, month = divmod(day.year * YEAR + (day.month or 1) - 1 + months, YEAR)
    if day.month is None:
        return PartialDate(f"{year:04}")
    if day.day is None:
        return PartialDate(f"{year:04}-{month + 1:02}")
    # 29 February, and the last of a month.
    return PartialDate.of(date(year, month + 1, min(day.day, monthrange(year, month + 1)[1])))


@dataclass(frozen=True)
class Settled:
    """A date that is proposed, and what it would have been if nobody rested."""

    on: PartialDate
    #: The date as far from the begin as it was; None: the same.
    instead_of: PartialDate | None = None
    #: Why nobody works on that date; None where the day of the week is what was kept.
    closed: Closed | None = None


def onto_workday(day: PartialDate, calendar: Calendar) -> Settled:
    """Move a date to the next working day, if it is none."""
    closed = closed_because(day.earliest, calendar) if day.day else None
    if closed is None:
        return Settled(day)
    return Settled(PartialDate.of(workdays_after(day.earliest, 0, calendar)), day, closed)


def like_last_time(day: PartialDate, before: PartialDate, calendar: Calendar) -> Settled:
    """Let what began at a weekend begin on the same day of the week again, and all else on a working day."""
    if not (day.day and before.day) or before.earliest.weekday() < SATURDAY:
        return onto_workday(day, calendar)
    away = (before.earliest.weekday() - day.earliest.weekday() + 3) % 7 - 3
    if not away:
        return Settled(day)
    return Settled(PartialDate.of(day.earliest + timedelta(days=away)), day)


# ---- what became of those who took part


def who_goes_on(organisation: Organisation | None) -> Organisation | None:
    """Return an organisation, or the one that succeeds it; None if it ended without one heir, or is in the archive."""
    seen: set[int] = set()
    while organisation is not None and organisation.ended_on is not None and organisation.id not in seen:
        seen.add(organisation.id)
        after = heirs(organisation)
        organisation = after[0] if len(after) == 1 else None
    return None if organisation is None or organisation.archived_at else organisation


def what_goes_on(partnership: Partnership, until: PartialDate) -> Partnership | None:
    """Return a partnership, or the one that continues it; None if it ends before a date, or is in the archive."""
    seen: set[int] = set()
    found: Partnership | None = partnership
    while found is not None and found.continued_by is not None and found.id not in seen:
        seen.add(found.id)
        found = found.continued_by
    if found is None or found.archived_at or (found.ended and found.ended.latest < until.earliest):
        return None
    return found
