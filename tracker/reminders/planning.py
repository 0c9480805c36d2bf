"""Which local days have come, and the reminders that they bring."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import CursorResult, Executable, delete, or_, update

from tracker.db import db, insert_new
from tracker.reminders import queries
from tracker.reminders.matters import Expected, Matter, Rule, Sender
from tracker.reminders.models import PlannedDay, Reminder, ReminderState
from tracker.reminders.rules import CATCH_UP, DAY, LOOK_BACK, expected, too_late
from tracker.reminders.subjects import matters_within
from tracker.workdays.rules import local_day

#: A change may be committed a while after the moment it names.
OVERLAP = timedelta(minutes=15)


@dataclass
class Days:
    """Which local dates of a zone this turn plans."""

    today: date
    #: Planned in full, today among them, and those of a standstill.
    whole: set[date] = field(default_factory=set)
    #: Since when changes count, where today was planned before.
    changed_since: datetime | None = None


@dataclass(frozen=True)
class Plan:
    """What planning looks at: read once a turn."""

    now: datetime
    office: Sender
    rules: list[Rule]
    zones: Mapping[str, Days]


def days_to_plan(now: datetime, rules: Iterable[Rule]) -> dict[str, Days]:
    """Claim the local dates that nobody planned yet."""
    zones = {zone: Days(local_day(now, zone)) for zone in queries.zones_in_use()}
    if not zones:
        return {}
    switched_on = max((rule.active_since for rule in rules if rule.active_since), default=now)
    planned = {
        (row.zone, row.local_date): row for row in queries.days_planned(min(days.today for days in zones.values()))
    }
    ahead = {key for key, row in planned.items() if _is_ahead(row, zones, now)}
    _forget([planned.pop(key) for key in sorted(ahead)])
    fresh = []
    for zone, days in sorted(zones.items()):
        row = planned.get((zone, days.today))
        if row is None:
            if _claim(zone, days.today, now):
                days.whole.add(days.today)
                fresh.append(zone)
        elif switched_on > row.at and switched_on <= now:
            # A rule came in during the day: the whole day is looked at once more.
            if is_changed(update(PlannedDay).where(PlannedDay.id == row.id, PlannedDay.at == row.at).values(at=now)):
                days.whole.add(days.today)
        else:
            days.changed_since = min(row.at, now) - OVERLAP
    if fresh:
        _claim_missing_days(zones, fresh, now)
    return zones


def _claim(zone: str, day: date, now: datetime) -> bool:
    return insert_new(PlannedDay, {"zone": zone, "local_date": day, "at": now})


def _is_ahead(row: PlannedDay, zones: Mapping[str, Days], now: datetime) -> bool:
    """Whether a clock that ran ahead claimed a day: it is still to come, or was claimed later than now."""
    return (row.zone in zones and row.local_date > zones[row.zone].today) or row.at > now + OVERLAP


def _forget(rows: list[PlannedDay]) -> None:
    if rows:
        db.session.execute(delete(PlannedDay).where(PlannedDay.id.in_([row.id for row in rows])))


def _claim_missing_days(zones: Mapping[str, Days], fresh: Iterable[str], now: datetime) -> None:
    """Claim the days of a standstill: those between planned ones; for a new zone, those missing everywhere."""
    planned: dict[str, set[date]] = defaultdict(set)
    first = min(zones[zone].today for zone in fresh) - LOOK_BACK
    for row in queries.days_planned(first):
        planned[row.zone].add(row.local_date)
    everywhere = set().union(*planned.values())
    for zone in fresh:
        today = zones[zone].today
        known = planned[zone] - {today} or everywhere
        day = min(known, default=today)
        while day < today:
            if day not in known and _claim(zone, day, now):
                zones[zone].whole.add(day)
            day += DAY


def expected_now(plan: Plan) -> list[Expected]:
    """Return what is to be said in this turn, in one order everywhere, so that no two wait for each other."""
    whole = sorted(day for days in plan.zones.values() for day in days.whole)
    changes = [days.changed_since for days in plan.zones.values() if days.changed_since]
    if not whole and not changes:
        return []
    todays = [days.today for days in plan.zones.values()]
    today = max(todays)
    calendars, first = queries.calendars_in_use(today), min([*whole, *todays])
    found: dict[str, Matter] = {}
    if changes:
        changed = matters_within(plan.rules, calendars, first, today, today, changed_since=min(changes))
        found = {matter.key: matter for matter in changed}
    if whole:
        found |= {matter.key: matter for matter in matters_within(plan.rules, calendars, first, today, today)}
    people = queries.recipients({one for matter in found.values() for one in matter.people_ids}, today, plan.office)
    wanted = [
        one
        for matter in found.values()
        for one in expected(plan.rules, matter, people, until=today)
        if _is_its_turn(one, plan.zones.get(one.recipient.zone))
    ]
    return sorted(wanted, key=lambda one: one.key)


def _is_its_turn(one: Expected, days: Days | None) -> bool:
    if days is None:
        return False
    day = one.occurrence.local_date
    is_change = days.changed_since is not None and one.matter.since >= days.changed_since
    return day in days.whole or (is_change and day == days.today)


def insert(one: Expected, plan: Plan) -> bool:
    """Write a reminder where there is none, or where one came to nothing since date or clock were wrong."""
    occurrence, today = one.occurrence, plan.zones[one.recipient.zone].today
    state, reason = occurrence.state, occurrence.reason
    facts: Mapping[str, Any] | None = occurrence.facts or None
    if state is ReminderState.PLANNED and occurrence.local_date < today - CATCH_UP:
        state, reason = ReminderState.MISSED, "too_old"
    elif state is ReminderState.PLANNED and too_late(one.subject, one.due_on, today):
        state, reason = ReminderState.MISSED, "date_passed"
        facts = {"due_on": one.due_on.isoformat()}
    values = {
        "rule_id": one.rule.id,
        "subject": one.matter.key,
        "person_id": one.recipient.person_id,
        "local_date": occurrence.local_date,
        "step": occurrence.step,
        "due_on": one.due_on,
        "state": state,
        "reason": reason,
        "reason_facts": dict(facts) if facts else None,
        "created_at": plan.now,
    }
    if insert_new(Reminder, values):
        return True
    given_up = update(Reminder).where(
        Reminder.rule_id == one.rule.id,
        Reminder.subject == one.matter.key,
        Reminder.person_id == one.recipient.person_id,
        Reminder.local_date == occurrence.local_date,
        Reminder.state.in_((ReminderState.SKIPPED, ReminderState.MISSED, ReminderState.CANCELLED)),
        or_(Reminder.due_on != one.due_on, Reminder.created_at > plan.now + OVERLAP),
    )
    return is_changed(given_up.values(**values, message_id=None).execution_options(synchronize_session=False))


def is_changed(statement: Executable) -> bool:
    """Make a change that its condition may refuse, and say whether it was made."""
    result = db.session.execute(statement)
    return isinstance(result, CursorResult) and result.rowcount == 1
