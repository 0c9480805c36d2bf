"""The log: what happened, who was there, and the next step."""

from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
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
    PRESS = "press", _lp("log", "press")
    NOTE = "note", _lp("log", "note")


class LogEntry(Editable, Findable, Model):
    """A dated thing that happened, on a project, a partnership or an organisation."""

    __tablename__ = "log_entry"
    __table_args__ = (
        CheckConstraint(
            "project_id IS NOT NULL OR partnership_id IS NOT NULL OR organisation_id IS NOT NULL",
            name="about_something",
        ),
        CheckConstraint("next_step_on IS NULL OR next_step IS NOT NULL", name="dated_step_has_words"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int | None] = mapped_column(ForeignKey("project.id"), index=True)
    partnership_id: Mapped[int | None] = mapped_column(ForeignKey("partnership.id"), index=True)
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    happened_on: Mapped[PartialDate] = mapped_column(index=True)
    kind: Mapped[LogKind]
    #: One line.
    summary: Mapped[Translated]
    details: Mapped[str | None] = mapped_column(LongText)
    #: Of the details and the next step.
    language: Mapped[str] = mapped_column(String(8))
    next_step: Mapped[str | None] = mapped_column(String(400))
    next_step_on: Mapped[date | None] = mapped_column(index=True)
    next_step_done_at: Mapped[datetime | None]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)

    project: Mapped[Project | None] = relationship()
    partnership: Mapped[Partnership | None] = relationship()
    organisation: Mapped[Organisation | None] = relationship()
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
