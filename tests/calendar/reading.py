"""A strict reader of calendars, by the grammar of RFC 5545 and by nothing that wrote them; a second one must agree."""

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone

import icalendar

_LINE = re.compile(r'([A-Z-]+)((?:;[A-Z-]+=(?:"[^"]*"|[^";:,]*))*):(.*)')
#: What an event must have, and what it has at most once (3.6.1).
NEEDED = {"UID", "DTSTAMP", "DTSTART"}
#: Texts in which these letters mean something else without a backslash (3.3.11).
TEXTS = {"SUMMARY", "DESCRIPTION", "LOCATION", "NAME", "X-WR-CALNAME", "CATEGORIES"}


@dataclass
class Part:
    """What stands between BEGIN and END."""

    name: str
    values: dict[str, tuple[dict[str, str], str]] = field(default_factory=dict)
    parts: list["Part"] = field(default_factory=list)

    def of(self, name: str) -> list["Part"]:
        """Return the parts of a name."""
        return [part for part in self.parts if part.name == name]

    def value(self, name: str) -> str:
        """Return the plain value of a property, "" if it has none."""
        return self.values.get(name, ({}, ""))[1]


def read(data: bytes) -> Part:
    """Return a calendar. Raises AssertionError for whatever a strict client would complain about."""
    assert data.endswith(b"\r\n")
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", data), "a line ends in another way"
    raw = data[:-2].split(b"\r\n")
    assert all(0 < len(line) <= 75 for line in raw)
    for one in raw:
        one.decode()  # folded between letters: not all programs put bytes together first
    lines = data.replace(b"\r\n ", b"").decode()[:-2].split("\r\n")
    root = Part("")
    open_ones = [root]
    for line in lines:
        match = _LINE.fullmatch(line)
        assert match, f"no content line: {line}"
        name, given, value = match[1], match[2], match[3]
        if name == "BEGIN":
            part = Part(value)
            open_ones[-1].parts.append(part)
            open_ones.append(part)
        elif name == "END":
            assert open_ones.pop().name == value
        else:
            assert name not in open_ones[-1].values, f"{name} stands there twice"
            parameters = dict(one.split("=", 1) for one in given.split(";")[1:])
            open_ones[-1].values[name] = (parameters, _text(value) if name in TEXTS else value)
    assert open_ones == [root]
    (calendar,) = root.parts
    _check(calendar)
    _agree(calendar, icalendar.Calendar.from_ical(data))
    return calendar


def _text(value: str) -> str:
    assert not re.search(r"(?<!\\)(?:\\\\)*[;,]", value), f"not escaped: {value}"
    assert not re.search(r"[\x00-\x08\x0a-\x1f\x7f]", value)
    return re.sub(r"\\(.)", lambda found: {"n": "\n", "N": "\n"}.get(found[1], found[1]), value)


def _check(calendar: Part) -> None:
    assert calendar.name == "VCALENDAR"
    assert calendar.value("VERSION") == "2.0"
    assert calendar.value("PRODID")
    zones = {zone.value("TZID"): zone for zone in calendar.of("VTIMEZONE")}
    assert len(zones) == len(calendar.of("VTIMEZONE"))
    events = calendar.of("VEVENT")
    assert len({event.value("UID") for event in events}) == len(events)
    used = set()
    for event in events:
        assert set(event.values) >= NEEDED
        assert event.value("STATUS") in {"TENTATIVE", "CONFIRMED", "CANCELLED"}
        for name in ("DTSTAMP", "CREATED", "LAST-MODIFIED"):
            assert re.fullmatch(r"\d{8}T\d{6}Z", event.value(name))
        first, last = (event.values.get(name, ({}, ""))[0] for name in ("DTSTART", "DTEND"))
        assert not last or first == last, "begin and end are of two kinds"
        if "TZID" in first:
            used.add(first["TZID"])
            assert begin_of(event, calendar) < (end_of(event, calendar) or datetime.max.replace(tzinfo=UTC))
        else:
            assert first == {"VALUE": "DATE"}
            assert day(event.value("DTSTART")) < day(event.value("DTEND"))
    assert used == set(zones), "a zone is missing, or not needed"


