"""The outbox: one mail to one person, and what became of it."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from tracker.db import Model
from tracker.language import Word, _lp


class MessageState(Word):
    """Where a message stands."""

    QUEUED = "queued", _lp("message", "waiting")
    SENDING = "sending", _lp("message", "being handed over")
    IN_DATA = "in_data", _lp("message", "being handed over (text)")
    SENT = "sent", _lp("message", "sent")
    UNKNOWN = "unknown", _lp("message", "uncertain")
    HELD = "held", _lp("message", "held")
    DEAD = "dead", _lp("message", "undeliverable")
    CANCELLED = "cancelled", _lp("message", "no longer needed")


class MessageKind(Word):
    """What a message is for."""

    LETTER = "letter", _lp("message", "reminder letter")
    UPDATE = "update", _lp("message", "news of a status update")
    NOTICE = "notice", _lp("message", "word about an address")
    COPY = "copy", _lp("message", "copy for the office")
    LINK = "link", _lp("message", "new link to answer")
    EVENT = "event", _lp("message", "word about an event")
    INVITATION = "invitation", _lp("message", "invitation")
    RESET = "reset", _lp("message", "new password")
    ADDRESS = "address", _lp("message", "new address")
    CODE = "code", _lp("message", "code to sign in")
    ACCOUNT = "account", _lp("message", "word about an account")


def _index_of(column: str, rows: str) -> Index:
    """Return an index that holds some rows only: each message is written into it once, not at each step."""
    where = text(rows)
    return Index(f"ix_message_{column}", column, sqlite_where=where, postgresql_where=where)


class Message(Model):
    """One mail to one person. Its key makes it one, whoever writes it and however often."""

    __tablename__ = "message"
    __table_args__ = (
        Index("ix_message_state_send_at", "state", "send_at"),
        _index_of("finished_at", "blanked_at IS NULL AND finished_at IS NOT NULL"),
        Index("ix_message_person_id_sent_at", "person_id", "sent_at"),
        _index_of("sent_at", "sent_at IS NOT NULL"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    #: "letter|person|local date", "update|update|person", …
    key: Mapped[str] = mapped_column(String(120), unique=True)
    kind: Mapped[MessageKind]
    state: Mapped[MessageState] = mapped_column(default=MessageState.QUEUED)
    #: A key of `mail.rules.REASONS`, with its facts.
    reason: Mapped[str | None] = mapped_column(String(60))
    reason_facts: Mapped[dict[str, Any] | None]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    #: What it is about: "milestone:12", "update:7".
    subject_key: Mapped[str | None] = mapped_column(String(60), index=True)
    address: Mapped[str] = mapped_column(String(320))
    #: Somebody chose this address for this message; the person's record may hold another one.
    readdressed: Mapped[bool] = mapped_column(default=False)
    reply_to: Mapped[str | None] = mapped_column(String(320))
    language: Mapped[str] = mapped_column(String(8))
    #: The recipient's zone when it was written; `send_at` is 9 to 11 o'clock there.
    zone: Mapped[str] = mapped_column(String(64))
    subject: Mapped[str | None] = mapped_column(Text)
    text: Mapped[str | None] = mapped_column(Text)
    html: Mapped[str | None] = mapped_column(Text)
    #: The events whose calendar file it carries, "event:12 event:14"; the file is made with the bytes.
    attached: Mapped[str | None] = mapped_column(Text)
    #: Holds a link that opens something: never shown, blanked once sent.
    secret: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    send_at: Mapped[datetime]
    #: After this moment nobody wants it any more.
    useful_until: Mapped[datetime | None]
    #: Attempts that the server saw, or during which the program stopped; one that found no server is not charged.
    attempts: Mapped[int] = mapped_column(default=0)
    #: How often it ended without an answer after the body.
    uncertain: Mapped[int] = mapped_column(default=0)
    #: Counts up at every claim: what an older claim still writes finds no row.
    fence: Mapped[int] = mapped_column(default=0)
    leased_until: Mapped[datetime | None]
    #: What stands before the @ of its Message-ID; the sender's domain stands behind it.
    message_id: Mapped[str] = mapped_column(String(200), unique=True)
    #: Date header and bytes, frozen just before the body is handed over for the first time.
    dated_at: Mapped[datetime | None]
    frozen: Mapped[bytes | None] = mapped_column(LargeBinary)
    sent_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    blanked_at: Mapped[datetime | None]


class Attempt(Model):
    """One try to hand a message over, with the server's own answer."""

    __tablename__ = "attempt"

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("message.id"), index=True)
    number: Mapped[int]
    at: Mapped[datetime]
    #: A `mail.rules.Phase`: how far it came.
    phase: Mapped[str] = mapped_column(String(20))
    #: A `mail.rules.Verdict`.
    outcome: Mapped[str] = mapped_column(String(20))
    #: A key of `mail.rules.REASONS`.
    reason: Mapped[str] = mapped_column(String(60))
    code: Mapped[int | None]
    answer: Mapped[str | None] = mapped_column(Text)


class MailPause(Model):
    """One row: the whole queue waits because the server is away or refuses us."""

    __tablename__ = "mail_pause"

    id: Mapped[int] = mapped_column(primary_key=True)
    until: Mapped[datetime | None]
    #: How often in a row; the pause grows with it.
    failures: Mapped[int] = mapped_column(default=0)
    reason: Mapped[str | None] = mapped_column(String(60))
    answer: Mapped[str | None] = mapped_column(Text)


class ChangeCount(Model):
    """One row: how often anything was changed that a message may depend on."""

    __tablename__ = "change_count"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger)


class Tick(Model):
    """The heartbeat of one job of the timetable."""

    __tablename__ = "tick"

    id: Mapped[int] = mapped_column(primary_key=True)
    job: Mapped[str] = mapped_column(String(40), unique=True)
    at: Mapped[datetime]
    #: From when on it has been silent for longer than it may.
    silent_after: Mapped[datetime]
    failures: Mapped[int] = mapped_column(default=0)
