"""Who may say how things stand, what can be said, and who may be asked how often."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum

from tracker.language import _
from tracker.milestones import rules as milestones
from tracker.milestones.models import Assessment, Milestone
from tracker.people.whereabouts import Whereabouts
from tracker.projects.models import Project
from tracker.projects.rules import ENDED
from tracker.refusal import Refused
from tracker.updates.models import StatusRequest, StatusUpdate
from tracker.web.access import Somebody
from tracker.workdays.rules import local_day, workdays_after

DAY = timedelta(days=1)
#: Where somebody is asked once only, the next step comes after so many of their working days.
USUAL_GAP = 5
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


def may_translate(reader: Somebody, update: StatusUpdate) -> bool:
    """Whether they put a translation beside what somebody wrote."""
    return reader.is_coordinator and update.text is not None


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


@dataclass(frozen=True)
class Chain:
    """After how many working days of the person asked each step comes, counted from their first morning."""

    #: When they are asked themselves, in order, at least once.
    days: tuple[int, ...]

    @property
    def deputy_after(self) -> int:
        """When their deputy is asked."""
        return self.days[-1] + self._gap

    @property
    def call_after(self) -> int:
        """When a coordinator calls."""
        return self.deputy_after + self._gap

    @property
    def _gap(self) -> int:
        return self.days[-1] - self.days[-2] if len(self.days) > 1 else USUAL_GAP


def chain_of(steps: Iterable[int]) -> Chain | None:
    """Return the chain of a rule; none where it is off and has no steps."""
    days = tuple(sorted(steps))
    return Chain(days) if days else None


class Step(Enum):
    """How far the asking has gone."""

    #: No letter has left yet.
    WAITS = "waits"
    ASKED = "asked"
    DEPUTY = "deputy"
    CALL = "call"


@dataclass(frozen=True)
class Stage:
    """How far the asking has gone, and what a sentence about it names."""

    step: Step
    #: How often they were asked.
    times: int = 0
    #: When the first letter leaves; none: not before the project's reminders are resumed.
    first_on: date | None = None


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


def first_asked_on(asked_at: datetime, person_id: int, there: Whereabouts, chain: Chain) -> date:
    """Return the local date of the first letter."""
    return workdays_after(there.next_morning(asked_at, person_id), chain.days[0], there.calendar)


def stage_of(
    request: StatusRequest, now: datetime, there: Whereabouts, chain: Chain | None, *, has_deputy: bool
) -> Stage:
    """Return how far the asking has gone, counted in the working days of the person asked.

    Who cannot be written to is called at once, and so is everybody where the rule is off (no chain).
    """
    person = request.person
    is_lost = person.email is None or person.address_refused_at or person.locked_at or person.archived_at
    if chain is None or is_lost:
        return Stage(Step.CALL)
    if request.project.reminders_paused:
        return Stage(Step.WAITS)
    began, today = there.next_morning(request.asked_at, request.person_id), local_day(now, there.zone)

    def gone_by(days: int) -> bool:
        return workdays_after(began, days, there.calendar) <= today

    times = sum(gone_by(days) for days in chain.days)
    if times == 0:
        return Stage(Step.WAITS, first_on=first_asked_on(request.asked_at, request.person_id, there, chain))
    if gone_by(chain.call_after) or (gone_by(chain.deputy_after) and not has_deputy):
        return Stage(Step.CALL, times)
    return Stage(Step.DEPUTY if gone_by(chain.deputy_after) else Step.ASKED, times)