def _agree(ours: Part, theirs: icalendar.Calendar) -> None:
    """Compare what both readers found; the other one has no complaint, and takes the zones as they are spelt out."""
    assert not any(part.errors for part in theirs.walk())
    events = {event.uid: event for event in theirs.events}
    assert set(events) == {event.value("UID") for event in ours.of("VEVENT")}
    for event in ours.of("VEVENT"):
        other = events[event.value("UID")]
        assert other.sequence == int(event.value("SEQUENCE"))
        stamped = other.DTSTAMP
        assert stamped == _local(event.value("DTSTAMP").removesuffix("Z")).replace(tzinfo=UTC)
        assert [str(other.get(name, "")) for name in ("SUMMARY", "LOCATION", "DESCRIPTION", "STATUS")] == [
            event.value(name) for name in ("SUMMARY", "LOCATION", "DESCRIPTION", "STATUS")
        ]
        if "TZID" not in event.values["DTSTART"][0]:
            assert other.start == day(event.value("DTSTART"))
            assert other.end == day(event.value("DTEND"))
            continue
        end = end_of(event, ours)
        assert _instant_of(other.DTSTART) == begin_of(event, ours).astimezone(UTC)
        assert (_instant_of(other.DTEND) if other.DTEND else None) == (end and end.astimezone(UTC))
        (zone,) = (one for one in theirs.timezones if one.tz_name == event.values["DTSTART"][0]["TZID"])
        spelt_out = zone.to_tz(lookup_tzid=False)
        local = _local(event.value("DTSTART")).replace(tzinfo=spelt_out)
        assert local.astimezone(UTC) == begin_of(event, ours).astimezone(UTC)


def _instant_of(at: date | None) -> datetime:
    """Return it in UTC: an hour that comes twice is never equal to the same one in another zone."""
    assert isinstance(at, datetime)
    return at.astimezone(UTC)


def day(text: str) -> date:
    """Return "20270416" as a date."""
    return datetime.strptime(text, "%Y%m%d").replace(tzinfo=UTC).date()


def begin_of(event: Part, calendar: Part) -> datetime:
    """Return when it begins, by the zone that the calendar itself spells out."""
    return _instant(event, "DTSTART", calendar)


def end_of(event: Part, calendar: Part) -> datetime | None:
    """Return when it ends, if that is said."""
    return _instant(event, "DTEND", calendar) if "DTEND" in event.values else None


def _instant(event: Part, name: str, calendar: Part) -> datetime:
    parameters, value = event.values[name]
    (zone,) = (one for one in calendar.of("VTIMEZONE") if one.value("TZID") == parameters["TZID"])
    local = _local(value)
    onsets = []
    for rule in zone.parts:
        assert rule.name in {"STANDARD", "DAYLIGHT"}
        to = _offset(rule.value("TZOFFSETTO"))
        moments = [rule.value("DTSTART"), *filter(None, rule.value("RDATE").split(","))]
        onsets += [(_local(at), to) for at in moments]
    return local.replace(tzinfo=timezone(max(onset for onset in onsets if onset[0] <= local)[1]))


def _local(text: str) -> datetime:
    assert re.fullmatch(r"\d{8}T\d{6}", text)
    return datetime.strptime(text, "%Y%m%dT%H%M%S")  # noqa: DTZ007 - the zone stands beside it


def _offset(text: str) -> timedelta:
    match = re.fullmatch(r"([+-])(\d\d)(\d\d)(\d\d)?", text)
    assert match
    size = timedelta(hours=int(match[2]), minutes=int(match[3]), seconds=int(match[4] or 0))
    return size if match[1] == "+" else -size
