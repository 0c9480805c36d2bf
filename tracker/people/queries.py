"""Who is there: signed in, in a function, by name."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload

from tracker.db import db, holding
from tracker.folding import fold
from tracker.language import translated
from tracker.organisations.models import Office, Organisation
from tracker.organisations.queries import visible_organisations
from tracker.people.models import Account, AccountLink, Contact, LinkPurpose, Person, Role, SignIn
from tracker.people.rules import address_kept, hash_of, is_current, is_over
from tracker.web.access import OfficeSeen, Somebody, people_met


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


# ---- persons


def visible_people(reader: Somebody) -> sa.Select[Person]:
    """Start every query here: partners see themselves and those they meet in their projects."""
    query = sa.select(Person)
    if reader.sees_all:
        return query
    return query.where(sa.or_(Person.id == reader.id, Person.id.in_(people_met(reader))))


def one(reader: Somebody, person_id: int) -> Person | None:
    """Return the person, if this reader may know of them."""
    return db.session.scalar(visible_people(reader).where(Person.id == person_id))


def sorts(today: date) -> Mapping[str, Sequence[Any]]:
    """Return what the list can be sorted by; an organisation is that of the first function one has today."""
    held = sa.select(Organisation.folded).join(Contact, Contact.organisation_id == Organisation.id)
    first = (
        held.where(Contact.person_id == Person.id, current_on(today)).order_by(Contact.id).limit(1).scalar_subquery()
    )
    return {
        "name": (Person.folded, Person.id),
        "organisation": (sa.func.coalesce(first, ""), Person.folded, Person.id),
        "language": (Person.language, Person.folded, Person.id),
    }


def listed(
    reader: Somebody,
    *,
    today: date,
    q: str = "",
    organisation: int | None = None,
    country: str | None = None,
    archived: bool = False,
) -> sa.Select[Person]:
    """Return the persons that a list is narrowed to. Who has no country of their own has their organisation's."""
    query = matching(q, reader, archived=archived)
    held = sa.select(Contact.person_id).where(current_on(today), Contact.organisation_id.in_(_organisations(reader)))
    if organisation:
        query = query.where(Person.id.in_(held.where(Contact.organisation_id == organisation)))
    if country:
        there = held.join(Organisation, Organisation.id == Contact.organisation_id).where(
            Organisation.country == country
        )
        theirs = sa.and_(Person.country.is_(None), Person.id.in_(there))
        query = query.where(sa.or_(Person.country == country, theirs))
    return query


def matching(text: str, reader: Somebody, *, archived: bool = False) -> sa.Select[Person]:
    """Return those whose name holds every word."""
    kept = Person.archived_at.is_not(None) if archived else Person.archived_at.is_(None)
    return visible_people(reader).where(kept, holding(Person.folded, fold(text)))


def choices(reader: Somebody, *, besides: int | None = None) -> list[tuple[int, str]]:
    """Return id and name of all that are not archived, by name; and one besides, wherever they are.

    Namesakes are told apart by an organisation.
    """
    kept = sa.or_(Person.archived_at.is_(None), Person.id == (besides or 0))
    query = (
        visible_people(reader)
        .where(kept)
        .outerjoin(Contact, sa.and_(Contact.person_id == Person.id, Contact.archived_at.is_(None)))
        .outerjoin(
            Organisation,
            sa.and_(Organisation.id == Contact.organisation_id, Organisation.id.in_(_organisations(reader))),
        )
        .order_by(Contact.id)
        .with_only_columns(Person.id, Person.name, Organisation.name)
    )
    named: dict[int, tuple[str, str]] = {}
    for id_, name, organisation in db.session.execute(query):
        if not named.get(id_, ("", ""))[1]:
            named[id_] = (name, str(translated(organisation) or ""))
    often = Counter(fold(name) for name, _where in named.values())
    told = (
        (id_, f"{name} ({where})" if where and often[fold(name)] > 1 else name) for id_, (name, where) in named.items()
    )
    return sorted(told, key=lambda pair: fold(pair[1]))


