"""Who may see and change persons, and how functions lie in time."""

from datetime import date

from tracker.language import _
from tracker.people.models import Contact, Person
from tracker.refusal import Refused
from tracker.web.access import Somebody


def is_current(contact: Contact, today: date) -> bool:
    """Whether somebody has this function today."""
    begun = contact.from_on is None or contact.from_on <= today
    return begun and (contact.until_on is None or today <= contact.until_on) and contact.archived_at is None


def check_function(*, person_id: int, deputy_id: int | None, from_on: date | None, until_on: date | None) -> None:
    """Refuse a function that ends before it begins, and somebody who stands in for themselves."""
    if from_on and until_on and until_on < from_on:
        raise Refused(_("The last day lies before the first one."))
    if deputy_id == person_id:
        raise Refused(_("Nobody can be their own deputy."))


def overlap(one: Contact, other: Contact) -> bool:
    """Whether there is a day on which both functions are held."""
    first, second = (
        (one.from_on or date.min, one.until_on or date.max),
        (other.from_on or date.min, other.until_on or date.max),
    )
    return first[0] <= second[1] and second[0] <= first[1]


def part_kept(subdivision: str | None, country: str | None) -> str | None:
    """Return the part of a country, unless the person has gone to another one."""
    return subdivision if subdivision and country and subdivision.startswith(f"{country}-") else None


def is_paused(person: Person, today: date) -> bool:
    """Whether a person wants no letters today."""
    return person.paused_until is not None and today <= person.paused_until


# ---- who may what


def may_see_contact_data(reader: Somebody) -> bool:
    """Whether addresses and telephone numbers are shown to them."""
    return reader.is_coordinator


def may_edit(reader: Somebody) -> bool:
    """Whether they enter and change persons and their functions."""
    return reader.is_coordinator
