"""What the planner needs to know: rules, matters and people, in a number of queries that does not grow with them."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, CompoundSelect, Select, and_, func, or_, select, union

from tracker.db import Translated, db
from tracker.language import LANGUAGES
from tracker.mail.models import Message, MessageKind, MessageState
from tracker.milestones.models import Milestone, MilestoneMove, MilestoneState
from tracker.organisations.models import ClosedDay, Office, Organisation
from tracker.people.models import Contact, MailRhythm, Person
from tracker.projects.models import Project, ProjectCoordinator, ProjectStatus
from tracker.reminders.matters import NOBODY, Matter, Recipient, Rule
from tracker.reminders.models import PlannedDay, Reminder, ReminderRule, ReminderState, ReminderSubject
from tracker.reminders.rules import Reach
from tracker.updates.models import StatusUpdate
from tracker.workdays.rules import Calendar

Key = TypeVar("Key", int, str)
#: Few enough for the parameters of one statement on either database.
PORTION = 500
#: Projects in which nothing is due any more.
ENDED = (ProjectStatus.COMPLETED, ProjectStatus.CANCELLED)


@dataclass(frozen=True)
class Sender:
    """The office, as letters and calendars need it."""

    name: str
    language: str
    zone: str
    calendar: Calendar
    sending_paused: bool

    @property
    def nobody(self) -> Recipient:
        """Who stands where a person is missing, so that the gap can be shown on its day."""
        return Recipient(NOBODY, "", None, None, self.language, self.zone, self.calendar, MailRhythm.DAILY)


def sender() -> Sender:
    """Return the office; before there is one, somebody without a name in UTC."""
    found = db.session.scalar(select(Office))
    if found is None:
        return Sender("", LANGUAGES[1], "UTC", Calendar(""), sending_paused=False)
    calendar = Calendar(found.country, found.subdivision)
    return Sender(found.name, found.language, found.zone, calendar, found.sending_paused)


# ---- rules and days


def rules_that_stand() -> list[Rule]:
    """Return the rules that are not archived, those that are off as well: they stand in for the site's."""
    found = db.session.scalars(select(ReminderRule).where(ReminderRule.archived_at.is_(None)).order_by(ReminderRule.id))
    return [
        Rule(
            rule.id,
            rule.subject,
            rule.project_id,
            tuple(rule.working_days),
            rule.then_every_days,
            rule.at_most,
            rule.active_since,
        )
        for rule in found
    ]


def subjects_with_a_site_rule() -> set[ReminderSubject]:
    """Return what the site has a rule for, on or off."""
    asked = select(ReminderRule.subject).where(ReminderRule.project_id.is_(None), ReminderRule.archived_at.is_(None))
    return set(db.session.scalars(asked))


def zones_in_use() -> list[str]:
    """Return every zone that a recipient may live in."""
    zones: CompoundSelect[Any] = union(
        select(Person.zone).where(Person.zone.is_not(None)),
        select(Organisation.zone).where(Organisation.archived_at.is_(None)),
        select(Office.zone),
    )
    return sorted(zone for zone in db.session.scalars(zones) if zone)


def days_planned(since: date) -> list[PlannedDay]:
    """Return which local dates were planned, from one on."""
    return list(db.session.scalars(select(PlannedDay).where(PlannedDay.local_date >= since).order_by(PlannedDay.id)))


def calendars_in_use(today: date) -> list[Calendar]:
    """Return every calendar that a recipient may have."""
    places: CompoundSelect[Any] = union(
        select(Organisation.country, Organisation.subdivision).where(Organisation.archived_at.is_(None)),
        select(Person.country, Person.subdivision).where(Person.country.is_not(None)),
        select(Office.country, Office.subdivision),
    )
    plain = [Calendar(country, subdivision) for country, subdivision in db.session.execute(places)]
    own = select(Organisation.country, Organisation.subdivision, ClosedDay.organisation_id).join(
        ClosedDay, ClosedDay.organisation_id == Organisation.id
    )
    closing = db.session.execute(own.where(ClosedDay.until_on >= today - timedelta(days=400)).distinct()).all()
    closed = _closed_days({organisation_id for _country, _subdivision, organisation_id in closing}, today)
    return [*plain, *(Calendar(country, part, closed[one]) for country, part, one in closing)] or [Calendar("")]


# ---- matters


