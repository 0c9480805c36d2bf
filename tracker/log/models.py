"""The log: what happened, who was there, and the next step."""

from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy import Text as LongText
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Editable, Findable, Model, PartialDate, Translated
from tracker.language import Word, _lp
from tracker.organisations.models import Organisation
from tracker.partnerships.models import Partnership
from tracker.people.models import Person
from tracker.projects.models import Project


class LogKind(Word):
    """What sort of thing happened; what is logged most often comes first."""

    CALL = "call", _lp("log", "call")
    MEETING = "meeting", _lp("log", "meeting")
    LETTER = "letter", _lp("log", "letter")
    MAIL = "mail", _lp("log", "mail")
    VISIT = "visit", _lp("log", "visit")
    DECISION = "decision", _lp("log", "decision")
    DELIVERY = "delivery", _lp("log", "delivery")
    GIFT_GIVEN = "gift_given", _lp("log", "gift given")
    GIFT_RECEIVED = "gift_received", _lp("log", "gift received")
    PRESS = "press", _lp("log", "press")
    NOTE = "note", _lp("log", "note")


_OPEN_STEP = text("next_step IS NOT NULL AND next_step_done_at IS NULL AND archived_at IS NULL")


class LogEntry(Editable, Findable, Model):
    """A dated thing that happened, on a project, a partnership or an organisation."""

    __tablename__ = "log_entry"
    __table_args__ = (
        CheckConstraint(
            "project_id IS NOT NULL OR partnership_id IS NOT NULL OR organisation_id IS NOT NULL",
            name="about_something",
        ),
        CheckConstraint("next_step_on IS NULL OR next_step IS NOT NULL", name="dated_step_has_words"),
        # The newest entry of each is found at the end of its part, without reading the others.
        Index("ix_log_entry_project_id_happened_on", "project_id", "happened_on"),
        Index("ix_log_entry_partnership_id_happened_on", "partnership_id", "happened_on"),
        # Few steps are open at a time, however long the log grows.
        Index("ix_log_entry_open_step", "next_step_on", "by_id", sqlite_where=_OPEN_STEP, postgresql_where=_OPEN_STEP),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int | None] = mapped_column(ForeignKey("project.id"))
    partnership_id: Mapped[int | None] = mapped_column(ForeignKey("partnership.id"))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    #: At whose place it was; of a visit it tells who was whose guest.
    at_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    happened_on: Mapped[PartialDate] = mapped_column(index=True)
    kind: Mapped[LogKind]
    #: One line.
    summary: Mapped[Translated]
    details: Mapped[str | None] = mapped_column(LongText)
    #: Of the details and the next step.
    language: Mapped[str] = mapped_column(String(8))
    next_step: Mapped[str | None] = mapped_column(String(400))
    next_step_on: Mapped[date | None]
    next_step_done_at: Mapped[datetime | None]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    #: Whether its date and its line stand on the public page, below what it is about.
    published: Mapped[bool] = mapped_column(default=False)

    project: Mapped[Project | None] = relationship()
    partnership: Mapped[Partnership | None] = relationship()
    organisation: Mapped[Organisation | None] = relationship(foreign_keys=organisation_id)
    at: Mapped[Organisation | None] = relationship(foreign_keys=at_id)
    by: Mapped[Person | None] = relationship(foreign_keys=by_id)
    people: Mapped[list[Person]] = relationship(secondary="log_entry_person", order_by=Person.id)
    organisations: Mapped[list[Organisation]] = relationship(
        secondary="log_entry_organisation", order_by=Organisation.id
    )

    def spellings(self) -> Iterable[str]:
        """Return all its words."""
        return [*self.summary.spellings, self.details or "", self.next_step or ""]


class LogEntryPerson(Model):
    """Somebody who was there."""

    __tablename__ = "log_entry_person"

    log_entry_id: Mapped[int] = mapped_column(ForeignKey("log_entry.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True, index=True)


class LogEntryOrganisation(Model):
    """An organisation that was there."""

    __tablename__ = "log_entry_organisation"

    log_entry_id: Mapped[int] = mapped_column(ForeignKey("log_entry.id"), primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True, index=True)
