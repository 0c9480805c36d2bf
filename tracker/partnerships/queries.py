"""Which partnerships there are."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, aliased, joinedload, selectinload
from sqlalchemy.orm.interfaces import ORMOption

from tracker.db import Translated, db, holding
from tracker.folding import fold
from tracker.language import Word, translated
from tracker.organisations.models import Organisation
from tracker.partnerships.models import (
    Partnership,
    PartnershipKind,
    PartnershipParty,
    PartnershipStatus,
    Pillar,
    PillarText,
    Side,
)
from tracker.partnerships.regions import Found
from tracker.partnerships.tree import Stub
from tracker.people.models import Contact, Person
from tracker.people.queries import current_on
from tracker.web.access import Somebody

_Umbrella = aliased(Partnership)


def visible_partnerships(reader: Somebody) -> sa.Select[Partnership]:
    """Start every query here. Partners meet partnerships by name on their projects' pages, and nowhere else."""
    query = sa.select(Partnership)
    return query if reader.sees_all else query.where(sa.false())


def shown() -> Sequence[ORMOption]:
    """Return what a list or a page of partnerships shows besides their own columns."""
    return (
        joinedload(Partnership.umbrella),
        joinedload(Partnership.continued_by),
        joinedload(Partnership.coordinator),
        selectinload(Partnership.parties).joinedload(PartnershipParty.organisation),
    )


def one(reader: Somebody, partnership_id: int) -> Partnership | None:
    """Return the partnership with its parties, if this person may know of it."""
    return db.session.scalar(visible_partnerships(reader).where(Partnership.id == partnership_id).options(*shown()))


def looked_after() -> sa.ColumnElement[bool]:
    """Match partnerships whose contact one looks after: active, with days agreed.

    Who says that a partnership is dormant is not asked about it; an umbrella is alive through those below it.
    """
    below = aliased(Partnership)
    return sa.and_(
        Partnership.archived_at.is_(None),
        Partnership.status == PartnershipStatus.ACTIVE,
        Partnership.contact_interval_days.is_not(None),
        ~sa.exists().where(below.umbrella_id == Partnership.id, below.archived_at.is_(None)),
    )


def _in_order(column: sa.SQLColumnExpression[str], words: type[Word]) -> sa.ColumnElement[int]:
    """Sort by words as they stand in their list, not by their letters."""
    places = ((column == word, place) for place, word in enumerate(words))
    return sa.case(*places, else_=len(words))


#: What the list can be sorted by; by pillar in the office's order, each umbrella before what stands under it.
SORTS = {
    "pillar": (
        _in_order(Partnership.pillar, Pillar),
        sa.func.coalesce(_Umbrella.folded, Partnership.folded),
        Partnership.umbrella_id.is_not(None),
        Partnership.folded,
        Partnership.id,
    ),
    "title": (Partnership.folded, Partnership.id),
    "kind": (_in_order(Partnership.kind, PartnershipKind), Partnership.folded, Partnership.id),
    "status": (_in_order(Partnership.status, PartnershipStatus), Partnership.folded, Partnership.id),
    "since": (Partnership.contact_since.is_(None), Partnership.contact_since, Partnership.folded, Partnership.id),
}


def listed(reader: Somebody, **chosen: Any) -> sa.Select[Partnership]:
    """Return the partnerships that a list is narrowed to, by what `narrowed` takes."""
    query = narrowed(reader, **chosen).outerjoin(_Umbrella, Partnership.umbrella_id == _Umbrella.id)
    return query.options(*shown())


def stubs(reader: Somebody) -> list[Stub]:
    """Return all that are not archived, by title, as far as their places in the tree need; one query."""
    query = visible_partnerships(reader).where(Partnership.archived_at.is_(None))
    columns = (Partnership.id, Partnership.pillar, Partnership.umbrella_id)
    rows = db.session.execute(query.with_only_columns(*columns).order_by(Partnership.folded, Partnership.id))
    return [Stub._make(row) for row in rows]


def by_id(reader: Somebody, ids: Iterable[int]) -> dict[int, Partnership]:
    """Return id to the partnership with what the tree shows of it; two queries."""
    query = visible_partnerships(reader).where(Partnership.id.in_(sorted(set(ids))))
    party = selectinload(Partnership.parties).joinedload(PartnershipParty.organisation)
    shown_of_it = (
        joinedload(Partnership.continued_by).load_only(Partnership.title),
        party.load_only(Organisation.name, Organisation.country),
    )
    return {row.id: row for row in db.session.scalars(query.options(*shown_of_it))}


def introductions() -> dict[Pillar, Translated]:
    """Return what the office says of its pillars, of those of which it says something."""
    rows = db.session.execute(sa.select(PillarText.pillar, PillarText.introduction))
    return {pillar: introduction for pillar, introduction in rows if introduction}


