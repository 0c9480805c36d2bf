"""Who takes guests in: a person or an organisation, for how many, from when to when, and who stays there."""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.attendance.models import Attendance
from tracker.db import Editable, Model
from tracker.events.models import Event
from tracker.organisations.models import Organisation
from tracker.people.models import Person


class HostOffer(Editable, Model):
    """Beds for the guests of an event."""

    __tablename__ = "host_offer"
    __table_args__ = (
        CheckConstraint("(person_id IS NULL) <> (organisation_id IS NULL)", name="person_or_organisation"),
        CheckConstraint("places > 0", name="some_places"),
        CheckConstraint("until_on >= from_on", name="in_order"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"), index=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    places: Mapped[int]
    #: The first and the last day; None: those of the event.
    from_on: Mapped[date | None]
    until_on: Mapped[date | None]
    #: Where the beds are; None: where the host lives or sits.
    address: Mapped[str | None] = mapped_column(Text)
    #: Whether guests get there what they eat, whatever that is.
    any_diet: Mapped[bool] = mapped_column(default=False)
    #: What a guest should know: "two cats, third floor".
    conditions: Mapped[str | None] = mapped_column(Text)
    #: Of the conditions.
    language: Mapped[str] = mapped_column(String(8))

    event: Mapped[Event] = relationship()
    person: Mapped[Person | None] = relationship()
    organisation: Mapped[Organisation | None] = relationship()
    guests: Mapped[list[Attendance]] = relationship(secondary="stay", order_by=Attendance.id)


class Stay(Model):
    """A guest, or a group of them, with a host. A group may be spread over several."""

    __tablename__ = "stay"

    offer_id: Mapped[int] = mapped_column(ForeignKey("host_offer.id"), primary_key=True)
    attendance_id: Mapped[int] = mapped_column(ForeignKey("attendance.id"), primary_key=True, index=True)
