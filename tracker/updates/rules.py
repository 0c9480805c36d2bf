"""Who may say how things stand, what can be said, and who may be asked how often."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from tracker.language import Word, _, _lp
from tracker.milestones import rules as milestones
from tracker.milestones.models import Assessment, Milestone
from tracker.people.whereabouts import Whereabouts
from tracker.projects.models import Project
from tracker.projects.rules import ENDED
from tracker.refusal import Refused
from tracker.updates.models import StatusRequest
from tracker.web.access import Somebody
from tracker.workdays.rules import local_day, sending_time, workdays_after

DAY = timedelta(days=1)
#: A person is asked again after so many of their working days …
AGAIN_AFTER = (5, 10)
#: … then their deputy is asked …
DEPUTY_AFTER = 15
#: … and then a coordinator calls; sooner where there is nobody to stand in.
CALL_AFTER = 20
#: An answer is expected after so many days, unless another date is chosen.
USUALLY_DAYS = 14
#: Nobody is asked for something further away than this.
FURTHEST = timedelta(days=366)


@dataclass(frozen=True)
class Said:
    """What somebody says: an assessment, a new date, a text, or several of them."""

    assessment: Assessment | None = None
    new_due_on: date | None = None
    text: str | None = None
    #: Of the text.
    language: str = "en"


def may_report(reader: Somebody, project: Project, milestone: Milestone | None, *, asked: bool = False) -> bool:
    """Whether they say how a project they see stands, or one of its milestones; nothing is said about the archive.

    Who is asked may answer, also about what is not theirs.
    """
    if reader.is_reader or project.archived_at is not None:
        return False
    if milestone is None:
        return True
    return milestone.archived_at is None and (asked or milestones.may_report(reader, milestone))


def check(said: Said, milestone: Milestone | None, *, today: date) -> None:
    """Raise Refused if it says nothing, contradicts itself, or comes too late."""
    if said.assessment is None and said.new_due_on is None and said.text is None:
        raise Refused(_("Please say something: how it stands, a new date, or a few words."))
    if milestone is None and said.new_due_on is not None:
        raise Refused(_("Only a milestone has a date that can be moved."))
    if said.new_due_on is not None and said.assessment is Assessment.DONE:
        raise Refused(_("What is done needs no new date. Please leave one of the two out."))
    if said.new_due_on is not None and said.new_due_on < today:
        raise Refused(_("The new date has gone by already. Please choose a later one."))
    if milestone is not None and (said.assessment is not None or said.new_due_on is not None):
        milestones.check_open(milestone)


# ---- asking


class Step(Word):
    """How far the asking has gone."""

    ONCE = "once", _lp("request", "asked once")
    TWICE = "twice", _lp("request", "asked twice")
    THRICE = "thrice", _lp("request", "asked three times")
    DEPUTY = "deputy", _lp("request", "the deputy is asked too")
    CALL = "call", _lp("request", "please call")


def may_ask(reader: Somebody, project: Project) -> bool:
    """Whether they ask partners how a project stands; nobody is asked about what is over."""
    return reader.is_coordinator and project.archived_at is None and project.status not in ENDED


def may_withdraw(reader: Somebody) -> bool:
    """Whether they take a question back."""
    return reader.is_coordinator


def check_asking(*, people: int, answer_by: date, today: date) -> None:
    """Raise Refused if nobody is asked, or for a day on which nobody can answer."""
    if not people:
        raise Refused(_("Please choose whom you ask."))
    if answer_by < today:
        raise Refused(_("The date by which you want an answer has gone by already. Please choose a later one."))
    if answer_by > today + FURTHEST:
        raise Refused(_("Please choose a date within a year."))


def usual_date(today: date, there: Whereabouts) -> date:
    """Return by when an answer is expected, unless another date is chosen: a working day of the office."""
    return workdays_after(today + USUALLY_DAYS * DAY, 0, there.calendar)


def first_asked_on(asked_at: datetime, person_id: int, there: Whereabouts) -> date:
    """Return the local date of the first letter: that of their next morning hour on a working day."""
    day = workdays_after(local_day(asked_at, there.zone), 0, there.calendar)
    if sending_time(day, there.zone, str(person_id)) >= asked_at:
        return day
    return workdays_after(day + DAY, 0, there.calendar)


def step_of(request: StatusRequest, now: datetime, there: Whereabouts, *, has_deputy: bool) -> Step:
    """Return how far the asking has gone, counted in the working days of the person asked.

    Who cannot be written to is called at once.
    """
    person = request.person
    if person.email is None or person.address_refused_at or person.locked_at or person.archived_at:
        return Step.CALL
    first, today = first_asked_on(request.asked_at, request.person_id, there), local_day(now, there.zone)

    def gone_by(days: int) -> bool:
        return workdays_after(first, days, there.calendar) <= today

    if gone_by(CALL_AFTER) or (gone_by(DEPUTY_AFTER) and not has_deputy):
        return Step.CALL
    if gone_by(DEPUTY_AFTER):
        return Step.DEPUTY
    return (Step.ONCE, Step.TWICE, Step.THRICE)[sum(gone_by(days) for days in AGAIN_AFTER)]
