"""Documents and the files they are kept in."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Editable, Findable, Model, Translated
from tracker.people.models import Person


class StoredFile(Model):
    """A file in the instance folder, under its hash: what is attached twice is kept once."""

    __tablename__ = "stored_file"
    __table_args__ = (
        CheckConstraint("size_bytes > 0", name="not_empty"),
        CheckConstraint("(width IS NULL) = (height IS NULL)", name="both_sides"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    #: Of the bytes as they are kept, which also says where.
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    media_type: Mapped[str] = mapped_column(String(100))
    #: Of a picture, in pixels; it has a small one beside it.
    width: Mapped[int | None]
    height: Mapped[int | None]
    created_at: Mapped[datetime]


class Document(Editable, Findable, Model):
    """A file that hangs on something, with what it is in words."""

    __tablename__ = "document"

    id: Mapped[int] = mapped_column(primary_key=True)
    #: On what it hangs, as the history names it: "project:12".
    subject: Mapped[str] = mapped_column(String(60), index=True)
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_file.id"), index=True)
    #: As it was called where it came from, without what no file may be called.
    name: Mapped[str] = mapped_column(String(200))
    description: Mapped[Translated | None]
    #: In which it is written; None: nobody said.
    language: Mapped[str | None] = mapped_column(String(8))
    #: Else everybody sees it who sees what it hangs on.
    coordinators_only: Mapped[bool] = mapped_column(default=False)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)

    file: Mapped[StoredFile] = relationship()
    by: Mapped[Person | None] = relationship()

    def spellings(self) -> Iterable[str]:
        """Return what it is called and what it is."""
        return [self.name, *(self.description.spellings if self.description else ())]
