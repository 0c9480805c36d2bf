"""What the rules look at: subjects, matters, people and rules as plain values, whatever table they come from."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any

from tracker.db import Translated
from tracker.language import Word, _lp
from tracker.people.models import MailRhythm
from tracker.people.whereabouts import Whereabouts
from tracker.reminders.models import ReminderState, ReminderSubject
from tracker.workdays.rules import Calendar, sending_time

#: The number of no person.
NOBODY = 0


class Why(Word):
    """Why somebody gets a reminder."""

    RESPONSIBLE = "responsible", _lp("reminded as", "responsible person")
    CONTACT = "contact", _lp("reminded as", "contact of the responsible organisation")
    COORDINATOR = "coordinator", _lp("reminded as", "coordinator of the project")
    ASKED = "asked", _lp("reminded as", "person asked")
    DEPUTY = "deputy", _lp("reminded as", "deputy of the person asked")
    AUTHOR = "author", _lp("reminded as", "author of the log entry")
    KEEPER = "keeper", _lp("reminded as", "coordinator of the partnership")
    GUEST = "guest", _lp("reminded as", "guest")
    HEAD = "head", _lp("reminded as", "head of a delegation")
    HOST = "host", _lp("reminded as", "contact of the host organisation")
    HOUSE = "house", _lp("reminded as", "host of guests")
    SUBSCRIBER = "subscriber", _lp("reminded as", "recipient of the overview")


class Section(Enum):
    """Under which heading of a letter it stands."""

    ASKED = "asked"
    OVERDUE = "overdue"
    #: Nothing is late, but somebody should look.
    NOTICED = "noticed"
    UPCOMING = "upcoming"
    OPEN = "open"


class Unit(Enum):
    """What the numbers of a rule count."""

    WORKING_DAYS = "working_days"
    MONTHS = "months"


# ---- rules and people


@dataclass(frozen=True)
class Rule:
    """A reminder rule as it stands in the table."""

    id: int
    subject: ReminderSubject
    project_id: int | None
    steps: tuple[int, ...]
    then_every_days: int | None
    at_most: int | None
    active_since: datetime | None


@dataclass(frozen=True)
class DefaultRule:
    """What a new installation reminds of."""

    steps: tuple[int, ...]
    then_every_days: int | None = None
    at_most: int | None = None


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
    #: Their functions have ended, and with them their access.
    left: bool = False
    #: Their mail server refuses the address for good.
    refused: bool = False
    #: The last day on which they want no letters.
    paused_until: date | None = None
    #: Kinds of mail that they do not want.
    stopped: frozenset[str] = frozenset()

    @property
    def unreachable(self) -> str | None:
        """Why nothing can be sent to them: a key of `REASONS`."""
        if self.locked:
            return "locked"
        if self.archived:
            return "person_archived"
        if self.left:
            return "person_left"
        if self.person_id == NOBODY:
            return "nobody"
        if not self.address:
            return "no_address_known"
        return "address_refused" if self.refused else None

    @property
    def there(self) -> Whereabouts:
        """Where they are, and until when they are away."""
        return Whereabouts(self.zone, self.calendar, self.paused_until)

    def moment(self, day: date) -> datetime:
        """Return when their letter of a day leaves."""
        return sending_time(day, self.zone, str(self.person_id))

    def hears_since(self, since: datetime, day: date) -> bool:
        """Whether their letter of a day leaves at an instant or later."""
        days = (day - since.astimezone(UTC).date()).days
        # No zone is further than fourteen hours from UTC: only near the instant it matters at what time of day.
        return days > 0 if abs(days) > 1 else self.moment(day) >= since


@dataclass(frozen=True)
class Sender:
    """The office, as letters and calendars need it."""

    name: str
    language: str
    zone: str
    calendar: Calendar
    sending_paused: bool

    @property
    def there(self) -> Whereabouts:
        """Where the office is."""
        return Whereabouts(self.zone, self.calendar)

    @property
    def nobody(self) -> Recipient:
        """Who stands where a person is missing, so that the gap can be shown on its day."""
        return Recipient(NOBODY, "", None, None, self.language, self.zone, self.calendar, MailRhythm.NEVER)


# ---- matters


@dataclass(frozen=True)
class Matter:
    """What somebody can be reminded of, whatever table it comes from."""

    #: "milestone:12"
    key: str
    #: What about it somebody can be reminded of.
    subjects: "tuple[Subject, ...]"
    #: None: it is called by its subject.
    title: Translated | None
    #: The project whose own rules hold for it.
    project_id: int | None
    #: What it belongs to: a project, a partnership, an organisation.
    project_title: Translated | None
    due_on: date
    #: Since when that is its date and that is who is responsible; nothing is planned for a moment before.
    since: datetime
    #: Where one reads more and says something: "/projects/5".
    path: str = "/"
    #: A link of their own, for the one it is about: a letter leads there instead.
    own_path: str | None = None
    #: The event whose calendar file a letter about it carries: "event:12".
    attached: str | None = None
    first_due_on: date | None = None
    moves: int = 0
    answered_at: datetime | None = None
    responsible_id: int | None = None
    #: As what that person is reminded.
    as_what: Why = Why.RESPONSIBLE
    #: Where that person is, if the steps are counted in their working days for all who are reminded.
    there: Whereabouts | None = None
    #: The contacts of the responsible organisation, the first one first.
    contact_ids: tuple[int, ...] = ()
    organisation_name: Translated | None = None
    coordinator_ids: tuple[int, ...] = ()
    deputy_ids: tuple[int, ...] = ()
    #: Whom an answer goes to, if not to the coordinators.
    reply_ids: tuple[int, ...] = ()
    #: Why nobody is reminded of it any more: a key of `REASONS`.
    over: str | None = None
    #: What else its words need.
    facts: Mapping[str, Any] = field(default_factory=dict, hash=False)
    #: What an overview lists.
    parts: "tuple[Part, ...]" = ()
    #: How many more there are than it lists.
    more: int = 0

    def subject_of(self, word: ReminderSubject) -> "Subject | None":
        """Return what a rule has for it."""
        return next((one for one in self.subjects if one.word is word), None)

    def asks(self, person_id: int) -> bool:
        """Whether it is a person's to say how it stands, so that a letter about it holds links to answer by."""
        theirs = {self.responsible_id, *self.contact_ids, *self.deputy_ids}
        return person_id in theirs and any(one.asks_how or one.is_promise for one in self.subjects)

    @property
    def people_ids(self) -> set[int]:
        """Everybody who may be reminded of it, or answered."""
        named = {self.responsible_id} if self.responsible_id is not None else set()
        return {*named, *self.contact_ids, *self.coordinator_ids, *self.deputy_ids, *self.reply_ids}


