"""When an event is, in words: days as far as they are known, hours as clocks there show them."""

from datetime import time
from typing import Protocol

from tracker.db import PartialDate
from tracker.events.models import Event, ProgrammeItem
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


def when(event: Event) -> str:
    """Return "12 August 2017, 10:00 – 27 August 2017, 18:00", and the zone where the reader's clock is another."""
    begins, ends = _side(event.begins_on, event.begins_at), ""
    if event.ends_on is not None and event.ends_on != event.begins_on:
        ends = _side(event.ends_on, event.ends_at)
    elif event.ends_at is not None:
        ends = hour(event.ends_at)
    words = f"{begins} – {ends}" if ends else begins
    has_hours = event.begins_at is not None or event.ends_at is not None
    return f"{words} ({zone_name(event.zone)})" if has_hours and event.zone != reader_zone() else words


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
