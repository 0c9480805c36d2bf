"""Who may read and write the log, and what can be logged."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from tracker.db import PartialDate
from tracker.events.models import EventKind
from tracker.language import _
from tracker.log.models import LogKind
from tracker.refusal import Refused
from tracker.web.access import Somebody


def may_list(reader: Somebody) -> bool:
    """Whether they read the log as a whole; partners read that of their projects, on the projects' pages."""
    return reader.sees_all


def may_write(reader: Somebody) -> bool:
    """Whether they log what happened."""
    return reader.is_coordinator


def may_see_people(reader: Somebody) -> bool:
    """Whether they read the names of those who were there."""
    return reader.sees_all


def check(*, happened_on: PartialDate, about: tuple[object, ...], today: date) -> None:
    """Raise Refused if it is about nothing, or has not happened yet."""
    if not any(about):
        raise Refused(_("Please choose a project, a partnership or an organisation that this is about."))
    if happened_on.earliest > today:
        raise Refused(_("This date has not come yet. The log holds what has happened; what is to come is a next step."))


# ---- contact


def is_without_contact(last_on: PartialDate | None, interval_days: int | None, today: date) -> bool:
    """Whether more days than agreed have passed. Of what is known by its year or month the last day counts."""
    if last_on is None or interval_days is None:
        return False
    return last_on.latest + timedelta(days=interval_days) <= today


@dataclass(frozen=True)
class Who:
    """Somebody one can turn to, and in which language."""

    id: int
    name: str
    language: str


@dataclass(frozen=True)
class LastTime:
    """What happened before, as far as the next step follows from it."""

    #: Of the last contact; None: a status update, or no contact at all.
    kind: EventKind | LogKind | None = None
    #: What the last entry says is to be done, and is not done.
    open_step: str | None = None
    step_language: str | None = None
    #: Who was there from the other side …
    person: Who | None = None
    #: … and whether they can still be asked.
    is_there: bool = False


@dataclass(frozen=True)
class Proposal:
    """What one could do next."""

    sentence: str
    #: Of the sentence, where somebody wrote it; None: it is said in the reader's.
    language: str | None = None
    #: Whom it is about; None where nobody is known, or where the sentence was written by somebody.
    person: Who | None = None


#: In which words one turns to somebody again by the way one took last time.
_AGAIN: dict[EventKind | LogKind, Callable[[str], str]] = {
    LogKind.CALL: lambda name: _("call %(name)s again", name=name),
    LogKind.LETTER: lambda name: _("write %(name)s a letter again", name=name),
    LogKind.MAIL: lambda name: _("write to %(name)s again by mail", name=name),
    LogKind.MEETING: lambda name: _("arrange a meeting with %(name)s again", name=name),
    LogKind.VISIT: lambda name: _("arrange a visit with %(name)s again", name=name),
}
_AGAIN |= {EventKind.MEETING: _AGAIN[LogKind.MEETING], EventKind.VISIT: _AGAIN[LogKind.VISIT]}


def proposed(last: LastTime, first_contact: Who | None) -> Proposal:
    """Return the next step that what happened before suggests, the first of these that there is.

    1. The open next step of the last entry.
    2. The way and the person of the last contact, if this person can still be asked. Where the last contact was no
       way to somebody (a decision, a delivery, a gift, the press, a note, a status
       update, an exhibition): to get in touch with them.
    3. To get in touch with the first contact of the other side.
    4. To enter somebody there.
    """
    if last.open_step:
        return Proposal(last.open_step, last.step_language)
    if last.person and last.is_there:
        again = _AGAIN.get(last.kind) if last.kind else None
        sentence = again(last.person.name) if again else _("get in touch with %(name)s", name=last.person.name)
        return Proposal(sentence, person=last.person)
    if first_contact:
        return Proposal(_("get in touch with %(name)s", name=first_contact.name), person=first_contact)
    return Proposal(_("enter a contact person on the other side"))
