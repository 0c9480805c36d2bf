"""Which weeks could do, who asks and answers, and which week suits best."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum

from tracker.calendar.rules import Entry, EntryKind
from tracker.events.models import EventStatus
from tracker.language import _
from tracker.people.models import Person
from tracker.refusal import Refused
from tracker.travel.models import Fit, TravelAsked, TravelPeriod, TravelQuestion
from tracker.web.access import Somebody

DAY = timedelta(days=1)
WEEK = timedelta(days=7)
#: More weeks than these nobody looks through.
MOST_WEEKS = 30
LONGEST_DAYS = 60
#: One plans no further ahead.
FURTHEST = timedelta(days=3 * 366)
#: So long after its last day the link of a question shows what came of it.
KEPT = timedelta(days=30)
#: What the keys of letters that ask begin with.
KEY = "travel|"


@dataclass(frozen=True)
class Span:
    """From the first day to the last."""

    first_on: date
    last_on: date


class Standing(Enum):
    """What a link opens now."""

    OPEN = "open"
    #: Nobody can answer any more; what came of it is shown.
    CLOSED = "closed"
    OVER = "over"


def may_ask(reader: Somebody) -> bool:
    """Whether they ask when one can travel, and choose."""
    return reader.is_coordinator


def sees_who(reader: Somebody) -> bool:
    """Whether they read who said what; others read which organisation."""
    return reader.sees_all


def weeks(first: date, last: date, days: int) -> list[Span]:
    """Return each stretch of so many days that begins on the same day of the week. Raises Refused."""
    if last < first:
        raise Refused(_("The last day lies before the first."), "until_on")
    length = timedelta(days=days - 1)
    count = ((last - first - length) // WEEK) + 1
    if count < 1:
        raise Refused(_("So many days do not fit in between."), "days")
    if count > MOST_WEEKS:
        raise Refused(
            _("These are %(count)s weeks. At most %(most)s can be offered.", count=count, most=MOST_WEEKS), "until_on"
        )
    return [Span(first + number * WEEK, first + number * WEEK + length) for number in range(count)]


def check_range(first: date, today: date) -> None:
    """Raise Refused if one would travel in the past, or in a year of which nobody knows anything."""
    if first <= today:
        raise Refused(_("This day has gone by."), "from_on")
    if first > today + FURTHEST:
        raise Refused(_("This is too far ahead."), "from_on")


def check_until(answer_until: date, today: date, periods: Iterable[Span | TravelPeriod]) -> None:
    """Raise Refused if nobody could answer in time."""
    if answer_until < today:
        raise Refused(_("This day has gone by."), "answer_until")
    if answer_until >= min(one.first_on for one in periods):
        raise Refused(_("The first week has begun by then."), "answer_until")


def is_open(question: TravelQuestion, today: date) -> bool:
    """Whether one can answer. `today`: at the office."""
    return question.closed_at is None and today <= question.answer_until and question.home.archived_at is None


def standing_of(asked: TravelAsked, today: date, *, is_there: bool) -> Standing:
    """Return what somebody's link opens. `is_there`: they still have a function where they answer for."""
    person, question = asked.person, asked.question
    if not is_there or person.locked_at or person.archived_at or today > question.answer_until + KEPT:
        return Standing.OVER
    return Standing.OPEN if is_open(question, today) else Standing.CLOSED


def may_answer(reader: Somebody, asked: TravelAsked | None) -> bool:
    """Whether they say what suits them: who was asked, and every partner who may know of the question."""
    return asked is not None or reader.is_partner


def can_be_written_to(person: Person) -> bool:
    """Whether a letter reaches somebody."""
    is_there = person.locked_at is None and person.archived_at is None
    return is_there and person.email is not None and person.address_refused_at is None


# ---- what speaks against it, and for it


def against(entries: Iterable[Entry], span: Span | TravelPeriod) -> list[Entry]:
    """Return what lies in these days, by day."""
    return [
        one
        for one in entries
        if one.kind is not EntryKind.MILESTONE
        and one.state is not EventStatus.CANCELLED
        and one.first <= span.last_on
        and one.last >= span.first_on
    ]


@dataclass(frozen=True)
class Line:
    """A period in the table: whom it suits, and what speaks against it."""

    period: TravelPeriod
    said: dict[Fit, list[TravelAsked]]
    against: list[Entry]
    #: Whether no other suits better; never before somebody answered.
    is_best: bool

    def number(self, fit: Fit) -> int:
        """Return how many say so."""
        return len(self.said[fit])


def lines(question: TravelQuestion, entries: Sequence[Entry]) -> list[Line]:
    """Return the periods, the best first: possible for most, suiting most, with least against it."""
    found = []
    for period in question.periods:
        said: dict[Fit, list[TravelAsked]] = {fit: [] for fit in Fit}
        for asked in question.asked:
            if (fit := asked.fits.get(period.id)) is not None:
                said[fit].append(asked)
        found.append((period, said, against(entries, period)))

    def rank(one: tuple[TravelPeriod, dict[Fit, list[TravelAsked]], list[Entry]]) -> tuple[int, int, int, int]:
        _period, said, reasons = one
        return len(said[Fit.NOT_POSSIBLE]), -len(said[Fit.SUITS]), len(said[Fit.RATHER_NOT]), len(reasons)

    found.sort(key=rank)
    is_answered = any(asked.answered_at for asked in question.asked)
    best = rank(found[0]) if found else None
    return [
        Line(one[0], one[1], one[2], is_best=is_answered and rank(one) == best and bool(one[1][Fit.SUITS]))
        for one in found
    ]
