"""Writes rows as of a moment, and tells the history in the order in which things happened."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from tracker.db import Model, PartialDate, Translated, db
from tracker.history.actions import record
from tracker.history.rules import Verb, key_of
from tracker.lineage.models import LedTo
from tracker.log.models import LogEntry, LogKind
from tracker.people.models import Person

Row = TypeVar("Row", bound=Model)


@dataclass
class Pen:
    """Holds the moment of writing; `close` writes what was told."""

    now: datetime
    today: date
    _told: list[tuple[datetime, Verb, Model, Person | None, Model | None, Mapping[str, object]]] = field(
        default_factory=list
    )

    def text(self, original: str, **wordings: str) -> Translated:
        """Return a text that was just written."""
        return Translated.of(original, self.now, **wordings)

    def german(self, de: str, en: str) -> Translated:
        """Return a German text with its English translation."""
        return self.text("de", de=de, en=en)

    def keep(self, row: Row) -> Row:
        """Add a row and give it its id."""
        db.session.add(row)
        db.session.flush()
        return row

    def day(self, days: int) -> date:
        """Return the day that is so many days from today."""
        return self.today + timedelta(days=days)

    def moment(self, days: int, *, hour: int = 9, minute: int = 0) -> datetime:
        """Return a moment on that day in UTC, never one that is still to come."""
        then = self.now.replace(hour=hour, minute=minute, second=0, microsecond=0) + timedelta(days=days)
        return min(then, self.now)

    def tell(
        self,
        verb: Verb,
        subject: Model,
        *,
        by: Person | None,
        at: datetime | None = None,
        within: Model | None = None,
        **facts: object,
    ) -> None:
        """Remember a line of the history."""
        self._told.append((at or self.now, verb, subject, by, within, facts))

    def log(
        self,
        happened_on: str | date,
        kind: LogKind,
        summary: Translated,
        *,
        by: Person | None,
        at: datetime | None = None,
        **more: Any,
    ) -> LogEntry:
        """Enter what happened, on a date as far as it is known."""
        known = PartialDate(happened_on) if isinstance(happened_on, str) else PartialDate.of(happened_on)
        values: dict[str, Any] = {"language": summary.original, "created_at": at or self.now}
        entry = self.keep(LogEntry(happened_on=known, kind=kind, summary=summary, by=by, **(values | more)))
        within = entry.project or entry.partnership or entry.organisation
        self.tell(Verb.LOG_ENTRY_CREATED, entry, by=by, at=at, within=within, kind=kind)
        return entry

    def led_to(self, origin: Model, outcome: Model, *, by: Person, note: Translated | None = None) -> None:
        """Enter what led to what."""
        values = {"note": note, "by_id": by.id, "created_at": self.now}
        self.keep(LedTo(origin=key_of(origin), outcome=key_of(outcome), **values))
        self.tell(Verb.OUTCOME_NOTED, origin, by=by)
        self.tell(Verb.ORIGIN_NOTED, outcome, by=by)

    def close(self) -> int:
        """Write the history and return how many lines it has."""
        for at, verb, subject, by, within, facts in sorted(self._told, key=lambda line: line[0]):
            record(verb, subject, by_id=by.id if by else None, now=at, within=within, **facts)
        return len(self._told)
