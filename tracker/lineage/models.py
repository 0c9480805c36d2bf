"""The statement that one thing led to another."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tracker.db import Model, PartialDate, Translated


class LedTo(Model):
    """One thing led to another. Both are kept as keys, as in the history: what they are lies in different tables."""

    __tablename__ = "led_to"
    __table_args__ = (
        UniqueConstraint("origin", "outcome"),
        CheckConstraint("origin <> outcome", name="something_else"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    #: "partnership:3"
    origin: Mapped[str] = mapped_column(String(60))
    #: "project:12"
    outcome: Mapped[str] = mapped_column(String(60), index=True)
    happened_on: Mapped[PartialDate | None]
    note: Mapped[Translated | None]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    created_at: Mapped[datetime]
