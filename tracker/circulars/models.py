"""What somebody wrote to those whom an event concerns."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Model
from tracker.events.models import Event
from tracker.language import Word, _lp
from tracker.people.models import Person


class Readership(Word):
    """To whom one can write."""

    GUESTS = "guests", _lp("circular", "guests")
    HEADS = "heads", _lp("circular", "heads of delegations")
    HOSTS = "hosts", _lp("circular", "hosts")


class Circular(Model):
    """One message to several people, as it left."""

    __tablename__ = "circular"

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"), index=True)
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    readership: Mapped[Readership]
    #: The language it was written in, which those get for whom there is no other.
    original: Mapped[str] = mapped_column(String(8))
    #: Language to subject and text.
    wordings: Mapped[dict[str, Any]]
    sent_at: Mapped[datetime]

    event: Mapped[Event] = relationship()
    by: Mapped[Person] = relationship()
