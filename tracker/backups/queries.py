"""How it stands with the backups."""

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from tracker.accounts.models import Account, Role
from tracker.backups.models import Backup
from tracker.backups.rules import DAY, TROUBLES, is_too_old
from tracker.db import db
from tracker.organisations.models import Office
from tracker.people.models import Person


@dataclass(frozen=True)
class Standing:
    """When the last backup was made, and what is wrong."""

    last_at: datetime | None
    #: A key of `rules.TROUBLES`, if the last night's failed.
    trouble: str | None
    is_too_old: bool

    @property
    def sentence(self) -> str:
        """What is wrong with the last one, in the language that is spoken now."""
        return str(TROUBLES.get(self.trouble or "", ""))


def standing(now: datetime) -> Standing:
    """Return how it stands; one query."""
    last_at = sa.select(sa.func.max(Backup.finished_at)).scalar_subquery()
    trouble = sa.select(Backup.trouble).order_by(Backup.night.desc()).limit(1).scalar_subquery()
    since = sa.select(Office.created_at).scalar_subquery()
    at, wrong, began_at = db.session.execute(sa.select(last_at, trouble, since)).one()
    return Standing(at, wrong, began_at is not None and is_too_old(at, began_at, now))


def is_any_ahead(today: date) -> bool:
    """Whether there are nights that are still to come."""
    return db.session.scalar(sa.select(Backup.id).where(Backup.night > today + DAY).limit(1)) is not None


def is_made(night: date) -> bool:
    """Whether the backup of a night is there."""
    made = sa.select(Backup.id).where(Backup.night == night, Backup.finished_at.is_not(None))
    return db.session.scalar(made) is not None


def roles() -> dict[Role, list[str]]:
    """Return the addresses of those who may work here, by their role; partners see what is theirs alone."""
    are = sa.select(Account.role, Account.email).join(Account.person).where(Account.role != Role.PARTNER)
    are = are.where(Person.locked_at.is_(None), Person.archived_at.is_(None)).order_by(Account.email)
    found: dict[Role, list[str]] = {}
    for role, address in db.session.execute(are):
        found.setdefault(role, []).append(address)
    return found
