"""Which organisations there are, and the office."""

from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased, joinedload
from sqlalchemy.orm.strategy_options import _AbstractLoad

from tracker.db import Translated, db, holding
from tracker.folding import fold
from tracker.language import translated
from tracker.organisations.models import (
    Office,
    Organisation,
    OrganisationChange,
    OrganisationKind,
    OrganisationSuccessor,
)
from tracker.web.access import Somebody, organisations_met


def office() -> Office | None:
    """Return the office, or None before it is set up."""
    return db.session.get(Office, 1)


def visible_organisations(reader: Somebody) -> sa.Select[Organisation]:
    """Start every query here: partners see their own, those these succeed, and those they meet in their projects."""
    query = sa.select(Organisation)
    if reader.sees_all:
        return query
    return query.where(sa.or_(seen_as_own(reader, Organisation.id), Organisation.id.in_(organisations_met(reader))))


def seen_as_own(reader: Somebody, column: sa.SQLColumnExpression[Any]) -> sa.ColumnElement[bool]:
    """Match a column of organisations' ids with a partner's own and those that these succeed: they see for them."""
    return sa.or_(column.in_(reader.organisation_ids), column.in_(succeeded_by(reader.organisation_ids)))


def succeeded_by(ids: Collection[int]) -> sa.Select[int]:
    """Return the ids of the organisations that some succeed, at once or by way of others."""
    successor, change = OrganisationSuccessor, OrganisationChange
    found = (
        sa.select(change.organisation_id.label("id"))
        .join(successor, successor.change_id == change.id)
        .where(successor.organisation_id.in_(ids))
        # Written where it stands: a page may hold several of them, each for a table of its own.
        .cte("succeeded", recursive=True, nesting=True)
    )
    before, earlier = aliased(change), aliased(successor)
    found = found.union(
        sa.select(before.organisation_id)
        .join(earlier, earlier.change_id == before.id)
        .join(found, found.c.id == earlier.organisation_id)
    )
    return sa.select(found.c.id)


def with_those_above(start: Organisation | None) -> set[int]:
    """Return the ids of an organisation and of all that it is a part of; one query."""
    if start is None:
        return set()
    one = sa.select(Organisation.id, Organisation.part_of_id).where(Organisation.id == start.id)
    met = one.cte("met", recursive=True)
    met = met.union(sa.select(Organisation.id, Organisation.part_of_id).join(met, Organisation.id == met.c.part_of_id))
    return set(db.session.scalars(sa.select(met.c.id)))


def became(reader: Somebody) -> tuple[_AbstractLoad, ...]:
    """Load with organisations what became of them and what they came out of; of others those this reader may know."""
    known = (
        ()
        if reader.sees_all
        else (Organisation.id.in_(visible_organisations(reader).with_only_columns(Organisation.id)),)
    )
    return (
        joinedload(Organisation.changes)
        .joinedload(OrganisationChange.successors.and_(*known))
        .load_only(Organisation.name, Organisation.former_names),
        joinedload(Organisation.origins)
        .joinedload(OrganisationChange.organisation.and_(*known))
        .load_only(Organisation.name, Organisation.former_names),
    )


def one(reader: Somebody, organisation_id: int) -> Organisation | None:
    """Return the organisation, if this person may know of it."""
    return db.session.scalar(visible_organisations(reader).where(Organisation.id == organisation_id))


#: What the list can be sorted by.
SORTS = {
    "name": (Organisation.folded,),
    "kind": (Organisation.kind, Organisation.folded),
    "country": (Organisation.country, Organisation.folded),
    "place": (Organisation.place, Organisation.folded),
}


def listed(
    reader: Somebody,
    *,
    q: str = "",
    kind: OrganisationKind | None = None,
    country: str | None = None,
    archived: bool = False,
) -> sa.Select[Organisation]:
    """Return the organisations that a list is narrowed to."""
    query = matching(q, reader, archived=archived)
    if kind:
        query = query.where(Organisation.kind == kind)
    return query.where(Organisation.country == country) if country else query


def matching(text: str, reader: Somebody, *, archived: bool = False) -> sa.Select[Organisation]:
    """Return those that hold every word in one of their names or their place."""
    kept = Organisation.archived_at.is_not(None) if archived else Organisation.archived_at.is_(None)
    return visible_organisations(reader).where(kept, holding(Organisation.folded, fold(text)))


def choices(reader: Somebody, *, besides: int | None = None, former: bool = False) -> list[tuple[int, str]]:
    """Return id and name of all that are not archived, by name; and one besides, wherever it is.

    Those that exist no more are offered only for what may lie in the past.
    """
    lives = sa.true() if former else Organisation.ended_on.is_(None)
    kept = sa.or_(sa.and_(Organisation.archived_at.is_(None), lives), Organisation.id == (besides or 0))
    rows = db.session.execute(
        visible_organisations(reader).where(kept).with_only_columns(Organisation.id, Organisation.name)
    ).all()
    return sorted(((id_, str(translated(name))) for id_, name in rows), key=lambda pair: fold(pair[1]))


def alike(name: Translated, country: str, *, besides: int | None = None) -> Sequence[Organisation]:
    """Return those in a country that are known by one of these names, whatever the spelling, the archive included."""
    wanted = {fold(text) for text in name.spellings} - {""}
    some = sa.or_(sa.false(), *(holding(Organisation.folded, text) for text in sorted(wanted)))
    query = sa.select(Organisation).where(Organisation.country == country, Organisation.id != (besides or 0), some)
    rows = db.session.scalars(query.options(joinedload(Organisation.aliases)).order_by(Organisation.folded)).unique()
    names = {row: (*row.name.spellings, *(alias.text for alias in row.aliases)) for row in rows}
    return [row for row, known in names.items() if wanted & {fold(text) for text in known}]


def called(name: str) -> Organisation | None:
    """Return the organisation that is known by a name, if it is the only one."""
    wanted = fold(name)
    query = sa.select(Organisation).where(Organisation.archived_at.is_(None), holding(Organisation.folded, wanted))
    rows = [row for row in db.session.scalars(query) if wanted in row.folded.split(" | ")]
    return rows[0] if len(rows) == 1 else None
