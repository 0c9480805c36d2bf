"""Who may arrange stays, and what does not fit."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from tracker.attendance.models import Attendance
from tracker.attendance.rules import comes, first_of, heads_of, last_of
from tracker.events.models import Event
from tracker.events.rules import first_day, last_day
from tracker.guests.models import GuestNeeds
from tracker.hosting.models import HostOffer
from tracker.language import _, ngettext
from tracker.people.models import Person
from tracker.refusal import Refused
from tracker.web.access import Somebody
from tracker.web.formats import short_day


def may_arrange(reader: Somebody) -> bool:
    """Whether they see hosts, enter them, and say who stays where."""
    return reader.is_coordinator


def is_host(offer: HostOffer, person: Person, contact: Person | None) -> bool:
    """Whether somebody takes guests in: the person themselves, or who answers for the organisation now."""
    if person.locked_at is not None or person.archived_at is not None or offer.archived_at is not None:
        return False
    return person.id == offer.person_id or (offer.organisation_id is not None and contact is person)


def check_host(*, person: bool, organisation: bool) -> None:
    """Raise Refused unless exactly one of the two takes guests in."""
    if person == organisation:
        raise Refused(_("Please choose a person or an organisation, one of the two."), "person")


def check_days(event: Event, from_on: date | None, until_on: date | None) -> None:
    """Raise Refused if the beds are gone before they are there, or are there on no day of the event."""
    if from_on and until_on and until_on < from_on:
        raise Refused(_("This is before the first day."), "until_on")
    if from_on and from_on > last_day(event):
        raise Refused(_("The event is over by then."), "from_on")
    if until_on and until_on < first_day(event):
        raise Refused(_("The event has not begun by then."), "until_on")


@dataclass(frozen=True)
class Placed:
    """Whom a host takes in, and what does not fit, in sentences."""

    offer: HostOffer
    guests: Sequence[Attendance]
    heads: int
    misfits: Sequence[str]


def placed(
    offers: Iterable[HostOffer], called: Mapping[int, str], needs: Mapping[int, GuestNeeds] | None = None
) -> list[Placed]:
    """Return who stays with whom. `called`: attendance id to how somebody is called; `needs`: to what they said.

    A group that stays with several hosts is with each as far as there are places.
    """
    offers = list(offers)
    room = {offer.id: offer.places for offer in offers}
    lives_at: dict[int, list[HostOffer]] = {}
    for offer in offers:
        for guest in offer.guests:
            lives_at.setdefault(guest.id, []).append(offer)
    heads: dict[tuple[int, int], int] = {}
    homeless: dict[int, int] = {}
    # Who has one host first: a group with several takes what is left.
    guests = {guest.id: guest for offer in offers for guest in offer.guests}
    for id_, hosts in sorted(lives_at.items(), key=lambda pair: (len(pair[1]), pair[0])):
        left = heads_of(guests[id_]) if comes(guests[id_]) else 0
        for offer in hosts:
            here = left if len(hosts) == 1 else min(left, max(0, room[offer.id]))
            heads[offer.id, id_] = here
            room[offer.id] -= here
            left -= here
        homeless[id_] = left
    return [
        Placed(
            offer,
            offer.guests,
            sum(heads[offer.id, guest.id] for guest in offer.guests),
            [*_of_host(room[offer.id]), *_of_guests(offer, called, lives_at, homeless, needs or {})],
        )
        for offer in offers
    ]


def _of_host(left: int) -> Iterable[str]:
    if left < 0:
        yield ngettext("%(num)d guest more than there are places", "%(num)d guests more than there are places", -left)


def _of_guests(
    offer: HostOffer,
    called: Mapping[int, str],
    lives_at: dict[int, list[HostOffer]],
    homeless: dict[int, int],
    needs: Mapping[int, GuestNeeds],
) -> Iterable[str]:
    for guest in offer.guests:
        name = called.get(guest.id, "")
        if not comes(guest):
            yield _("%(name)s does not come", name=name)
            continue
        if offer.from_on and first_of(guest) < offer.from_on:
            yield _("%(name)s arrives on %(day)s already", name=name, day=short_day(first_of(guest)))
        if offer.until_on and last_of(guest) > offer.until_on:
            yield _("%(name)s stays until %(day)s", name=name, day=short_day(last_of(guest)))
        if guest.id in needs and needs[guest.id].diet and not offer.any_diet:
            yield _("%(name)s does not eat everything", name=name)
        if guest.participant.person_id is not None and len(lives_at[guest.id]) > 1:
            yield _("%(name)s stays with somebody else as well", name=name)
        if homeless[guest.id] and len(lives_at[guest.id]) > 1:
            words = ngettext(
                "for %(num)d of %(name)s there is no place", "for %(num)d of %(name)s there are no places",
                homeless[guest.id], name=name,
            )  # fmt: skip
            yield words
