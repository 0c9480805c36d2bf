"""What a project promised, by when, and how often that moved."""

from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Editable, Findable, Model, Translated
from tracker.language import Word, _lp
from tracker.organisations.models import Organisation
from tracker.people.models import Person
from tracker.projects.models import Project


class MilestoneKind(Word):
    """What sort of promise."""

    MILESTONE = "milestone", _lp("milestone", "milestone")
    DELIVERABLE = "deliverable", _lp("milestone", "deliverable")
    REPORT = "report", _lp("milestone", "report")
    DECISION = "decision", _lp("milestone", "decision")


class MilestoneState(Word):
    """Whether the promise is still open."""

    OPEN = "open", _lp("milestone", "open")
    DONE = "done", _lp("milestone", "done")
    CANCELLED = "cancelled", _lp("milestone", "cancelled")


class Assessment(Word):
    """How something stands: one set of words for milestones and projects."""

    ON_TRACK = "on_track", _lp("assessment", "on track")
    AT_RISK = "at_risk", _lp("assessment", "at risk")
    DELAYED = "delayed", _lp("assessment", "delayed")
    DONE = "done", _lp("assessment", "done")
    NEEDS_HELP = "needs_help", _lp("assessment", "needs help")


class Milestone(Editable, Findable, Model):
    """A dated promise of a project."""

    __tablename__ = "milestone"
    __table_args__ = (
        CheckConstraint("(state = 'done') = (done_on IS NOT NULL)", name="done_has_a_day"),
        Index("ix_milestone_state_due_on", "state", "due_on"),
        Index("ix_milestone_responsible_organisation_id_state", "responsible_organisation_id", "state"),
        Index("ix_milestone_responsible_person_id_state", "responsible_person_id", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), index=True)
    title: Mapped[Translated]
    kind: Mapped[MilestoneKind] = mapped_column(default=MilestoneKind.MILESTONE)
    state: Mapped[MilestoneState] = mapped_column(default=MilestoneState.OPEN)
    first_due_on: Mapped[date]
    due_on: Mapped[date] = mapped_column(index=True)
    #: Since when that is its date; nothing is planned for a moment before.
    due_since: Mapped[datetime]
    done_on: Mapped[date | None]
    #: The newest one that was said.
    assessment: Mapped[Assessment | None]
    responsible_organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    responsible_person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    #: Since when it is theirs.
    responsible_since: Mapped[datetime]

    project: Mapped[Project] = relationship()
    responsible_organisation: Mapped[Organisation | None] = relationship()
    responsible_person: Mapped[Person | None] = relationship()
    moves: Mapped[list["MilestoneMove"]] = relationship(order_by="MilestoneMove.id", back_populates="milestone")

    def spellings(self) -> Iterable[str]:
        """Return its titles."""
        return self.title.spellings


class MilestoneMove(Model):
    """From which date to which, when and by whom."""

    __tablename__ = "milestone_move"

    id: Mapped[int] = mapped_column(primary_key=True)
    milestone_id: Mapped[int] = mapped_column(ForeignKey("milestone.id"), index=True)
    from_on: Mapped[date]
    to_on: Mapped[date]
    at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    milestone: Mapped[Milestone] = relationship(back_populates="moves")