def alike(here: Iterable[int], there: Iterable[int], reader: Somebody) -> list[Partnership]:
    """Return the partnerships between the same organisations (by their ids), also those in the archive; two queries."""
    wanted = {*here, *there}
    both = (Partnership.parties.any(PartnershipParty.organisation_id.in_(side)) for side in (here, there))
    query = visible_partnerships(reader).where(*both).options(selectinload(Partnership.parties))
    rows = db.session.scalars(query.order_by(Partnership.folded, Partnership.id))
    return [row for row in rows if {party.organisation_id for party in row.parties} == wanted]


def on_the_way(start: Partnership | None, way: InstrumentedAttribute[int | None]) -> set[int]:
    """Return the ids of a partnership and of all that one gets to from it, by one of its columns; one query."""
    if start is None:
        return set()
    met = sa.select(Partnership.id, way.label("next")).where(Partnership.id == start.id).cte("met", recursive=True)
    met = met.union(sa.select(Partnership.id, way.label("next")).join(met, Partnership.id == met.c.next))
    return set(db.session.scalars(sa.select(met.c.id)))


def pillar_text(pillar: Pillar) -> PillarText | None:
    """Return the row that holds what the office says of a pillar, if there is one."""
    return db.session.scalar(sa.select(PillarText).where(PillarText.pillar == pillar))


def narrowed(
    reader: Somebody,
    *,
    q: str = "",
    pillar: Pillar | None = None,
    status: PartnershipStatus | None = None,
    kind: PartnershipKind | None = None,
    country: str | None = None,
    archived: bool = False,
) -> sa.Select[Partnership]:
    """Return the partnerships that were asked for; the country is that of the other side."""
    query = matching(q, reader, archived=archived)
    for column, wanted in ((Partnership.pillar, pillar), (Partnership.status, status), (Partnership.kind, kind)):
        if wanted:
            query = query.where(column == wanted)
    if country:
        there = PartnershipParty.organisation.has(Organisation.country == country)
        query = query.where(Partnership.parties.any(sa.and_(PartnershipParty.side == Side.THERE, there)))
    return query


def with_places(query: sa.Select[Partnership]) -> list[Found]:
    """Return each of these partnerships with each organisation on its other side, or with none; in one query."""
    there = sa.and_(PartnershipParty.partnership_id == Partnership.id, PartnershipParty.side == Side.THERE)
    rows = db.session.execute(
        query.outerjoin(PartnershipParty, there)
        .outerjoin(Organisation, Organisation.id == PartnershipParty.organisation_id)
        .with_only_columns(
            *(Partnership.id, Partnership.title, Partnership.status),
            *(Organisation.id, Organisation.name, Organisation.country, Organisation.subdivision),
            *(Organisation.place, Organisation.position),
        )
        .order_by(Partnership.id, PartnershipParty.id)
    )
    return [Found._make(row) for row in rows]


def matching(text: str, reader: Somebody, *, archived: bool = False) -> sa.Select[Partnership]:
    """Return those that hold every word in a title, the summary or a name of one of their parties."""
    kept = Partnership.archived_at.is_not(None) if archived else Partnership.archived_at.is_(None)
    words = (
        sa.or_(
            holding(Partnership.folded, word),
            Partnership.parties.any(PartnershipParty.organisation.has(holding(Organisation.folded, word))),
        )
        for word in fold(text).split()
    )
    return visible_partnerships(reader).where(kept, *words)


def choices(reader: Somebody, *, besides: int | None = None) -> list[tuple[int, str]]:
    """Return id and title of all that are not archived, by title; and one besides, wherever it is."""
    kept = sa.or_(Partnership.archived_at.is_(None), Partnership.id == (besides or 0))
    rows = db.session.execute(
        visible_partnerships(reader).where(kept).with_only_columns(Partnership.id, Partnership.title)
    ).all()
    return sorted(((id_, str(translated(title))) for id_, title in rows), key=lambda pair: fold(pair[1]))


def of_organisation(organisation: Organisation, reader: Somebody) -> Sequence[Partnership]:
    """Return the partnerships that it is a party of, with all their parties, by title; one query."""
    party = Partnership.parties.any(PartnershipParty.organisation_id == organisation.id)
    query = visible_partnerships(reader).where(party, Partnership.archived_at.is_(None))
    with_whom = joinedload(Partnership.parties).joinedload(PartnershipParty.organisation)
    return db.session.scalars(query.options(with_whom).order_by(Partnership.folded)).unique().all()


def people_on(partnership_id: sa.ColumnElement[int], day: sa.ColumnElement[date]) -> sa.Subquery:
    """Select who has a function at a party on a day: at which, their place there and how many they are, by contact.

    The first contact has the first place.
    """
    at = PartnershipParty.organisation_id
    first = (Contact.is_first.desc(), Person.folded, Contact.id)
    return (
        sa.select(
            Contact.id,
            at.label("organisation_id"),
            sa.func.row_number().over(partition_by=at, order_by=first).label("place"),
            sa.func.count().over(partition_by=at).label("number"),
        )
        .join(PartnershipParty, at == Contact.organisation_id)
        .join(Person, Person.id == Contact.person_id)
        .where(PartnershipParty.partnership_id == partnership_id, current_on(day), Person.archived_at.is_(None))
        .subquery()
    )
