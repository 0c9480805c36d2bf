"""The history: what the program itself records about every change."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from tracker.db import Model


class HistoryLine(Model):
    """Who did what, when, from what to what."""

    __tablename__ = "history_line"
    __table_args__ = (Index("ix_history_line_within_id", "within", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    #: A key of `history.verbs`; its sentence tells the line.
    verb: Mapped[str] = mapped_column(String(60))
    #: Nobody: the program itself.
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    #: "milestone:12"
    subject: Mapped[str] = mapped_column(String(60), index=True)
    #: "project:3", where the subject belongs to something that has a page of its own.
    within: Mapped[str | None] = mapped_column(String(60))
    #: Exactly the placeholders of the verb's sentence.
    facts: Mapped[dict[str, Any]]
