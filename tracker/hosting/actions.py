"""What people do with hosts."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm.attributes import flag_modified

from tracker.attendance.models import Attendance
from tracker.db import db
from tracker.events.models import Event
from tracker.history.actions import change, record
from tracker.history.rules import Verb
from tracker.hosting.models import HostOffer
from tracker.hosting.rules import check_days, check_host


def enter_offer(event: Event, *, guests: Sequence[Attendance], by_id: int, now: datetime, **values: Any) -> HostOffer:
    """Enter who takes guests in, and who stays there. Raises Refused."""
    _check(event, **values)
    offer = HostOffer(event=event, created_at=now, **values)
    offer.guests = list(guests)
    db.session.add(offer)
    record(Verb.HOST_ENTERED, offer, by_id=by_id, now=now, within=event)
    return offer


def change_offer(offer: HostOffer, *, guests: Sequence[Attendance], by_id: int, now: datetime, **values: Any) -> bool:
    """Change what differs; return whether anything did. Raises Refused."""
    _check(offer.event, **values)
    changes = change(offer, values)
    if {one.id for one in offer.guests} != {one.id for one in guests}:
        offer.guests = list(guests)
        changes["guests"] = [None, None]
    if not changes:
        return False
    flag_modified(offer, "places")  # stays are rows of their own: the version counts them too
    record(Verb.HOST_CHANGED, offer, by_id=by_id, now=now, within=offer.event, changes=changes)
    return True


def _check(
    event: Event, *, person: object, organisation: object, from_on: date | None, until_on: date | None, **_more: Any
) -> None:
    check_host(person=person is not None, organisation=organisation is not None)
    check_days(event, from_on, until_on)


def take_off(offer: HostOffer, *, by_id: int, now: datetime) -> None:
    """Take a host off the list; nobody stays there any more."""
    offer.archived_at, offer.guests = now, []
    record(Verb.HOST_ARCHIVED, offer, by_id=by_id, now=now, within=offer.event)
