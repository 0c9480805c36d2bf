"""How long a guest's link opens what, who reads what they need, and what minors may say by themselves."""

from datetime import date, timedelta
from enum import Enum

from tracker.attendance.models import Attendance
from tracker.events.models import Event, EventStatus
from tracker.events.rules import is_over, last_day
from tracker.language import _
from tracker.participants.models import AgeBand
from tracker.people.models import Person
from tracker.refusal import Refused
from tracker.web.access import Somebody

#: So long after the last day a link opens, and what guests need is kept.
KEPT = timedelta(days=30)
#: What the key of a letter with a guest's link begins with.
KEY = "guest|"
#: Somebody else answers for them.
MINORS = frozenset({AgeBand.CHILD, AgeBand.YOUTH})


class Standing(Enum):
    """What a link opens now."""

    OPEN = "open"
    #: Nothing is asked any more; what was given can be taken back.
    SETTLED = "settled"
    OVER = "over"


def kept_until(event: Event) -> date:
    """Return the last day on which a link opens, and on which what guests need is kept."""
    return last_day(event) + KEPT


def is_off(event: Event, today: date) -> bool:
    """Whether nobody is asked any more whether they come."""
    return event.archived_at is not None or event.status is EventStatus.CANCELLED or is_over(event, today)


def standing_of(attendance: Attendance, person: Person, today: date) -> Standing:
    """Return what the link of a person to an event opens. `today`: at the place."""
    event, participant = attendance.event, attendance.participant
    gone = (attendance, participant, event, person)
    is_theirs = participant.person_id == person.id and person.locked_at is None
    if not is_theirs or any(one.archived_at is not None for one in gone) or today > kept_until(event):
        return Standing.OVER
    return Standing.SETTLED if is_off(event, today) else Standing.OPEN


def can_be_written_to(person: Person | None) -> bool:
    """Whether a letter reaches somebody."""
    if person is None or person.email is None or person.address_refused_at is not None:
        return False
    return person.locked_at is None and person.archived_at is None


def may_see_needs(reader: Somebody, event: Event) -> bool:
    """Whether they read what guests need: who coordinates the project of the event, and its contact on the spot.

    Where nobody is named to coordinate it, every coordinator looks after it.
    """
    if reader.id == event.on_the_spot_id:
        return True
    named = {person.id for person in event.project.coordinators} if event.project else set()
    return reader.is_coordinator and (not named or reader.id in named)


def check_guardian(*, age_band: AgeBand | None, comes: bool, guardian: str | None, agrees: bool) -> None:
    """Raise Refused if a minor would come without somebody who agrees to it."""
    if age_band not in MINORS or not (comes or agrees):
        return
    if not agrees:
        raise Refused(_("Somebody under 18 can come only if a guardian agrees."), "guardian_agrees")
    if guardian is None:
        raise Refused(_("Please write the name of the guardian who agrees."), "guardian")
