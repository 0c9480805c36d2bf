"""What somebody says at a moment about how things stand, and who was asked for it."""

from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy import Text as LongText
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Findable, Model
from tracker.language import Word, _lp
from tracker.milestones.models import Assessment, Milestone
from tracker.people.models import Person
from tracker.projects.models import Project


class StatusUpdate(Findable, Model):
    """An assessment, a new date, a text, or just a comment. It stays as it was said."""

    __tablename__ = "status_update"
    __table_args__ = (
        CheckConstraint("assessment IS NOT NULL OR new_due_on IS NOT NULL OR text IS NOT NULL", name="says_something"),
        CheckConstraint("(taken_back_at IS NULL) = (taken_back_by_id IS NULL)", name="taken_back_by_somebody"),
        CheckConstraint(
            "(translation IS NULL) = (translated_at IS NULL) AND (translation IS NULL) = (translated_by_id IS NULL)"
            " AND (translation IS NULL) = (translation_language IS NULL)",
            name="translated_by_somebody",
        ),
        Index("ix_status_update_project_id_at", "project_id", "at"),
        # A mailed link says one thing, until that is taken back.
        Index(
            "uq_status_update_link",
            "link",
            unique=True,
            sqlite_where=text("taken_back_at IS NULL"),
            postgresql_where=text("taken_back_at IS NULL"),
        ),
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
    #: What the mailed link stood for through which it was said, "milestone:7|5|2027-03-02"; None: signed in.
    link: Mapped[str | None] = mapped_column(String(80))
    #: It stays where it is, and counts for nothing any more.
    taken_back_at: Mapped[datetime | None]
    taken_back_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    #: The text in another language, by somebody of the office.
    translation: Mapped[str | None] = mapped_column(LongText)
    translation_language: Mapped[str | None] = mapped_column(String(8))
    translated_at: Mapped[datetime | None]
    translated_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)

    project: Mapped[Project] = relationship()
    milestone: Mapped[Milestone | None] = relationship()
    by: Mapped[Person] = relationship(foreign_keys=by_id)
    taken_back_by: Mapped[Person | None] = relationship(foreign_keys=taken_back_by_id)
    translated_by: Mapped[Person | None] = relationship(foreign_keys=translated_by_id)

    def spellings(self) -> Iterable[str]:
        """Return what was said."""
        return [self.text or "", self.translation or ""]


class EndedBecause(Word):
    """Why a request is no longer open."""

    ANSWERED = "answered", _lp("request", "answered")
    WITHDRAWN = "withdrawn", _lp("request", "withdrawn")
    #: What was asked about is done, cancelled, archived or over.
    CLOSED = "closed", _lp("request", "no longer needed")
    #: Somebody else is asked instead.
    PASSED_ON = "passed_on", _lp("request", "passed on")


class StatusRequest(Model):
    """The question to one person how a milestone or a project stands, by a date."""

    __tablename__ = "status_request"
    __table_args__ = (
        CheckConstraint("(ended_at IS NULL) = (ended_because IS NULL)", name="ended_for_a_reason"),
        # One open request per person and thing. Two of them, because no NULL is like another.
        Index(
            "uq_status_request_open_milestone",
            "milestone_id",
            "person_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index(
            "uq_status_request_open_project",
            "project_id",
            "person_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL AND milestone_id IS NULL"),
            postgresql_where=text("ended_at IS NULL AND milestone_id IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), index=True)
    #: Without one it is about the project.
    milestone_id: Mapped[int | None] = mapped_column(ForeignKey("milestone.id"), index=True)
    #: Who is asked.
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    #: Since when the steps are counted: the moment they were asked, or asked again.
    asked_at: Mapped[datetime]
    answer_by: Mapped[date]
    question: Mapped[str | None] = mapped_column(LongText)
    #: Of the question.
    language: Mapped[str] = mapped_column(String(8))
    ended_at: Mapped[datetime | None] = mapped_column(index=True)
    ended_because: Mapped[EndedBecause | None]
    #: Who was asked before, and passed it on or handed it over.
    asked_before_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    #: What the mailed link stood for through which it was passed on.
    link: Mapped[str | None] = mapped_column(String(80), unique=True)

    project: Mapped[Project] = relationship()
    milestone: Mapped[Milestone | None] = relationship()
    person: Mapped[Person] = relationship(foreign_keys=person_id)
    asked_by: Mapped[Person] = relationship(foreign_keys=asked_by_id)
    asked_before: Mapped[Person | None] = relationship(foreign_keys=asked_before_id)
