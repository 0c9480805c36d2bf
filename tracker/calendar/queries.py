"""What stands in the calendar from one day to another."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

import sqlalchemy as sa

from tracker.calendar.rules import Entry, EntryKind
from tracker.db import PartialDate, Translated, db
from tracker.events.models import Event
from tracker.events.queries import visible_events
from tracker.folding import fold
from tracker.milestones.models import Milestone, MilestoneState
from tracker.organisations.models import ClosedDay, Organisation, SchoolHoliday
from tracker.partnerships.models import Partnership, PartnershipParty, PartnershipStatus
from tracker.projects.models import Project, ProjectOrganisation, ProjectPartnership
from tracker.projects.queries import visible_projects
from tracker.projects.rules import ENDED
from tracker.web.access import OfficeSeen, Somebody
from tracker.web.formats import country_name
from tracker.workdays.rules import holidays_spoken, public_holidays

#: A date that is known wholly is as long as this.
_WHOLE = len("2027-04-16")


@dataclass(frozen=True)
class Narrowed:
    """What the calendar is narrowed to."""

    kind: EntryKind | None = None
    project: int | None = None
    partnership: int | None = None
    organisation: int | None = None
    #: The one kind that is left out.
    besides: EntryKind | None = None

    def shows(self, kind: EntryKind) -> bool:
        """Whether a kind is to be shown."""
        return self.kind in {None, kind} and kind is not self.besides


def between(reader: Somebody, office: OfficeSeen, first: date, last: date, narrowed: Narrowed) -> list[Entry]:
    """Return what stands from one day to another, both included, by day; at most four queries."""
    found: list[Entry] = []
    if narrowed.shows(EntryKind.EVENT):
        found += _events(reader, first, last, narrowed)
    if narrowed.shows(EntryKind.MILESTONE):
        found += _milestones(reader, first, last, narrowed)
    off = [kind for kind in _OFF if narrowed.shows(kind)]
    if off or narrowed.shows(EntryKind.HOLIDAY):
        sides = _sides(reader, narrowed)
        if off:
            found += _closed(sides, off, first, last)
        if narrowed.shows(EntryKind.HOLIDAY):
            found += _holidays(sides, office, first, last, with_office=narrowed == Narrowed(kind=narrowed.kind))
    order = list(EntryKind)
    return sorted(found, key=lambda one: (one.first, order.index(one.kind), fold(str(one.title)), one.id or 0))


def undated(reader: Somebody, month: str, narrowed: Narrowed) -> list[Entry]:
    """Return the events of which no more is known than this month ("2017-04"); one query."""
    if not narrowed.shows(EntryKind.EVENT):
        return []
    query = _chosen_events(reader, narrowed).where(Event.begins_on == PartialDate(month))
    first = PartialDate(month).earliest
    return [_event(row, first, first) for row in db.session.execute(query.order_by(Event.id))]


# ---- events and milestones


def _text(column: sa.SQLColumnExpression[Any]) -> sa.ColumnElement[str]:
    return sa.type_coerce(column, sa.String)


def _chosen_events(reader: Somebody, narrowed: Narrowed) -> sa.Select[Any]:
    query = visible_events(reader).where(Event.archived_at.is_(None))
    query = query.outerjoin(Project, Event.project_id == Project.id)
    query = query.outerjoin(Partnership, Event.partnership_id == Partnership.id)
    if narrowed.project:
        query = query.where(Event.project_id == narrowed.project)
    if narrowed.partnership:
        under = _projects_under(narrowed.partnership)
        query = query.where(sa.or_(Event.partnership_id == narrowed.partnership, Event.project_id.in_(under)))
    if narrowed.organisation:
        with_it = _projects_with(narrowed.organisation)
        here = sa.or_(Event.host_id == narrowed.organisation, Event.project_id.in_(with_it))
        query = query.where(here)
    # A partner knows the project; the partnership behind it is the office's own.
    about = sa.func.coalesce(Project.title, Partnership.title) if reader.sees_all else Project.title
    columns = (Event.id, Event.title, Event.begins_on, Event.ends_on, Event.status, about.label("about"))
    return cast("sa.Select[Any]", query.with_only_columns(*columns))


def _events(reader: Somebody, first: date, last: date, narrowed: Narrowed) -> Iterable[Entry]:
    ends = sa.func.coalesce(Event.ends_on, Event.begins_on)
    query = _chosen_events(reader, narrowed).where(
        _text(Event.begins_on) <= last.isoformat(),
        _text(ends) >= first.isoformat(),
        sa.func.length(_text(Event.begins_on)) == _WHOLE,
        sa.func.length(_text(ends)) == _WHOLE,
    )
    for row in db.session.execute(query):
        yield _event(row, row.begins_on.earliest, (row.ends_on or row.begins_on).latest)


def _event(row: Any, first: date, last: date) -> Entry:  # noqa: ANN401 - a row of the query
    return Entry(EntryKind.EVENT, first, last, row.title, row.id, row.id, row.about, state=row.status)


def _milestones(reader: Somebody, first: date, last: date, narrowed: Narrowed) -> Iterable[Entry]:
    still_due = sa.and_(Milestone.done_on.is_(None), Milestone.due_on.between(first, last))
    query = (
        sa.select(Milestone.id, Milestone.project_id, Milestone.title, Milestone.state, Project.title)
        .add_columns(Milestone.due_on, Milestone.done_on)
        .join(Project, Milestone.project_id == Project.id)
        .where(
            Milestone.archived_at.is_(None),
            Project.archived_at.is_(None),
            Milestone.state != MilestoneState.CANCELLED,
            sa.or_(Milestone.done_on.between(first, last), still_due),
        )
    )
    if not reader.sees_all:
        query = query.where(Project.id.in_(visible_projects(reader).with_only_columns(Project.id)))
    if narrowed.project:
        query = query.where(Project.id == narrowed.project)
    if narrowed.partnership:
        query = query.where(Project.id.in_(_projects_under(narrowed.partnership)))
    if narrowed.organisation:
        query = query.where(Milestone.responsible_organisation_id == narrowed.organisation)
    for id_, project_id, title, state, project, due_on, done_on in db.session.execute(query):
        day = done_on or due_on
        yield Entry(EntryKind.MILESTONE, day, day, title, id_, project_id, project, state=state)


def _projects_under(partnership_id: int) -> sa.Select[Any]:
    return sa.select(ProjectPartnership.project_id).where(ProjectPartnership.partnership_id == partnership_id)


def _projects_with(organisation_id: int) -> sa.Select[Any]:
    return sa.select(ProjectOrganisation.project_id).where(ProjectOrganisation.organisation_id == organisation_id)


# ---- days off


@dataclass(frozen=True)
class _Side:
    """An organisation whose days off count."""

    id: int
    name: Translated
    country: str
    subdivision: str | None


def _sides(reader: Somebody, narrowed: Narrowed) -> list[_Side]:
    """Return the organisations of the running projects and partnerships that somebody may know of; one query."""
    running = visible_projects(reader).where(Project.archived_at.is_(None), Project.status.not_in(ENDED))
    in_projects = sa.select(ProjectOrganisation.organisation_id).where(
        ProjectOrganisation.project_id.in_(running.with_only_columns(Project.id))
    )
    parties = (
        sa.select(PartnershipParty.organisation_id)
        .join(Partnership, PartnershipParty.partnership_id == Partnership.id)
        .where(Partnership.archived_at.is_(None), Partnership.status == PartnershipStatus.ACTIVE)
    )
    there: sa.ColumnElement[bool] = Organisation.id.in_(in_projects)
    if reader.sees_all:
        there = sa.or_(there, Organisation.id.in_(parties))
    if narrowed.project:
        seen = visible_projects(reader).where(Project.id == narrowed.project).with_only_columns(Project.id)
        of_one = sa.select(ProjectOrganisation.organisation_id).where(ProjectOrganisation.project_id.in_(seen))
        there = Organisation.id.in_(of_one)
    if narrowed.partnership:
        its = sa.select(PartnershipParty.organisation_id).where(PartnershipParty.partnership_id == narrowed.partnership)
        there = sa.and_(there, Organisation.id.in_(its)) if narrowed.project else Organisation.id.in_(its)
    if narrowed.organisation:
        there = sa.and_(there, Organisation.id == narrowed.organisation)
    query = sa.select(Organisation.id, Organisation.name, Organisation.country, Organisation.subdivision).where(
        there, Organisation.archived_at.is_(None)
    )
    return [_Side(*row) for row in db.session.execute(query.order_by(Organisation.id))]


#: Where the days are kept that an organisation entered.
_OFF: Mapping[EntryKind, type[ClosedDay | SchoolHoliday]] = {
    EntryKind.CLOSED: ClosedDay,
    EntryKind.SCHOOL: SchoolHoliday,
}


def _closed(sides: list[_Side], kinds: Iterable[EntryKind], first: date, last: date) -> Iterable[Entry]:
    """Yield what organisations entered of some kinds; one query."""
    by_id = {side.id: side for side in sides}
    parts = [
        sa.select(
            sa.literal(kind.value).label("kind"), row.organisation_id, row.from_on, row.until_on, row.label
        ).where(row.from_on <= last, row.until_on >= first, row.organisation_id.in_(list(by_id)))
        for kind, row in ((kind, _OFF[kind]) for kind in kinds)
    ]
    for kind, organisation_id, from_on, until_on, label in db.session.execute(sa.union_all(*parts)):
        side = by_id[organisation_id]
        yield Entry(EntryKind(kind), from_on, until_on, side.name, None, side.id, label)


def _holidays(sides: list[_Side], office: OfficeSeen, first: date, last: date, *, with_office: bool) -> Iterable[Entry]:
    """Yield each public holiday once for each country that keeps it."""
    places = {(side.country, side.subdivision) for side in sides}
    if with_office:
        places.add((office.country, office.subdivision))
    kept: dict[tuple[date, str, str], None] = {}
    for country, subdivision in sorted(places, key=lambda place: (place[0], place[1] or "")):
        for year in range(first.year, last.year + 1):
            for day, name in public_holidays(country, subdivision, year).items():
                if first <= day <= last:
                    kept.setdefault((day, country, name))
    for day, country, name in kept:
        yield Entry(EntryKind.HOLIDAY, day, day, name, about=country_name(country), language=holidays_spoken(country))
