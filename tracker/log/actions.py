"""What people do with the log."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm.attributes import flag_modified

from tracker.db import Model, PartialDate, Translated, db
from tracker.history.actions import change, record
from tracker.history.rules import Verb
from tracker.log.models import LogEntry, LogKind
from tracker.log.rules import check
from tracker.organisations.models import Organisation
from tracker.partnerships.models import Partnership
from tracker.people.models import Person
from tracker.projects.models import Project


def log_entry(
    *,
    happened_on: PartialDate,
    kind: LogKind,
    summary: Translated,
    project: Project | None = None,
    partnership: Partnership | None = None,
    organisation: Organisation | None = None,
    people: Sequence[Person] = (),
    organisations: Sequence[Organisation] = (),
    by_id: int | None,
    now: datetime,
    today: date,
    **values: Any,
) -> LogEntry:
    """Write down what happened. Raises Refused."""
    check(happened_on=happened_on, about=(project, partnership, organisation), today=today)
    entry = LogEntry(
        happened_on=happened_on,
        kind=kind,
        summary=summary,
        project=project,
        partnership=partnership,
        organisation=organisation,
        people=list(people),
        organisations=list(organisations),
        by_id=by_id,
        created_at=now,
        **values,
    )
    db.session.add(entry)
    record(Verb.LOG_ENTRY_CREATED, entry, by_id=by_id, now=now, within=_about(entry), kind=kind)
    return entry


def change_entry(
    entry: LogEntry,
    *,
    happened_on: PartialDate,
    summary: Translated,
    project: Project | None,
    partnership: Partnership | None,
    organisation: Organisation | None,
    people: Sequence[Person],
    organisations: Sequence[Organisation],
    by_id: int,
    now: datetime,
    today: date,
    **values: Any,
) -> bool:
    """Change what differs; return whether anything did. Another next step is open again. Raises Refused."""
    check(happened_on=happened_on, about=(project, partnership, organisation), today=today)
    values |= {"happened_on": happened_on, "summary": entry.summary.revised(summary)}
    values |= {"project": project, "partnership": partnership, "organisation": organisation}
    changes = change(entry, values)
    if "next_step" in changes:
        entry.next_step_done_at = None
    for name, rows in (("people", people), ("organisations", organisations)):
        if {row.id for row in getattr(entry, name)} != {row.id for row in rows}:
            setattr(entry, name, list(rows))
            changes[name] = [None, None]
    if not changes:
        return False
    flag_modified(entry, "folded")  # those who were there are rows of their own: the version counts them too
    record(Verb.LOG_ENTRY_CHANGED, entry, by_id=by_id, now=now, within=_about(entry), changes=changes)
    return True


def tick_off(entry: LogEntry, *, by_id: int, now: datetime) -> bool:
    """Note that the next step is done; return whether it was open."""
    if entry.next_step is None or entry.next_step_done_at is not None:
        return False
    entry.next_step_done_at = now
    record(Verb.NEXT_STEP_DONE, entry, by_id=by_id, now=now, within=_about(entry))
    return True


def archive_entry(entry: LogEntry, *, by_id: int, now: datetime) -> None:
    """Put it out of the log."""
    entry.archived_at = now
    record(Verb.LOG_ENTRY_ARCHIVED, entry, by_id=by_id, now=now, within=_about(entry))


def restore_entry(entry: LogEntry, *, by_id: int, now: datetime) -> None:
    """Bring it back into the log."""
    entry.archived_at = None
    record(Verb.LOG_ENTRY_RESTORED, entry, by_id=by_id, now=now, within=_about(entry))


def _about(entry: LogEntry) -> Model | None:
    return entry.project or entry.partnership or entry.organisation
