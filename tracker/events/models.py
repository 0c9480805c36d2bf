"""Events: where and when in the time of the place, the programme, and the delegations that are sent."""

from collections.abc import Iterable
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Editable, Findable, Model, PartialDate, Translated
from tracker.language import Word, _lp
from tracker.organisations.models import Organisation
from tracker.partnerships.models import Partnership
from tracker.people.models import Person
from tracker.projects.models import Project


class EventKind(Word):
    """What sort of event it is; what is entered most often comes first."""

    VISIT = "visit", _lp("event", "visit")
    MEETING = "meeting", _lp("event", "meeting")
    WORKSHOP = "workshop", _lp("event", "workshop")
    EXHIBITION = "exhibition", _lp("event", "exhibition")
    CAMP = "camp", _lp("event", "camp")
    CEREMONY = "ceremony", _lp("event", "ceremony")


class EventStatus(Word):
    """How sure it is."""

    PLANNED = "planned", _lp("event", "planned")
    CONFIRMED = "confirmed", _lp("event", "confirmed")
    HELD = "took_place", _lp("event", "held")
    CANCELLED = "cancelled", _lp("event", "cancelled")


class Event(Editable, Findable, Model):
    """Something people attend, in a project, under a partnership, or both."""

    __tablename__ = "event"
    __table_args__ = (
        CheckConstraint("project_id IS NOT NULL OR partnership_id IS NOT NULL", name="about_something"),
        CheckConstraint("places IS NULL OR places > 0", name="some_places"),
        Index("ix_event_begins_on", "begins_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int | None] = mapped_column(ForeignKey("project.id"), index=True)
    partnership_id: Mapped[int | None] = mapped_column(ForeignKey("partnership.id"), index=True)
    kind: Mapped[EventKind]
    title: Mapped[Translated]
    summary: Mapped[Translated | None]
    status: Mapped[EventStatus] = mapped_column(default=EventStatus.PLANNED)
    #: Days and hours as the place has them; history knows some days by their year alone.
    begins_on: Mapped[PartialDate]
    begins_at: Mapped[time | None]
    #: The last day; None: the one on which it begins.
    ends_on: Mapped[PartialDate | None]
    ends_at: Mapped[time | None]
    zone: Mapped[str] = mapped_column(String(64))
    #: The town.
    place: Mapped[str | None] = mapped_column(String(120))
    #: House and street, or how one finds it.
    address: Mapped[str | None] = mapped_column(String(400))
    #: The organisation that receives those who come.
    host_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    #: Whom one turns to there.
    on_the_spot_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    #: How many can come.
    places: Mapped[int | None]
    reminders_paused: Mapped[bool] = mapped_column(default=False)
    #: Whether guests are asked what they need: diet, access, whom to call.
    asks_needs: Mapped[bool] = mapped_column(default=False)
    #: Whether everybody may know of it, where its project or its partnership is public.
    published: Mapped[bool] = mapped_column(default=False)

    project: Mapped[Project | None] = relationship()
    partnership: Mapped[Partnership | None] = relationship()
    host: Mapped[Organisation | None] = relationship(foreign_keys=host_id)
    on_the_spot: Mapped[Person | None] = relationship(foreign_keys=on_the_spot_id)
    programme: Mapped[list["ProgrammeItem"]] = relationship(
        cascade="all, delete-orphan", order_by="ProgrammeItem.on, ProgrammeItem.begins_at, ProgrammeItem.id"
    )

    def spellings(self) -> Iterable[str]:
        """Return its titles, its place and its summary."""
        return [
            *self.title.spellings,
            self.place or "",
            self.address or "",
            *(self.summary.spellings if self.summary else ()),
        ]


class ProgrammeItem(Model):
    """A point of the programme."""

    __tablename__ = "programme_item"

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"), index=True)
    on: Mapped[date]
    begins_at: Mapped[time | None]
    ends_at: Mapped[time | None]
    title: Mapped[Translated]
    place: Mapped[str | None] = mapped_column(String(200))
    #: Who speaks, leads or receives, in words.
    who: Mapped[str | None] = mapped_column(String(200))
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own name


class EventNews(Model):
    """That an event changed, for those who come: they hear of it a little later, of several changes at once."""

    __tablename__ = "event_news"
    # What waits is one for each event.
    __table_args__ = (
        Index(
            "uq_event_news_waiting",
            "event_id",
            unique=True,
            sqlite_where=text("told_at IS NULL"),
            postgresql_where=text("told_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"), index=True)
    #: How it stood when they last heard of it: see `news.Standing`.
    before: Mapped[dict[str, Any]]
    #: Who changed it last; answers go to them.
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    changed_at: Mapped[datetime]
    told_at: Mapped[datetime | None]

    event: Mapped[Event] = relationship()
    by: Mapped[Person | None] = relationship()


class Delegation(Editable, Model):
    """The group that one organisation sends to an event, perhaps via another."""

    __tablename__ = "delegation"
    __table_args__ = (
        UniqueConstraint("event_id", "organisation_id", "via_id"),
        # Databases take two rows without a via for different ones.
        Index(
            "uq_delegation_without_via",
            "event_id",
            "organisation_id",
            unique=True,
            sqlite_where=text("via_id IS NULL"),
            postgresql_where=text("via_id IS NULL"),
        ),
        CheckConstraint("planned >= 0 AND actual >= 0 AND signed >= 0 AND nights >= 0", name="not_less_than_none"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    #: A member municipality that found them.
    via_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    #: Heads as announced, as they came, and as they signed the attendance list. None: nobody knows.
    planned: Mapped[int | None]
    actual: Mapped[int | None]
    signed: Mapped[int | None]
    #: For how many nights each of them stays.
    nights: Mapped[int | None]
    #: Their first and last day; None: those of the event.
    arrives_on: Mapped[date | None]
    leaves_on: Mapped[date | None]
    head_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)

    event: Mapped[Event] = relationship()
    organisation: Mapped[Organisation] = relationship(foreign_keys=organisation_id)
    via: Mapped[Organisation | None] = relationship(foreign_keys=via_id)
    head: Mapped[Person | None] = relationship(foreign_keys=head_id)
