"""Who may hand over what is open, and to whom."""

from collections.abc import Sequence
from datetime import date, timedelta

from tracker.db import PartialDate
from tracker.language import _
from tracker.organisations.models import Organisation
from tracker.partnerships.models import Partnership, PartnershipStatus
from tracker.people.models import Person
from tracker.refusal import Refused
from tracker.web.access import Somebody

#: Whoever is asked instead has so many days at least.
TIME_TO_ANSWER = timedelta(days=7)


def may_hand_over(reader: Somebody) -> bool:
    """Whether they let what is open go from one to another."""
    return reader.is_coordinator


def check_successor(person: Person, successor: Person) -> None:
    """Raise Refused unless somebody else can take it over."""
    if person.id == successor.id:
        raise Refused(_("Please choose somebody else."))
    if successor.archived_at is not None or successor.locked_at is not None:
        raise Refused(_("This person is locked out or in the archive."))


# ---- what goes over


def has_heirs(organisation: Organisation) -> bool:
    """Whether somebody can take over what is open with it."""
    return organisation.ended_on is not None and bool(heirs(organisation))


def heirs(organisation: Organisation) -> Sequence[Organisation]:
    """Return those who came out of its end."""
    return organisation.changes[-1].successors if organisation.changes else ()


def is_continued(partnership: Partnership) -> bool:
    """Whether another one can take over what is open under it."""
    return partnership.status is PartnershipStatus.CONTINUED and partnership.continued_by is not None


def can_be_within(part: Organisation, whole: Organisation) -> bool:
    """Whether one organisation can belong to another: it does not contain that itself."""
    higher: Organisation | None = whole
    while higher is not None:
        if higher is part:
            return False
        higher = higher.part_of
    return True


def can_stand_under(partnership: Partnership, umbrella: Partnership) -> bool:
    """Whether one partnership can stand under another."""
    higher: Partnership | None = umbrella
    while higher is not None:
        if higher is partnership:
            return False
        higher = higher.umbrella
    return True


def first_day(since: PartialDate, today: date) -> date:
    """Return the day on which functions at a predecessor begin at its successor: that of the change, if it is known."""
    return since.earliest if since.day else today
