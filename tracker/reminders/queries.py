"""What the planner needs to know: rules, matters and people, in a number of queries that does not grow with them."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, CompoundSelect, and_, or_, select, union

from tracker.accounts.queries import who_left
from tracker.db import db
from tracker.language import LANGUAGES
from tracker.mail.models import Message, MessageState
from tracker.organisations.models import ClosedDay, Office, Organisation
from tracker.people.models import Contact, MailStop, Person
from tracker.people.whereabouts import settled
from tracker.projects.models import ProjectCoordinator, ProjectStatus
from tracker.reminders.matters import Recipient, Rule, Sender
from tracker.reminders.models import PlannedDay, Reminder, ReminderRule, ReminderState, ReminderSubject
from tracker.workdays.rules import Calendar

Key = TypeVar("Key", int, str)
#: Few enough for the parameters of one statement on either database.
PORTION = 500
#: Projects in which nothing is due any more.
ENDED = (ProjectStatus.COMPLETED, ProjectStatus.CANCELLED)


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
            tuple(rule.steps),
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


# ---- people


def recipients(person_ids: Iterable[int], today: date, office: Sender) -> dict[int, Recipient]:
    """Return persons with zone and calendar: their own, else those of where they work, else the office's."""
    found: dict[int, Recipient] = {}
    for portion in portions(person_ids):
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
                Person.paused_until,
                Person.address_refused_at,
                Person.locked_at,
                Person.archived_at,
            ).where(Person.id.in_(portion))
        ).all()
        stopped = _stopped(portion)
        places, left = _workplaces(portion, today), who_left(portion, today)
        closed = _closed_days({place.id for place in places.values()}, today)
        for row in rows:
            place = places.get(row.id)
            there = settled(row, place, closed[place.id] if place else (), office.there, away_until=row.paused_until)
            found[row.id] = Recipient(
                person_id=row.id,
                name=row.name,
                form_of_address=row.form_of_address,
                address=row.email,
                language=row.language,
                zone=there.zone,
                calendar=there.calendar,
                rhythm=row.mail_rhythm,
                refused=row.address_refused_at is not None,
                paused_until=row.paused_until,
                stopped=stopped.get(row.id, frozenset()),
                locked=row.locked_at is not None,
                archived=row.archived_at is not None,
                left=row.id in left,
            )
    return found


def _stopped(person_ids: Collection[int]) -> dict[int, frozenset[str]]:
    """Return which kinds of mail persons do not want."""
    rows = db.session.execute(select(MailStop.person_id, MailStop.kind).where(MailStop.person_id.in_(person_ids)))
    found: dict[int, frozenset[str]] = {}
    for person_id, kind in rows:
        found[person_id] = found.get(person_id, frozenset()) | {kind}
    return found


def _workplaces(person_ids: Collection[int], today: date) -> dict[int, Any]:
    """Return where persons work now: where they are first contact, else where they came first."""
    asked = (
        select(Contact.person_id, Organisation.id, Organisation.zone, Organisation.country, Organisation.subdivision)
        .join(Organisation, Organisation.id == Contact.organisation_id)
        .where(Contact.person_id.in_(person_ids), is_current(today), Organisation.archived_at.is_(None))
        .order_by(Contact.is_first.desc(), Contact.id)
    )
    found: dict[int, Any] = {}
    for row in db.session.execute(asked):
        found.setdefault(row.person_id, row)
    return found


def _closed_days(organisation_ids: Collection[int], today: date) -> Mapping[int, tuple[tuple[date, date], ...]]:
    found: dict[int, tuple[tuple[date, date], ...]] = defaultdict(tuple)
    for portion in portions(organisation_ids):
        asked = (
            select(ClosedDay.organisation_id, ClosedDay.from_on, ClosedDay.until_on)
            .where(ClosedDay.organisation_id.in_(portion), ClosedDay.until_on >= today - timedelta(days=400))
            .order_by(ClosedDay.from_on, ClosedDay.id)
        )
        for organisation_id, first, last in db.session.execute(asked):
            found[organisation_id] = (*found[organisation_id], (first, last))
    return found


def is_current(today: date) -> ColumnElement[bool]:
    """Match functions that somebody has on a day."""
    return and_(
        Contact.archived_at.is_(None),
        or_(Contact.from_on.is_(None), Contact.from_on <= today),
        or_(Contact.until_on.is_(None), Contact.until_on >= today),
    )


def coordinators_of(project_ids: Iterable[int]) -> dict[int, tuple[int, ...]]:
    """Return project id to those who coordinate it."""
    found: dict[int, tuple[int, ...]] = {}
    for portion in portions(project_ids):
        asked = select(ProjectCoordinator.project_id, ProjectCoordinator.person_id)
        asked = asked.where(ProjectCoordinator.project_id.in_(portion)).order_by(ProjectCoordinator.person_id)
        found |= gathered(db.session.execute(asked))
    return found


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
    for portion in portions(message_ids):
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


def letters_written(keys: Collection[str]) -> set[str]:
    """Return which of these letters there are."""
    found: set[str] = set()
    for portion in portions(keys):
        found.update(db.session.scalars(select(Message.key).where(Message.key.in_(portion))))
    return found


def reminders_since(first: date) -> list[Reminder]:
    """Return what was planned, skipped or sent for a local date from one on."""
    asked = select(Reminder).where(Reminder.local_date >= first).order_by(Reminder.local_date, Reminder.id)
    return list(db.session.scalars(asked))


def portions(values: Iterable[Key]) -> list[list[Key]]:
    """Return values in lists that one statement can take."""
    ordered = sorted(set(values))
    return [ordered[first : first + PORTION] for first in range(0, len(ordered), PORTION)]


def gathered(pairs: Iterable[Any]) -> dict[int, tuple[int, ...]]:
    """Return keys to all their values, in order."""
    found: dict[int, tuple[int, ...]] = {}
    for key, value in pairs:
        if value not in found.get(key, ()):
            found[key] = (*found.get(key, ()), value)
    return found
