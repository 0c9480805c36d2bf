"""The letters of a turn: one for each person whose day has come."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from types import MappingProxyType
from typing import Any, cast

import sqlalchemy as sa

from tracker.db import db
from tracker.mail.models import MessageKind
from tracker.mail.outbox import enqueue
from tracker.reminders import queries
from tracker.reminders.mails import compose, letter_key
from tracker.reminders.matters import Recipient
from tracker.reminders.models import Reminder, ReminderState
from tracker.reminders.planning import Plan
from tracker.reminders.review import Look, Planned, Topic, Unwanted
from tracker.reminders.rules import DAY, NEXT_LETTER, too_late
from tracker.reminders.subjects import SUBJECTS, matters_of
from tracker.workdays.rules import instant_of, is_workday, local_day, next_sending_moment

_REMINDER = cast("sa.Table", Reminder.__table__)
_INTO_A_LETTER = (
    sa.update(_REMINDER)
    .where(_REMINDER.c.id.in_(sa.bindparam("told", expanding=True)), _REMINDER.c.message_id.is_(None))
    .values(message_id=sa.bindparam("letter"), state=ReminderState.IN_LETTER)
)
#: What does not end with its date is of use until the next one comes.
STAYS_USEFUL = timedelta(days=6)


def write_letters(plan: Plan, public_url: str, touched: Collection[int]) -> None:
    """Write the letter of each person whose day has come and who has reminders that no letter holds yet."""
    last = max(days.today for days in plan.zones.values())
    waiting: dict[int, list[Reminder]] = defaultdict(list)
    for reminder in queries.waiting_for_a_letter(last):
        waiting[reminder.person_id].append(reminder)
    if not waiting:
        return
    look = look_again(plan, {one.subject for mine in waiting.values() for one in mine}, set(waiting), last)
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


def look_again(
    plan: Plan,
    subjects: Collection[str],
    person_ids: set[int],
    day: date,
    *,
    elsewhere: Mapping[int, str] = MappingProxyType({}),
) -> Look:
    """Return how things stand now, for the matters of reminders that were planned earlier.

    `elsewhere` are addresses that somebody has chosen for a letter, whatever the record of its person says.
    """
    matters = matters_of(subjects, day)
    everybody = person_ids | {one for matter in matters.values() for one in matter.people_ids}
    people = queries.recipients(everybody, day, plan.office)
    for person_id, address in elsewhere.items():
        people[person_id] = replace(people[person_id], address=address, refused=False)
    return Look.now(plan.rules, matters, people, day)


def _leave_for_the_next_letter(mine: Iterable[Reminder], look: Look, today: date) -> None:
    for reminder in mine:
        if too_late(SUBJECTS[look.rules[reminder.rule_id].subject], reminder.due_on, today + DAY):
            settle(reminder, ReminderState.SKIPPED, "letter_written")
        elif reminder.reason is None:
            settle(reminder, ReminderState.PLANNED, NEXT_LETTER)


def _write_letter(recipient: Recipient, mine: Collection[Reminder], look: Look, plan: Plan, public_url: str) -> None:
    today = plan.zones[recipient.zone].today
    send_at = max(recipient.moment(today), next_sending_moment(plan.now, recipient.zone, recipient.calendar))
    if local_day(send_at, recipient.zone) != today:
        # Too late for today: the next letter takes it, if it still makes sense then.
        return
    topics: dict[int, Topic] = {}
    for reminder in mine:
        verdict = verdict_of(reminder, look, today)
        if isinstance(verdict, Topic):
            topics[reminder.id] = verdict
        else:
            is_missed = verdict.reason == "date_passed"
            state = ReminderState.MISSED if is_missed else ReminderState.CANCELLED
            settle(reminder, state, verdict.reason, verdict.facts)
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
        attached=letter.attached,
        now=plan.now,
        send_at=send_at,
        useful_until=_useful_until(topics.values(), recipient, today),
        reply_to=reply_to,
    )
    if message.text != letter.text:
        # Somebody else wrote it at the same moment, from what they saw: the next letter takes what is missing.
        return
    db.session.execute(_INTO_A_LETTER, {"letter": message.id, "told": list(topics)})
    for reminder in mine:
        # Read anew by whoever looks at it once more in this unit.
        db.session.expire(reminder)


def _useful_until(topics: Iterable[Topic], recipient: Recipient, today: date) -> datetime:
    """Return the end of the last day on which one of its words still makes sense."""
    days = [topic.matter.due_on if topic.subject.expires else today + STAYS_USEFUL for topic in topics]
    return instant_of(max(days) + DAY, time(0), recipient.zone)


def settle(
    reminder: Reminder, state: ReminderState, reason: str | None, facts: Mapping[str, Any] | None = None
) -> None:
    reminder.state, reminder.reason = state, reason
    reminder.reason_facts = dict(facts) if facts else None


def verdict_of(reminder: Reminder, look: Look, today: date) -> Topic | Unwanted:
    """Return what a letter of today says of a reminder; what waited for it as it should is not late."""
    verdict = look.at(planned(reminder), today)
    if isinstance(verdict, Topic) and reminder.reason == NEXT_LETTER:
        return replace(verdict, meant_for=today)
    return verdict


def planned(row: Reminder) -> Planned:
    return Planned(row.rule_id, row.subject, row.person_id, row.local_date, row.due_on)
