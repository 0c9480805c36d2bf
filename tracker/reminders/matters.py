"""What the rules look at: matters, people and rules as plain values, whatever table they come from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from tracker.db import Translated
from tracker.language import Word, _lp
from tracker.people.models import MailRhythm
from tracker.reminders.models import ReminderState, ReminderSubject
from tracker.workdays.rules import Calendar, sending_time

#: The number of no person.
NOBODY = 0


class Why(Word):
    """Why somebody gets a reminder."""

    RESPONSIBLE = "responsible", _lp("reminded as", "responsible person")
    CONTACT = "contact", _lp("reminded as", "contact of the responsible organisation")
    COORDINATOR = "coordinator", _lp("reminded as", "coordinator of the project")


@dataclass(frozen=True)
class Rule:
    """A reminder rule as it stands in the table."""

    id: int
    subject: ReminderSubject
    project_id: int | None
    working_days: tuple[int, ...]
    then_every_days: int | None
    at_most: int | None
    active_since: datetime | None


@dataclass(frozen=True)
class Recipient:
    """A person as a letter needs them; zone and calendar are theirs, else their organisation's, else the office's."""

    person_id: int
    name: str
    form_of_address: str | None
    address: str | None
    language: str
    zone: str
    calendar: Calendar
    rhythm: MailRhythm
    locked: bool = False
    archived: bool = False

    @property
    def unreachable(self) -> str | None:
        """Why nothing can be sent to them: a key of `REASONS`."""
        if self.locked:
            return "locked"
        if self.archived:
            return "person_archived"
        if self.person_id == NOBODY:
            return "nobody"
        return None if self.address else "no_address_known"

    def moment(self, day: date) -> datetime:
        """Return when their letter of a day leaves."""
        return sending_time(day, self.zone, str(self.person_id))


@dataclass(frozen=True)
class Matter:
    """What somebody can be reminded of, whatever table it comes from."""

    #: "milestone:12"
    key: str
    #: The rules that look at it.
    subjects: tuple[ReminderSubject, ...]
    title: Translated
    project_id: int
    project_title: Translated
    due_on: date
    #: Since when that is its date and that is who is responsible; nothing is planned for a moment before.
    since: datetime
    first_due_on: date
    moves: int = 0
    answered_at: datetime | None = None
    responsible_id: int | None = None
    #: The contacts of the responsible organisation, the first one first.
    contact_ids: tuple[int, ...] = ()
    organisation_name: Translated | None = None
    coordinator_ids: tuple[int, ...] = ()
    #: Why nobody is reminded of it any more: a key of `REASONS`.
    over: str | None = None

    @property
    def people_ids(self) -> set[int]:
        """Everybody who may be reminded of it."""
        named = {self.responsible_id} if self.responsible_id is not None else set()
        return {*named, *self.contact_ids, *self.coordinator_ids}


@dataclass(frozen=True)
class Occurrence:
    """One word on one local date: to be planned, or skipped for a reason."""

    local_date: date
    #: Working days before, or which one of the chain.
    step: str
    reason: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict, hash=False)

    @property
    def state(self) -> ReminderState:
        """Whether it is wanted."""
        return ReminderState.SKIPPED if self.reason else ReminderState.PLANNED


@dataclass(frozen=True)
class Expected:
    """An occurrence with everything that a letter about it needs."""

    rule: Rule
    matter: Matter
    recipient: Recipient
    why: Why
    occurrence: Occurrence

    @property
    def key(self) -> tuple[int, str, int, date]:
        """What makes the reminder one."""
        return self.rule.id, self.matter.key, self.recipient.person_id, self.occurrence.local_date
