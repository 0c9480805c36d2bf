"""What projects promised: milestones that are due, or overdue."""

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from tracker.db import Translated, db
from tracker.language import _, ngettext
from tracker.milestones.models import Milestone, MilestoneMove, MilestoneState
from tracker.organisations.models import Organisation
from tracker.people.models import Contact
from tracker.projects.models import Project, ProjectCoordinator
from tracker.reminders.matters import Asked, DefaultRule, Matter, Recipient, Section, Sender, Source, Subject
from tracker.reminders.models import ReminderSubject
from tracker.reminders.queries import ENDED, gathered, is_current, portions
from tracker.reminders.rules import after, before, coordinators_join, reach_ahead, reach_back
from tracker.reminders.wording import due, long_day, moved, title_of, was_due
from tracker.updates.models import StatusUpdate


def _say_due(matter: Matter, recipient: Recipient, _office: Sender, today: date) -> list[str]:
    return [due(matter, recipient, today), *moved(matter)]


def _say_overdue(matter: Matter, recipient: Recipient, _office: Sender, today: date) -> list[str]:
    return [was_due(matter, recipient, today), *moved(matter)]


def _is_due(matter: Matter, today: date) -> str:
    facts = {"title": title_of(matter), "date": long_day(matter.due_on)}
    if matter.due_on == today:
        return _("Reminder: “%(title)s” is due today", **facts)
    return _("Reminder: “%(title)s” is due on %(date)s", **facts)


def _is_overdue(matter: Matter, _today: date) -> str:
    facts = {"title": title_of(matter), "date": long_day(matter.due_on)}
    return _("Overdue: “%(title)s” was due on %(date)s", **facts)


def _several(number: int) -> str:
    return ngettext("Reminder of %(num)s milestone", "Reminder of %(num)s milestones", number)


DUE = Subject(
    word=ReminderSubject.MILESTONE_DUE,
    default=DefaultRule((14, 3, 0)),
    when=before,
    reaching=reach_ahead,
    section=Section.UPCOMING,
    say=_say_due,
    headline=_is_due,
    headlines=_several,
    expires=True,
    gathers=True,
    is_promise=True,
    listed="/milestones/",
)
OVERDUE = Subject(
    word=ReminderSubject.MILESTONE_OVERDUE,
    default=DefaultRule((3,), then_every_days=7, at_most=4),
    when=after,
    reaching=reach_back,
    section=Section.OVERDUE,
    say=_say_overdue,
    headline=_is_overdue,
    headlines=_several,
    joins=coordinators_join,
    is_promise=True,
    listed="/milestones/?which=late",
)


def is_wanted() -> ColumnElement[bool]:
    """Match milestones that somebody may be reminded of."""
    return and_(
        Milestone.state == MilestoneState.OPEN,
        Milestone.archived_at.is_(None),
        Project.archived_at.is_(None),
        Project.reminders_paused.is_(False),
        Project.status.not_in(ENDED),
    )


def _within(asked: Asked) -> list[Matter]:
    condition = and_(is_wanted(), Milestone.due_on <= asked.reach.latest)
    if asked.reach.earliest is not None:
        condition = and_(condition, Milestone.due_on >= asked.reach.earliest)
    if asked.changed_since is not None:
        changed = (Milestone.due_since >= asked.changed_since, Milestone.responsible_since >= asked.changed_since)
        condition = and_(condition, or_(*changed))
    return milestones(condition, asked.today)


def _of(ids: list[str], today: date) -> list[Matter]:
    return [
        matter
        for portion in portions(int(one) for one in ids)
        for matter in milestones(Milestone.id.in_(portion), today)
    ]


