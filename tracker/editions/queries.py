"""What of an edition the next one could take over, and what came together in all editions of a series."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, joinedload, selectinload
from sqlalchemy.sql.base import ExecutableOption

from tracker.contributions import queries as contributions
from tracker.contributions.models import Contribution
from tracker.contributions.queries import Given, Sum
from tracker.db import PartialDate, db
from tracker.editions.rules import Part, Plan, Settled, like_last_time, onto_workday, shifted, what_goes_on, who_goes_on
from tracker.events.models import Event, EventStatus
from tracker.events.queries import visible_events
from tracker.milestones.models import Milestone, MilestoneState
from tracker.organisations.models import Organisation, OrganisationChange
from tracker.participants.queries import Totals, by_project
from tracker.partnerships.models import Partnership
from tracker.projects.models import Project, Series
from tracker.projects.queries import visible_projects
from tracker.reminders.models import ReminderRule
from tracker.web.access import OfficeSeen, Somebody
from tracker.workdays.rules import Calendar

# ---- what the next one could take over


@dataclass(frozen=True)
class Proposal:
    """A milestone or an event of the last edition, when it would be in the next one, and who would answer for it."""

    row: Milestone | Event
    settled: Settled
    #: Who was responsible or received the guests, and who would be.
    was: Organisation | None
    who: Organisation | None

    @property
    def key(self) -> str:
        """What it is called in a form."""
        return f"{self.row.__tablename__}_{self.row.id}"

    @property
    def before(self) -> PartialDate:
        """When it was."""
        return date_of(self.row)


@dataclass(frozen=True)
class Changed:
    """An organisation or a partnership of the last edition that is none any more, and what stands for it."""

    was: Organisation | Partnership
    now: Organisation | Partnership | None


def date_of(row: Milestone | Event) -> PartialDate:
    """Return when a milestone is due, or an event begins."""
    return PartialDate.of(row.due_on) if isinstance(row, Milestone) else row.begins_on


def editions_of(series_id: int | None) -> Sequence[Project]:
    """Return all editions of a series, whoever may see them."""
    if series_id is None:
        return ()
    return db.session.scalars(sa.select(Project).where(Project.series_id == series_id)).all()


def proposals(plan: Plan, project: Project, office: OfficeSeen, among: Collection[str] = ()) -> list[Proposal]:
    """Return what there is to be looked through, by its old date.

    What somebody has before their eyes stays there, `among` them by its key, even if it was archived meanwhile.
    """
    rows: list[Milestone | Event] = []
    if Part.MILESTONES in plan.parts:
        rows += [one for one in _milestones(project) if _is_left(one) or f"milestone_{one.id}" in among]
    if Part.EVENTS in plan.parts:
        rows += [one for one in _events(project) if _is_left(one) or f"event_{one.id}" in among]
    rows.sort(key=lambda row: (date_of(row).earliest, row.__tablename__, row.id))
    if not rows:
        return []
    began = project.begins or date_of(rows[0])
    return [_proposed(row, plan, began, office) for row in rows]


def _is_left(row: Milestone | Event) -> bool:
    is_cancelled = row.state is MilestoneState.CANCELLED if isinstance(row, Milestone) else row.status is _CANCELLED
    return row.archived_at is None and not is_cancelled


_CANCELLED = EventStatus.CANCELLED


def _proposed(row: Milestone | Event, plan: Plan, began: PartialDate, office: OfficeSeen) -> Proposal:
    day = shifted(date_of(row), began, plan.begins)
    if isinstance(row, Event):
        who = who_goes_on(row.host)
        return Proposal(row, like_last_time(day, row.begins_on, _calendar(who, office)), row.host, who)
    was = row.responsible_organisation
    who = who_goes_on(was) if Part.ORGANISATIONS in plan.parts else None
    return Proposal(row, onto_workday(day, _calendar(who, office)), was, who)


def _calendar(organisation: Organisation | None, office: OfficeSeen) -> Calendar:
    if organisation is None:
        return Calendar(office.country, office.subdivision)
    closed = tuple((one.from_on, one.until_on) for one in organisation.closed_days)
    return Calendar(organisation.country, organisation.subdivision, closed)


def _milestones(project: Project) -> Sequence[Milestone]:
    query = sa.select(Milestone).where(Milestone.project_id == project.id)
    who = joinedload(Milestone.responsible_person)
    return db.session.scalars(query.options(who, *_with_calendar(Milestone.responsible_organisation))).all()


def _events(project: Project) -> Sequence[Event]:
    query = sa.select(Event).where(Event.project_id == project.id)
    more = (joinedload(Event.on_the_spot), joinedload(Event.partnership), selectinload(Event.programme))
    return db.session.scalars(query.options(*more, *_with_calendar(Event.host))).all()


def _with_calendar(
    organisation: InstrumentedAttribute[Organisation | None],
) -> tuple[ExecutableOption, ...]:
    """Load an organisation with its closed days and what became of it."""
    there = joinedload(organisation)
    return (
        there.selectinload(Organisation.closed_days),
        there.selectinload(Organisation.changes).selectinload(OrganisationChange.successors),
    )


def changed(plan: Plan, project: Project) -> list[Changed]:
    """Return what of the last edition is not what it was: organisations that ended, partnerships that are over."""
    found: dict[Organisation | Partnership, Organisation | Partnership | None] = {}
    if Part.ORGANISATIONS in plan.parts:
        found |= {one.organisation: who_goes_on(one.organisation) for one in project.organisations}
    if Part.PARTNERSHIPS in plan.parts:
        found |= {one: what_goes_on(one, plan.ends or plan.begins) for one in project.partnerships}
    return [Changed(was, now) for was, now in found.items() if was is not now]


def rules_of(project: Project) -> Sequence[ReminderRule]:
    """Return the project's own rules."""
    own = (ReminderRule.project_id == project.id, ReminderRule.archived_at.is_(None))
    return db.session.scalars(sa.select(ReminderRule).where(*own).order_by(ReminderRule.id)).all()


