"""When an event is, in words: days as far as they are known, hours as clocks there show them."""

from datetime import datetime, time
from typing import Protocol
from zoneinfo import ZoneInfo

from tracker.db import PartialDate
from tracker.events.models import ProgrammeItem
from tracker.language import _
from tracker.web.formats import partial_date, reader_zone, short_day, zone_name


class Dated(Protocol):
    """What has a first day and perhaps a last one."""

    @property
    def begins_on(self) -> PartialDate:
        """The first day."""

    @property
    def ends_on(self) -> PartialDate | None:
        """The last day, if it is another one."""


class Timed(Dated, Protocol):
    """What has hours as well, as clocks at its place show them."""

    @property
    def begins_at(self) -> time | None:
        """The hour on the first day."""

    @property
    def ends_at(self) -> time | None:
        """The hour on the last day."""

    @property
    def zone(self) -> str:
        """The zone of the place."""


def when(event: Timed) -> str:
    """Return "12 August 2017, 10:00 – 27 August 2017, 18:00", and the zone where the reader's clock is another."""
    return when_there(event) if event.zone != reader_zone() else _span(event)


def when_there(event: Timed) -> str:
    """Return the same with the zone, whoever reads it: letters are passed on."""
    has_hours = event.begins_at is not None or event.ends_at is not None
    return f"{_span(event)} ({zone_name(event.zone)})" if has_hours else _span(event)


def on_the_clock_of(zone: str, event: Timed) -> str | None:
    """Say when it begins for somebody in another zone; None where their clock shows the same."""
    if event.begins_at is None or event.begins_on.day is None:
        return None
    there = datetime.combine(event.begins_on.earliest, event.begins_at, ZoneInfo(event.zone))
    here = there.astimezone(ZoneInfo(zone))
    if here.utcoffset() == there.utcoffset():
        return None
    day = PartialDate.of(here.date())
    return _(
        "On your clock it begins on %(day)s at %(time)s (%(zone)s).",
        day=partial_date(day),
        time=hour(here.time()),
        zone=zone_name(zone),
    )


def _span(event: Timed) -> str:
    begins, ends = _side(event.begins_on, event.begins_at), ""
    if event.ends_on is not None and event.ends_on != event.begins_on:
        ends = _side(event.ends_on, event.ends_at)
    elif event.ends_at is not None:
        ends = hour(event.ends_at)
    return f"{begins} – {ends}" if ends else begins


def when_in_short(event: Dated) -> str:
    """Return the days alone, as a list shows them."""
    begins = _short(event.begins_on)
    return f"{begins} – {_short(event.ends_on)}" if event.ends_on and event.ends_on != event.begins_on else begins


def hours(item: ProgrammeItem) -> str:
    """Return "10:00 – 12:30", or nothing for what has no hour."""
    if item.begins_at is None:
        return ""
    return f"{hour(item.begins_at)} – {hour(item.ends_at)}" if item.ends_at else hour(item.begins_at)


def hour(value: time) -> str:
    """Return "10:00"."""
    return value.strftime("%H:%M")


def _side(day: PartialDate, at: time | None) -> str:
    return _("%(day)s, %(hour)s", day=partial_date(day), hour=hour(at)) if at else partial_date(day)


def _short(day: PartialDate) -> str:
    return short_day(day.earliest) if day.day is not None else partial_date(day)
