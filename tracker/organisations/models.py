"""Organisations with their names and aliases, closed days, and the office itself."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import JSON, CheckConstraint, Dialect, ForeignKey, String, Text, TypeDecorator
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Editable, Findable, Model, PartialDate, Translated, TranslatedType
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


@dataclass(frozen=True)
class FormerName:
    """What an organisation was called before it was renamed, and when that was."""

    name: Translated
    until: PartialDate


class FormerNames(TypeDecorator[tuple[FormerName, ...]]):
    """Kept as JSON, the oldest first: [{"name": a translated text, "until": "1972-08"}]. None: it never had another."""

    impl = JSON(none_as_null=True)
    cache_ok = True
    _texts = TranslatedType()

    def process_bind_param(self, value: tuple[FormerName, ...] | None, dialect: Dialect) -> list[dict[str, Any]] | None:
        """Return the JSON list."""
        if not value:
            return None
        return [{"name": self._texts.process_bind_param(one.name, dialect), "until": one.until.text} for one in value]

    def process_result_value(
        self, value: list[dict[str, Any]] | None, dialect: Dialect
    ) -> tuple[FormerName, ...] | None:
        """Return the names."""
        if value is None:
            return None
        names = ((self._texts.process_result_value(one["name"], dialect), one["until"]) for one in value)
        return tuple(FormerName(name, PartialDate(until)) for name, until in names if name)


def former_names_of(text: str | None) -> tuple[FormerName, ...]:
    """Read former names from the JSON that they are kept as."""
    found = FormerNames().process_result_value(json.loads(text), DefaultDialect()) if text else None
    return found or ()


def name_on(name: Translated, former: Iterable[FormerName] | None, day: PartialDate | date | None) -> Translated:
    """Return what it was called on a day: the name of now, unless the day surely lies before it was renamed."""
    if day is None:
        return name
    latest = day.latest if isinstance(day, PartialDate) else day
    return next((one.name for one in former or () if latest < one.until.earliest), name)


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
    #: Degrees north and east, where it is to be a point on the map: "47.166, 18.953".
    position: Mapped[str | None] = mapped_column(String(24))
    #: The language one writes to it in, where no person is known.
    language: Mapped[str] = mapped_column(String(8))
    zone: Mapped[str] = mapped_column(String(64))
    part_of_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    notes: Mapped[str | None] = mapped_column(Text)
    #: Kept beside the name, as what search compares is: whoever names it knows from its row what it was called when.
    former_names: Mapped[tuple[FormerName, ...] | None] = mapped_column(FormerNames())
    #: Since when it exists no more, because it was merged, split or dissolved.
    ended_on: Mapped[PartialDate | None]

    part_of: Mapped["Organisation | None"] = relationship(remote_side=id)
    changes: Mapped[list["OrganisationChange"]] = relationship(
        order_by="OrganisationChange.happened_on, OrganisationChange.id", back_populates="organisation"
    )
    #: The changes of others out of which it came, or which made them part of it.
    origins: Mapped[list["OrganisationChange"]] = relationship(
        secondary="organisation_successor",
        order_by="OrganisationChange.happened_on, OrganisationChange.id",
        back_populates="successors",
    )
    aliases: Mapped[list["OrganisationAlias"]] = relationship(
        cascade="all, delete-orphan", order_by="OrganisationAlias.id", back_populates="organisation"
    )
    closed_days: Mapped[list["ClosedDay"]] = relationship(cascade="all, delete-orphan", order_by="ClosedDay.from_on")
    school_holidays: Mapped[list["SchoolHoliday"]] = relationship(
        cascade="all, delete-orphan", order_by="SchoolHoliday.from_on"
    )

    def spellings(self) -> Iterable[str]:
        """Return every name it is or was known by, and its place."""
        former = (text for one in self.former_names or () for text in one.name.spellings)
        return [*self.name.spellings, *(alias.text for alias in self.aliases), *former, self.place or ""]

    def name_on(self, day: PartialDate | date | None) -> Translated:
        """Return what it was called on a day."""
        return name_on(self.name, self.former_names, day)


class OtherName(NamedTuple):
    """Another spelling or name as somebody types it, and when it was used, as far as that is known."""

    text: str
    from_on: PartialDate | None = None
    until_on: PartialDate | None = None


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

    @property
    def as_typed(self) -> OtherName:
        """What somebody typed."""
        return OtherName(self.text, self.from_on, self.until_on)


class ChangeKind(Word):
    """What became of an organisation."""

    RENAMED = "renamed", _lp("change", "renamed")
    MERGED = "merged", _lp("change", "merged into another")
    SPLIT = "split", _lp("change", "split into several")
    DISSOLVED = "dissolved", _lp("change", "dissolved")


class OrganisationChange(Model):
    """An organisation was renamed, or ended: it went into another, into several, or into none."""

    __tablename__ = "organisation_change"
    __table_args__ = (CheckConstraint("(kind = 'renamed') = (name IS NOT NULL)", name="renamed_has_a_name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    kind: Mapped[ChangeKind]
    #: The first day on which it was so.
    happened_on: Mapped[PartialDate]
    #: The name before, of one that was renamed.
    name: Mapped[Translated | None]
    note: Mapped[Translated | None]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    created_at: Mapped[datetime]

    organisation: Mapped[Organisation] = relationship(back_populates="changes")
    successors: Mapped[list[Organisation]] = relationship(
        secondary="organisation_successor", order_by=Organisation.id, back_populates="origins"
    )


class OrganisationSuccessor(Model):
    """An organisation that came out of a change of another."""

    __tablename__ = "organisation_successor"

    change_id: Mapped[int] = mapped_column(ForeignKey("organisation_change.id"), primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True, index=True)


class ClosedDay(Model):
    """Days on which an organisation does not work, beyond public holidays."""

    __tablename__ = "closed_day"
    __table_args__ = (CheckConstraint("from_on <= until_on", name="in_order"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    from_on: Mapped[date]
    until_on: Mapped[date]
    label: Mapped[str | None] = mapped_column(String(120))


class SchoolHoliday(Model):
    """Days without school where an organisation is. It works on them, so letters come."""

    __tablename__ = "school_holiday"
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
