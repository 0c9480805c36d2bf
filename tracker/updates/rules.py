"""Who may say how things stand, and what can be said."""

from dataclasses import dataclass
from datetime import date

from tracker.language import _
from tracker.milestones import rules as milestones
from tracker.milestones.models import Assessment, Milestone
from tracker.projects.models import Project
from tracker.refusal import Refused
from tracker.web.access import Somebody


@dataclass(frozen=True)
class Said:
    """What somebody says: an assessment, a new date, a text, or several of them."""

    assessment: Assessment | None = None
    new_due_on: date | None = None
    text: str | None = None
    #: Of the text.
    language: str = "en"


def may_report(reader: Somebody, project: Project, milestone: Milestone | None) -> bool:
    """Whether they say how a project they see stands, or one of its milestones; nothing is said about the archive."""
    if reader.is_reader or project.archived_at is not None:
        return False
    if milestone is None:
        return True
    return milestone.archived_at is None and milestones.may_report(reader, milestone)


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