def coordinators_choices(*, besides: Iterable[int] = ()) -> list[tuple[int, str]]:
    """Return id and name of those who may coordinate, by name; and some besides, whatever they may now."""
    able = sa.select(Account.person_id).where(Account.role.in_((Role.ADMINISTRATOR, Role.COORDINATOR)))
    free = sa.and_(Person.id.in_(able), Person.archived_at.is_(None), Person.locked_at.is_(None))
    query = sa.select(Person.id, Person.name).where(sa.or_(free, Person.id.in_(list(besides)))).order_by(Person.folded)
    return [(id_, name) for id_, name in db.session.execute(query)]


# ---- functions


def _organisations(reader: Somebody) -> sa.Select[Any]:
    return visible_organisations(reader).with_only_columns(Organisation.id)


def _functions(reader: Somebody) -> sa.Select[Contact]:
    """Return the functions that a reader may know of, with organisation and deputy."""
    query = sa.select(Contact).where(Contact.archived_at.is_(None))
    if not reader.sees_all:
        query = query.where(Contact.organisation_id.in_(_organisations(reader)))
    query = query.options(joinedload(Contact.organisation), joinedload(Contact.deputy))
    return query.order_by(Contact.until_on.is_not(None), Contact.until_on.desc(), Contact.id)


def functions_of(person_ids: Iterable[int], reader: Somebody, today: date) -> dict[int, list[Contact]]:
    """Return person id to the functions they have today; one query."""
    found: dict[int, list[Contact]] = {}
    query = _functions(reader).where(Contact.person_id.in_(list(person_ids)), current_on(today))
    for contact in db.session.scalars(query):
        found.setdefault(contact.person_id, []).append(contact)
    return found


def contacts_of(person: Person, reader: Somebody) -> Sequence[Contact]:
    """Return all functions of a person that are not archived, the present ones first, with organisation and deputy."""
    return db.session.scalars(_functions(reader).where(Contact.person_id == person.id)).all()


def function(reader: Somebody, contact_id: int) -> Contact | None:
    """Return a function with its person, if this reader may know of both."""
    query = _functions(reader).where(Contact.id == contact_id).options(joinedload(Contact.person))
    return db.session.scalar(query.where(Contact.person_id.in_(visible_people(reader).with_only_columns(Person.id))))


def contacts_at(organisation_id: int, today: date) -> Sequence[Contact]:
    """Return the functions that people have at an organisation today, the first contact first, with both persons."""
    query = (
        sa.select(Contact)
        .join(Contact.person)
        .where(Contact.organisation_id == organisation_id, current_on(today), Person.archived_at.is_(None))
        .options(contains_eager(Contact.person), joinedload(Contact.deputy))
        .order_by(Contact.is_first.desc(), Person.folded)
    )
    return db.session.scalars(query).all()


def first_contact(organisation_id: int, today: date) -> Contact | None:
    """Return whom one writes to at an organisation today, or None if nobody is named first."""
    return next((contact for contact in contacts_at(organisation_id, today) if contact.is_first), None)


def first_contacts(organisation_id: int) -> Sequence[Contact]:
    """Return every first contact that an organisation has, had or will have."""
    first = (Contact.organisation_id == organisation_id, Contact.is_first, Contact.archived_at.is_(None))
    return db.session.scalars(sa.select(Contact).where(*first).options(joinedload(Contact.person))).all()


def zone_of(person: Person, today: date) -> str | None:
    """Return a person's own zone, else that of the organisation at which they have a function today."""
    query = sa.select(Organisation.zone).join(Contact, Contact.organisation_id == Organisation.id)
    query = query.where(Contact.person_id == person.id, current_on(today))
    return person.zone or db.session.scalar(query.order_by(Contact.is_first.desc(), Contact.id).limit(1))


# ---- accounts


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
        .where(Account.role == Role.ADMINISTRATOR, Account.password_hash.is_not(None))
        .where(Person.locked_at.is_(None), Person.archived_at.is_(None))
        .with_for_update()
    )
    return any(other.id != account.id for other in db.session.scalars(query))


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
