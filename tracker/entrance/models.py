"""What somebody at the door has asked for by mail."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from tracker.db import Model
from tracker.language import Word, _lp


class WayKind(Word):
    """What is mailed."""

    CODE = "code", _lp("way in", "code")
    RESET = "reset", _lp("way in", "link for a new password")


class WayIn(Model):
    """One request for a way in. There is a row whoever asked; the worker sees later whether it becomes a letter."""

    __tablename__ = "way_in"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[WayKind]
    #: As it was typed, but for the case of its letters.
    address: Mapped[str] = mapped_column(String(254))
    #: SHA-256 of what the cookie of the browser holds that asked for a code.
    browser_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    asked_at: Mapped[datetime]
    #: When the worker saw to it.
    answered_at: Mapped[datetime | None] = mapped_column(index=True)
    #: Whom the worker wrote to; nobody, if no open account has this address.
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"), index=True)
    #: A keyed hash of the code.
    code_hash: Mapped[str | None] = mapped_column(String(64))
    tries: Mapped[int] = mapped_column(default=0)
    #: When the code let somebody in, or a newer one of the same browser took its place.
    used_at: Mapped[datetime | None]
