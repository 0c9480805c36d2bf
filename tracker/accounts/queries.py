"""Which accounts there are, and where they are signed in."""

from collections.abc import Iterable
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from tracker.accounts.models import Account, AccountLink, Device, LinkPurpose, Role, SignIn
from tracker.accounts.rules import address_kept, device_hash, is_over
from tracker.db import db
from tracker.people.models import Contact, Person
from tracker.people.queries import current_on


def account_with(address: str) -> Account | None:
    """Return the account that one signs in to with an address, and its person."""
    query = sa.select(Account).options(joinedload(Account.person)).where(Account.email == address_kept(address))
    return db.session.scalar(query)


def account_of(person_id: int) -> Account | None:
    """Return the account of a person, with the person."""
    query = sa.select(Account).options(joinedload(Account.person)).where(Account.person_id == person_id)
    return db.session.scalar(query)


def is_another_administrator(account: Account) -> bool:
    """Whether somebody else could go on as administrator. Two who ask at once wait for each other."""
    query = (
        sa.select(Account)
        .join(Account.person)
        .where(Account.role == Role.ADMINISTRATOR, Account.is_accepted)
        .where(Person.locked_at.is_(None), Person.archived_at.is_(None))
        .with_for_update()
    )
    return any(other.id != account.id for other in db.session.scalars(query))


def invited_until(account: Account, now: datetime) -> datetime | None:
    """Return until when somebody can accept their invitation, or None if none is open."""
    known = (AccountLink.account_id == account.id, AccountLink.purpose == LinkPurpose.INVITATION)
    still = (AccountLink.used_at.is_(None), AccountLink.expires_at > now)
    return db.session.scalar(sa.select(sa.func.max(AccountLink.expires_at)).where(*known, *still))


def sign_ins_of(account_id: int, now: datetime) -> list[SignIn]:
    """Return the browsers in which an account is signed in, the last used first."""
    query = sa.select(SignIn).where(SignIn.account_id == account_id, SignIn.ended_at.is_(None), SignIn.expires_at > now)
    rows = db.session.scalars(query.order_by(SignIn.used_at.desc()))
    return [row for row in rows if not is_over(row.used_at, row.idle_seconds, row.expires_at, now)]


def known_device(account_id: int, secret: str | None) -> Device | None:
    """Return the device as which an account knows the browser that holds this secret."""
    if not secret:
        return None
    return db.session.scalar(sa.select(Device).where(Device.secret_hash == device_hash(account_id, secret)))


def who_left(person_ids: Iterable[int], today: date) -> set[int]:
    """Return who had a function and has none today. Those whose account sees all without one have not left."""
    ids = list(person_ids)
    ended = sa.select(Contact.person_id).where(
        Contact.person_id.in_(ids), Contact.archived_at.is_(None), Contact.until_on < today
    )
    holding = sa.select(Contact.person_id).where(Contact.person_id.in_(ids), current_on(today))
    office = sa.select(Account.person_id).where(Account.person_id.in_(ids), Account.role != Role.PARTNER)
    return set(db.session.scalars(ended.except_(holding, office)))


def coordinators_choices(*, besides: Iterable[int] = ()) -> list[tuple[int, str]]:
    """Return id and name of those who may coordinate, by name; and some besides, whatever they may now."""
    able = sa.select(Account.person_id).where(Account.role.in_((Role.ADMINISTRATOR, Role.COORDINATOR)))
    free = sa.and_(Person.id.in_(able), Person.archived_at.is_(None), Person.locked_at.is_(None))
    query = sa.select(Person.id, Person.name).where(sa.or_(free, Person.id.in_(list(besides)))).order_by(Person.folded)
    return [(id_, name) for id_, name in db.session.execute(query)]
