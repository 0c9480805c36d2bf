"""Where somebody works: the clock on their wall, the days on which they are there, and until when they are away."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

from tracker.people.models import Contact, Person
from tracker.web.access import OfficeSeen
from tracker.workdays.rules import Calendar, first_morning, workdays_after

DAY = timedelta(days=1)
#: First and last day of each time in which an organisation is closed.
Closed = tuple[tuple[date, date], ...]


class Placed(Protocol):
    """Whatever may say where somebody is: a person, an organisation, or the row of a query about one."""

    @property
    def zone(self) -> str | None:
        """The zone; none: that of the next one asked."""

    @property
    def country(self) -> str | None:
        """The country; none: that of the next one asked."""

    @property
    def subdivision(self) -> str | None:
        """The part of the country."""


@dataclass(frozen=True)
class Whereabouts:
    """The zone and the working days of a person."""

    zone: str
    calendar: Calendar
    #: The last day on which they want no letters.
    away_until: date | None = None

    def next_morning(self, instant: datetime, person_id: int) -> date:
        """Return the local date of the first morning after an instant on which they can be written to."""
        day = first_morning(instant, self.zone, self.calendar, str(person_id))
        if self.away_until is None or day > self.away_until:
            return day
        return workdays_after(self.away_until + DAY, 0, self.calendar)


def of_office(office: OfficeSeen) -> Whereabouts:
    """Return where the office is."""
    return Whereabouts(office.zone, Calendar(office.country, office.subdivision))


def whereabouts(person: Person, contacts: Sequence[Contact], office: OfficeSeen) -> Whereabouts:
    """Return a person's own zone and calendar, else those of where they work, else the office's.

    `contacts` are the functions they have now; that as first contact goes before those that are older.
    """
    held = sorted(contacts, key=lambda contact: (not contact.is_first, contact.id))
    place = next((one.organisation for one in held if one.organisation.archived_at is None), None)
    closed = tuple((one.from_on, one.until_on) for one in place.closed_days) if place else ()
    return settled(person, place, closed, of_office(office), away_until=person.paused_until)


def settled(
    person: Placed, place: Placed | None, closed: Closed, home: Whereabouts, *, away_until: date | None
) -> Whereabouts:
    """Return the zone and calendar of somebody who works at a place that has these closed days, or nowhere."""
    country, subdivision = home.calendar.country, home.calendar.subdivision
    if place is not None and place.country:
        country, subdivision = place.country, place.subdivision
    if person.country and (person.country != country or person.subdivision):
        country, subdivision = person.country, person.subdivision
    zone = person.zone or (place.zone if place else None) or home.zone
    return Whereabouts(zone, Calendar(country, subdivision, closed if place else home.calendar.closed), away_until)
