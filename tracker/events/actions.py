"""What people do with events."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy.orm.attributes import flag_modified

from tracker.db import Model, Translated, db
from tracker.events.models import Delegation, Event, EventStatus, ProgrammeItem
from tracker.events.news import Standing, keep_news
from tracker.events.queries import announced, sent_by
from tracker.events.rules import check_item, check_stay, check_when, free_places
from tracker.history.actions import change, record
from tracker.history.rules import Verb
from tracker.language import _
from tracker.organisations.models import Organisation
from tracker.refusal import Refused

#: What lies in the days and hours of an event.
WHEN = ("begins_on", "begins_at", "ends_on", "ends_at", "zone")

#: What a copy has from its original.
WHAT = ("project", "partnership", "kind", "title", "summary")
WHERE = ("place", "address", "host", "on_the_spot", "places", "asks_needs")
COPIED = (*WHAT, *WHEN, *WHERE)


def create_event(*, by_id: int | None, now: datetime, **values: Any) -> Event:
    """Enter an event. Raises Refused if its days and hours do not go together."""
    check_when(*(values.get(name) for name in WHEN))  # type: ignore[arg-type] # by their names
    event = Event(created_at=now, **values)
    db.session.add(event)
    _record(Verb.EVENT_CREATED, event, event, by_id=by_id, now=now)
    return event


def copy_event(event: Event, *, by_id: int, now: datetime) -> Event:
    """Enter the same once more: everything but who comes. It is planned, and nobody is reminded of it yet."""
    kept = {name: getattr(event, name) for name in COPIED}
    copy = Event(created_at=now, status=EventStatus.PLANNED, reminders_paused=True, **kept)
    copy.programme = [
        ProgrammeItem(
            on=item.on, begins_at=item.begins_at, ends_at=item.ends_at, title=item.title, place=item.place, who=item.who
        )
        for item in event.programme
    ]
    db.session.add(copy)
    _record(Verb.EVENT_COPIED, copy, copy, by_id=by_id, now=now)
    return copy


def change_event(
    event: Event,
    *,
    title: Translated,
    summary: Translated | None,
    by_id: int,
    now: datetime,
    tell: bool = False,
    **values: Any,
) -> bool:
    """Change what differs; return whether anything did. Raises Refused if its days and hours do not go together.

    The programme moves with the first day, as long as all of its days are known. `tell`: those who come hear of it.
    """
    check_when(*(values[name] for name in WHEN))
    before, stood = event.begins_on, Standing.of(event)
    values["title"] = event.title.revised(title)
    values["summary"] = event.summary.revised(summary) if event.summary and summary else summary
    changes = change(event, values)
    if not changes:
        return False
    _move_programme(event, before)
    keep_news(event, stood, tell=tell, by_id=by_id, now=now)
    _record(Verb.EVENT_CHANGED, event, event, by_id=by_id, now=now, changes=changes)
    return True


def _move_programme(event: Event, before: Any) -> None:  # noqa: ANN401 - a date as far as it is known
    if before == event.begins_on or before.day is None or event.begins_on.day is None:
        return
    for item in event.programme:
        item.on += event.begins_on.earliest - before.earliest


def archive_event(event: Event, *, by_id: int, now: datetime) -> None:
    """Put it out of the lists; what was written about it stays."""
    event.archived_at = now
    _record(Verb.EVENT_ARCHIVED, event, event, by_id=by_id, now=now)


def restore_event(event: Event, *, by_id: int, now: datetime) -> None:
    """Bring it back into the lists."""
    event.archived_at = None
    _record(Verb.EVENT_RESTORED, event, event, by_id=by_id, now=now)


# ---- programme


def add_item(event: Event, *, by_id: int, now: datetime, **values: Any) -> ProgrammeItem:
    """Put a point on the programme. Raises Refused if it lies outside the event."""
    (item,) = add_items(event, [values], by_id=by_id, now=now)
    return item


def add_items(event: Event, points: Iterable[dict[str, Any]], *, by_id: int, now: datetime) -> list[ProgrammeItem]:
    """Put points on the programme, all of them or none. Raises Refused if one lies outside the event."""
    items = []
    for values in points:
        check_item(event, values["on"], values["begins_at"], values["ends_at"])
        items.append(ProgrammeItem(**values))
    event.programme.extend(items)
    _programme_changed(event, by_id=by_id, now=now)
    return items


def change_item(
    event: Event, item: ProgrammeItem, *, title: Translated, by_id: int, now: datetime, **values: Any
) -> bool:
    """Change what differs; return whether anything did. Raises Refused if it lies outside the event."""
    check_item(event, values["on"], values["begins_at"], values["ends_at"])
    if not change(item, {"title": item.title.revised(title), **values}):
        return False
    _programme_changed(event, by_id=by_id, now=now)
    return True


def remove_item(event: Event, item: ProgrammeItem, *, by_id: int, now: datetime) -> None:
    """Take a point off the programme."""
    event.programme.remove(item)
    _programme_changed(event, by_id=by_id, now=now)


def _programme_changed(event: Event, *, by_id: int, now: datetime) -> None:
    flag_modified(event, "folded")  # points are rows of their own: the version counts them too
    _record(Verb.PROGRAMME_CHANGED, event, event, by_id=by_id, now=now)


# ---- delegations


def send(
    event: Event, organisation: Organisation, *, via: Organisation | None, by_id: int, now: datetime, **values: Any
) -> Delegation:
    """Enter who sends how many. One that was taken back before comes back. Raises Refused."""
    _check(event, organisation, via, None, values)
    delegation = sent_by(event, organisation.id, via.id if via else None)
    if delegation is None:
        delegation = Delegation(event=event, organisation=organisation, via=via, created_at=now, **values)
        db.session.add(delegation)
    elif delegation.archived_at is None:
        raise Refused(_("This organisation stands on the list already."), "organisation")
    else:
        delegation.archived_at = None
        change(delegation, values)
    _record(Verb.DELEGATION_ADDED, delegation, event, by_id=by_id, now=now)
    return delegation


def change_delegation(
    delegation: Delegation,
    *,
    organisation: Organisation,
    via: Organisation | None,
    by_id: int,
    now: datetime,
    **values: Any,
) -> bool:
    """Change what differs; return whether anything did. Raises Refused."""
    event = delegation.event
    _check(event, organisation, via, delegation, values)
    if sent_by(event, organisation.id, via.id if via else None, besides=delegation.id):
        raise Refused(_("This organisation stands on the list already."), "organisation")
    changes = change(delegation, {"organisation": organisation, "via": via, **values})
    if not changes:
        return False
    _record(Verb.DELEGATION_CHANGED, delegation, event, by_id=by_id, now=now, changes=changes)
    return True


def count_signed(delegation: Delegation, signed: int | None, *, by_id: int, now: datetime) -> bool:
    """Say how many signed the attendance list; return whether that was not known before."""
    changes = change(delegation, {"signed": signed})
    if changes:
        _record(Verb.DELEGATION_CHANGED, delegation, delegation.event, by_id=by_id, now=now, changes=changes)
    return bool(changes)


def _check(
    event: Event, organisation: Organisation, via: Organisation | None, known: Delegation | None, values: dict[str, Any]
) -> None:
    if via is organisation:
        raise Refused(_("This is who sends them. Via is another organisation, which found them."), "via")
    check_stay(event, values.get("arrives_on"), values.get("leaves_on"), values.get("nights"))
    free_places(event, announced(event, besides=known.id if known else None), values.get("planned"))


def take_back(delegation: Delegation, *, by_id: int, now: datetime) -> None:
    """Take a delegation off the list."""
    delegation.archived_at = now
    _record(Verb.DELEGATION_ARCHIVED, delegation, delegation.event, by_id=by_id, now=now)


def _record(verb: Verb, row: Model, event: Event, *, by_id: int | None, now: datetime, **facts: object) -> None:
    # Its project or partnership tells of an event; of its delegations, the event alone.
    within = (event.project or event.partnership) if row is event else event
    record(verb, row, by_id=by_id, now=now, within=within, title=event.title, **facts)
