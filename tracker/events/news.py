"""What those who come have to hear of when it changes: when and where an event is, and whether it is."""

from dataclasses import dataclass, fields, replace
from datetime import datetime, time
from typing import Any, Self

import sqlalchemy as sa

from tracker.db import PartialDate, db
from tracker.events.models import Event, EventNews, EventStatus


@dataclass(frozen=True)
class Standing:
    """How an event stands, as far as those who come have to know."""

    begins_on: PartialDate
    begins_at: time | None
    ends_on: PartialDate | None
    ends_at: time | None
    zone: str
    place: str | None
    address: str | None
    status: EventStatus

    @classmethod
    def of(cls, event: Event) -> Self:
        """Return how it stands now."""
        return cls(**{name: getattr(event, name) for name in NAMES})

    @classmethod
    def read(cls, kept: dict[str, Any]) -> Self:
        """Return what was kept."""
        values = dict(kept)
        values["begins_on"] = PartialDate(kept["begins_on"])
        values["ends_on"] = PartialDate(kept["ends_on"]) if kept["ends_on"] else None
        for name in ("begins_at", "ends_at"):
            values[name] = time.fromisoformat(kept[name]) if kept[name] else None
        values["status"] = EventStatus(kept["status"])
        return cls(**values)

    @property
    def kept(self) -> dict[str, Any]:
        """What JSON holds of it."""
        values: dict[str, Any] = {name: getattr(self, name) for name in NAMES}
        values["begins_on"], values["ends_on"] = self.begins_on.text, self.ends_on.text if self.ends_on else None
        values["status"] = self.status.value
        return values | {name: at.isoformat() if (at := values[name]) else None for name in ("begins_at", "ends_at")}

    def differs(self, other: "Standing") -> list[str]:
        """Return what is another now. That it was held, those who came know."""
        names = [name for name in NAMES if getattr(self, name) != getattr(other, name)]
        return [name for name in names if name != "status" or other.status is not EventStatus.HELD]


NAMES = tuple(field.name for field in fields(Standing))


def keep_news(event: Event, before: Standing, *, tell: bool, by_id: int, now: datetime) -> None:
    """Remember that those who come are to hear of a change, or that of this one they are not."""
    after = Standing.of(event)
    changed = before.differs(after)
    if not changed:
        return
    waiting = db.session.scalar(sa.select(EventNews).where(EventNews.event_id == event.id, EventNews.told_at.is_(None)))
    if waiting is None:
        if tell:
            db.session.add(EventNews(event=event, before=before.kept, by_id=by_id, changed_at=now))
    elif tell:
        waiting.changed_at, waiting.by_id = now, by_id
    else:
        known = Standing.read(waiting.before)
        # What is to be told already stays: nobody hears half of a change.
        quiet = {name: getattr(after, name) for name in changed if getattr(known, name) == getattr(before, name)}
        waiting.before = replace(known, **quiet).kept
