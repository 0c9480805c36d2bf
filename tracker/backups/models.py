"""Which nights were backed up, by whichever machine came first."""

from datetime import date, datetime

from sqlalchemy import BigInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from tracker.db import Model


class Backup(Model):
    """The backup of one night, or that it failed."""

    __tablename__ = "backup"

    id: Mapped[int] = mapped_column(primary_key=True)
    #: The local date of the office on which the night ends: one backup each, whoever makes it.
    night: Mapped[date] = mapped_column(unique=True)
    #: Until then nobody else begins it.
    leased_until: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    #: The name of its file.
    name: Mapped[str | None] = mapped_column(String(120))
    size_bytes: Mapped[int | None] = mapped_column(BigInteger)
    #: A key of `backups.rules.TROUBLES`.
    trouble: Mapped[str | None] = mapped_column(String(40))
