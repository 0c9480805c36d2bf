"""Reminder rules, what came of them, and which days were planned."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Editable, Model
from tracker.language import Word, _lp


class ReminderSubject(Word):
    """What one can be reminded of."""

    MILESTONE_DUE = "milestone_due", _lp("reminder", "milestone due")
    MILESTONE_OVERDUE = "milestone_overdue", _lp("reminder", "milestone overdue")
    STATUS_REQUEST = "status_request", _lp("reminder", "status request")
    NEXT_STEP = "next_step", _lp("reminder", "next step of a log entry")
    PARTNERSHIP_QUIET = "partnership_quiet", _lp("reminder", "partnership without contact")
    JUBILEE = "jubilee", _lp("reminder", "jubilee of a partnership")
    AGREEMENT_ENDS = "agreement_ends", _lp("reminder", "end of an agreement")
    EVENT = "event", _lp("reminder", "event")
    EVENT_OPEN = "event_open", _lp("reminder", "what is open before an event")
    EDITION = "edition", _lp("reminder", "next edition of a series")
    TRAVEL = "travel", _lp("reminder", "question when one can travel")
    OVERVIEW = "overview", _lp("reminder", "overview letter")


class ReminderState(Word):
    """What became of a reminder."""

    PLANNED = "planned", _lp("reminder", "planned")
    SKIPPED = "skipped", _lp("reminder", "skipped")
    MISSED = "missed", _lp("reminder", "missed")
    CANCELLED = "cancelled", _lp("reminder", "cancelled")
    IN_LETTER = "in_letter", _lp("reminder", "in a letter")


class ReminderRule(Editable, Model):
    """About what, and how many working days before or after."""

    __tablename__ = "reminder_rule"
    # One rule of the site for each subject, whoever makes it first.
    __table_args__ = (
        Index(
            "uq_reminder_rule_subject_site",
            "subject",
            unique=True,
            sqlite_where=text("project_id IS NULL AND archived_at IS NULL"),
            postgresql_where=text("project_id IS NULL AND archived_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    subject: Mapped[ReminderSubject]
    #: A rule of one project stands in for the site's.
    project_id: Mapped[int | None] = mapped_column(ForeignKey("project.id"), index=True)
    #: How many before the date or after it: working days of the recipient, or months.
    steps: Mapped[list[int]]
    #: After the last of them again every so many calendar days, for as long as it is open …
    then_every_days: Mapped[int | None]
    #: … but at most so often in all.
    at_most: Mapped[int | None]
    #: Since when it is on; it never mails what lay before. None: off.
    active_since: Mapped[datetime | None]


class Reminder(Model):
    """One word to one person about one thing on one local date."""

    __tablename__ = "reminder"
    __table_args__ = (
        UniqueConstraint("rule_id", "subject", "person_id", "local_date"),
        Index("ix_reminder_state_local_date", "state", "local_date"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    rule_id: Mapped[int] = mapped_column(ForeignKey("reminder_rule.id"))
    #: "milestone:12", "request:7", "jubilee:3:25"
    subject: Mapped[str] = mapped_column(String(60), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    local_date: Mapped[date] = mapped_column(index=True)
    #: Before a date how many days or months, "14" or "0"; after it which one of the chain, "1" or "2".
    step: Mapped[str] = mapped_column(String(20))
    #: The date that it speaks of.
    due_on: Mapped[date]
    state: Mapped[ReminderState] = mapped_column(default=ReminderState.PLANNED)
    #: A key of `reminders.rules`, with its facts.
    reason: Mapped[str | None] = mapped_column(String(60))
    reason_facts: Mapped[dict[str, Any] | None]
    message_id: Mapped[int | None] = mapped_column(ForeignKey("message.id"), index=True)
    created_at: Mapped[datetime]

    rule: Mapped[ReminderRule] = relationship()


class PlannedDay(Model):
    """A local date of a zone whose reminders were planned."""

    __tablename__ = "planned_day"
    __table_args__ = (UniqueConstraint("zone", "local_date"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    zone: Mapped[str] = mapped_column(String(64))
    local_date: Mapped[date]
    at: Mapped[datetime]
