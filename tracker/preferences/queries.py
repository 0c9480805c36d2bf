"""Whom a link in a letter is about."""

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from tracker.db import db
from tracker.people.models import Person
from tracker.preferences.models import AddressChange


def person(person_id: int) -> Person | None:
    """Return the person a link in a letter names, whoever asks: the link is signed."""
    return db.session.get(Person, person_id)


def change_with(secret_hash: str) -> AddressChange | None:
    """Return the new address that a mailed link confirms, with its person."""
    query = sa.select(AddressChange).options(joinedload(AddressChange.person))
    return db.session.scalar(query.where(AddressChange.secret_hash == secret_hash))
