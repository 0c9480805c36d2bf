"""What makes a double click one, and counts tries."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from tracker.db import Model


class Submission(Model):
    """A form that was sent: its key, and the page it led to."""

    __tablename__ = "submission"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(80), unique=True)
    at: Mapped[datetime] = mapped_column(index=True)
    location: Mapped[str | None] = mapped_column(String(400))


class Tally(Model):
    """How often something was tried of late."""

    __tablename__ = "tally"

    id: Mapped[int] = mapped_column(primary_key=True)
    #: A keyed hash of what was tried, and from where.
    key: Mapped[str] = mapped_column(String(64), unique=True)
    tries: Mapped[int]
    #: From then on the count begins anew.
    until: Mapped[datetime] = mapped_column(index=True)
