"""Who is reminded of what, on which local date: the one rule that plans, previews and reconsiders."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Any

from babel.dates import format_date

from tracker.language import _l, spoken
from tracker.people.models import MailRhythm
from tracker.reminders.matters import Expected, Matter, Occurrence, Recipient, Rule, Why
from tracker.reminders.models import ReminderSubject
from tracker.web.access import Somebody
from tracker.workdays.rules import Calendar, first_of_week, local_day, workdays_after, workdays_before

DAY = timedelta(days=1)
WEEK = timedelta(days=7)
#: After a standstill the reminders of so many days still come, all in one letter; older ones are missed.
CATCH_UP = timedelta(days=7)
#: How far back what was missed is looked for.
LOOK_BACK = timedelta(days=60)
#: From which reminder of a chain on the coordinators get it too.
COORDINATORS_FROM = 2


@dataclass(frozen=True)
class DefaultRule:
    """What a new installation reminds of."""

    working_days: tuple[int, ...]
    then_every_days: int | None = None
    at_most: int | None = None


DEFAULT_RULES: Mapping[ReminderSubject, DefaultRule] = MappingProxyType(
    {
        ReminderSubject.MILESTONE_DUE: DefaultRule((14, 3, 0)),
        ReminderSubject.MILESTONE_OVERDUE: DefaultRule((3,), then_every_days=7, at_most=4),
    }
)

#: Why a reminder is not in a letter. Facts that end in `_on` are ISO dates and shown as dates.
REASONS: Mapping[str, str] = MappingProxyType(
    {
        "no_day_left": _l("There was no working day left for it before %(due_on)s."),
        "wants_none": _l("This person wants no reminders by mail."),
        "locked": _l("This person is locked."),
        "person_archived": _l("This person is archived."),
        "no_address_known": _l("No mail address is known."),
        "answered": _l("It was answered on %(answered_on)s."),
        "letter_written": _l("The letter of that day was written already."),
        "date_passed": _l("Its date, %(due_on)s, had passed before a letter could leave."),
        "too_old": _l("The program stood still for too long; it would have come too late."),
        "milestone_done": _l("It is done."),
        "milestone_cancelled": _l("It was cancelled."),
        "milestone_archived": _l("It was archived."),
        "milestone_moved": _l("Its date was moved from %(was_on)s to %(due_on)s."),
        "project_archived": _l("The project was archived."),
        "project_ended": _l("The project has ended."),
        "project_paused": _l("The reminders of the project are paused."),
        "responsible_changed": _l("Somebody else is responsible now."),
        "rule_off": _l("The rule for it was switched off or replaced."),
        "outside_hours": _l("It waits for the next working morning of its recipient."),
        "address_changed": _l("The mail address has changed; the next letter goes to the new one."),
        "nobody": _l(
            "Nobody can be reminded: neither a responsible person nor a contact or coordinator can be written to."
        ),
    }
)


def told(reason: str | None, facts: Mapping[str, Any] | None = None) -> str | None:
    """Return a reason as a sentence in the language that is spoken now."""
    if reason is None:
        return None
    shown = {
        name: format_date(date.fromisoformat(value), "long", locale=spoken()) if name.endswith("_on") else value
        for name, value in (facts or {}).items()
    }
    return str(REASONS[reason]) % shown if reason in REASONS else reason


def may_see_reminders(reader: Somebody) -> bool:
    """Whether they see who is reminded of what."""
    return reader.sees_all


# ---- to whom


@dataclass(frozen=True)
class LineUp:
    """Who is reminded, and who was passed over because nothing can be sent to them."""

    chosen: tuple[tuple[Recipient, Why], ...]
    passed_over: tuple[tuple[Recipient, Why], ...]


def line_up(matter: Matter, people: Mapping[int, Recipient]) -> LineUp:
    """Return the responsible person, else the first contact of the organisation, else the coordinators."""
    passed_over: list[tuple[Recipient, Why]] = []
    asked = [(matter.responsible_id, Why.RESPONSIBLE), *((one, Why.CONTACT) for one in matter.contact_ids)]
    for person_id, why in asked:
        if person_id is None or person_id in {recipient.person_id for recipient, _why in passed_over}:
            continue
        if people[person_id].unreachable is None:
            return LineUp(((people[person_id], why),), tuple(passed_over))
        passed_over.append((people[person_id], why))
    chosen = _coordinators(matter, people)
    if not chosen:
        known = {recipient.person_id for recipient, _why in passed_over}
        passed_over += [(people[one], Why.COORDINATOR) for one in matter.coordinator_ids if one not in known]
    return LineUp(tuple(chosen), tuple(passed_over))


def _coordinators(matter: Matter, people: Mapping[int, Recipient]) -> list[tuple[Recipient, Why]]:
    return [(people[one], Why.COORDINATOR) for one in matter.coordinator_ids if people[one].unreachable is None]


# ---- when


@dataclass(frozen=True)
class Span:
    """What part of a rule is asked for."""

    #: Nothing lies before the rule was switched on, or before the matter had its date and its responsible person.
    since: datetime
    until: date
    #: The coordinators join a chain later.
    from_step: int


def occurrences(
    rule: Rule, matter: Matter, recipient: Recipient, *, until: date, from_step: int = 1
) -> list[Occurrence]:
    """Return what a rule means for one person up to a local date, in order."""
    if rule.active_since is None:
        return []
    span = Span(max(rule.active_since, matter.since), until, from_step)
    found = [one for one in WHEN[rule.subject](rule, matter, recipient, span) if one.local_date <= until]
    reason = recipient.unreachable or ("wants_none" if recipient.rhythm is MailRhythm.NEVER else None)
    return [Occurrence(one.local_date, one.step, reason) for one in found] if reason else found


def _before(rule: Rule, matter: Matter, recipient: Recipient, span: Span) -> list[Occurrence]:
    """Count back from the date: earlier rather than on a closed day, never after the date."""
    found: dict[date, Occurrence] = {}
    for days in sorted(rule.working_days, reverse=True)[span.from_step - 1 :]:
        day = workdays_before(matter.due_on, days, recipient.calendar)
        if recipient.moment(day) >= span.since:
            day = _gathered(day, matter.due_on, recipient, span.since)
            # Two steps on one day are one word: the nearer one.
            found[day] = Occurrence(day, str(days))
    came_on = local_day(span.since, recipient.zone)
    if not found and rule.working_days and came_on <= matter.due_on:
        nearest = str(min(rule.working_days))
        return [Occurrence(came_on, nearest, "no_day_left", {"due_on": matter.due_on.isoformat()})]
    return sorted(found.values(), key=lambda one: one.local_date)


def _gathered(day: date, due_on: date, recipient: Recipient, since: datetime) -> date:
    """Return the weekly day for who wants one letter a week, unless the matter cannot wait for the next one."""
    if recipient.rhythm is not MailRhythm.WEEKLY:
        return day
    next_one = first_of_week(day + WEEK, recipient.calendar)
    if due_on < next_one:
        return day
    this_one = first_of_week(day, recipient.calendar)
    return this_one if recipient.moment(this_one) >= since else next_one


def _after(rule: Rule, matter: Matter, recipient: Recipient, span: Span) -> list[Occurrence]:
    """Count on from the date, then every so many days until it is answered: later rather than on a closed day."""
    found: list[Occurrence] = []
    first_letter: datetime | None = None
    for number, day in enumerate(_chain(rule, matter.due_on, recipient.calendar, span.until), start=1):
        moment = recipient.moment(day)
        if moment < span.since:
            continue
        first_letter = first_letter or moment
        if matter.answered_at is not None and first_letter < matter.answered_at < moment:
            facts = {"answered_on": local_day(matter.answered_at, recipient.zone).isoformat()}
            return [*found, Occurrence(day, str(number), "answered", facts)]
        if number >= span.from_step:
            found.append(Occurrence(day, str(number)))
    return found


def _chain(rule: Rule, due_on: date, calendar: Calendar, until: date) -> Iterator[date]:
    """Yield the days of a chain; it ends with its rule or with the last day asked for."""
    left = rule.at_most if rule.at_most is not None else until.toordinal()
    day = due_on
    for days in sorted(rule.working_days)[:left]:
        day = workdays_after(due_on, days, calendar)
        left -= 1
        yield day
    while rule.then_every_days and left > 0 and day <= until:
        day += rule.then_every_days * DAY
        left -= 1
        yield workdays_after(day, 0, calendar)


When = Callable[[Rule, Matter, Recipient, Span], list[Occurrence]]
WHEN: Mapping[ReminderSubject, When] = MappingProxyType(
    {ReminderSubject.MILESTONE_DUE: _before, ReminderSubject.MILESTONE_OVERDUE: _after}
)
#: Of these the coordinators get a copy from the second one on.
ESCALATES = frozenset({ReminderSubject.MILESTONE_OVERDUE})
#: These are of no use once the date is over; the others only then.
BEFORE_THE_DATE = frozenset({ReminderSubject.MILESTONE_DUE})


def rule_for(rules: Iterable[Rule], subject: ReminderSubject, project_id: int) -> Rule | None:
    """Return the project's own rule, which stands in for the site's even where it is off."""
    chosen: Rule | None = None
    for rule in rules:
        if rule.subject is subject and rule.project_id == project_id:
            return rule
        if rule.subject is subject and rule.project_id is None:
            chosen = rule
    return chosen


def expected(
    rules: Iterable[Rule],
    matter: Matter,
    people: Mapping[int, Recipient],
    *,
    until: date,
    nobody: Recipient | None = None,
) -> list[Expected]:
    """Return everything that is to be said about one matter up to a local date, to whom, and what not and why.

    Where there is no person at all, `nobody` stands for the one who is missing, with the office's calendar.
    """
    if matter.over:
        return []
    found: list[Expected] = []
    line = line_up(matter, people)
    named = {recipient.person_id for recipient, _why in (*line.chosen, *line.passed_over)}
    copied = [(one, why) for one, why in _coordinators(matter, people) if one.person_id not in named]
    for subject in matter.subjects:
        rule = rule_for(rules, subject, matter.project_id)
        if rule is None:
            continue
        wanted = [(one, why, 1) for one, why in (*line.passed_over, *line.chosen)]
        if nobody and not wanted:
            wanted = [(nobody, Why.RESPONSIBLE, 1)]
        if subject in ESCALATES:
            wanted += [(one, why, COORDINATORS_FROM) for one, why in copied]
        found += [
            Expected(rule, matter, recipient, why, occurrence)
            for recipient, why, from_step in wanted
            for occurrence in occurrences(rule, matter, recipient, until=until, from_step=from_step)
        ]
    return found


# ---- which dates are within reach


@dataclass(frozen=True)
class Reach:
    """The dates a matter may have to be spoken of between two days. None: however long ago."""

    earliest: date | None
    latest: date


def reach(rules: Iterable[Rule], calendars: Iterable[Calendar], first: date, last: date) -> Reach:
    """Return which dates have to be looked at for what is said from one local date to another."""
    calendars = list(calendars)
    active = [rule for rule in rules if rule.active_since is not None]
    latest, earliest, endless = last, first, False
    for rule in active:
        days = max(rule.working_days, default=0)
        if rule.subject in BEFORE_THE_DATE:
            # Who wants one letter a week hears on Monday of what others hear on Friday.
            latest = max(workdays_after(last + WEEK, days + 1, calendar) for calendar in calendars)
        elif rule.then_every_days and rule.at_most is None:
            endless = True
        else:
            again = max((rule.at_most or len(rule.working_days)) - 1, 0) * (rule.then_every_days or 0)
            found = min(
                workdays_before(workdays_before(first - DAY, 0, one) - again * DAY, days + 1, one) for one in calendars
            )
            earliest = min(earliest, found)
    return Reach(None if endless else earliest, latest)


def too_late(subject: ReminderSubject, due_on: date, today: date) -> bool:
    """Whether a reminder came to nothing because its date is over."""
    return subject in BEFORE_THE_DATE and due_on < today
