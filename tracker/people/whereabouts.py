"""Where somebody works: the clock on their wall, and the days on which they are there."""

from collections.abc import Sequence
from dataclasses import dataclass

from tracker.people.models import Contact, Person
from tracker.web.access import OfficeSeen
from tracker.workdays.rules import Calendar


@dataclass(frozen=True)
class Whereabouts:
    """The zone and the working days of a person."""

    zone: str
    calendar: Calendar


def whereabouts(person: Person, contacts: Sequence[Contact], office: OfficeSeen) -> Whereabouts:
    """Return a person's own zone and calendar, else those of where they work, else the office's.

    `contacts` are the functions they have now; that as first contact goes before those that are older.
    """
    held = sorted(contacts, key=lambda contact: (not contact.is_first, contact.id))
    place = next((one.organisation for one in held if one.organisation.archived_at is None), None)
    country, subdivision = (place.country, place.subdivision) if place else (office.country, office.subdivision)
    if person.country and (person.country != country or person.subdivision):
        country, subdivision = person.country, person.subdivision
    closed = tuple((one.from_on, one.until_on) for one in place.closed_days) if place else ()
    zone = person.zone or (place.zone if place else office.zone)
    return Whereabouts(zone, Calendar(country, subdivision, closed))
