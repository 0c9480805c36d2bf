"""What somebody says at a moment about how things stand."""

from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy import Text as LongText
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Findable, Model
from tracker.milestones.models import Assessment, Milestone
from tracker.people.models import Person
from tracker.projects.models import Project


class StatusUpdate(Findable, Model):
    """An assessment, a new date, a text, or just a comment. It stays as it was said."""

    __tablename__ = "status_update"
    __table_args__ = (
        CheckConstraint("assessment IS NOT NULL OR new_due_on IS NOT NULL OR text IS NOT NULL", name="says_something"),
        Index("ix_status_update_project_id_at", "project_id", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    #: Without one it is about the project.
    milestone_id: Mapped[int | None] = mapped_column(ForeignKey("milestone.id"), index=True)
    assessment: Mapped[Assessment | None]
    new_due_on: Mapped[date | None]
    text: Mapped[str | None] = mapped_column(LongText)
    language: Mapped[str] = mapped_column(String(8))
    at: Mapped[datetime] = mapped_column(index=True)
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)

    project: Mapped[Project] = relationship()
    milestone: Mapped[Milestone | None] = relationship()
    by: Mapped[Person] = relationship()

    def spellings(self) -> Iterable[str]:
        """Return what was said."""
        return [self.text or ""]
