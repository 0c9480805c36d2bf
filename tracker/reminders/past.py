"""What people were reminded of, and when; what not, and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from tracker.db import Translated, db
from tracker.language import _
from tracker.log.models import LogEntry
from tracker.mail.models import Message, MessageKind
from tracker.mail.rules import sentence
from tracker.milestones.models import Milestone
from tracker.people.models import Person
from tracker.reminders.models import Reminder
from tracker.reminders.rules import REASONS, told
from tracker.reminders.subjects import matters_of
from tracker.travel.models import TravelAsked, TravelQuestion
from tracker.updates.models import StatusRequest
from tracker.web.formats import moment
from tracker.workdays.rules import local_day

#: What one person got on one day stands together.
IN_ORDER = (Reminder.local_date, Reminder.person_id, Reminder.due_on, Reminder.id)
#: Other mails of one person that are shown.
OTHERS = 30
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Passed:
    """A reminder as it stands in the table, with its words and the letter that held it."""

    reminder: Reminder
    #: None: it is called by its subject, or there is nothing left of it.
    title: Translated | None
    project_id: int | None
    about: Translated | None
    path: str | None
    message: Message | None


@dataclass(frozen=True)
class PersonDay:
    """What one person was reminded of on one day."""

    local_date: date
    person_id: int
    person: str
    words: tuple[Passed, ...]

    @property
    def messages(self) -> list[Message]:
        """The letters that held them: one, unless an address changed or a letter came late."""
        return list({one.message.id: one.message for one in self.words if one.message}.values())


def reminders(*, person: int | None = None, project: int | None = None, day: date | None = None) -> sa.Select[Reminder]:
    """Return what was planned, skipped, missed or sent, narrowed to a person, a project, a local date."""
    query = sa.select(Reminder).options(joinedload(Reminder.rule))
    if person:
        query = query.where(Reminder.person_id == person)
    if day:
        query = query.where(Reminder.local_date == day)
    if project:
        query = query.where(Reminder.subject.in_(_keys_of(project)))
    return query


def _keys_of(project_id: int) -> sa.CompoundSelect[Any]:
    """Return the keys of all that somebody can be reminded of in a project."""
    rows = (("milestone", Milestone), ("request", StatusRequest), ("step", LogEntry))
    return sa.union_all(
        *(
            sa.select(sa.literal(f"{prefix}:") + sa.cast(row.id, sa.String(20))).where(row.project_id == project_id)
            for prefix, row in rows
        ),
        sa.select(sa.literal(f"edition:{project_id}")),
        sa.select(sa.literal("travel:") + sa.cast(TravelAsked.id, sa.String(20)))
        .join(TravelAsked.question)
        .where(TravelQuestion.project_id == project_id),
    )


def by_day(found: Sequence[Reminder], today: date) -> list[PersonDay]:
    """Put together what one person got on one day; a number of queries that does not grow with them."""
    matters = matters_of({one.subject for one in found}, today)
    names = _rows(Person.id, Person.name, {one.person_id for one in found})
    wanted = {one.message_id for one in found if one.message_id}
    asked = sa.select(Message).where(Message.id.in_(wanted))
    messages = {message.id: message for message in db.session.scalars(asked)} if wanted else {}
    days = []
    for (local_date, person_id), group in groupby(found, key=lambda one: (one.local_date, one.person_id)):
        words = []
        for one in sorted(group, key=lambda row: (row.due_on, row.id)):
            matter = matters.get(one.subject)
            words.append(
                Passed(
                    one,
                    matter.title if matter else None,
                    matter.project_id if matter else None,
                    matter.project_title if matter else None,
                    matter.path if matter else None,
                    messages.get(one.message_id or 0),
                )
            )
        days.append(PersonDay(local_date, person_id, names.get(person_id, ""), tuple(words)))
    return days


def _rows(key: Any, value: Any, ids: set[int]) -> dict[int, Any]:  # noqa: ANN401 - columns
    return {row[0]: row[1] for row in db.session.execute(sa.select(key, value).where(key.in_(ids)))} if ids else {}


def other_messages(
    *, person: int | None = None, day: date | None = None, project: int | None = None
) -> Sequence[Message]:
    """Return the newest mails to a person that are no letters of reminders; of a project none is known."""
    if project:
        return []
    query = sa.select(Message).where(Message.person_id == person, Message.kind != MessageKind.LETTER)
    if day:
        # A day there may begin half a day earlier or later than in UTC.
        around = datetime.combine(day, time(0), UTC)
        query = query.where(Message.send_at.between(around - 2 * DAY, around + 3 * DAY))
    rows = db.session.scalars(query.order_by(Message.send_at.desc(), Message.id.desc()).limit(10 * OTHERS)).all()
    return [one for one in rows if day is None or local_day(one.sent_at or one.send_at, one.zone) == day][:OTHERS]


def why(message: Message, now: datetime) -> str:
    """Return in a sentence what a letter waits for, or why it was not sent."""
    if message.reason in REASONS:
        return told(message.reason, message.reason_facts) or ""
    if message.reason:
        return sentence(message.reason, message.reason_facts)
    return _("It leaves %(moment)s.", moment=moment(message.send_at)) if message.send_at > now else ""
