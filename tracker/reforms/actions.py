"""What people do when something became of an organisation."""

from collections.abc import Sequence
from datetime import date, datetime

import sqlalchemy as sa

from tracker.db import Model, PartialDate, Translated, db
from tracker.history.actions import record
from tracker.history.rules import Verb
from tracker.organisations import queries as organisations
from tracker.organisations.actions import follow
from tracker.organisations.models import ChangeKind, FormerName, Office, Organisation, OrganisationChange
from tracker.reforms import queries
from tracker.reforms.rules import check_change, check_taking_back


def wait_for_others(row: Model) -> None:
    """Let one act follow the other, and look at a row as it is then.

    Two that are looked at side by side could merge two organisations into each other, or carry over one thing twice.
    """
    db.session.execute(sa.select(Office.id).with_for_update())
    db.session.refresh(row)


def become(
    organisation: Organisation,
    kind: ChangeKind,
    *,
    happened_on: PartialDate,
    successors: Sequence[Organisation] = (),
    name: Translated | None = None,
    note: Translated | None = None,
    today: date,
    by_id: int,
    now: datetime,
) -> OrganisationChange:
    """Say what became of an organisation. Raises Refused. Nothing that is open goes anywhere yet."""
    last_project = queries.last_to_end(organisation)
    check_change(organisation, kind, happened_on, successors, name=name, last_project=last_project, today=today)
    became = OrganisationChange(
        kind=kind,
        happened_on=happened_on,
        name=organisation.name if kind is ChangeKind.RENAMED else None,
        note=note,
        successors=list(successors),
        by_id=by_id,
        created_at=now,
    )
    organisation.changes.append(became)
    if name is not None:
        _call(organisation, organisation.name.revised(name), by_id=by_id, now=now)
    _keep_beside(organisation)
    record(Verb.ORGANISATION_BECAME, organisation, by_id=by_id, now=now, kind=kind, happened_on=happened_on)
    for successor in successors:
        record(Verb.ORGANISATION_SUCCEEDED, successor, by_id=by_id, now=now, happened_on=happened_on)
    return became


def take_back(became: OrganisationChange, *, by_id: int, now: datetime) -> None:
    """Say no longer that something became of an organisation. Raises Refused once something was carried over."""
    check_taking_back(became, carried_over=queries.was_carried_over(became))
    organisation, successors = became.organisation, list(became.successors)
    if became.name is not None:
        _call(organisation, became.name, by_id=by_id, now=now)
    kind, happened_on = became.kind, became.happened_on
    record(Verb.ORGANISATION_BECAME_TAKEN_BACK, organisation, by_id=by_id, now=now, kind=kind, happened_on=happened_on)
    for successor in successors:
        record(Verb.ORGANISATION_SUCCEEDED_TAKEN_BACK, successor, by_id=by_id, now=now, happened_on=happened_on)
    organisation.changes.remove(became)
    db.session.delete(became)
    _keep_beside(organisation)


def _call(organisation: Organisation, name: Translated, *, by_id: int, now: datetime) -> None:
    """Give an organisation another name, and the office too if it is that organisation and called as it is."""
    office = organisations.office()  # asked first: one change of an organisation is one new version of it
    before, organisation.name = organisation.name, name
    if office and office.organisation_id == organisation.id:
        follow(office, organisation, before, by_id=by_id, now=now)


def _keep_beside(organisation: Organisation) -> None:
    """Keep beside an organisation what its changes say of its names and its end."""
    former = [FormerName(one.name, one.happened_on) for one in organisation.changes if one.name is not None]
    organisation.former_names = tuple(former) or None
    ended = [one.happened_on for one in organisation.changes if one.kind is not ChangeKind.RENAMED]
    organisation.ended_on = ended[-1] if ended else None
