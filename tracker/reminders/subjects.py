"""All that one can be reminded of. A new subject is a line here and its source beside the others."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime

from tracker.reminders.anniversaries import JUBILEES, QUIET_PARTNERSHIPS
from tracker.reminders.endings import ENDINGS
from tracker.reminders.gatherings import EVENTS
from tracker.reminders.journeys import JOURNEYS
from tracker.reminders.matters import Asked, DefaultRule, Matter, Rule, Source, Subject
from tracker.reminders.models import ReminderSubject
from tracker.reminders.next_steps import NEXT_STEPS
from tracker.reminders.overviews import OVERVIEWS
from tracker.reminders.promises import MILESTONES
from tracker.reminders.requests import REQUESTS
from tracker.reminders.returning import RETURNS
from tracker.reminders.rules import reach
from tracker.workdays.rules import Calendar

SOURCES: tuple[Source, ...] = (
    MILESTONES,
    REQUESTS,
    NEXT_STEPS,
    QUIET_PARTNERSHIPS,
    JUBILEES,
    ENDINGS,
    EVENTS,
    RETURNS,
    JOURNEYS,
    OVERVIEWS,
)
SUBJECTS: Mapping[ReminderSubject, Subject] = {
    subject.word: subject for source in SOURCES for subject in source.subjects
}
#: What a new installation reminds of.
DEFAULT_RULES: Mapping[ReminderSubject, DefaultRule] = {word: subject.default for word, subject in SUBJECTS.items()}


def matters_within(
    rules: Collection[Rule],
    calendars: Iterable[Calendar],
    first: date,
    last: date,
    today: date,
    *,
    changed_since: datetime | None = None,
) -> list[Matter]:
    """Return what may have to be spoken of between two local dates; perhaps only what changed since."""
    known = tuple(calendars)
    found: list[Matter] = []
    for source in SOURCES:
        within = reach(source.subjects, rules, known, first, last)
        if within is not None:
            found += source.within(Asked(within, first, last, today, known, changed_since))
    return found


def matters_of(keys: Iterable[str], today: date) -> dict[str, Matter]:
    """Return matters by their keys, also those that are over; what there is no more is left out."""
    asked: dict[str, list[str]] = defaultdict(list)
    for key in sorted(set(keys)):
        prefix, _colon, name = key.partition(":")
        asked[prefix].append(name)
    return {
        matter.key: matter
        for source in SOURCES
        if source.prefix in asked
        for matter in source.of(asked[source.prefix], today)
    }