class Group(Enum):
    """Under which heading of an overview it stands."""

    MINE = "mine"
    LATE = "late"
    OWED = "owed"


@dataclass(frozen=True)
class Part:
    """One line of an overview."""

    matter: Matter
    subject: "Subject"
    group: Group
    #: Who should do something about it, where it is not the reader.
    whose: str | None = None
    #: The first day on which it belongs there. None: it does already.
    from_on: date | None = None


@dataclass(frozen=True)
class Occurrence:
    """One word on one local date: to be planned, or skipped for a reason."""

    local_date: date
    #: Days or months before, or which one of the chain.
    step: str
    reason: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict, hash=False)

    @property
    def state(self) -> ReminderState:
        """Whether it is wanted."""
        return ReminderState.SKIPPED if self.reason else ReminderState.PLANNED


# ---- subjects


@dataclass(frozen=True)
class Span:
    """What part of a rule is asked for."""

    #: Nothing lies before the rule was switched on, or before the matter had its date and its responsible person.
    since: datetime
    until: date
    #: Some join a chain later, some leave it earlier.
    from_step: int = 1
    until_step: int | None = None


@dataclass(frozen=True)
class Joining:
    """Somebody who is reminded too, or instead, from one step of a chain on."""

    person_id: int
    why: Why
    from_step: int


@dataclass(frozen=True)
class Reach:
    """The dates a matter may have to be spoken of between two days. None: however long ago."""

    earliest: date | None
    latest: date


@dataclass(frozen=True)
class Asked:
    """What a turn asks the tables for: matters whose words may lie between two local dates."""

    reach: Reach
    first: date
    last: date
    today: date
    calendars: tuple[Calendar, ...]
    #: Only what got its date or its person since.
    changed_since: datetime | None = None


When = Callable[["Subject", Rule, Matter, Recipient, Span], list[Occurrence]]
Reaching = Callable[[Rule, Iterable[Calendar], date, date], Reach]
Saying = Callable[[Matter, Recipient, Sender, date], list[str]]


def _nobody_joins(_matter: Matter, _rule: Rule) -> list[Joining]:
    return []


@dataclass(frozen=True, eq=False)
class Subject:
    """What one can be reminded of: when, under which heading, in which words. The engine asks nothing else."""

    word: ReminderSubject
    default: DefaultRule
    when: When
    #: Which dates have to be looked at for what is said from one local date to another.
    reaching: Reaching
    section: Section
    #: The sentences below its title, in the language spoken now.
    say: Saying
    #: The line above a letter that says nothing else.
    headline: Callable[[Matter, date], str]
    #: The line above a letter of several such things, for their number.
    headlines: Callable[[int], str]
    #: Who comes in later.
    joins: Callable[[Matter, Rule], list[Joining]] = _nobody_joins
    #: How many steps the first one reminded hears of. None: all.
    steps_of_the_first: Callable[[Rule], int | None] = lambda _rule: None
    unit: Unit = Unit.WORKING_DAYS
    #: Of no use once its date is over.
    expires: bool = False
    #: One is asked how it stands, and says so by a click in the letter.
    asks_how: bool = False
    #: Somebody who wants one letter a week hears of it there, unless it is due before the next one.
    gathers: bool = False
    #: It has no date but the day on which it comes.
    is_undated: bool = False
    #: The letter asks whether it is done.
    is_promise: bool = False
    #: Where all of them stand, where a letter tells the first alone.
    listed: str = "/"
    #: Why it is not said when its date is another now: a key of `REASONS`.
    moved: str = "milestone_moved"


@dataclass(frozen=True)
class Source:
    """Where the matters of some subjects come from. A new subject is one of these, in `reminders.subjects.SOURCES`."""

    #: What their keys begin with: "milestone".
    prefix: str
    subjects: tuple[Subject, ...]
    #: What may have to be spoken of.
    within: Callable[[Asked], list[Matter]]
    #: Matters by what stands behind the prefix of their keys, also those that are over.
    of: Callable[[list[str], date], list[Matter]]


@dataclass(frozen=True)
class Expected:
    """An occurrence with everything that a letter about it needs."""

    rule: Rule
    subject: Subject
    matter: Matter
    recipient: Recipient
    why: Why
    occurrence: Occurrence

    @property
    def key(self) -> tuple[int, str, int, date]:
        """What makes the reminder one."""
        return self.rule.id, self.matter.key, self.recipient.person_id, self.occurrence.local_date

    @property
    def due_on(self) -> date:
        """The date that it speaks of."""
        return self.occurrence.local_date if self.subject.is_undated else self.matter.due_on
