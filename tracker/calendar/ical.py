"""Calendars as other programs read them (RFC 5545): lines that are folded and escaped, and zones that are spelt out."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import groupby
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
PRODUCT = "-//Tracker//Calendar//EN"
MIME = "text/calendar; charset=utf-8"
#: What a file does that somebody is sent: it tells of events, and asks for no answer.
METHOD = "PUBLISH"
#: So many bytes a line has at most, without its end.
LONGEST_LINE = 75
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
#: How often a program is to ask again, where it lets itself be told.
_ASK_AGAIN = "PT6H"
_MINUTE = 60


@dataclass(frozen=True)
class Words:
    """A text and its language."""

    text: str
    language: str


@dataclass(frozen=True)
class Occasion:
    """What stands in a calendar."""

    #: Unlike any other, and the same for ever.
    uid: str
    title: Words
    first: date
    last: date
    #: Hours as clocks in the zone show them; without a begin it is there all day.
    begins_at: time | None
    ends_at: time | None
    zone: str | None
    #: How often it was changed.
    sequence: int
    created_at: datetime
    changed_at: datetime
    #: CONFIRMED, TENTATIVE or CANCELLED
    status: str
    category: str
    #: Nothing, where who reads it may not be able to follow a link.
    url: str = ""
    place: str = ""
    text: str = ""
    #: Whether who attends has no time for anything else.
    is_busy: bool = True


@dataclass(frozen=True)
class Organiser:
    """Who stands behind what is published: a name, and an address in ASCII."""

    name: str
    address: str


def written(name: str, occasions: Sequence[Occasion]) -> bytes:
    """Return a calendar that a program asks for again and again, with its zones."""
    head = (
        f"NAME:{escaped(name)}",
        f"X-WR-CALNAME:{escaped(name)}",
        f"REFRESH-INTERVAL;VALUE=DURATION:{_ASK_AGAIN}",
        f"X-PUBLISHED-TTL:{_ASK_AGAIN}",
    )
    return _calendar(head, occasions)


def published(occasions: Sequence[Occasion], organiser: Organiser) -> bytes:
    """Return a file to be taken into one's own calendar (RFC 5546, 3.2.1).

    It has no name: programs would make a calendar of its own of it.
    """
    return _calendar((f"METHOD:{METHOD}",), occasions, _organiser(organiser))


def _calendar(head: Iterable[str], occasions: Sequence[Occasion], *of_each: str) -> bytes:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:{PRODUCT}", "CALSCALE:GREGORIAN", *head]
    years: dict[str, list[int]] = {}
    for one in occasions:
        if one.zone and one.begins_at is not None:
            years.setdefault(one.zone, []).extend((one.first.year, one.last.year))
    for zone in sorted(years):
        lines += zone_lines(zone, min(years[zone]), max(years[zone]))
    for one in occasions:
        lines += ["BEGIN:VEVENT", *_event_lines(one), *of_each, "END:VEVENT"]
    lines.append("END:VCALENDAR")
    return b"".join(folded(line) for line in lines)


def _organiser(one: Organiser) -> str:
    # A name in quotes holds no quotes and no line (RFC 5545, 3.2).
    name = _CONTROLS.sub("", one.name.replace("\n", " ")).replace('"', "'")
    return f'ORGANIZER;CN="{name}":mailto:{one.address}'


def escaped(text: str) -> str:
    """Return a text as a value: what means something there, and ends of lines, stand behind a backslash."""
    plain = _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return plain.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def folded(line: str) -> bytes:
    """Return a line with its end; a long one goes on behind a space, and no letter is torn apart."""
    kept = line.encode()
    if len(kept) <= LONGEST_LINE:
        return kept + b"\r\n"
    pieces, room = [], LONGEST_LINE
    while len(kept) > room:
        end = room
        while kept[end] & 0xC0 == 0x80:  # noqa: PLR2004 - the middle of a letter (RFC 3629)
            end -= 1
        pieces.append(kept[:end])
        kept, room = kept[end:], LONGEST_LINE - 1
    return b"\r\n ".join([*pieces, kept]) + b"\r\n"


def _event_lines(one: Occasion) -> Iterator[str]:
    yield f"UID:{one.uid}"
    yield f"SEQUENCE:{one.sequence}"
    yield f"DTSTAMP:{_instant(one.changed_at)}"
    yield f"LAST-MODIFIED:{_instant(one.changed_at)}"
    yield f"CREATED:{_instant(one.created_at)}"
    yield from _when(one)
    yield f"SUMMARY;LANGUAGE={one.title.language}:{escaped(one.title.text)}"
    if one.place:
        yield f"LOCATION:{escaped(one.place)}"
    if one.text:
        yield f"DESCRIPTION:{escaped(one.text)}"
    yield f"CATEGORIES:{escaped(one.category)}"
    if one.url:
        yield f"URL:{one.url}"
    yield f"STATUS:{one.status}"
    yield f"TRANSP:{'OPAQUE' if one.is_busy else 'TRANSPARENT'}"


def _when(one: Occasion) -> Iterator[str]:
    if one.begins_at is None or one.zone is None:
        yield f"DTSTART;VALUE=DATE:{one.first:%Y%m%d}"
        # The end is the first day that does not belong to it.
        yield f"DTEND;VALUE=DATE:{one.last + DAY:%Y%m%d}"
        return
    yield f"DTSTART;TZID={one.zone}:{_local(datetime.combine(one.first, one.begins_at))}"
    if one.ends_at is not None:
        yield f"DTEND;TZID={one.zone}:{_local(datetime.combine(one.last, one.ends_at))}"
    elif one.last > one.first:
        yield f"DTEND;TZID={one.zone}:{_local(datetime.combine(one.last + DAY, time()))}"


def _instant(at: datetime) -> str:
    return f"{_local(at.astimezone(UTC))}Z"


def _local(at: datetime) -> str:
    # Not by strftime, which leaves out the zeros of early years on some systems.
    return f"{at.year:04}{at.month:02}{at.day:02}T{at.hour:02}{at.minute:02}{at.second:02}"


# ---- zones


@dataclass(frozen=True)
class _Rule:
    """What clocks are set to."""

    offset: timedelta
    name: str
    is_summer: bool


@lru_cache(maxsize=256)
def zone_lines(zone: str, first_year: int, last_year: int) -> tuple[str, ...]:
    """Return the zone as its clocks are set from one year to another, both included."""
    place = ZoneInfo(zone)
    start = datetime(max(first_year - 1, 1), 1, 1, tzinfo=UTC)
    began = _rule(start, place)
    lines = ["BEGIN:VTIMEZONE", f"TZID:{zone}"]
    lines += _observance(began.offset, began, [(start + began.offset).replace(tzinfo=None)])
    changes = sorted(_changes(place, start, last_year + 1), key=lambda change: str(change[:2]))
    for (before, rule), same in groupby(changes, key=lambda change: change[:2]):
        lines += _observance(before, rule, [at for _before, _rule, at in same])
    return (*lines, "END:VTIMEZONE")


def _observance(before: timedelta, rule: _Rule, onsets: Sequence[datetime]) -> Iterator[str]:
    kind = "DAYLIGHT" if rule.is_summer else "STANDARD"
    yield f"BEGIN:{kind}"
    yield f"DTSTART:{_local(onsets[0])}"
    if onsets[1:]:
        yield f"RDATE:{','.join(_local(at) for at in onsets[1:])}"
    yield f"TZOFFSETFROM:{_offset(before)}"
    yield f"TZOFFSETTO:{_offset(rule.offset)}"
    yield f"TZNAME:{rule.name}"
    yield f"END:{kind}"


def _changes(place: ZoneInfo, start: datetime, last_year: int) -> Iterable[tuple[timedelta, _Rule, datetime]]:
    """Yield how far clocks were from UTC, what they are set to, and when, as they showed it until then."""
    day, rule = start, _rule(start, place)
    while day.year <= last_year:
        following = day + DAY
        if (later := _rule(following, place)) != rule:
            yield rule.offset, later, (_moment(place, day, following) + rule.offset).replace(tzinfo=None)
            rule = later
        day = following


def _moment(place: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """Return the second at which clocks are changed between two instants."""
    later = _rule(after, place)
    while after - before > SECOND:
        middle = before + (after - before) // SECOND // 2 * SECOND
        if _rule(middle, place) == later:
            after = middle
        else:
            before = middle
    return after


def _rule(at: datetime, place: ZoneInfo) -> _Rule:
    local = at.astimezone(place)
    return _Rule(local.utcoffset() or timedelta(), local.tzname() or "", bool(local.dst()))


def _offset(offset: timedelta) -> str:
    seconds = int(abs(offset).total_seconds())
    hours, rest = divmod(seconds, _MINUTE * _MINUTE)
    minutes, rest = divmod(rest, _MINUTE)
    sign = "-" if offset < timedelta() else "+"
    return f"{sign}{hours:02}{minutes:02}{rest:02}" if rest else f"{sign}{hours:02}{minutes:02}"
