"""Which lines of a programme can be kept, and why others cannot."""

from collections.abc import Iterable
from dataclasses import dataclass

from tracker.events.models import Event
from tracker.events.rules import check_item
from tracker.folding import fold
from tracker.language import _
from tracker.programmes.reading import Line
from tracker.refusal import Refused
from tracker.web.fields import LINE


@dataclass(frozen=True)
class Point:
    """A line, and why it cannot be kept; None: it can."""

    line: Line
    reason: str | None


def judge(lines: Iterable[Line], event: Event) -> list[Point]:
    """Look at each line by itself; what stands on the programme already is not put there again."""
    known = {(item.on, item.begins_at, fold(title)) for item in event.programme for title in item.title.spellings}
    points = []
    for line in lines:
        key = (line.on, line.begins_at, fold(line.title))
        points.append(Point(line, _wrong(line, event) or (_known() if key in known else None)))
        known.add(key)  # type: ignore[arg-type] # without a day it is wrong anyhow
    return points


def _known() -> str:
    return _("This stands on the programme already.")


def _wrong(line: Line, event: Event) -> str | None:
    if line.no_day:
        return _("“%(words)s” is no date. Write it like 12.8.2027.", words=line.no_day)
    if not line.title:
        return _("What happens then is missing.")
    if max(len(line.title), len(line.place or "")) > LINE:
        return _("This line is too long.")
    if line.on is None:
        return _("The day is missing. Write it before the hour, or in a line above.")
    try:
        check_item(event, line.on, line.begins_at, line.ends_at)
    except Refused as refusal:
        return refusal.sentence
    return None
