"""Secret addresses at which other programs fetch somebody's calendar."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from tracker.db import Model


class Feed(Model):
    """An address of somebody: for all that is theirs, or for one project as they see it."""

    __tablename__ = "feed"
    __table_args__ = (
        UniqueConstraint("person_id", "project_id"),
        # Databases take two rows without a project for different ones.
        Index(
            "uq_feed_without_project",
            "person_id",
            unique=True,
            sqlite_where=text("project_id IS NULL"),
            postgresql_where=text("project_id IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    project_id: Mapped[int | None] = mapped_column(ForeignKey("project.id"), index=True)
    #: SHA-256 of what the address holds.
    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
