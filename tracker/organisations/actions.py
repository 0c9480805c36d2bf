"""What people do with organisations and the office."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm.attributes import flag_modified

from tracker.db import Translated, db
from tracker.history.actions import change, record
from tracker.history.rules import Verb
from tracker.language import _, translated
from tracker.organisations import queries
from tracker.organisations.models import ClosedDay, Office, Organisation, OrganisationAlias, OtherName, SchoolHoliday
from tracker.refusal import Refused

ClosedDays = Sequence[tuple[date, date, str | None]]


def create_organisation(
    *,
    aliases: Sequence[OtherName] = (),
    closed_days: ClosedDays = (),
    school_holidays: ClosedDays = (),
    by_id: int | None,
    now: datetime,
    **values: Any,
) -> Organisation:
    """Enter an organisation."""
    organisation = Organisation(created_at=now, **values)
    organisation.aliases = [OrganisationAlias(**name._asdict()) for name in aliases]
    organisation.closed_days = [ClosedDay(**day) for day in _days(closed_days)]
    organisation.school_holidays = [SchoolHoliday(**day) for day in _days(school_holidays)]
    db.session.add(organisation)
    record(Verb.ORGANISATION_CREATED, organisation, by_id=by_id, now=now)
    return organisation


def _days(typed: ClosedDays) -> Iterator[dict[str, Any]]:
    for first, last, label in typed:
        yield {"from_on": first, "until_on": last, "label": label}


def change_organisation(
    organisation: Organisation,
    *,
    name: Translated,
    aliases: Sequence[OtherName],
    closed_days: ClosedDays,
    school_holidays: ClosedDays | None = None,
    by_id: int,
    now: datetime,
    **values: Any,
) -> bool:
    """Change what differs; return whether anything did. Raises Refused if it would belong to itself.

    `school_holidays`: None leaves them as they are.
    """
    if values.get("part_of") is not organisation.part_of:
        # Two that are put into each other side by side could close a circle: one waits for the other, then looks.
        db.session.execute(sa.select(Office.id).with_for_update())
    if organisation.id in queries.with_those_above(values.get("part_of")):
        raise Refused(_("An organisation cannot belong to itself."), "part_of")
    changes = change(organisation, {"name": organisation.name.revised(name), **values})
    if [alias.as_typed for alias in organisation.aliases] != list(aliases):
        kept = {alias.as_typed: alias for alias in organisation.aliases}
        organisation.aliases = [kept.get(name) or OrganisationAlias(**name._asdict()) for name in aliases]
        changes["aliases"] = [None, None]
    if [(day.from_on, day.until_on, day.label) for day in organisation.closed_days] != list(closed_days):
        organisation.closed_days = [ClosedDay(**day) for day in _days(closed_days)]
        changes["closed_days"] = [None, None]
    before = [(day.from_on, day.until_on, day.label) for day in organisation.school_holidays]
    if school_holidays is not None and before != list(school_holidays):
        organisation.school_holidays = [SchoolHoliday(**day) for day in _days(school_holidays)]
        changes["school_holidays"] = [None, None]
    if not changes:
        return False
    flag_modified(organisation, "folded")  # names and closed days are rows of their own: the version counts them too
    record(Verb.ORGANISATION_CHANGED, organisation, by_id=by_id, now=now, changes=changes)
    return True


def archive_organisation(organisation: Organisation, *, by_id: int, now: datetime) -> None:
    """Put it out of the lists; what others wrote about it stays."""
    organisation.archived_at = now
    record(Verb.ORGANISATION_ARCHIVED, organisation, by_id=by_id, now=now)


def restore_organisation(organisation: Organisation, *, by_id: int, now: datetime) -> None:
    """Bring it back into the lists."""
    organisation.archived_at = None
    record(Verb.ORGANISATION_RESTORED, organisation, by_id=by_id, now=now)


def ensure_office(now: datetime, *, language: str | None = None) -> Office:
    """Return the office; in an empty installation set one up that an administrator can complete."""
    office = db.session.get(Office, 1)
    if office is None:
        office = Office(
            id=1, name="Tracker", language=language or "de", zone="Europe/Berlin", country="DE", created_at=now
        )
        db.session.add(office)
        db.session.flush()
    return office


def change_office(office: Office, *, by_id: int, now: datetime, sending_paused: bool, **values: Any) -> bool:
    """Change what differs; return whether anything did."""
    for name in ("imprint", "accessibility"):
        before, after = getattr(office, name), values[name]
        values[name] = before.revised(after) if before and after else after
    changes = change(office, values)
    if changes:
        record(Verb.OFFICE_CHANGED, office, by_id=by_id, now=now, changes=changes)
    if office.sending_paused != sending_paused:
        office.sending_paused = sending_paused
        verb = Verb.SENDING_PAUSED if sending_paused else Verb.SENDING_RESUMED
        record(verb, office, by_id=by_id, now=now)
        return True
    return bool(changes)


def follow(office: Office, body: Organisation, before: Translated, *, by_id: int, now: datetime) -> None:
    """Let the office be an organisation, called as that is; a name of its own, other than the one before, stays."""
    values: dict[str, Any] = {"organisation": body}
    name = translated(body.name, office.language)
    if name and office.name in set(before.spellings):
        values["name"] = name.text
    if changes := change(office, values):
        record(Verb.OFFICE_CHANGED, office, by_id=by_id, now=now, changes=changes)
