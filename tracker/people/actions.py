"""What people do with persons and functions."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from tracker.db import db
from tracker.history.actions import change, record, record_each
from tracker.history.rules import Verb, key_of
from tracker.mail.actions import follow_address
from tracker.people import queries
from tracker.people.models import Contact, Person
from tracker.people.rules import check_function, overlap

# ---- persons


def create_person(*, by_id: int | None, now: datetime, **values: Any) -> Person:
    """Enter a person."""
    return create_people([values], by_id=by_id, now=now)[0]


def create_people(each: Sequence[Mapping[str, Any]], *, by_id: int | None, now: datetime) -> list[Person]:
    """Enter some people, all at once."""
    people = [Person(created_at=now, **values) for values in each]
    db.session.add_all(people)
    db.session.flush()
    record_each(Verb.PERSON_CREATED, [(key_of(person), {}) for person in people], by_id=by_id, now=now)
    return people


def change_person(person: Person, *, by_id: int, now: datetime, **values: Any) -> bool:
    """Change what differs; return whether anything did. What waits for them follows to a new address."""
    old = person.email
    changes = change(person, values)
    if "email" in changes:
        person.address_refused_at = None
        if old and person.email:
            follow_address(person.id, old, person.email)
    if changes:
        record(Verb.PERSON_CHANGED, person, by_id=by_id, now=now, changes=changes)
    return bool(changes)


def confirm_person(person: Person, *, by_id: int, now: datetime) -> bool:
    """Say that the office knows somebody whom another person named; return whether that is news."""
    if person.unconfirmed_since is None:
        return False
    person.unconfirmed_since = None
    record(Verb.PERSON_CONFIRMED, person, by_id=by_id, now=now)
    return True


def note_refusal(person: Person, address: str, now: datetime) -> bool:
    """Write down that mail servers refuse an address for good, if it is the person's; return whether that is news."""
    if person.address_refused_at is not None or (person.email or "").lower() != address.lower():
        return False
    person.address_refused_at = now
    record(Verb.ADDRESS_REFUSED, person, by_id=None, now=now)
    return True


# ---- functions


def add_function(
    person: Person,
    *,
    organisation_id: int,
    function: str | None = None,
    from_on: date | None = None,
    until_on: date | None = None,
    is_first: bool = False,
    deputy_id: int | None = None,
    by_id: int | None,
    now: datetime,
) -> Contact:
    """Enter a function at an organisation. Raises Refused for dates in the wrong order and one's own deputy."""
    check_function(person_id=person.id, deputy_id=deputy_id, from_on=from_on, until_on=until_on)
    contact = Contact(
        person=person,
        organisation_id=organisation_id,
        function=function,
        from_on=from_on,
        until_on=until_on,
        is_first=is_first,
        deputy_id=deputy_id,
        created_at=now,
    )
    db.session.add(contact)
    record(Verb.CONTACT_ADDED, contact, within=person, by_id=by_id, now=now)
    _follow_first(contact, by_id=by_id, now=now)
    return contact


def add_functions(each: Sequence[tuple[Person, int, str | None]], *, by_id: int, now: datetime) -> list[Contact]:
    """Enter functions of some people (who, at which organisation, as what), all at once."""
    contacts = [
        Contact(person_id=person.id, organisation_id=organisation_id, function=function, created_at=now)
        for person, organisation_id, function in each
    ]
    db.session.add_all(contacts)
    db.session.flush()
    told: list[tuple[str, dict[str, object]]] = [(key_of(contact), {}) for contact in contacts]
    homes = [person for person, _organisation_id, _function in each]
    record_each(Verb.CONTACT_ADDED, told, within=homes, by_id=by_id, now=now)
    return contacts


def change_function(contact: Contact, *, by_id: int, now: datetime, **values: Any) -> bool:
    """Change what differs; return whether anything did. Raises Refused as `add_function` does."""
    check_function(
        person_id=contact.person_id,
        deputy_id=values["deputy_id"],
        from_on=values["from_on"],
        until_on=values["until_on"],
    )
    changes = change(contact, values)
    if not changes:
        return False
    told = {_FACTS.get(name, name): fact for name, fact in changes.items()}
    record(Verb.CONTACT_CHANGED, contact, within=contact.person, by_id=by_id, now=now, changes=told)
    _follow_first(contact, by_id=by_id, now=now)
    return True


#: Columns that a sentence of the history names otherwise.
_FACTS = {"organisation_id": "organisation", "deputy_id": "deputy"}


def end_function(contact: Contact, *, today: date, by_id: int, now: datetime) -> None:
    """Let a function end today; one that has not begun is taken back."""
    if contact.from_on is not None and contact.from_on > today:
        contact.archived_at = now
        record(Verb.CONTACT_ARCHIVED, contact, within=contact.person, by_id=by_id, now=now)
        return
    changes = change(contact, {"until_on": today})
    record(Verb.CONTACT_CHANGED, contact, within=contact.person, by_id=by_id, now=now, changes=changes)


def _follow_first(contact: Contact, *, by_id: int | None, now: datetime) -> None:
    """Let nobody else be the first contact at the same time."""
    if not contact.is_first:
        return
    db.session.flush()
    for other in queries.first_contacts(contact.organisation_id):
        if other is not contact and overlap(other, contact):
            changes = change(other, {"is_first": False})
            record(Verb.CONTACT_CHANGED, other, within=other.person, by_id=by_id, now=now, changes=changes)
