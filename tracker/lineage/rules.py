"""Who may say what led to what, what cannot have, and where each thing stands in the line that is drawn."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from tracker.db import PartialDate, Translated
from tracker.events.models import EventKind
from tracker.language import Word, _, _l, translated
from tracker.log.models import LogKind
from tracker.organisations.models import FormerName, name_on
from tracker.refusal import Refused
from tracker.web.access import Somebody
from tracker.web.formats import partial_date

#: So many lines run beside one another at most; more would leave no room for the words on a phone.
MOST_LANES = 6
#: Years between one thing and the next after which the way between them is longer, and longer still.
FAR = (5, 15)


class ThingKind(Word):
    """What can lead to something, and come out of something."""

    PROJECT = "project", _l("Project")
    PARTNERSHIP = "partnership", _l("Partnership")
    AGREEMENT = "agreement", _l("Agreement")
    ORGANISATION = "organisation", _l("Organisation")
    EVENT = "event", _l("Event")
    LOG_ENTRY = "log_entry", _l("Log entry")


@dataclass(frozen=True)
class Thing:
    """What leads to something or comes out of something, as far as a line about it needs."""

    kind: ThingKind
    id: int
    title: Translated
    #: Since when it is there.
    begins: PartialDate | None = None
    #: When it was what it is now, if that took a while: a contact that was made formal.
    settled: PartialDate | None = None
    #: What sort of event or log entry.
    sort: EventKind | LogKind | None = None
    #: What an organisation was called before.
    former: tuple[FormerName, ...] = ()

    @property
    def key(self) -> str:
        """How statements name it."""
        return f"{self.kind.value}:{self.id}"

    @property
    def name(self) -> str:
        """Its name in the language that is spoken now."""
        return str(translated(self.title))

    def as_of(self, day: PartialDate | None) -> "Thing":
        """Return it under the name that it had on a day."""
        return replace(self, title=name_on(self.title, self.former, day)) if self.former else self


@dataclass(frozen=True)
class Link:
    """The statement that one thing, by its key, led to another."""

    origin: str
    outcome: str
    happened_on: PartialDate | None = None
    note: Translated | None = None
    id: int = 0


@dataclass(frozen=True)
class Row:
    """One thing in the line, and what is drawn beside it."""

    thing: Thing
    #: Its own date, or that of the statement that brought it about.
    since: PartialDate | None
    #: The statements that it came out of something, with what that was.
    origins: tuple[tuple[Link, Thing], ...]
    lane: int
    #: Lanes from which a line comes in.
    arriving: tuple[int, ...]
    #: Lanes whose lines run past, on to something below.
    passing: tuple[int, ...]
    #: Whether something below came out of it.
    leads_on: bool
    #: Much time before the next one: 0, 1 or 2.
    far: int


@dataclass(frozen=True)
class Line:
    """What led to one thing, and what that led to, the earliest first."""

    rows: tuple[Row, ...]

    @property
    def lanes(self) -> int:
        """How many lines run beside one another at most."""
        return max((max(row.lane, *row.arriving, *row.passing, 0) + 1 for row in self.rows), default=0)

    @property
    def is_dated(self) -> bool:
        """Whether the year of anything is known."""
        return any(row.since for row in self.rows)

    @property
    def is_straight(self) -> bool:
        """Whether each came out of the one before it and of nothing else: the order says it all."""
        before: Sequence[Row] = self.rows[:-1]
        return all(
            [thing.key for _link, thing in row.origins] == [earlier.thing.key]
            for earlier, row in zip(before, self.rows[1:], strict=True)
        )


def may_enter(reader: Somebody) -> bool:
    """Whether they say what led to what, and take it back."""
    return reader.is_coordinator


def check_ends(origin: Thing, outcome: Thing, links: Iterable[Link]) -> None:
    """Raise Refused if something would lead to itself, at once or over others, or to what was there before it."""
    if origin.key == outcome.key:
        raise Refused(_("Nothing leads to itself. Please choose something else."))
    if origin.key in reached([outcome.key], {(link.origin, link.outcome) for link in links}):
        raise Refused(
            _(
                "This would be a circle: “%(origin)s” itself came out of “%(outcome)s”.",
                origin=origin.name,
                outcome=outcome.name,
            )
        )
    began, was_there = origin.begins, outcome.settled or outcome.begins
    if began and was_there and is_later(began, was_there):
        raise Refused(
            _(
                "“%(origin)s” (%(began)s) is later than “%(outcome)s” (%(was_there)s).",
                origin=origin.name,
                began=partial_date(began),
                outcome=outcome.name,
                was_there=partial_date(was_there),
            )
        )


def check_date(origin: Thing, happened_on: PartialDate | None, today: date) -> None:
    """Raise Refused if something is still to come, or would have come out of what was not there yet."""
    if happened_on and happened_on.earliest > today:
        raise Refused(_("This date has not come yet."))
    if happened_on and origin.begins and is_later(origin.begins, happened_on):
        raise Refused(
            _("“%(origin)s” came only later (%(began)s).", origin=origin.name, began=partial_date(origin.begins))
        )


def is_later(one: PartialDate, other: PartialDate) -> bool:
    """Whether a date is later than another for certain: April 2007 is not later than 2007."""
    known = min(len(one.text), len(other.text))
    return one.text[:known] > other.text[:known]


def reached(start: Iterable[str], ways: Collection[tuple[str, str]]) -> set[str]:
    """Return where one gets from some keys by ways from one key to another, those keys among them."""
    found, new = set[str](), set(start)
    while new:
        found |= new
        new = {to for from_, to in ways if from_ in new} - found
    return found


def line_of(here: str, things: Mapping[str, Thing], links: Iterable[Link]) -> Line:
    """Draw what led to something and what that led to, by its key. Whatever is not in `things` is left out.

    Where a line would go over something that is left out, it ends: nothing tells that there is more.
    """
    known = [link for link in links if link.origin in things and link.outcome in things]
    ways = {(link.origin, link.outcome) for link in known}
    near = reached([here], ways) | reached([here], {(to, from_) for from_, to in ways})
    kept = [link for link in known if link.origin in near and link.outcome in near]
    if here not in things or not kept:
        return Line(())
    since = {key: things[key].begins or _brought_about(key, kept) for key in near}
    order = _in_order(near, kept, since, things)
    places = {key: place for place, key in enumerate(order)}
    # A circle, which two people may have closed in the same moment, is drawn up to where it closes.
    return Line(_rows(order, [link for link in kept if places[link.origin] < places[link.outcome]], since, things))


def _brought_about(key: str, links: Iterable[Link]) -> PartialDate | None:
    """Return the earliest date on which something came out of another."""
    return min((link.happened_on for link in links if link.outcome == key and link.happened_on), default=None)


def _in_order(
    keys: Collection[str],
    links: Iterable[Link],
    since: Mapping[str, PartialDate | None],
    things: Mapping[str, Thing],
) -> list[str]:
    """Return keys so that each stands below what it came out of, and by their years where that leaves a choice."""
    ways = {(link.origin, link.outcome) for link in links}
    dates = {key: on for key, on in since.items() if on}

    def place(key: str) -> tuple[str, str, int]:
        after = [dates[one] for one in reached([key], ways) if one in dates]
        # What has no date of its own stands before the first thing that came out of it.
        on = dates.get(key) or min(after, default=None)
        return (on.text if on else "9999", things[key].kind.value, things[key].id)

    by_date, order = sorted(keys, key=place), list[str]()
    left = set(keys)
    while left:
        waiting = {to for from_, to in ways if from_ in left and to in left}
        order.append(next(key for key in by_date if key in left and (key not in waiting or left <= waiting)))
        left.remove(order[-1])
    return order


def _rows(
    order: Sequence[str],
    links: Sequence[Link],
    since: Mapping[str, PartialDate | None],
    things: Mapping[str, Thing],
) -> tuple[Row, ...]:
    """Give each thing a lane. From each that led to something one line runs down, as far as the last it led to."""
    places = {key: place for place, key in enumerate(order)}
    ends = {key: max((places[link.outcome] for link in links if link.origin == key), default=-1) for key in order}
    lanes: dict[int, str] = {}
    rows = []
    for place, key in enumerate(order):
        own = sorted((link for link in links if link.outcome == key), key=lambda link: places[link.origin])
        arriving = [lane for lane in sorted(lanes) if lanes[lane] in {link.origin for link in own}]
        over = [lane for lane in arriving if ends[lanes[lane]] == place]
        for lane in over:
            del lanes[lane]
        passing = sorted(lanes)
        lane = over[0] if over else next(number for number in range(len(order)) if number not in lanes)
        if ends[key] > place:
            lanes[lane] = key
        rows.append(
            Row(
                things[key].as_of(since[key]),
                since[key],
                tuple((link, things[link.origin].as_of(since[link.origin])) for link in own),
                _fitting([lane])[0],
                _fitting(arriving),
                _fitting(passing),
                leads_on=ends[key] > place,
                far=_far(since[key], since[order[place + 1]] if place + 1 < len(order) else None),
            )
        )
    return tuple(rows)


def _fitting(lanes: Iterable[int]) -> tuple[int, ...]:
    """Return lanes where there is room for them: the last one holds what finds none."""
    return tuple(dict.fromkeys(min(lane, MOST_LANES - 1) for lane in lanes))


def _far(one: PartialDate | None, other: PartialDate | None) -> int:
    return sum(other.year - one.year >= years for years in FAR) if one and other else 0