# ---- all editions


@dataclass(frozen=True)
class Edition:
    """One time of a project that comes back: who took part from where, where one met, what was given."""

    project: Project
    totals: Totals
    events: Sequence[Event]
    given: Given

    @property
    def places(self) -> list[str]:
        """Where one met, each place once, the first one first."""
        return list(dict.fromkeys(one.place for one in self.events if one.place))


def series(reader: Somebody, series_id: int) -> Series | None:
    """Return a series, if this person may know of a project in it; coordinators know all."""
    query = sa.select(Series).where(Series.id == series_id)
    if not reader.is_coordinator:
        query = query.where(Series.id.in_(visible_projects(reader).with_only_columns(Project.series_id)))
    return db.session.scalar(query)


def editions(reader: Somebody, of: Series) -> list[Edition]:
    """Return the editions somebody may know of, the newest first; four queries, however many there are."""
    here = visible_projects(reader).where(Project.series_id == of.id, Project.archived_at.is_(None))
    projects = db.session.scalars(here.order_by(Project.begins.desc().nulls_last(), Project.id.desc())).all()
    ids = [one.id for one in projects]
    totals, events, given = by_project(ids), _met(reader, ids), _given(reader, ids)
    return [
        Edition(one, totals.get(one.id, NOBODY), events.get(one.id, ()), Given.of(given.get(one.id, ())))
        for one in projects
    ]


NOBODY = Totals((), (), {})


def all_together(them: Iterable[Edition]) -> tuple[Totals, Given]:
    """Return the heads of all editions, and all that was given."""
    them = list(them)
    sums = [one for edition in them for one in edition.given.sums]
    return Totals.together(edition.totals for edition in them), Given.of(sums)


def _met(reader: Somebody, project_ids: Collection[int]) -> dict[int, list[Event]]:
    query = visible_events(reader).where(
        Event.project_id.in_(project_ids), Event.archived_at.is_(None), Event.status != EventStatus.CANCELLED
    )
    found: dict[int, list[Event]] = {}
    for event in db.session.scalars(query.order_by(Event.begins_on, Event.id)):
        found.setdefault(event.project_id or 0, []).append(event)
    return found


def _given(reader: Somebody, project_ids: Collection[int]) -> dict[int, list[Sum]]:
    query = contributions.visible_contributions(reader).where(
        Contribution.project_id.in_(project_ids), Contribution.archived_at.is_(None)
    )
    found: dict[int, list[Sum]] = {}
    for *columns, project_id in db.session.execute(contributions.summed(query, Contribution.project_id)):
        found.setdefault(project_id, []).append(Sum(*columns))
    return found
