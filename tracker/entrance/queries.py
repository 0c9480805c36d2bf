"""Whom a cookie signs in, and what a mailed link opens."""

from datetime import datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from tracker.accounts.models import Account, AccountLink, LinkPurpose, SignIn
from tracker.accounts.rules import hash_of, is_over
from tracker.db import db
from tracker.mail.queries import Standing, standing_columns
from tracker.organisations.models import Office, Organisation
from tracker.people.models import Contact, Person
from tracker.people.rules import is_current
from tracker.web.access import OfficeSeen, Somebody


def signed_in(secret: str, now: datetime) -> tuple[Somebody, OfficeSeen] | None:
    """Return whom a cookie's secret signs in, with how mail stands, and the office; one query."""
    query = (
        sa.select(SignIn, Account, Person, Office, Contact, Organisation.zone, *standing_columns(now))
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
    held: list[tuple[Contact | None, str]] = [(row[4], row[5]) for row in rows]
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
        mail=Standing.of(*rows[0][6:], now=now),
    )
    return reader, office


def link_of(secret: str, purpose: LinkPurpose) -> AccountLink | None:
    """Return what a mailed link opens, with account and person, used or not."""
    known = (AccountLink.secret_hash == hash_of(secret), AccountLink.purpose == purpose)
    return db.session.scalar(
        sa.select(AccountLink).where(*known).options(joinedload(AccountLink.account).joinedload(Account.person))
    )


def resets_since(account: Account, since: datetime) -> int:
    """Return how many links for a new password an account was sent."""
    asked = (AccountLink.account_id == account.id, AccountLink.purpose == LinkPurpose.RESET)
    query = sa.select(sa.func.count()).select_from(AccountLink).where(*asked, AccountLink.created_at > since)
    return db.session.scalar(query) or 0
