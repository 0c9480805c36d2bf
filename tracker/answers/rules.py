"""What a link in a letter still opens, and how often a question may be passed on."""

from datetime import date, datetime, timedelta
from enum import Enum

from tracker.answers.links import AnswerLink
from tracker.language import _
from tracker.people.models import Person
from tracker.refusal import Refused
from tracker.reminders.matters import Matter
from tracker.reminders.rules import told
from tracker.updates.models import StatusRequest, StatusUpdate
from tracker.web.access import Somebody

#: So long what was said through a link can be taken back.
TAKEN_BACK_WITHIN = timedelta(days=30)
#: Nobody passes on more questions within a day …
PASSED_ON_A_DAY = 3
#: … or gets more of them, …
GIVEN_A_DAY = 3
#: … or asks for more new links.
NEW_LINKS_A_DAY = 3
DAY = timedelta(days=1)
#: A pause holds letters back, not an answer.
_STILL_ANSWERED = frozenset({None, "project_paused"})


class Standing(Enum):
    """What a link opens now."""

    OPEN = "open"
    ANSWERED = "answered"
    PASSED_ON = "passed_on"
    EXPIRED = "expired"
    OVER = "over"


def is_gone(person: Person, *, has_left: bool = False) -> bool:
    """Whether somebody may do nothing any more, neither here nor by a link."""
    return has_left or person.locked_at is not None or person.archived_at is not None


def is_needed(matter: Matter | None, person_id: int) -> bool:
    """Whether somebody still wants to hear from a person how it stands."""
    return matter is not None and matter.over in _STILL_ANSWERED and matter.asks(person_id)


def standing_of(
    link: AnswerLink,
    person: Person,
    matter: Matter | None,
    *,
    gone: bool,
    said: StatusUpdate | None,
    passed_on: StatusRequest | None,
    today: date,
) -> Standing:
    """Return what a link opens: first what was done through it, then whether anything is still wanted."""
    if gone:
        return Standing.OVER
    if said is not None:
        return Standing.ANSWERED
    if passed_on is not None:
        return Standing.PASSED_ON
    if not is_needed(matter, person.id):
        return Standing.OVER
    return Standing.EXPIRED if link.is_over(today) else Standing.OPEN


def why_over(matter: Matter | None) -> str | None:
    """Return in a sentence why nobody needs an answer, where the letter's reader may know."""
    return told(matter.over) if matter is not None and matter.over not in _STILL_ANSWERED else None


# ---- taking back


def can_be_taken_back(update: StatusUpdate, now: datetime) -> bool:
    """Whether what was said through a link can still be taken back."""
    return update.link is not None and update.taken_back_at is None and now <= update.at + TAKEN_BACK_WITHIN


def may_take_back(reader: Somebody, update: StatusUpdate, now: datetime) -> bool:
    """Whether a coordinator takes back what somebody said through a link."""
    return reader.is_coordinator and can_be_taken_back(update, now)


# ---- passing on


def check_passing_on(*, is_known: bool, passed_on_today: int, given_today: int) -> None:
    """Raise Refused before letters could become a nuisance; who is not known yet names nobody else."""
    if not is_known:
        raise Refused(_("Please tell the office whom to ask: it has not confirmed you yet."))
    if passed_on_today >= PASSED_ON_A_DAY:
        raise Refused(_("You have passed on several questions today. Please tell the office about the others."))
    if given_today >= GIVEN_A_DAY:
        raise Refused(_("This address has got several questions today. Please tell the office whom to ask."))
