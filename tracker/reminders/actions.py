"""Planning what is to be said, and looking again before a letter leaves."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import CursorResult, Executable, delete, or_, update

from tracker.db import Translated, db, insert_new
from tracker.mail.models import Message, MessageKind
from tracker.mail.outbox import enqueue
from tracker.mail.rules import Cancel, Decision, Recompose, Send, WaitUntil
from tracker.reminders import queries
from tracker.reminders.mails import compose, day_of_letter, letter_key
from tracker.reminders.models import PlannedDay, Reminder, ReminderRule, ReminderState, ReminderSubject
from tracker.reminders.rules import (
    CATCH_UP,
    DAY,
    DEFAULT_RULES,
    ESCALATES,
    LOOK_BACK,
    Expected,
    Look,
    Matter,
    Planned,
    Recipient,
    Rule,
    Topic,
    Unwanted,
    Why,
    expected,
    reach,
    too_late,
)
from tracker.workdays.rules import instant_of, is_workday, local_day, next_sending_moment

#: A change may be committed a while after the moment it names.
OVERLAP = timedelta(minutes=15)
#: A letter waits so long before it looks again whether the office still has all sending paused.
PAUSED_FOR = timedelta(minutes=15)
#: Letters that leave within this time are looked through once more before.
ABOUT_TO_LEAVE = timedelta(minutes=2)
#: An overdue letter is of use until the next one of its chain.
OVERDUE_USEFUL = timedelta(days=6)


def ensure_site_rules(now: datetime) -> int:
    """Make the default rules where no rule of the site has their subject; return how many were made.

    They are on from now and mail nothing that lay before.
    """
    made = 0
    for subject in sorted(set(DEFAULT_RULES) - queries.subjects_with_a_site_rule()):
        default = DEFAULT_RULES[subject]
        values = {
            "subject": subject,
            "working_days": list(default.working_days),
            "then_every_days": default.then_every_days,
            "at_most": default.at_most,
            "active_since": now,
            "created_at": now,
        }
        made += _changed(insert_new(ReminderRule, values))
    return made


# ---- planning


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
    office: queries.Sender
    rules: list[Rule]
    zones: Mapping[str, Days]


def plan_reminders(now: datetime, *, public_url: str) -> int:
    """Plan the local days that have come, and write their letters; return how many reminders were made.

    Safe to run twice, late, or on two machines: a day of a zone, a reminder and a letter each have a unique key, and a
    reminder is written into a letter by whoever gets its row.
    """
    ensure_site_rules(now)
    _keep_books(now)
    rules = queries.rules_that_stand()
    plan = Plan(now, queries.sender(), rules, _days_to_plan(now, rules))
    found = _expected(plan)
    made = [one for one in found if _insert(one, plan)]
    if made or any(days.whole for days in plan.zones.values()):
        _write_letters(plan, public_url, {one.recipient.person_id for one in made})
        db.session.flush()
    return len(made)


def _days_to_plan(now: datetime, rules: Iterable[Rule]) -> dict[str, Days]:
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
            if _changed(update(PlannedDay).where(PlannedDay.id == row.id, PlannedDay.at == row.at).values(at=now)):
                days.whole.add(days.today)
        else:
            days.changed_since = min(row.at, now) - OVERLAP
    if fresh:
        _claim_missing_days(zones, fresh, now)
    return zones


def _claim(zone: str, day: date, now: datetime) -> bool:
    return _changed(insert_new(PlannedDay, {"zone": zone, "local_date": day, "at": now}))


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


def _expected(plan: Plan) -> list[Expected]:
    """Return what is to be said in this turn, in one order everywhere, so that no two wait for each other."""
    whole = sorted(day for days in plan.zones.values() for day in days.whole)
    changes = [days.changed_since for days in plan.zones.values() if days.changed_since]
    if not whole and not changes:
        return []
    todays = [days.today for days in plan.zones.values()]
    today = max(todays)
    within = reach(plan.rules, queries.calendars_in_use(today), min([*whole, *todays]), today)
    found: dict[str, Matter] = {}
    if changes:
        changed = queries.matters_within(within, today, changed_since=min(changes))
        found = {matter.key: matter for matter in changed}
    if whole:
        found |= {matter.key: matter for matter in queries.matters_within(within, today)}
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


def _insert(one: Expected, plan: Plan) -> bool:
    """Write a reminder where there is none, or where one came to nothing since date or clock were wrong."""
    occurrence, today = one.occurrence, plan.zones[one.recipient.zone].today
    state, reason = occurrence.state, occurrence.reason
    facts: Mapping[str, Any] | None = occurrence.facts or None
    if state is ReminderState.PLANNED and occurrence.local_date < today - CATCH_UP:
        state, reason = ReminderState.MISSED, "too_old"
    elif state is ReminderState.PLANNED and too_late(one.rule.subject, one.matter.due_on, today):
        state, reason = ReminderState.MISSED, "date_passed"
        facts = {"due_on": one.matter.due_on.isoformat()}
    values = {
        "rule_id": one.rule.id,
        "subject": one.matter.key,
        "person_id": one.recipient.person_id,
        "local_date": occurrence.local_date,
        "step": occurrence.step,
        "due_on": one.matter.due_on,
        "state": state,
        "reason": reason,
        "reason_facts": dict(facts) if facts else None,
        "created_at": plan.now,
    }
    if _changed(insert_new(Reminder, values)):
        return True
    given_up = update(Reminder).where(
        Reminder.rule_id == one.rule.id,
        Reminder.subject == one.matter.key,
        Reminder.person_id == one.recipient.person_id,
        Reminder.local_date == occurrence.local_date,
        Reminder.state.in_((ReminderState.SKIPPED, ReminderState.MISSED, ReminderState.CANCELLED)),
        or_(Reminder.due_on != one.matter.due_on, Reminder.created_at > plan.now + OVERLAP),
    )
    return _changed(given_up.values(**values, message_id=None).execution_options(synchronize_session=False))


# ---- letters


def _write_letters(plan: Plan, public_url: str, touched: Collection[int]) -> None:
    """Write the letter of each person whose day has come and who has reminders that no letter holds yet."""
    last = max(days.today for days in plan.zones.values())
    waiting: dict[int, list[Reminder]] = defaultdict(list)
    for reminder in queries.waiting_for_a_letter(last):
        waiting[reminder.person_id].append(reminder)
    if not waiting:
        return
    look = _look(plan, {one.subject for mine in waiting.values() for one in mine}, set(waiting), last)
    keys: dict[int, str] = {}
    for person_id in waiting:
        days = plan.zones.get(look.people[person_id].zone)
        if days and (days.today in days.whole or person_id in touched):
            keys[person_id] = letter_key(person_id, days.today)
    written = queries.letters_written(keys.values())
    for person_id, key in sorted(keys.items()):
        recipient = look.people[person_id]
        today = plan.zones[recipient.zone].today
        mine = [one for one in waiting[person_id] if one.local_date <= today]
        if key in written:
            _leave_for_the_next_letter(mine, look, today)
        elif is_workday(today, recipient.calendar):
            _write_letter(recipient, mine, look, plan, public_url)


def _look(plan: Plan, subjects: Collection[str], person_ids: set[int], day: date) -> Look:
    matters = queries.matters_of(subjects, day)
    everybody = person_ids | {one for matter in matters.values() for one in matter.people_ids}
    return Look.now(plan.rules, matters, queries.recipients(everybody, day, plan.office), day)


def _leave_for_the_next_letter(mine: Iterable[Reminder], look: Look, today: date) -> None:
    for reminder in mine:
        if too_late(look.rules[reminder.rule_id].subject, reminder.due_on, today + DAY):
            _settle(reminder, ReminderState.SKIPPED, "letter_written")


def _write_letter(recipient: Recipient, mine: Iterable[Reminder], look: Look, plan: Plan, public_url: str) -> None:
    today = plan.zones[recipient.zone].today
    send_at = max(recipient.moment(today), next_sending_moment(plan.now, recipient.zone, recipient.calendar))
    if local_day(send_at, recipient.zone) != today:
        # Too late for today: the next letter takes it, if it still makes sense then.
        return
    topics: dict[int, Topic] = {}
    for reminder in mine:
        verdict = look.at(_planned(reminder), today)
        if isinstance(verdict, Topic):
            topics[reminder.id] = verdict
        else:
            is_missed = verdict.reason == "date_passed"
            state = ReminderState.MISSED if is_missed else ReminderState.CANCELLED
            _settle(reminder, state, verdict.reason, verdict.facts)
    if not topics or recipient.address is None:
        return
    reply_to = look.reply_to(topics.values(), recipient)
    letter = compose(recipient, topics.values(), plan.office, today=today, public_url=public_url, reply_to=reply_to)
    # Their rows come first: the letter names none that is not there.
    db.session.flush()
    message = enqueue(
        key=letter_key(recipient.person_id, today),
        kind=MessageKind.LETTER,
        person_id=recipient.person_id,
        address=recipient.address,
        language=recipient.language,
        zone=recipient.zone,
        subject=letter.subject,
        text=letter.text,
        html=letter.html,
        now=plan.now,
        send_at=send_at,
        useful_until=_useful_until(topics.values(), recipient, today),
        reply_to=reply_to,
    )
    if message.text != letter.text:
        # Somebody else wrote it at the same moment, from what they saw: the next letter takes what is missing.
        return
    db.session.execute(
        update(Reminder)
        .where(Reminder.id.in_(topics), Reminder.message_id.is_(None))
        .values(message_id=message.id, state=ReminderState.IN_LETTER)
    )


def _useful_until(topics: Iterable[Topic], recipient: Recipient, today: date) -> datetime:
    """Return the end of the last day on which one of its words still makes sense."""
    days = [today + OVERDUE_USEFUL if topic.subject in ESCALATES else topic.matter.due_on for topic in topics]
    return instant_of(max(days) + DAY, time(0), recipient.zone)


def _settle(
    reminder: Reminder, state: ReminderState, reason: str | None, facts: Mapping[str, Any] | None = None
) -> None:
    reminder.state, reminder.reason = state, reason
    reminder.reason_facts = dict(facts) if facts else None


def _planned(row: Reminder) -> Planned:
    return Planned(row.rule_id, row.subject, row.person_id, row.local_date, row.due_on)


# ---- looking again


@dataclass(frozen=True)
class Review:
    """A letter whose turn has come, as things stand now."""

    recipient: Recipient
    today: date
    office: queries.Sender
    #: The reminders it holds, and what is to be said of each.
    verdicts: list[tuple[Reminder, Topic | Unwanted]]

    @property
    def topics(self) -> list[Topic]:
        """What is still to be said."""
        return [verdict for _reminder, verdict in self.verdicts if isinstance(verdict, Topic)]

    @property
    def unwanted(self) -> list[Unwanted]:
        """What is not, and why."""
        return [verdict for _reminder, verdict in self.verdicts if isinstance(verdict, Unwanted)]


def reconsider(message: Message, now: datetime, *, public_url: str) -> Decision:
    """Say what is to become of a message whose turn has come; only letters of reminders are looked at.

    What is no longer wanted is left out, or cancelled with its reason. Changes nothing: `plan_reminders` writes into
    the reminders what became of their letters.
    """
    if message.kind is not MessageKind.LETTER:
        return Send()
    review = _reviews([message], now)[message.id]
    recipient = review.recipient
    if not review.topics:
        unwanted = review.unwanted[0] if review.unwanted else Unwanted("responsible_changed")
        return Cancel(unwanted.reason, unwanted.facts)
    if recipient.address != message.address:
        return Cancel("address_changed")
    if review.office.sending_paused:
        return WaitUntil(now + PAUSED_FOR, "office_paused")
    moment = next_sending_moment(now, recipient.zone, recipient.calendar)
    if moment > now:
        return WaitUntil(moment, "outside_hours")
    return _in_words_of_today(message, review, public_url)


def _reviews(messages: Iterable[Message], now: datetime) -> dict[int, Review]:
    """Look again at letters, in a number of queries that does not grow with them."""
    found = {message.id: message for message in messages}
    if not found:
        return {}
    plan = Plan(now, queries.sender(), queries.rules_that_stand(), {})
    reminders = queries.of_letters(found)
    day = max(local_day(now, message.zone) for message in found.values())
    subjects = {one.subject for mine in reminders.values() for one in mine}
    look = _look(plan, subjects, {message.person_id for message in found.values()}, day)
    reviews = {}
    for message_id, message in found.items():
        recipient = look.people[message.person_id]
        today = local_day(now, recipient.zone)
        verdicts = [(reminder, _verdict(reminder, look, today)) for reminder in reminders[message_id]]
        reviews[message_id] = Review(recipient, today, plan.office, verdicts)
    return reviews


def _verdict(reminder: Reminder, look: Look, today: date) -> Topic | Unwanted:
    if reminder.state is ReminderState.IN_LETTER:
        return look.at(_planned(reminder), today)
    return Unwanted(reminder.reason or "rule_off", reminder.reason_facts or {})


def _in_words_of_today(message: Message, review: Review, public_url: str) -> Decision:
    """Return the letter as it is if it still says how things stand, else a new one; bytes that may have left stay."""
    as_planned = all(
        isinstance(verdict, Topic) and verdict.matter.due_on == reminder.due_on for reminder, verdict in review.verdicts
    )
    if message.frozen is not None or (as_planned and review.today == day_of_letter(message.key)):
        return Send()
    letter = compose(
        review.recipient,
        review.topics,
        review.office,
        today=review.today,
        public_url=public_url,
        reply_to=message.reply_to,
    )
    return Recompose(letter.subject, letter.text, letter.html)


def _keep_books(now: datetime) -> None:
    """Write into the reminders what became of their letters, and what the letters that leave now leave out."""
    for reminder, message in queries.in_cancelled_letters(now - CATCH_UP):
        if message.reason == "address_changed":
            reminder.message_id = None
            _settle(reminder, ReminderState.PLANNED, None)
        else:
            _settle(reminder, ReminderState.CANCELLED, message.reason, message.reason_facts)
    for review in _reviews(queries.letters_about_to_leave(now + ABOUT_TO_LEAVE), now).values():
        # One that nothing is left of is cancelled when its turn comes.
        for reminder, verdict in review.verdicts if review.topics else ():
            if isinstance(verdict, Unwanted) and reminder.state is ReminderState.IN_LETTER:
                _settle(reminder, ReminderState.CANCELLED, verdict.reason, verdict.facts)
    db.session.flush()


# ---- what is to come


@dataclass(frozen=True)
class Upcoming:
    """One word of the coming days: what somebody will get, when, and what not and why."""

    person_id: int
    person: str
    address: str | None
    language: str
    zone: str
    why: Why
    subject: ReminderSubject
    #: "milestone:12"
    subject_key: str
    title: Translated
    project_id: int
    project_title: Translated
    due_on: date
    local_date: date
    step: str
    send_at: datetime
    state: ReminderState
    #: A key of `reminders.rules.REASONS`, with its facts.
    reason: str | None
    reason_facts: Mapping[str, Any] | None

    @property
    def send_at_there(self) -> datetime:
        """The moment as their clock shows it."""
        return self.send_at.astimezone(ZoneInfo(self.zone))


def upcoming(
    now: datetime, days: int = 30, *, person_id: int | None = None, project_id: int | None = None
) -> list[Upcoming]:
    """Return what the coming days bring, by the rule that plans them; nobody's gap has person 0. Changes nothing."""
    office, rules = queries.sender(), queries.rules_that_stand()
    zones = {*queries.zones_in_use(), office.zone}
    todays = [local_day(now, zone) for zone in zones]
    first, last = min(todays), max(todays) + days * DAY
    within = reach(rules, queries.calendars_in_use(first), first, last)
    matters = queries.matters_within(within, first)
    people = queries.recipients({one for matter in matters for one in matter.people_ids}, first, office)
    known = {(row.rule_id, row.subject, row.person_id, row.local_date): row for row in queries.reminders_since(first)}
    found = [
        _upcoming(one, known.get(one.key))
        for matter in matters
        if project_id is None or matter.project_id == project_id
        for one in expected(rules, matter, people, until=last, nobody=office.nobody)
        if person_id is None or one.recipient.person_id == person_id
        if one.occurrence.local_date >= local_day(now, one.recipient.zone)
    ]
    return sorted(found, key=lambda one: (one.local_date, one.person, one.person_id, one.due_on, one.subject_key))


def _upcoming(one: Expected, row: Reminder | None) -> Upcoming:
    occurrence, matter, recipient = one.occurrence, one.matter, one.recipient
    return Upcoming(
        person_id=recipient.person_id,
        person=recipient.name,
        address=recipient.address,
        language=recipient.language,
        zone=recipient.zone,
        why=one.why,
        subject=one.rule.subject,
        subject_key=matter.key,
        title=matter.title,
        project_id=matter.project_id,
        project_title=matter.project_title,
        due_on=matter.due_on,
        local_date=occurrence.local_date,
        step=occurrence.step,
        send_at=recipient.moment(occurrence.local_date),
        state=row.state if row else occurrence.state,
        reason=row.reason if row else occurrence.reason,
        reason_facts=row.reason_facts if row else occurrence.facts,
    )


def _changed(statement: Executable) -> bool:
    result = db.session.execute(statement)
    return isinstance(result, CursorResult) and result.rowcount == 1
