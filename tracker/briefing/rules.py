"""The clocks and the days off of both sides around the day of a visit, and what led to what in one line."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from tracker.lineage.rules import Line, Row, Thing
from tracker.organisations.models import ClosedDay, Organisation
from tracker.partnerships.models import PartnershipParty, Side
from tracker.workdays.rules import DAY, Calendar, HolidaysKnown, holidays_known, holidays_spoken, public_holidays

#: Days off are told so long before and after the visit.
NEAR = timedelta(days=14)
NOON = time(12)
HOUR = timedelta(hours=1)


# ---- the clocks


@dataclass(frozen=True)
class Change:
    """From this day on the clocks differ by so much."""

    on: date
    ahead: timedelta


@dataclass(frozen=True)
class LocalTime:
    """What the clocks of some organisations show, seen from here."""

    zone: str
    organisations: tuple[Organisation, ...]
    #: There, when it is noon here on the day of the visit.
    at_noon: datetime
    #: How many days later it is there then: -1, 0 or 1.
    days_later: int
    #: By how much their clocks are ahead of ours on that day; negative: behind.
    ahead: timedelta
    #: Where one side alone changes its clocks soon after that day.
    changes: tuple[Change, ...]


def local_times(organisations: Iterable[Organisation], here: str, on: date) -> list[LocalTime]:
    """Return one line for each zone; noon here is noon in the zone `here`."""
    zones: dict[str, list[Organisation]] = {}
    for one in organisations:
        zones.setdefault(one.zone, []).append(one)
    return [_local_time(zone, there, here, on) for zone, there in zones.items()]


def _local_time(zone: str, organisations: Sequence[Organisation], here: str, on: date) -> LocalTime:
    days = [day for day in _near(on) if day >= on]
    ahead = {day: _ahead(zone, here, day) for day in days}
    changes = [Change(day, ahead[day]) for before, day in pairwise(days) if ahead[before] != ahead[day]]
    at_noon = datetime.combine(on, NOON, ZoneInfo(here)).astimezone(ZoneInfo(zone))
    return LocalTime(zone, tuple(organisations), at_noon, (at_noon.date() - on).days, ahead[on], tuple(changes))


def _ahead(zone: str, here: str, day: date) -> timedelta:
    noon = datetime.combine(day, NOON, ZoneInfo(here))
    there = noon.astimezone(ZoneInfo(zone))
    return (there.utcoffset() or timedelta()) - (noon.utcoffset() or timedelta())


def hours(ahead: timedelta) -> str:
    """Return "+7" or "+4:30": a difference of clocks as people write it, with a minus and no hyphen where it is one."""
    whole, rest = divmod(abs(ahead), HOUR)
    minutes = f":{rest // timedelta(minutes=1):02}" if rest else ""
    sign = "\N{MINUS SIGN}" if ahead < timedelta() else "+"
    return f"{sign}{whole}{minutes}"


# ---- days off


@dataclass(frozen=True)
class DaysOff:
    """A public holiday, or days on which organisations are closed."""

    first: date
    last: date
    name: str | None
    #: Of the name; None: nobody knows.
    language: str | None
    organisations: tuple[Organisation, ...]
    #: Whether it is off for all of a side.
    sides: tuple[Side, ...]


def days_off(parties: Sequence[PartnershipParty], closed: Iterable[ClosedDay], on: date) -> list[DaysOff]:
    """Return the public holidays and closed days of the parties near a day, the earliest first."""
    bodies = {party.organisation_id: party.organisation for party in parties}
    found: dict[tuple[date, date, str | None, str | None], list[int]] = {}
    for id_, body in bodies.items():
        spoken = holidays_spoken(body.country)
        for day in _near(on):
            if name := public_holidays(body.country, body.subdivision, day.year).get(day):
                found.setdefault((day, day, name, spoken), []).append(id_)
    for one in closed:
        key = (one.from_on, one.until_on, one.label, bodies[one.organisation_id].language if one.label else None)
        found.setdefault(key, []).append(one.organisation_id)
    # Of one day those come first that were found first: ours.
    ordered = sorted(found.items(), key=lambda item: item[0][:2])
    return [
        DaysOff(first, last, name, language, tuple(bodies[id_] for id_ in ids), _whole_sides(parties, ids))
        for (first, last, name, language), ids in ordered
    ]


def _whole_sides(parties: Sequence[PartnershipParty], ids: Sequence[int]) -> tuple[Side, ...]:
    sides = {side: {one.organisation_id for one in parties if one.side is side} for side in Side}
    return tuple(side for side, members in sides.items() if members and members <= set(ids))


def holidays_unknown(parties: Iterable[PartnershipParty]) -> list[Organisation]:
    """Return the organisations of whose public holidays not all are known."""
    bodies = [party.organisation for party in parties]
    return [one for one in bodies if holidays_known(Calendar(one.country, one.subdivision)) is not HolidaysKnown.ALL]


def _near(on: date) -> list[date]:
    return [on + number * DAY for number in range(-NEAR.days, NEAR.days + 1)]


# ---- what led to what


#: More than so many things are no line any more that one takes in.
MOST = 6


@dataclass(frozen=True)
class Descent:
    """All of a line where it is a short chain, else what stands next to something in it."""

    chain: tuple[Row, ...] = ()
    before: tuple[Thing, ...] = ()
    after: tuple[Row, ...] = ()
    #: Whether there is more that came out of it.
    goes_on: bool = False


def descent(line: Line, here: str) -> Descent:
    """Return what led to something, and what that led to, as far as one line holds it."""
    if line.is_straight and len(line.rows) <= MOST:
        return Descent(line.rows)
    before = tuple(origin for row in line.rows if row.thing.key == here for _link, origin in row.origins)
    after = tuple(row for row in line.rows if here in {origin.key for _link, origin in row.origins})
    return Descent(before=before[-MOST:], after=after[:MOST], goes_on=len(after) > MOST)
