"""Files that somebody has ordered."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tracker.db import Model
from tracker.language import Word, _lp


class DownloadKind(Word):
    """What a file holds."""

    LIST = "list", _lp("download", "list")
    OFFICE = "office", _lp("download", "whole office")


class DownloadState(Word):
    """How far it is, or why there is none."""

    WAITING = "waiting", _lp("download", "waits for its turn")
    AT_WORK = "at_work", _lp("download", "is being made")
    READY = "ready", _lp("download", "ready")
    FULL = "full", _lp("download", "no room on the disk")
    CLOSED = "closed", _lp("download", "not open to you")
    BROKEN = "broken", _lp("download", "did not work")


#: Somebody waits for it.
OPEN = (DownloadState.WAITING, DownloadState.AT_WORK)
#: No address is longer than this: what is filtered is long at times, and a key of PostgreSQL is not.
LONGEST_ADDRESS = 1_000


class Download(Model):
    """A file that the worker makes, and whose it is: the same one is there once for each account."""

    __tablename__ = "download"
    __table_args__ = (UniqueConstraint("account_id", "kind", "address"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    kind: Mapped[DownloadKind]
    #: Of a list: where it is, with all filters, and `as=xlsx`. Other kinds say here what they have to know.
    address: Mapped[str] = mapped_column(String(LONGEST_ADDRESS))
    #: What the file is called by who gets it.
    name: Mapped[str] = mapped_column(String(200))
    state: Mapped[DownloadState] = mapped_column(default=DownloadState.WAITING, index=True)
    #: How much of all is done, in rows or in parts.
    done: Mapped[int] = mapped_column(default=0)
    of: Mapped[int] = mapped_column(default=0)
    asked_at: Mapped[datetime]
    #: How often somebody began with it, and until when nobody else does.
    tries: Mapped[int] = mapped_column(default=0)
    leased_until: Mapped[datetime | None]
    #: Whoever begins with it takes a new one: it is the name of the file here, and who has another one comes too late.
    mark: Mapped[str | None] = mapped_column(String(40))
    made_at: Mapped[datetime | None]
    size_bytes: Mapped[int | None] = mapped_column(BigInteger)
    #: As whom its owner was seen when it was made: with other rights they do not get it any more.
    seen_as: Mapped[str | None] = mapped_column(String(64))
