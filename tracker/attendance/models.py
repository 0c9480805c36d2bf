"""Who comes to an event: what they answered, their days and their room."""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Editable, Model
from tracker.events.models import Event
from tracker.language import Word, _lp
from tracker.participants.models import Participant


class Answer(Word):
    """Whether somebody comes, as far as one knows."""

    INVITED = "invited", _lp("attendance", "invited")
    COMING = "coming", _lp("attendance", "coming")
    NOT_COMING = "not_coming", _lp("attendance", "not coming")
    CAME = "came", _lp("attendance", "came")


class Attendance(Editable, Model):
    """A participant at an event."""

    __tablename__ = "attendance"
    __table_args__ = (
        UniqueConstraint("event_id", "participant_id"),
        CheckConstraint("heads IS NULL OR heads > 0", name="some_heads"),
        CheckConstraint("leaves_on >= arrives_on", name="in_order"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"))
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"), index=True)
    answer: Mapped[Answer] = mapped_column(default=Answer.INVITED)
    #: How many of these heads come; None: all of them.
    heads: Mapped[int | None]
    #: Their first and last day; None: those of the event.
    arrives_on: Mapped[date | None]
    leaves_on: Mapped[date | None]
    room: Mapped[str | None] = mapped_column(String(120))

    event: Mapped[Event] = relationship()
    participant: Mapped[Participant] = relationship()
