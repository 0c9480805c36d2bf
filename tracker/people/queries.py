"""Who is there: signed in, in a function, by name."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from tracker.db import db
from tracker.organisations.models import Office, Organisation
from tracker.people.models import Account, Contact, Person, SignIn
from tracker.people.rules import address_kept, hash_of, is_current, is_over
from tracker.web.access import OfficeSeen, Somebody


def current_on(today: date) -> sa.ColumnElement[bool]:
    """Match functions that somebody has on that day."""
    return sa.and_(
        Contact.archived_at.is_(None),
        sa.or_(Contact.from_on.is_(None), Contact.from_on <= today),
        sa.or_(Contact.until_on.is_(None), Contact.until_on >= today),
    )


def signed_in(secret: str, now: datetime) -> tuple[Somebody, OfficeSeen] | None:
    """Return whom a cookie's secret signs in, and the office; one query."""
    query = (
        sa.select(SignIn, Account, Person, Office, Contact, Organisation.zone)
        .join(Account, SignIn.account_id == Account.id)
        .join(Person, Account.person_id == Person.id)
        .join(Office, sa.true())
        .outerjoin(Contact, sa.and_(Contact.person_id == Person.id, Contact.archived_at.is_(None)))
        .outerjoin(Organisation, Organisation.id == Contact.organisation_id)
        .where(SignIn.secret_hash == hash_of(secret), SignIn.ended_at.is_(None), Person.locked_at.is_(None))
        .order_by(Contact.is_first.desc(), Contact.id)
    )
    rows = db.session.execute(query).all()
    if not rows:
        return None
    sign_in, account, person, office = rows[0][:4]
    if is_over(sign_in.used_at, sign_in.idle_seconds, sign_in.expires_at, now) or person.archived_at:
        return None
    today = now.astimezone(ZoneInfo(office.zone)).date()
    held: list[tuple[Contact | None, str]] = [(contact, zone) for *_rest, contact, zone in rows]
    places = [(contact.organisation_id, zone) for contact, zone in held if contact and is_current(contact, today)]
    reader = Somebody(
        id=person.id,
        name=person.name,
        role=account.role.value,
        language=person.language,
        zone=person.zone or (places[0][1] if places else office.zone),
        organisation_ids=frozenset(organisation_id for organisation_id, _zone in places),
        sign_in_id=sign_in.id,
        account_id=account.id,
        seen_until=account.seen_until,
        noted_at=sign_in.used_at,
    )
    return reader, office


def account_with(address: str) -> Account | None:
    """Return the account that one signs in to with an address, and its person."""
    query = sa.select(Account).options(joinedload(Account.person)).where(Account.email == address_kept(address))
    return db.session.scalar(query)