def milestones(condition: ColumnElement[bool], today: date) -> list[Matter]:
    """Return the milestones that match, in a number of queries that does not grow with them."""
    chosen = select(Milestone.id).join(Project, Project.id == Milestone.project_id).where(condition)
    rows = db.session.execute(
        select(
            Milestone.id,
            Milestone.title,
            Milestone.project_id,
            Milestone.state,
            Milestone.archived_at,
            Milestone.first_due_on,
            Milestone.due_on,
            Milestone.due_since,
            Milestone.responsible_since,
            Milestone.responsible_person_id,
            Milestone.responsible_organisation_id,
            Project.title.label("project_title"),
            Project.status,
            Project.reminders_paused,
            Project.archived_at.label("project_archived_at"),
        )
        .join(Project, Project.id == Milestone.project_id)
        .where(condition)
        .order_by(Milestone.due_on, Milestone.id)
    ).all()
    if not rows:
        return []
    moves = _by_milestone(select(MilestoneMove.milestone_id, func.count()), MilestoneMove.milestone_id, chosen)
    answers = _by_milestone(
        select(StatusUpdate.milestone_id, func.max(StatusUpdate.at)).where(StatusUpdate.taken_back_at.is_(None)),
        StatusUpdate.milestone_id,
        chosen,
    )
    coordinators = _coordinators(chosen)
    contacts, names = _contacts(chosen, today)
    return [
        Matter(
            key=f"milestone:{row.id}",
            subjects=(DUE, OVERDUE),
            title=row.title,
            project_id=row.project_id,
            project_title=row.project_title,
            due_on=row.due_on,
            path=f"/projects/{row.project_id}",
            since=max(row.due_since, row.responsible_since),
            first_due_on=row.first_due_on,
            moves=moves.get(row.id, 0),
            answered_at=answers.get(row.id),
            responsible_id=row.responsible_person_id,
            contact_ids=contacts.get(row.responsible_organisation_id, ()),
            organisation_name=names.get(row.responsible_organisation_id),
            coordinator_ids=coordinators.get(row.project_id, ()),
            over=_over(row),
        )
        for row in rows
    ]


def _over(row: Any) -> str | None:  # noqa: ANN401 - a row of the query above
    """Return why nobody is reminded any more: the nearest reason first."""
    reasons = {
        "milestone_done": row.state is MilestoneState.DONE,
        "milestone_cancelled": row.state is MilestoneState.CANCELLED,
        "milestone_archived": row.archived_at is not None,
        "project_archived": row.project_archived_at is not None,
        "project_ended": row.status in ENDED,
        "project_paused": row.reminders_paused,
    }
    return next((reason for reason, holds in reasons.items() if holds), None)


def _by_milestone(asked: Any, column: Any, chosen: Select[Any]) -> dict[int, Any]:  # noqa: ANN401 - a query of two columns
    rows = db.session.execute(asked.where(column.in_(chosen)).group_by(column))
    return {milestone_id: value for milestone_id, value in rows if milestone_id is not None}


def _coordinators(chosen: Select[Any]) -> dict[int, tuple[int, ...]]:
    asked = (
        select(ProjectCoordinator.project_id, ProjectCoordinator.person_id)
        .where(ProjectCoordinator.project_id.in_(chosen.with_only_columns(Milestone.project_id)))
        .order_by(ProjectCoordinator.person_id)
    )
    return gathered(db.session.execute(asked))


def _contacts(chosen: Select[Any], today: date) -> tuple[dict[int, tuple[int, ...]], dict[int, Translated]]:
    """Return the contacts of the responsible organisations, the first one first, and the organisations' names."""
    organisations = chosen.with_only_columns(Milestone.responsible_organisation_id).where(
        Milestone.responsible_organisation_id.is_not(None)
    )
    people = (
        select(Contact.organisation_id, Contact.person_id)
        .where(Contact.organisation_id.in_(organisations), is_current(today))
        .order_by(Contact.is_first.desc(), Contact.id)
    )
    names = select(Organisation.id, Organisation.name).where(Organisation.id.in_(organisations))
    return gathered(db.session.execute(people)), {row.id: row.name for row in db.session.execute(names)}


MILESTONES = Source("milestone", (DUE, OVERDUE), _within, _of)
