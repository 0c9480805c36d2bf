"""What the scheduler does about reminders, and what the coming days bring."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from tracker.db import Translated, db, insert_new
from tracker.mail.models import Message
from tracker.mail.rules import Cancel, Decision, Recompose, Send, WaitUntil
from tracker.reminders import queries
from tracker.reminders.letters import look_again, settle, verdict_of, write_letters
from tracker.reminders.mails import compose, day_of_letter
from tracker.reminders.matters import Expected, Recipient, Rule, Sender, Why
from tracker.reminders.models import Reminder, ReminderRule, ReminderState, ReminderSubject
from tracker.reminders.planning import Plan, days_to_plan, expected_now, insert
from tracker.reminders.review import Look, Topic, Unwanted
from tracker.reminders.rules import CATCH_UP, DAY, expected
from tracker.reminders.subjects import DEFAULT_RULES, matters_within
from tracker.workdays.rules import local_day, next_sending_moment

#: A letter waits so long before it looks again whether the office still has all sending paused.
PAUSED_FOR = timedelta(minutes=15)


def ensure_site_rules(now: datetime) -> int:
    """Make the default rules where no rule of the site has their subject; return how many were made.

    They are on from now and mail nothing that lay before.
    """
    made = 0
    for subject in sorted(set(DEFAULT_RULES) - queries.subjects_with_a_site_rule()):
        default = DEFAULT_RULES[subject]
        values = {
            "subject": subject,
            "steps": list(default.steps),
            "then_every_days": default.then_every_days,
            "at_most": default.at_most,
            "active_since": now,
            "created_at": now,
        }
        made += insert_new(ReminderRule, values)
    return made


def plan_reminders(now: datetime, *, public_url: str) -> int:
    """Plan the local days that have come, and write their letters; return how many reminders were made.

    Safe to run twice, late, or on two machines: a day of a zone, a reminder and a letter each have a unique key, and a
    reminder is written into a letter by whoever gets its row.
    """
    ensure_site_rules(now)
    _keep_books(now)
    rules = queries.rules_that_stand()
    plan = Plan(now, queries.sender(), rules, days_to_plan(now, rules))
    found = expected_now(plan)
    made = [one for one in found if insert(one, plan)]
    if made or any(days.whole for days in plan.zones.values()):
        write_letters(plan, public_url, {one.recipient.person_id for one in made})
        db.session.flush()
    return len(made)


# ---- looking again


@dataclass(frozen=True)
class Review:
    """A letter whose turn has come, as things stand now."""

    recipient: Recipient
    today: date
    office: Sender
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


def reconsider(messages: Iterable[Message], now: datetime, *, public_url: str) -> dict[int, Decision]:
    """Say what is to become of letters of reminders whose turn has come, letter id to decision.

    What is no longer wanted is left out, or cancelled with its reason. Changes nothing: what a letter leaves out is
    written into its reminders in the unit after which it leaves, and `plan_reminders` writes what became of the others.
    """
    letters = {message.id: message for message in messages}
    return {one: _decision(letters[one], review, now, public_url) for one, review in _reviews(letters, now).items()}


def _decision(message: Message, review: Review, now: datetime, public_url: str) -> Decision:
    recipient = review.recipient
    if not review.topics:
        unwanted = review.unwanted[0] if review.unwanted else Unwanted("responsible_changed")
        return Cancel(unwanted.reason, unwanted.facts)
    if recipient.address != message.address and not message.readdressed:
        return Cancel("address_changed")
    if review.office.sending_paused:
        return WaitUntil(now + PAUSED_FOR, "office_paused")
    moment = next_sending_moment(now, recipient.zone, recipient.calendar)
    if moment > now:
        return WaitUntil(moment, "outside_hours")
    return _in_words_of_today(message, review, public_url)


def _reviews(found: Mapping[int, Message], now: datetime) -> dict[int, Review]:
    """Look again at letters by their ids, in a number of queries that does not grow with them."""
    if not found:
        return {}
    plan = Plan(now, queries.sender(), queries.rules_that_stand(), {})
    reminders = queries.of_letters(found)
    day = max(local_day(now, message.zone) for message in found.values())
    subjects = {one.subject for mine in reminders.values() for one in mine}
    elsewhere = {message.person_id: message.address for message in found.values() if message.readdressed}
    look = look_again(plan, subjects, {message.person_id for message in found.values()}, day, elsewhere=elsewhere)
    reviews = {}
    for message_id, message in found.items():
        recipient = look.people[message.person_id]
        today = local_day(now, recipient.zone)
        verdicts = [(reminder, _verdict(reminder, look, today)) for reminder in reminders[message_id]]
        reviews[message_id] = Review(recipient, today, plan.office, verdicts)
    return reviews


def _verdict(reminder: Reminder, look: Look, today: date) -> Topic | Unwanted:
    if reminder.state is ReminderState.IN_LETTER:
        return verdict_of(reminder, look, today)
    return Unwanted(reminder.reason or "rule_off", reminder.reason_facts or {})


def _in_words_of_today(message: Message, review: Review, public_url: str) -> Decision:
    """Return the letter as it is if it still says how things stand, else a new one; bytes that may have left stay."""
    as_planned = all(_is_as_planned(reminder, verdict) for reminder, verdict in review.verdicts)
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
    if letter.text == message.text:
        return Send()
    left_out = [
        (reminder.id, verdict)
        for reminder, verdict in review.verdicts
        if isinstance(verdict, Unwanted) and reminder.state is ReminderState.IN_LETTER
    ]
    note = partial(_leave_out, left_out)
    return Recompose(letter.subject, letter.text, letter.html, letter.attached, note=note)


def _leave_out(reminders: Iterable[tuple[int, Unwanted]]) -> None:
    for reminder_id, unwanted in reminders:
        reminder = db.session.get_one(Reminder, reminder_id)
        if reminder.state is ReminderState.IN_LETTER:
            settle(reminder, ReminderState.CANCELLED, unwanted.reason, unwanted.facts)


def _is_as_planned(reminder: Reminder, verdict: Topic | Unwanted) -> bool:
    """Whether the letter says it as it stands now; what an overview lists is only known by writing it again."""
    if not isinstance(verdict, Topic) or verdict.subject.is_undated:
        return False
    return verdict.matter.due_on == reminder.due_on


def _keep_books(now: datetime) -> None:
    """Write into the reminders what became of letters that did not leave."""
    cancelled = queries.in_cancelled_letters(now - CATCH_UP)
    reviews = _reviews({message.id: message for _reminder, message in cancelled}, now)
    verdicts = {reminder.id: verdict for review in reviews.values() for reminder, verdict in review.verdicts}
    for reminder, message in cancelled:
        verdict = verdicts[reminder.id]
        if message.reason == "address_changed":
            reminder.message_id = None
            settle(reminder, ReminderState.PLANNED, None)
        elif isinstance(verdict, Unwanted):
            # A letter tells one reason; what stood in it may have several.
            settle(reminder, ReminderState.CANCELLED, verdict.reason, verdict.facts)
        else:
            settle(reminder, ReminderState.CANCELLED, message.reason, message.reason_facts)
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
    #: None: it is called by its subject.
    title: Translated | None
    #: None: it is of no project; what it belongs to may have a name all the same.
    project_id: int | None
    project_title: Translated | None
    #: Where one reads more.
    path: str
    due_on: date
    #: Since when it has its date and its person.
    since: datetime
    local_date: date
    step: str
    send_at: datetime
    state: ReminderState
    #: A key of `reminders.rules.REASONS`, with its facts.
    reason: str | None
    reason_facts: Mapping[str, Any] | None

    @property
    def is_wanted(self) -> bool:
        """Whether a letter will say it, or did."""
        return self.state in {ReminderState.PLANNED, ReminderState.IN_LETTER}

    @property
    def send_at_there(self) -> datetime:
        """The moment as their clock shows it."""
        return self.send_at.astimezone(ZoneInfo(self.zone))


def upcoming(
    now: datetime,
    days: int = 30,
    *,
    person_id: int | None = None,
    project_id: int | None = None,
    rules: Sequence[Rule] | None = None,
) -> list[Upcoming]:
    """Return what the coming days bring, by the rule that plans them; nobody's gap has person 0. Changes nothing.

    `rules` are those that would stand; without them, those that do.
    """
    office, rules = queries.sender(), queries.rules_that_stand() if rules is None else rules
    zones = {*queries.zones_in_use(), office.zone}
    todays = [local_day(now, zone) for zone in zones]
    first, last = min(todays), max(todays) + days * DAY
    matters = matters_within(rules, queries.calendars_in_use(first), first, last, first)
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
        path=matter.path,
        due_on=one.due_on,
        since=matter.since,
        local_date=occurrence.local_date,
        step=occurrence.step,
        send_at=recipient.moment(occurrence.local_date),
        state=row.state if row else occurrence.state,
        reason=row.reason if row else occurrence.reason,
        reason_facts=row.reason_facts if row else occurrence.facts,
    )
