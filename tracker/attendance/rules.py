"""Who may enter who comes, and how many are where on which day."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from tracker.attendance.models import Answer, Attendance
from tracker.events.models import Event
from tracker.events.rules import days_of, first_day, last_day
from tracker.language import _, ngettext, translated
from tracker.participants.models import Participant
from tracker.refusal import Refused
from tracker.web.access import Somebody

#: Who is there, or will be.
THERE = frozenset({Answer.COMING, Answer.CAME})


def may_edit(reader: Somebody) -> bool:
    """Whether they enter and change who comes."""
    return reader.is_coordinator


def comes(one: Attendance) -> bool:
    """Whether a row of the list says that they are there, or will be."""
    return one.archived_at is None and one.participant.archived_at is None and one.answer in THERE


def heads_of(one: Attendance) -> int:
    """Return how many come; a person is one."""
    return one.heads or one.participant.heads or 1


def check_heads(one: Attendance, heads: int | None) -> None:
    """Raise Refused if more come than take part."""
    most = one.participant.heads or 1
    if heads is not None and heads > most:
        raise Refused(_("Only %(most)s take part. Please change that number first.", most=most), "heads")


def called(one: Participant) -> str:
    """Return a name, or how many they are and who sends them."""
    if one.person:
        return one.person.name
    heads = ngettext("%(num)d person", "%(num)d people", one.heads or 0)
    return f"{heads} ({translated(one.organisation.name)})" if one.organisation else heads


def first_of(one: Attendance) -> date:
    """Return the day on which a guest arrives."""
    return one.arrives_on or first_day(one.event)


def last_of(one: Attendance) -> date:
    """Return the day on which a guest leaves."""
    return one.leaves_on or last_day(one.event)


def clash(here: Event, arrives_on: date | None, leaves_on: date | None, others: Iterable[Attendance]) -> Event | None:
    """Return an event at which somebody is on a day on which they would be here; None if nothing keeps them from it."""
    first, last = arrives_on or first_day(here), leaves_on or last_day(here)
    # Two events of one project, such as a camp and its exhibition, lie in each other.
    apart = (one for one in others if one.event.project_id is None or one.event.project_id != here.project_id)
    return next((one.event for one in apart if first <= last_of(one) and first_of(one) <= last), None)


def places_left(event: Event, there: int) -> int | None:
    """Return how many more can come, or None for as many as like. `there`: heads that come already."""
    return None if event.places is None else max(0, event.places - there)


@dataclass(frozen=True)
class Stay:
    """Heads from one country who are there for the same days; None: those of the event."""

    country: str | None
    arrives_on: date | None
    leaves_on: date | None
    heads: int

    def holds(self, event: Event, day: date) -> bool:
        """Whether they are at the event on a day."""
        return (self.arrives_on or first_day(event)) <= day <= (self.leaves_on or last_day(event))


@dataclass(frozen=True)
class Presence:
    """How many are there on which day, by the country they come from. A country that nobody knows is None."""

    days: list[date]
    countries: list[str | None]
    heads: dict[tuple[str | None, date], int]

    def at(self, country: str | None, day: date) -> int:
        """Return the heads of one cell."""
        return self.heads.get((country, day), 0)

    def on(self, day: date) -> int:
        """Return the heads of a day."""
        return sum(number for (_country, when), number in self.heads.items() if when == day)


def presence(event: Event, stays: Iterable[Stay]) -> Presence:
    """Count who is there, day by day; empty where the days of the event are not wholly known."""
    heads: dict[tuple[str | None, date], int] = {}
    most: dict[str | None, int] = {}
    days = days_of(event)
    for stay in stays:
        for day in days:
            if stay.holds(event, day):
                heads[stay.country, day] = heads.get((stay.country, day), 0) + stay.heads
                most[stay.country] = max(most.get(stay.country, 0), heads[stay.country, day])
    return Presence(days, sorted(most, key=lambda where: (where is None, -most[where], where or "")), heads)
