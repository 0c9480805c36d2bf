"""Mail that came in and waits for a look, and how far the mailbox was read."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Model
from tracker.documents.models import StoredFile
from tracker.language import Word, _lp
from tracker.log.models import LogEntry
from tracker.mail.models import Message
from tracker.projects.models import Project


class MailSort(Word):
    """Who wrote it: somebody, or a machine."""

    PERSON = "person", _lp("incoming mail", "mail")
    AUTOMATIC = "automatic", _lp("incoming mail", "automatic answer")
    LIST = "list", _lp("incoming mail", "sent to many")
    RETURNED = "returned", _lp("incoming mail", "returned")
    OURS = "ours", _lp("incoming mail", "sent by this program")


class IncomingState(Word):
    """What became of it."""

    WAITING = "waiting", _lp("incoming mail", "waiting")
    LOGGED = "logged", _lp("incoming mail", "in the log")
    DISCARDED = "discarded", _lp("incoming mail", "discarded")


class Discard(Word):
    """Why nobody wants it."""

    NOT_OURS = "not_ours", _lp("incoming mail", "not for us")
    SPAM = "spam", _lp("incoming mail", "spam")


class IncomingMail(Model):
    """One mail, until somebody has looked at it; afterwards only that it was there."""

    __tablename__ = "incoming_mail"
    __table_args__ = (Index("ix_incoming_mail_state_sort", "state", "sort"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=1)
    #: What makes two the same: Message-ID, project, who, when, and what it says.
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    sort: Mapped[MailSort]
    state: Mapped[IncomingState] = mapped_column(default=IncomingState.WAITING)
    #: The one whose address it came to, if it came to one.
    project_id: Mapped[int | None] = mapped_column(ForeignKey("project.id"), index=True)
    sender_name: Mapped[str | None] = mapped_column(String(200))
    sender: Mapped[str | None] = mapped_column(String(320))
    #: [[name, address]]
    recipients: Mapped[list[Any]] = mapped_column(JSON)
    subject: Mapped[str | None] = mapped_column(String(200))
    text: Mapped[str | None] = mapped_column(Text)
    #: What it repeats of mails before.
    quoted: Mapped[str | None] = mapped_column(Text)
    #: A key of `rules.NOTES`: what of it did not come in.
    note: Mapped[str | None] = mapped_column(String(40))
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    sent_at: Mapped[datetime]
    arrived_at: Mapped[datetime] = mapped_column(index=True)
    settled_at: Mapped[datetime | None]
    settled_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    discarded: Mapped[Discard | None]
    log_entry_id: Mapped[int | None] = mapped_column(ForeignKey("log_entry.id"), index=True)
    #: The message of ours that it returns.
    returned_id: Mapped[int | None] = mapped_column(ForeignKey("message.id"), index=True)
    #: When all that it said was erased.
    blanked_at: Mapped[datetime | None]

    project: Mapped[Project | None] = relationship()
    log_entry: Mapped[LogEntry | None] = relationship()
    returned: Mapped[Message | None] = relationship()
    files: Mapped[list["IncomingFile"]] = relationship(cascade="all, delete-orphan", order_by="IncomingFile.id")
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own name


class IncomingFile(Model):
    """A file that came along, kept beside the documents until somebody has looked."""

    __tablename__ = "incoming_file"

    id: Mapped[int] = mapped_column(primary_key=True)
    mail_id: Mapped[int] = mapped_column(ForeignKey("incoming_mail.id"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id"), index=True)
    #: Why it is not kept here, in the language of the office.
    trouble: Mapped[str | None] = mapped_column(String(400))
    #: Whether it is more than the picture below a signature.
    is_proposed: Mapped[bool] = mapped_column(default=True)

    file: Mapped[StoredFile | None] = relationship()


class Mailbox(Model):
    """One row: which mailbox was read how far, and since when it cannot be read."""

    __tablename__ = "mailbox"

    id: Mapped[int] = mapped_column(primary_key=True)
    #: "user@host/folder": whoever names another one begins anew.
    place: Mapped[str | None] = mapped_column(String(400))
    #: As long as the server says the same, its numbers mean the same mails (RFC 9051).
    uid_validity: Mapped[int | None] = mapped_column(BigInteger)
    last_uid: Mapped[int] = mapped_column(BigInteger, default=0)
    read_at: Mapped[datetime | None]
    failing_since: Mapped[datetime | None]
    #: A key of `rules.TROUBLES`.
    trouble: Mapped[str | None] = mapped_column(String(40))
