"""Who is there: by name, in a function."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload
from sqlalchemy.orm.interfaces import ORMOption

from tracker.db import Translated, db, holding
from tracker.folding import fold
from tracker.language import translated
from tracker.organisations.models import Organisation
from tracker.organisations.queries import visible_organisations
from tracker.people.models import Contact, MailChoice, MailStop, Person
from tracker.web.access import Somebody, people_met


def current_on(today: date | sa.ColumnElement[date]) -> sa.ColumnElement[bool]:
    """Match functions that somebody has on that day."""
    return sa.and_(
        Contact.archived_at.is_(None),
        sa.or_(Contact.from_on.is_(None), Contact.from_on <= today),
        sa.or_(Contact.until_on.is_(None), Contact.until_on >= today),
    )


# ---- persons


def visible_people(reader: Somebody) -> sa.Select[Person]:
    """Start every query here: partners see themselves and those they meet in their projects."""
    query = sa.select(Person)
    return query if reader.sees_all else query.where(_is_known_to(reader))


def _is_known_to(reader: Somebody) -> sa.ColumnElement[bool]:
    return sa.or_(Person.id == reader.id, Person.id.in_(people_met(reader)))


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


def to_look_at(reader: Somebody) -> sa.Select[Person]:
    """Select whom somebody named through a link and nobody has confirmed yet, and whom no mail reaches."""
    odd = sa.or_(Person.unconfirmed_since.is_not(None), Person.address_refused_at.is_not(None))
    return visible_people(reader).where(odd, Person.archived_at.is_(None), Person.locked_at.is_(None))


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


def stopped_by(person_id: int) -> frozenset[MailChoice]:
    """Return which letters a person switched off."""
    return stopped_by_each([person_id]).get(person_id, frozenset())


def stopped_by_each(person_ids: Collection[int]) -> dict[int, frozenset[MailChoice]]:
    """Return person id to the letters that they switched off; who wants all is left out."""
    found: dict[int, frozenset[MailChoice]] = {}
    rows = db.session.execute(sa.select(MailStop.person_id, MailStop.kind).where(MailStop.person_id.in_(person_ids)))
    known = {choice.value: choice for choice in MailChoice}
    for person_id, kind in rows:
        if kind in known:
            found[person_id] = found.get(person_id, frozenset()) | {known[kind]}
    return found


# ---- functions


def _organisations(reader: Somebody) -> sa.Select[Any]:
    return visible_organisations(reader).with_only_columns(Organisation.id)


def _functions(reader: Somebody) -> sa.Select[Contact]:
    """Return the functions that a reader may know of, with organisation and deputy."""
    return _visible_functions(reader).options(joinedload(Contact.organisation), _with_deputy(reader))


def _visible_functions(reader: Somebody) -> sa.Select[Contact]:
    query = sa.select(Contact).where(Contact.archived_at.is_(None))
    if not reader.sees_all:
        query = query.where(Contact.organisation_id.in_(_organisations(reader)))
    return query.order_by(Contact.until_on.is_not(None), Contact.until_on.desc(), Contact.id)


def _with_deputy(reader: Somebody) -> ORMOption:
    """Load who stands in as well, or nobody where this reader may not know of them."""
    known = () if reader.sees_all else (_is_known_to(reader),)
    return joinedload(Contact.deputy.and_(*known))


class Held(NamedTuple):
    """A function as a list tells it."""

    function: str | None
    at: Translated
    country: str


def functions_of(person_ids: Iterable[int], reader: Somebody, today: date) -> dict[int, list[Contact]]:
    """Return person id to the functions they have today; one query."""
    found: dict[int, list[Contact]] = {}
    query = _functions(reader).where(Contact.person_id.in_(list(person_ids)), current_on(today))
    for contact in db.session.scalars(query):
        found.setdefault(contact.person_id, []).append(contact)
    return found


def held_by(person_ids: Iterable[int], reader: Somebody, today: date) -> dict[int, list[Held]]:
    """Return the same in a few words, where thousands are listed."""
    found: dict[int, list[Held]] = {}
    told = (Contact.person_id, Contact.function, Organisation.name, Organisation.country)
    query = _visible_functions(reader).where(Contact.person_id.in_(list(person_ids)), current_on(today))
    rows = db.session.execute(query.join(Contact.organisation).with_only_columns(*told))
    for person_id, function, at, country in rows:
        found.setdefault(person_id, []).append(Held(function, at, country))
    return found


def contacts_of(person: Person, reader: Somebody) -> Sequence[Contact]:
    """Return all functions of a person that are not archived, the present ones first, with organisation and deputy."""
    return db.session.scalars(_functions(reader).where(Contact.person_id == person.id)).all()


def function(reader: Somebody, contact_id: int) -> Contact | None:
    """Return a function with its person, if this reader may know of both."""
    query = _functions(reader).where(Contact.id == contact_id).options(joinedload(Contact.person))
    return db.session.scalar(query.where(Contact.person_id.in_(visible_people(reader).with_only_columns(Person.id))))


def contacts_at(organisation_id: int, today: date, reader: Somebody | None = None) -> Sequence[Contact]:
    """Return the functions that people have at an organisation today, the first contact first, with both persons.

    A reader does not learn of deputies whom they may not know of.
    """
    query = (
        sa.select(Contact)
        .join(Contact.person)
        .where(Contact.organisation_id == organisation_id, current_on(today), Person.archived_at.is_(None))
        .options(contains_eager(Contact.person), _with_deputy(reader) if reader else joinedload(Contact.deputy))
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
