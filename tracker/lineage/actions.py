"""What people do with what led to what."""

from datetime import datetime

import sqlalchemy as sa

from tracker.agreements.models import Agreement
from tracker.db import Model, PartialDate, Translated, db, insert_new
from tracker.events.models import Event
from tracker.history.actions import record
from tracker.history.rules import Verb
from tracker.lineage.models import LedTo
from tracker.lineage.queries import links_around
from tracker.lineage.rules import Thing, ThingKind, check_ends
from tracker.log.models import LogEntry
from tracker.organisations.models import Office, Organisation
from tracker.partnerships.models import Partnership
from tracker.projects.models import Project

_TABLES: dict[ThingKind, type[Model]] = {
    ThingKind.PROJECT: Project,
    ThingKind.PARTNERSHIP: Partnership,
    ThingKind.AGREEMENT: Agreement,
    ThingKind.ORGANISATION: Organisation,
    ThingKind.EVENT: Event,
    ThingKind.LOG_ENTRY: LogEntry,
}


def note_that_led_to(
    origin: Thing,
    outcome: Thing,
    *,
    happened_on: PartialDate | None,
    note: Translated | None,
    by_id: int,
    now: datetime,
) -> bool:
    """Say that one thing led to another; return whether that is new. Raises Refused."""
    # Two that are looked at side by side could close a circle together: one waits for the other.
    db.session.execute(sa.select(Office.id).with_for_update())
    check_ends(origin, outcome, links_around(outcome.key))
    values = {
        "origin": origin.key,
        "outcome": outcome.key,
        "happened_on": happened_on,
        "note": note,
        "by_id": by_id,
        "created_at": now,
    }
    if not insert_new(LedTo, values):
        return False
    record(Verb.OUTCOME_NOTED, _row(origin), by_id=by_id, now=now)
    record(Verb.ORIGIN_NOTED, _row(outcome), by_id=by_id, now=now)
    return True


def take_back(led_to: LedTo, origin: Thing, outcome: Thing, *, by_id: int, now: datetime) -> None:
    """Say no longer that one thing led to another."""
    db.session.delete(led_to)
    record(Verb.OUTCOME_TAKEN_BACK, _row(origin), by_id=by_id, now=now)
    record(Verb.ORIGIN_TAKEN_BACK, _row(outcome), by_id=by_id, now=now)


def _row(thing: Thing) -> Model:
    """Return the row that the history names: it has names and ids of its own."""
    return db.session.get_one(_TABLES[thing.kind], thing.id)
