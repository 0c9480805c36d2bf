"""What the night does about backups, and what becomes of the outbox when everything comes back from one."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast

import sqlalchemy as sa

from tracker.accounts.models import Device, Role
from tracker.backups import erasures, queries
from tracker.backups.models import Backup
from tracker.backups.rules import AGAIN, DAY, LEASE
from tracker.circulars.actions import tell_changes
from tracker.db import db, insert_new
from tracker.history.actions import record
from tracker.history.rules import Verb
from tracker.mail.models import Message, MessageKind, MessageState
from tracker.mail.outbox import BEING_SENT
from tracker.organisations.queries import office
from tracker.postbox.actions import tell_of_refusals
from tracker.reminders.actions import plan_reminders
from tracker.reminders.models import Reminder
from tracker.workdays.rules import MORNING, instant_of

# ---- each night


def begin(night: date, now: datetime) -> bool:
    """Take the backup of a night upon us, and say whether it is ours: nobody else made it or is at it."""
    values = {"night": night, "leased_until": now + LEASE}
    if insert_new(Backup, values):
        return True
    free = (Backup.night == night, Backup.finished_at.is_(None), Backup.leased_until < now)
    taken = sa.update(Backup).where(*free).values(leased_until=now + LEASE)
    return _rows(taken) == 1


def forget_ahead(today: date) -> None:
    """Forget nights that are still to come: a clock was ahead, and they would hide what is wrong until then."""
    db.session.execute(sa.delete(Backup).where(Backup.night > today + DAY))


def finish(night: date, name: str, size_bytes: int, now: datetime) -> None:
    """Write down that it is there."""
    values = {"finished_at": now, "name": name, "size_bytes": size_bytes, "trouble": None}
    _rows(sa.update(Backup).where(Backup.night == night).values(values))


def fail(night: date, trouble: str | None, now: datetime) -> None:
    """Write down why it is not; somebody tries again, at once if the program was only stopped."""
    again_at = now + AGAIN if trouble else now
    _rows(sa.update(Backup).where(Backup.night == night).values(leased_until=again_at, trouble=trouble))


# ---- after a restore


@dataclass(frozen=True)
class Late:
    """A message that is held, for it may have been sent from where the backup was made."""

    id: int
    address: str
    subject: str | None
    send_at: datetime


@dataclass(frozen=True)
class Settled:
    """What was done so that nothing comes back that must not."""

    late: list[Late]
    #: Messages that wait for a time that is still to come.
    waiting: int
    #: Rows that were erased, taken back or closed again.
    erased: int
    #: Who may work here now, by their role.
    roles: dict[Role, list[str]]


def settle(
    done: Iterable[erasures.Done], now: datetime, *, public_url: str, verb: Verb = Verb.OFFICE_RESTORED
) -> Settled:
    """Erase again what was erased; plan what would be late; hold all that may have been sent, with sending paused."""
    restored = office()
    if restored is not None:
        restored.sending_paused = True
        record(verb, restored, by_id=None, now=now)
    erased = erasures.repeat(done)
    _rows(sa.update(Device).values(remembered_until=None))
    # What their links opened is not in a backup.
    secret = (Message.secret.is_(True), Message.state.in_((MessageState.QUEUED, *_MAY_BE_OUT)))
    gone = {"text": None, "html": None, "frozen": None, "blanked_at": now}
    _end(secret, MessageState.CANCELLED, "restored_link", now, **gone)
    db.session.expire_all()
    plan_reminders(now, public_url=public_url)
    tell_of_refusals(now, public_url=public_url)
    tell_changes(now, public_url=public_url)
    db.session.flush()
    _hold(now)
    held = sa.select(Message.id, Message.address, Message.subject, Message.send_at).where(Message.reason == "restored")
    late = [Late(*row) for row in db.session.execute(held.order_by(Message.send_at, Message.id))]
    waiting = db.session.scalar(sa.select(sa.func.count()).where(Message.state == MessageState.QUEUED)) or 0
    return Settled(late, waiting, erased, queries.roles())


_MAY_BE_OUT = (*BEING_SENT, MessageState.UNKNOWN)


def _hold(now: datetime) -> None:
    """Hold what was due between the backup and now: in the meantime it may have been sent."""
    queued = Message.state == MessageState.QUEUED
    news = sa.and_(Message.created_at >= now, Message.kind != MessageKind.LETTER)
    _end((Message.state.in_(_MAY_BE_OUT),), MessageState.HELD, "restored", now)
    _end((queued, sa.or_(Message.send_at <= now, news)), MessageState.HELD, "restored", now)
    # A letter leaves in somebody's morning; a late one, later. Words of a morning that has begun may be out.
    days = sa.select(Message.id, Message.zone, sa.func.min(Reminder.local_date)).where(queued)
    days = days.join(Reminder, Reminder.message_id == Message.id).group_by(Message.id, Message.zone)
    begun = [one for one, zone, day in db.session.execute(days).all() if instant_of(day, MORNING, zone) <= now]
    for message_id in begun:
        _end((Message.id == message_id,), MessageState.HELD, "restored", now)


def _end(which: Iterable[sa.ColumnElement[bool]], state: MessageState, reason: str, now: datetime, **more: Any) -> None:
    values = {"state": state, "reason": reason, "reason_facts": None, "leased_until": None, "finished_at": now} | more
    _rows(sa.update(Message).where(*which).values(**values, fence=Message.fence + 1))


def _rows(statement: sa.Update) -> int:
    result = db.session.execute(statement.execution_options(synchronize_session=False))
    return cast("sa.CursorResult[Any]", result).rowcount
