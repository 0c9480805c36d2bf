"""Who takes guests of an event in, who has no bed yet, and what a host's link is about."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload
from sqlalchemy.orm.attributes import set_committed_value

from tracker.attendance.models import Attendance
from tracker.attendance.rules import comes
from tracker.db import db
from tracker.events.models import Event
from tracker.events.queries import visible_events
from tracker.guests.models import GuestNeeds
from tracker.guests.queries import LOOKED_AFTER, given_by
from tracker.guests.rules import kept_until
from tracker.hosting.links import HostLink
from tracker.hosting.models import HostOffer, Stay
from tracker.hosting.rules import is_host
from tracker.language import translated
from tracker.participants.queries import SHOWN
from tracker.people.models import Person
from tracker.people.queries import first_contact
from tracker.web.access import Somebody
from tracker.workdays.rules import local_day

_WHO = (
    joinedload(HostOffer.person),
    joinedload(HostOffer.organisation),
    selectinload(HostOffer.guests).joinedload(Attendance.participant).options(*SHOWN),
)


def visible_offers(reader: Somebody) -> sa.Select[HostOffer]:
    """Start every query here: who may know of the event; pages ask besides who may arrange stays."""
    return sa.select(HostOffer).where(HostOffer.event_id.in_(visible_events(reader).with_only_columns(Event.id)))


def one(reader: Somebody, offer_id: int) -> HostOffer | None:
    """Return the offer with its guests, if this person may know of it."""
    return db.session.scalar(visible_offers(reader).where(HostOffer.id == offer_id).options(*_WHO))


def of(event: Event) -> Sequence[HostOffer]:
    """Return who takes guests of an event in, in the order of entering; two queries."""
    query = sa.select(HostOffer).where(HostOffer.event_id == event.id, HostOffer.archived_at.is_(None))
    offers = db.session.scalars(query.options(*_WHO).order_by(HostOffer.id)).all()
    for guest in {guest.id: guest for offer in offers for guest in offer.guests}.values():
        set_committed_value(guest, "event", event)
    return offers


def contact_of(offer: HostOffer, today: date) -> Person | None:
    """Return who reads letters to a host: the person, or who answers for the organisation."""
    if offer.organisation_id is None:
        return offer.person
    contact = first_contact(offer.organisation_id, today)
    return contact.person if contact else None


def hosts_of(attendance: Attendance, today: date) -> list[str]:
    """Return the names of those with whom a guest stays, who read what the guest needs."""
    query = sa.select(HostOffer).join(Stay, Stay.offer_id == HostOffer.id)
    query = query.where(Stay.attendance_id == attendance.id, HostOffer.archived_at.is_(None))
    offers = db.session.scalars(query.options(*_WHO[:2]).order_by(HostOffer.id)).all()
    return [_named(offer, contact_of(offer, today)) for offer in offers]


def _named(offer: HostOffer, contact: Person | None) -> str:
    body = str(translated(offer.organisation.name)) if offer.organisation else None
    return f"{contact.name} ({body})" if contact and body else contact.name if contact else body or ""


# ---- behind the link


@dataclass(frozen=True)
class Host:
    """What a host's link is about: who stays with them, and what these said."""

    offer: HostOffer
    event: Event
    person: Person
    guests: Sequence[tuple[Attendance, GuestNeeds | None]]
    #: Nothing is shown any more.
    is_over: bool


def host(link: HostLink, now: datetime) -> Host | None:
    """Return what a link is about, or None if that was never there."""
    person = db.session.get(Person, link.person_id)
    query = sa.select(HostOffer).where(HostOffer.id == link.row_id)
    offer = db.session.scalar(query.options(*_WHO, joinedload(HostOffer.event).options(*LOOKED_AFTER)))
    if person is None or offer is None:
        return None
    event = offer.event
    today = local_day(now, event.zone)
    is_over = event.archived_at is not None or today > kept_until(event)
    if is_over or not is_host(offer, person, contact_of(offer, today)):
        return Host(offer, event, person, (), is_over=True)
    there = [one for one in offer.guests if comes(one)]
    needs = given_by(one.id for one in there)
    return Host(offer, event, person, [(one, needs.get(one.id)) for one in there], is_over=False)
