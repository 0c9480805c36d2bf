"""Who takes guests of an event in, and who has no bed yet."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload
from sqlalchemy.orm.attributes import set_committed_value

from tracker.attendance.models import Attendance
from tracker.db import db
from tracker.events.models import Event
from tracker.events.queries import visible_events
from tracker.hosting.models import HostOffer
from tracker.participants.queries import SHOWN
from tracker.web.access import Somebody

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
