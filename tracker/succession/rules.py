"""Who may hand over what is open with somebody, and to whom."""

from datetime import timedelta

from tracker.language import _
from tracker.people.models import Person
from tracker.refusal import Refused
from tracker.web.access import Somebody

#: Whoever is asked instead has so many days at least.
TIME_TO_ANSWER = timedelta(days=7)


def may_hand_over(reader: Somebody) -> bool:
    """Whether they let what is open with one person go to another."""
    return reader.is_coordinator


def check_successor(person: Person, successor: Person) -> None:
    """Raise Refused unless somebody else can take it over."""
    if person.id == successor.id:
        raise Refused(_("Please choose somebody else."))
    if successor.archived_at is not None or successor.locked_at is not None:
        raise Refused(_("This person is locked out or in the archive."))
