"""Organisations with their names and aliases, closed days, and the office itself."""

from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Editable, Findable, Model, PartialDate, Translated
from tracker.language import Word, _lp


class OrganisationKind(Word):
    """What sort of body it is."""

    DISTRICT = "district", _lp("organisation", "district")
    MUNICIPALITY = "municipality", _lp("organisation", "municipality")
    PROVINCE = "province", _lp("organisation", "province")
    COUNTY = "county", _lp("organisation", "county")
    STATE = "state", _lp("organisation", "state")
    REGION = "region", _lp("organisation", "region")
    AGENCY = "agency", _lp("organisation", "agency")
    ASSOCIATION = "association", _lp("organisation", "association")
    SCHOOL = "school", _lp("organisation", "school")
    MUSEUM = "museum", _lp("organisation", "museum")
    COMPANY = "company", _lp("organisation", "company")
    FUNDER = "funder", _lp("organisation", "funder")


class Organisation(Editable, Findable, Model):
    """A body with a name, a place and a calendar."""

    __tablename__ = "organisation"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[Translated]
    kind: Mapped[OrganisationKind]
    #: ISO 3166-1 alpha-2, and ISO 3166-2: "DE", "DE-HE". They name the public holidays.
    country: Mapped[str] = mapped_column(String(2), index=True)
    subdivision: Mapped[str | None] = mapped_column(String(6))
    place: Mapped[str | None] = mapped_column(String(120))
    #: The language one writes to it in, where no person is known.
    language: Mapped[str] = mapped_column(String(8))
    zone: Mapped[str] = mapped_column(String(64))
    part_of_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    notes: Mapped[str | None] = mapped_column(Text)

    part_of: Mapped["Organisation | None"] = relationship(remote_side=id)
    aliases: Mapped[list["OrganisationAlias"]] = relationship(
        cascade="all, delete-orphan", order_by="OrganisationAlias.id", back_populates="organisation"
    )
    closed_days: Mapped[list["ClosedDay"]] = relationship(cascade="all, delete-orphan", order_by="ClosedDay.from_on")

    def spellings(self) -> Iterable[str]:
        """Return every name it is known by, and its place."""
        return [*self.name.spellings, *(alias.text for alias in self.aliases), self.place or ""]


class OrganisationAlias(Model):
    """Another spelling of a name, or one it had before."""

    __tablename__ = "organisation_alias"

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    text: Mapped[str] = mapped_column(String(200))
    language: Mapped[str | None] = mapped_column(String(8))
    from_on: Mapped[PartialDate | None]
    until_on: Mapped[PartialDate | None]

    organisation: Mapped[Organisation] = relationship(back_populates="aliases")


class ClosedDay(Model):
    """Days on which an organisation does not work, beyond public holidays."""

    __tablename__ = "closed_day"
    __table_args__ = (CheckConstraint("from_on <= until_on", name="in_order"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    from_on: Mapped[date]
    until_on: Mapped[date]
    label: Mapped[str | None] = mapped_column(String(120))


class Office(Model):
    """The installation's own body: one row."""

    __tablename__ = "office"
    __table_args__ = (CheckConstraint("id = 1", name="only_one"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=1)
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    name: Mapped[str] = mapped_column(String(200))
    language: Mapped[str] = mapped_column(String(8))
    zone: Mapped[str] = mapped_column(String(64))
    country: Mapped[str] = mapped_column(String(2))
    subdivision: Mapped[str | None] = mapped_column(String(6))
    sending_paused: Mapped[bool] = mapped_column(default=False)
    imprint: Mapped[Translated | None]
    accessibility: Mapped[Translated | None]
    #: Whether anybody may read what is published.
    public_page: Mapped[bool] = mapped_column(default=False)
    #: What the public page begins with; it is there in each language of this text.
    introduction: Mapped[Translated | None]
    created_at: Mapped[datetime]

    organisation: Mapped[Organisation | None] = relationship()
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own name
