"""Cooperation projects: who takes part in which role, who coordinates, which series they belong to."""

import secrets
from collections.abc import Iterable

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Editable, Findable, Model, PartialDate, Translated
from tracker.language import Word, _lp
from tracker.organisations.models import Organisation
from tracker.partnerships.models import Partnership
from tracker.people.models import Person


class ProjectStatus(Word):
    """Where a project stands in its life."""

    IDEA = "idea", _lp("project", "idea")
    PLANNED = "planned", _lp("project", "planned")
    RUNNING = "running", _lp("project", "running")
    COMPLETED = "completed", _lp("project", "completed")
    SUSPENDED = "suspended", _lp("project", "suspended")
    CANCELLED = "cancelled", _lp("project", "cancelled")


class ProjectRole(Word):
    """As what an organisation takes part."""

    LEAD = "lead", _lp("project role", "lead")
    PARTNER = "partner", _lp("project role", "partner")
    ASSOCIATED = "associated", _lp("project role", "associated")
    FUNDER = "funder", _lp("project role", "funder")
    INTERMEDIARY = "intermediary", _lp("project role", "intermediary")
    HOST = "host", _lp("project role", "host organisation")


class Series(Model):
    """A project that comes back."""

    __tablename__ = "series"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[Translated]
    #: How many years lie between the begins of two editions, if that is known.
    every_years: Mapped[int | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own name


#: Nobody takes one of these for another, and no word comes of them.
_OF_KEYS = "bcdfghjkmnpqrstvwxz23456789"
_LENGTH_OF_KEYS = 8


def new_mail_key() -> str:
    """Return a key that nobody guesses."""
    return "".join(secrets.choice(_OF_KEYS) for _ in range(_LENGTH_OF_KEYS))


class Project(Editable, Findable, Model):
    """An undertaking with an aim and dates."""

    __tablename__ = "project"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[Translated]
    summary: Mapped[Translated | None]
    status: Mapped[ProjectStatus] = mapped_column(default=ProjectStatus.PLANNED)
    begins: Mapped[PartialDate | None]
    ends: Mapped[PartialDate | None]
    series_id: Mapped[int | None] = mapped_column(ForeignKey("series.id"), index=True)
    #: "2007/2008"
    edition_label: Mapped[str | None] = mapped_column(String(60))
    reminders_paused: Mapped[bool] = mapped_column(default=False)
    #: Whether it stands on the public page, and what is said there; the summary stays inside.
    published: Mapped[bool] = mapped_column(default=False)
    public_text: Mapped[Translated | None]
    #: What its mail address has behind the plus: nobody counts it up, and it stays.
    mail_key: Mapped[str] = mapped_column(String(12), unique=True, default=new_mail_key)

    series: Mapped[Series | None] = relationship()
    partnerships: Mapped[list[Partnership]] = relationship(secondary="project_partnership", order_by=Partnership.id)
    organisations: Mapped[list["ProjectOrganisation"]] = relationship(
        cascade="all, delete-orphan", order_by="ProjectOrganisation.id"
    )
    coordinators: Mapped[list[Person]] = relationship(secondary="project_coordinator", order_by=Person.id)

    def spellings(self) -> Iterable[str]:
        """Return its titles, its label and its summary."""
        return [*self.title.spellings, self.edition_label or "", *(self.summary.spellings if self.summary else ())]


class ProjectPartnership(Model):
    """A project under a partnership."""

    __tablename__ = "project_partnership"

    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), primary_key=True)
    partnership_id: Mapped[int] = mapped_column(ForeignKey("partnership.id"), primary_key=True, index=True)


class ProjectCoordinator(Model):
    """A person who coordinates a project."""

    __tablename__ = "project_coordinator"

    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True, index=True)


class ProjectOrganisation(Model):
    """An organisation in a project, in one role."""

    __tablename__ = "project_organisation"
    __table_args__ = (UniqueConstraint("project_id", "organisation_id", "role"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    role: Mapped[ProjectRole]

    organisation: Mapped[Organisation] = relationship()
