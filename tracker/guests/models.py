"""What guests say by their link: what they need, and what they agree to."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from tracker.db import Model
from tracker.language import Word, _lp


class Consent(Word):
    """What somebody agrees to; each is given by itself and can be taken back."""

    NAME_ON_WEB = "name_on_web", _lp("consent", "my name on web pages")
    NAME_IN_PRESS = "name_in_press", _lp("consent", "my name in the press")
    NAME_IN_REPORTS = "name_in_reports", _lp("consent", "my name in reports and printed matter")
    PICTURES_ON_WEB = "pictures_on_web", _lp("consent", "pictures of me on web pages")
    PICTURES_IN_PRESS = "pictures_in_press", _lp("consent", "pictures of me in the press")
    PICTURES_IN_REPORTS = "pictures_in_reports", _lp("consent", "pictures of me in reports and printed matter")
    TAKING_PART = "taking_part", _lp("consent", "taking part, by a guardian")


class GuestNeeds(Model):
    """What a guest speaks and needs, for those who look after the guests of this one event."""

    __tablename__ = "guest_needs"

    id: Mapped[int] = mapped_column(primary_key=True)
    attendance_id: Mapped[int] = mapped_column(ForeignKey("attendance.id"), unique=True)
    languages: Mapped[str | None] = mapped_column(String(200))
    diet: Mapped[str | None] = mapped_column(Text)
    accessibility: Mapped[str | None] = mapped_column(Text)
    #: Whom to call, and how.
    emergency: Mapped[str | None] = mapped_column(String(200))
    given_at: Mapped[datetime]
    #: When the guest took it back, or the program erased it: nothing stands above then.
    taken_back_at: Mapped[datetime | None]
    erased_at: Mapped[datetime | None]


class GuestConsent(Model):
    """That somebody agreed to something, from when to when."""

    __tablename__ = "guest_consent"
    __table_args__ = (
        # Nobody agrees twice at a time.
        Index(
            "uq_guest_consent_given",
            "attendance_id",
            "consent",
            unique=True,
            sqlite_where=text("revoked_at IS NULL"),
            postgresql_where=text("revoked_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    attendance_id: Mapped[int] = mapped_column(ForeignKey("attendance.id"), index=True)
    consent: Mapped[Consent]
    #: Who agreed for a minor.
    guardian: Mapped[str | None] = mapped_column(String(200))
    given_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