def is_wanted() -> ColumnElement[bool]:
    """Match milestones that somebody may be reminded of."""
    return and_(
        Milestone.state == MilestoneState.OPEN,
        Milestone.archived_at.is_(None),
        Project.archived_at.is_(None),
        Project.reminders_paused.is_(False),
        Project.status.not_in(ENDED),
    )


def matters_within(within: Reach, today: date, *, changed_since: datetime | None = None) -> list[Matter]:
    """Return what is open and due between two dates; perhaps only what got its date or its person since."""
    condition = and_(is_wanted(), Milestone.due_on <= within.latest)
    if within.earliest is not None:
        condition = and_(condition, Milestone.due_on >= within.earliest)
    if changed_since is not None:
        condition = and_(
            condition, or_(Milestone.due_since >= changed_since, Milestone.responsible_since >= changed_since)
        )
    return _milestones(condition, today)


def matters_of(keys: Collection[str], today: date) -> dict[str, Matter]:
    """Return matters by their keys, also those that are over."""
    found: dict[str, Matter] = {}
    for portion in _portions(int(key.partition(":")[2]) for key in keys):
        found |= {matter.key: matter for matter in _milestones(Milestone.id.in_(portion), today)}
    return found


def _milestones(condition: ColumnElement[bool], today: date) -> list[Matter]:
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
        select(StatusUpdate.milestone_id, func.max(StatusUpdate.at)), StatusUpdate.milestone_id, chosen
    )
    coordinators = _coordinators(chosen)
    contacts, names = _contacts(chosen, today)
    return [
        Matter(
            key=f"milestone:{row.id}",
            subjects=(ReminderSubject.MILESTONE_DUE, ReminderSubject.MILESTONE_OVERDUE),
            title=row.title,
            project_id=row.project_id,
            project_title=row.project_title,
            due_on=row.due_on,
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
    return _gathered(db.session.execute(asked))


def _contacts(chosen: Select[Any], today: date) -> tuple[dict[int, tuple[int, ...]], dict[int, Translated]]:
    """Return the contacts of the responsible organisations, the first one first, and the organisations' names."""
    organisations = chosen.with_only_columns(Milestone.responsible_organisation_id).where(
        Milestone.responsible_organisation_id.is_not(None)
    )
    people = (
        select(Contact.organisation_id, Contact.person_id)
        .where(Contact.organisation_id.in_(organisations), _is_current(today))
        .order_by(Contact.is_first.desc(), Contact.id)
    )
    names = select(Organisation.id, Organisation.name).where(Organisation.id.in_(organisations))
    return _gathered(db.session.execute(people)), {row.id: row.name for row in db.session.execute(names)}


# ---- people


def recipients(person_ids: Iterable[int], today: date, office: Sender) -> dict[int, Recipient]:
    """Return persons with zone and calendar: their own, else those of where they work, else the office's."""
    found: dict[int, Recipient] = {}
    for portion in _portions(person_ids):
        rows = db.session.execute(
            select(
                Person.id,
                Person.name,
                Person.form_of_address,
                Person.email,
                Person.language,
                Person.zone,
                Person.country,
                Person.subdivision,
                Person.mail_rhythm,
                Person.locked_at,
                Person.archived_at,
            ).where(Person.id.in_(portion))
        ).all()
        places = _workplaces(portion, today)
        closed = _closed_days({place.id for place in places.values()}, today)
        for row in rows:
            place = places.get(row.id)
            found[row.id] = Recipient(
                person_id=row.id,
                name=row.name,
                form_of_address=row.form_of_address,
                address=row.email,
                language=row.language,
                zone=row.zone or (place.zone if place else office.zone),
                calendar=_calendar(row, place, closed, office),
                rhythm=row.mail_rhythm,
                locked=row.locked_at is not None,
                archived=row.archived_at is not None,
            )
    return found


def _calendar(person: Any, place: Any, closed: Mapping[int, tuple[tuple[date, date], ...]], office: Sender) -> Calendar:  # noqa: ANN401 - rows of queries
    country, subdivision = office.calendar.country, office.calendar.subdivision
    if place:
        country, subdivision = place.country, place.subdivision
    if person.country and (person.country != country or person.subdivision):
        country, subdivision = person.country, person.subdivision
    return Calendar(country, subdivision, closed[place.id] if place else office.calendar.closed)


def _workplaces(person_ids: Collection[int], today: date) -> dict[int, Any]:
    """Return where persons work now: where they are first contact, else where they came first."""
    asked = (
        select(Contact.person_id, Organisation.id, Organisation.zone, Organisation.country, Organisation.subdivision)
        .join(Organisation, Organisation.id == Contact.organisation_id)
        .where(Contact.person_id.in_(person_ids), _is_current(today), Organisation.archived_at.is_(None))
        .order_by(Contact.is_first.desc(), Contact.id)
    )
    found: dict[int, Any] = {}
    for row in db.session.execute(asked):
        found.setdefault(row.person_id, row)
    return found


def _closed_days(organisation_ids: Collection[int], today: date) -> Mapping[int, tuple[tuple[date, date], ...]]:
    found: dict[int, tuple[tuple[date, date], ...]] = defaultdict(tuple)
    for portion in _portions(organisation_ids):
        asked = (
            select(ClosedDay.organisation_id, ClosedDay.from_on, ClosedDay.until_on)
            .where(ClosedDay.organisation_id.in_(portion), ClosedDay.until_on >= today - timedelta(days=400))
            .order_by(ClosedDay.from_on, ClosedDay.id)
        )
        for organisation_id, first, last in db.session.execute(asked):
            found[organisation_id] = (*found[organisation_id], (first, last))
    return found


def _is_current(today: date) -> ColumnElement[bool]:
    return and_(
        Contact.archived_at.is_(None),
        or_(Contact.from_on.is_(None), Contact.from_on <= today),
        or_(Contact.until_on.is_(None), Contact.until_on >= today),
    )


# ---- what was planned


def waiting_for_a_letter(until: date) -> list[Reminder]:
    """Return planned reminders that no letter holds yet, up to a local date."""
    asked = select(Reminder).where(
        Reminder.state == ReminderState.PLANNED, Reminder.message_id.is_(None), Reminder.local_date <= until
    )
    return list(db.session.scalars(asked.order_by(Reminder.due_on, Reminder.id)))


def of_letters(message_ids: Collection[int]) -> dict[int, list[Reminder]]:
    """Return the reminders that each letter was written of, those that were left out since as well."""
    found: dict[int, list[Reminder]] = {message_id: [] for message_id in message_ids}
    for portion in _portions(message_ids):
        asked = select(Reminder).where(Reminder.message_id.in_(portion)).order_by(Reminder.due_on, Reminder.id)
        for reminder in db.session.scalars(asked):
            if reminder.message_id is not None:
                found[reminder.message_id].append(reminder)
    return found


def in_cancelled_letters(since: datetime) -> list[tuple[Reminder, Message]]:
    """Return the reminders whose letter, due since an instant, was cancelled, and that do not know it yet."""
    asked = (
        select(Reminder, Message)
        .join(Message, Message.id == Reminder.message_id)
        .where(
            Message.state == MessageState.CANCELLED,
            Message.send_at >= since,
            Reminder.state == ReminderState.IN_LETTER,
        )
        .order_by(Reminder.id)
    )
    return [(reminder, message) for reminder, message in db.session.execute(asked)]


def letters_about_to_leave(until: datetime) -> list[Message]:
    """Return the letters whose turn comes before an instant."""
    asked = select(Message).where(
        Message.kind == MessageKind.LETTER, Message.state == MessageState.QUEUED, Message.send_at <= until
    )
    return list(db.session.scalars(asked.order_by(Message.id)))


def letters_written(keys: Collection[str]) -> set[str]:
    """Return which of these letters there are."""
    found: set[str] = set()
    for portion in _portions(keys):
        found.update(db.session.scalars(select(Message.key).where(Message.key.in_(portion))))
    return found


def reminders_since(first: date) -> list[Reminder]:
    """Return what was planned, skipped or sent for a local date from one on."""
    asked = select(Reminder).where(Reminder.local_date >= first).order_by(Reminder.local_date, Reminder.id)
    return list(db.session.scalars(asked))


def _portions(values: Iterable[Key]) -> list[list[Key]]:
    ordered = sorted(set(values))
    return [ordered[first : first + PORTION] for first in range(0, len(ordered), PORTION)]


def _gathered(pairs: Iterable[Any]) -> dict[int, tuple[int, ...]]:
    found: dict[int, tuple[int, ...]] = {}
    for key, value in pairs:
        if value not in found.get(key, ()):
            found[key] = (*found.get(key, ()), value)
    return found
