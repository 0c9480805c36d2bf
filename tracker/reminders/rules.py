"""Who is reminded of what, on which local date: the one rule that plans, previews and reconsiders."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Any

from babel.dates import format_date

from tracker.language import _l, spoken
from tracker.people.models import MailChoice, MailRhythm
from tracker.reminders.matters import (
    Expected,
    Joining,
    Matter,
    Occurrence,
    Reach,
    Recipient,
    Rule,
    Section,
    Span,
    Subject,
    Unit,
    Why,
)
from tracker.reminders.models import ReminderSubject
from tracker.updates.rules import Chain
from tracker.web.access import Somebody
from tracker.workdays.rules import (
    Calendar,
    first_of_week,
    is_workday,
    local_day,
    workdays_after,
    workdays_before,
)

DAY = timedelta(days=1)
WEEK = timedelta(days=7)
#: After a standstill the reminders of so many days still come, all in one letter; older ones are missed.
CATCH_UP = timedelta(days=7)
#: How far back what was missed is looked for.
LOOK_BACK = timedelta(days=60)
#: From which reminder of a chain on the coordinators get it too.
COORDINATORS_FROM = 2

#: It came up after the letter of its day was written: nothing was interrupted.
NEXT_LETTER = "next_letter"
#: Why a reminder is not in a letter. Facts that end in `_on` are ISO dates and shown as dates.
REASONS: Mapping[str, str] = MappingProxyType(
    {
        "no_day_left": _l("There was no working day left for it before %(due_on)s."),
        "unsubscribed": _l("This person wants no such mail."),
        "on_leave": _l("This person wants no mail until %(until_on)s."),
        "address_refused": _l("The mail server of this address refuses it. Please correct it."),
        "locked": _l("This person is locked."),
        "person_archived": _l("This person is archived."),
        "person_left": _l("This person’s functions have ended."),
        "no_address_known": _l("No mail address is known."),
        "answered": _l("It was answered on %(answered_on)s."),
        "letter_written": _l("The letter of that day was written already."),
        NEXT_LETTER: _l("The letter of that day was written already; the next one takes it."),
        "date_passed": _l("Its date, %(due_on)s, had passed before a letter could leave."),
        "too_old": _l("The program stood still for too long; it would have come too late."),
        "milestone_done": _l("It is done."),
        "milestone_cancelled": _l("It was cancelled."),
        "milestone_archived": _l("It was archived."),
        "milestone_moved": _l("Its date was moved from %(was_on)s to %(due_on)s."),
        "step_done": _l("The next step is done."),
        "step_withdrawn": _l("There is no such next step any more."),
        "contact_made": _l("There was contact meanwhile."),
        "partnership_over": _l("The partnership rests, has ended or is in the archive."),
        "jubilee_changed": _l("The date of the partnership was changed."),
        "agreement_archived": _l("It was archived."),
        "agreement_endless": _l("It has no end any more."),
        "event_cancelled": _l("The event was cancelled."),
        "event_held": _l("The event is over."),
        "event_archived": _l("The event was archived."),
        "event_paused": _l("The reminders of the event are paused."),
        "edition_started": _l("The next edition was started."),
        "edition_unknown": _l("It is not said any more how often it comes back."),
        "not_expected": _l("This person is not expected at the event any more."),
        "request_answered": _l("It was answered."),
        "request_withdrawn": _l("The question was withdrawn."),
        "request_renewed": _l("The question was asked anew."),
        "request_closed": _l("The question was closed."),
        "request_passed_on": _l("Somebody else is asked instead."),
        "nothing_open": _l("Nothing is open any more."),
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
    asked = [(matter.responsible_id, matter.as_what), *((one, Why.CONTACT) for one in matter.contact_ids)]
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


def occurrences(
    subject: Subject, rule: Rule, matter: Matter, recipient: Recipient, *, until: date, span: Span | None = None
) -> list[Occurrence]:
    """Return what a rule means for one person up to a local date, in order."""
    if rule.active_since is None:
        return []
    steps = span or Span(matter.since, until)
    wanted = Span(max(rule.active_since, matter.since), until, steps.from_step, steps.until_step)
    found = [one for one in subject.when(subject, rule, matter, recipient, wanted) if one.local_date <= until]
    return [_as_wished(one, subject, recipient) for one in found]


def _as_wished(one: Occurrence, subject: Subject, recipient: Recipient) -> Occurrence:
    if reason := recipient.unreachable:
        return Occurrence(one.local_date, one.step, reason)
    if unwished := against_their_wish(subject, recipient, one.local_date):
        return Occurrence(one.local_date, one.step, *unwished)
    return one


def against_their_wish(subject: Subject, recipient: Recipient, day: date) -> tuple[str, Mapping[str, Any]] | None:
    """Return why somebody wants no word of a subject on a day, with the facts; what they are asked nobody stops."""
    if recipient.paused_until is not None and day <= recipient.paused_until:
        return "on_leave", {"until_on": recipient.paused_until.isoformat()}
    if subject.section is not Section.ASKED and _choice(subject) in recipient.stopped:
        return "unsubscribed", {}
    return None


def _choice(subject: Subject) -> MailChoice:
    return MailChoice.OVERVIEW if subject.word is ReminderSubject.OVERVIEW else MailChoice.REMINDERS


def before(subject: Subject, rule: Rule, matter: Matter, recipient: Recipient, span: Span) -> list[Occurrence]:
    """Count back from the date: earlier rather than on a closed day, never after the date."""
    found: dict[date, Occurrence] = {}
    for number in sorted(rule.steps, reverse=True)[span.from_step - 1 :]:
        day = _so_long_before(matter.due_on, number, subject.unit, recipient.calendar)
        if recipient.hears_since(span.since, day):
            day = _gathered(day, matter.due_on, recipient, span.since) if subject.gathers else day
            # Two steps on one day are one word: the nearer one.
            found[day] = Occurrence(day, str(number))
    came_on = local_day(span.since, recipient.zone)
    if not found and rule.steps and came_on <= matter.due_on and subject.unit is Unit.WORKING_DAYS:
        nearest = str(min(rule.steps))
        return [Occurrence(came_on, nearest, "no_day_left", {"due_on": matter.due_on.isoformat()})]
    return sorted(found.values(), key=lambda one: one.local_date)


def _so_long_before(day: date, number: int, unit: Unit, calendar: Calendar) -> date:
    if unit is Unit.MONTHS:
        return workdays_before(months_before(day, number), 0, calendar)
    return workdays_before(day, number, calendar)


def months_before(day: date, number: int) -> date:
    """Return the same day of an earlier month, or that month's last."""
    months = day.year * 12 + day.month - 1 - number
    first = date(months // 12, months % 12 + 1, 1)
    last = (first + 31 * DAY).replace(day=1) - DAY
    return first.replace(day=min(day.day, last.day))


def _gathered(day: date, due_on: date, recipient: Recipient, since: datetime) -> date:
    """Return the weekly day for who wants one letter a week, unless the matter cannot wait for the next one."""
    if recipient.rhythm is not MailRhythm.WEEKLY:
        return day
    next_one = first_of_week(day + WEEK, recipient.calendar)
    if due_on < next_one:
        return day
    this_one = first_of_week(day, recipient.calendar)
    return this_one if recipient.hears_since(since, this_one) else next_one


def after(_subject: Subject, rule: Rule, matter: Matter, recipient: Recipient, span: Span) -> list[Occurrence]:
    """Count on from the date, then every so many days until it is answered: later rather than on a closed day."""
    found: list[Occurrence] = []
    first_letter: datetime | None = None
    for number, day in enumerate(_chain(rule, matter.due_on, recipient.calendar, span.until), start=1):
        moment = recipient.moment(day)
        if moment >= matter.since:
            # A rule that was changed since does not ask anew who answered the letter of the earlier one.
            first_letter = first_letter or moment
        if moment < span.since:
            continue
        if first_letter is not None and matter.answered_at is not None and first_letter < matter.answered_at < moment:
            facts = {"answered_on": local_day(matter.answered_at, recipient.zone).isoformat()}
            return [*found, Occurrence(day, str(number), "answered", facts)]
        if number >= span.from_step:
            found.append(Occurrence(day, str(number)))
    return found


def _chain(rule: Rule, due_on: date, calendar: Calendar, until: date) -> Iterator[date]:
    """Yield the days of a chain; it ends with its rule or with the last day asked for."""
    left = rule.at_most if rule.at_most is not None else until.toordinal()
    day = due_on
    for days in sorted(rule.steps)[:left]:
        day = workdays_after(due_on, days, calendar)
        left -= 1
        yield day
    while rule.then_every_days and left > 0 and day <= until:
        day += rule.then_every_days * DAY
        left -= 1
        yield workdays_after(day, 0, calendar)


def when_asked(_subject: Subject, rule: Rule, matter: Matter, recipient: Recipient, span: Span) -> list[Occurrence]:
    """Begin on the next working morning of the person asked, once they are back; again so many of their days later."""
    chain, own = chain_of(rule), replace(recipient.there, away_until=None)
    there = matter.there or own
    began = there.next_morning(matter.since, matter.responsible_id or recipient.person_id)
    # Who stands in for them may work on other days, and has a morning of their own.
    earliest = own.next_morning(matter.since, recipient.person_id)
    found: dict[date, Occurrence] = {}
    for number, count in enumerate((*chain.days, chain.deputy_after), start=1):
        counted = workdays_after(began, count, there.calendar)
        day = max(workdays_after(counted, 0, recipient.calendar), earliest)
        if span.from_step <= number <= (span.until_step or number) and recipient.hears_since(span.since, day):
            found.setdefault(day, Occurrence(day, str(number)))
    return list(found.values())


def chain_of(rule: Rule) -> Chain:
    """Return when somebody is asked by a rule."""
    return Chain(tuple(sorted(rule.steps)) or (0,))


def on_each_day(_subject: Subject, _rule: Rule, matter: Matter, recipient: Recipient, span: Span) -> list[Occurrence]:
    """Come on the first working day of each week, or on every working day, as the person chose."""
    first = max(matter.due_on, min(part.from_on or matter.due_on for part in matter.parts))
    days = [first + number * DAY for number in range((span.until - first).days + 1)]
    return [
        Occurrence(day, recipient.rhythm.value)
        for day in days
        if is_overview_day(day, recipient.rhythm, recipient.calendar) and recipient.hears_since(span.since, day)
    ]


def is_overview_day(day: date, rhythm: MailRhythm, calendar: Calendar) -> bool:
    """Whether the overview of somebody comes on a day."""
    if rhythm is MailRhythm.WEEKLY:
        return day == first_of_week(day, calendar)
    return rhythm is MailRhythm.DAILY and is_workday(day, calendar)


def rule_for(rules: Iterable[Rule], subject: ReminderSubject, project_id: int | None) -> Rule | None:
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
    first = [*line.passed_over, *line.chosen]
    if nobody and not first:
        first = [(nobody, matter.as_what)]
    for subject in matter.subjects:
        rule = rule_for(rules, subject.word, matter.project_id)
        if rule is None:
            continue
        wanted = [(one, why, Span(matter.since, until, 1, subject.steps_of_the_first(rule))) for one, why in first]
        wanted += [
            (one, why, Span(matter.since, until, step)) for one, why, step in _joining(subject, rule, matter, people)
        ]
        found += [
            Expected(rule, subject, matter, recipient, why, occurrence)
            for recipient, why, span in wanted
            for occurrence in occurrences(subject, rule, matter, recipient, until=until, span=span)
        ]
    return found


def _joining(
    subject: Subject, rule: Rule, matter: Matter, people: Mapping[int, Recipient]
) -> list[tuple[Recipient, Why, int]]:
    """Return who comes in later and hears of it only then."""
    line = line_up(matter, people)
    named = {recipient.person_id for recipient, _why in (*line.chosen, *line.passed_over)}
    return [
        (people[one.person_id], one.why, one.from_step)
        for one in subject.joins(matter, rule)
        if one.person_id not in named and people[one.person_id].unreachable is None
    ]


def coordinators_join(matter: Matter, _rule: Rule) -> list[Joining]:
    """Let the coordinators of the project hear of a chain from its second word on."""
    return [Joining(one, Why.COORDINATOR, COORDINATORS_FROM) for one in matter.coordinator_ids]


def deputies_join(matter: Matter, rule: Rule) -> list[Joining]:
    """Let the deputies be asked at the last step of a chain."""
    return [Joining(one, Why.DEPUTY, len(chain_of(rule).days) + 1) for one in matter.deputy_ids]


def joined_as(
    subject: Subject, rule: Rule, matter: Matter, recipient: Recipient, people: Mapping[int, Recipient]
) -> Why | None:
    """Return as what somebody came in later."""
    return next((why for one, why, _step in _joining(subject, rule, matter, people) if one == recipient), None)


# ---- which dates are within reach


def reach(
    subjects: Iterable[Subject], rules: Iterable[Rule], calendars: Iterable[Calendar], first: date, last: date
) -> Reach | None:
    """Return which dates have to be looked at for what is said from one local date to another; None: no rule is on."""
    calendars = list(calendars)
    asked = {subject.word: subject for subject in subjects}
    found = [
        asked[rule.subject].reaching(rule, calendars, first, last)
        for rule in rules
        if rule.active_since is not None and rule.subject in asked
    ]
    if not found:
        return None
    earliest = [one.earliest for one in found if one.earliest is not None]
    return Reach(min(earliest) if len(earliest) == len(found) else None, max(one.latest for one in found))


def reach_ahead(rule: Rule, calendars: Iterable[Calendar], first: date, last: date) -> Reach:
    """Return the dates that working days are counted back from."""
    # Who wants one letter a week hears on Monday of what others hear on Friday.
    days = max(rule.steps, default=0) + 1
    return Reach(first, max(workdays_after(last + WEEK, days, calendar) for calendar in calendars))


def reach_months_ahead(rule: Rule, calendars: Iterable[Calendar], first: date, last: date) -> Reach:
    """Return the dates that months are counted back from."""
    days = max(workdays_after(last + DAY, 1, calendar) for calendar in calendars)
    return Reach(first, days + 31 * max(rule.steps, default=0) * DAY)


def reach_back(rule: Rule, calendars: Iterable[Calendar], first: date, last: date) -> Reach:
    """Return the dates that a chain is counted on from."""
    if rule.then_every_days and rule.at_most is None:
        return Reach(None, last)
    days = max(rule.steps, default=0)
    again = max((rule.at_most or len(rule.steps)) - 1, 0) * (rule.then_every_days or 0)
    found = [workdays_before(workdays_before(first - DAY, 0, one) - again * DAY, days + 1, one) for one in calendars]
    return Reach(min([first, *found]), last)


def reach_everything(_rule: Rule, _calendars: Iterable[Calendar], _first: date, last: date) -> Reach:
    """Look at whatever there is up to the last day: only few of it is ever open."""
    return Reach(None, last)


def too_late(subject: Subject, due_on: date, today: date) -> bool:
    """Whether a reminder came to nothing because its date is over."""
    return subject.expires and due_on < today
