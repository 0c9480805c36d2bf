"""Which agreements there are, as far as somebody may know of them."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import joinedload
from sqlalchemy.orm.interfaces import ORMOption

from tracker.agreements.models import Agreement, AgreementParty
from tracker.db import PartialDate, Translated, db, holding
from tracker.folding import fold
from tracker.language import translated
from tracker.organisations.models import Organisation
from tracker.partnerships.models import Partnership
from tracker.partnerships.queries import visible_partnerships
from tracker.web.access import Somebody


def visible_agreements(reader: Somebody) -> sa.Select[Agreement]:
    """Start every query here: who knows of a partnership knows of its agreements."""
    seen = visible_partnerships(reader).with_only_columns(Partnership.id)
    return sa.select(Agreement).where(Agreement.partnership_id.in_(seen))


def shown() -> Sequence[ORMOption]:
    """Return what a page of agreements shows besides their own columns."""
    signed = joinedload(Agreement.parties).joinedload(AgreementParty.organisation)
    return (signed.load_only(Organisation.name, Organisation.former_names, Organisation.country),)


def one(reader: Somebody, agreement_id: int) -> Agreement | None:
    """Return the agreement with who signed it and its partnership, if this person may know of it."""
    query = visible_agreements(reader).where(Agreement.id == agreement_id)
    return db.session.scalars(query.options(*shown(), joinedload(Agreement.partnership))).unique().one_or_none()


def of_partnership(partnership: Partnership, reader: Somebody) -> Sequence[Agreement]:
    """Return the agreements of a partnership, the newest first, those that went to the archive last; one query."""
    query = visible_agreements(reader).where(Agreement.partnership_id == partnership.id)
    newest = (Agreement.archived_at.is_not(None), Agreement.signed_on.desc().nulls_last(), Agreement.id.desc())
    return db.session.scalars(query.options(*shown()).order_by(*newest)).unique().all()


def entered(
    partnership: Partnership, title: Translated, signed_on: PartialDate | None, *, besides: int | None = None
) -> bool:
    """Whether a partnership has an agreement of this title and date: nobody could tell two of them apart."""
    query = sa.select(Agreement.title).where(
        Agreement.partnership_id == partnership.id,
        Agreement.signed_on.is_not_distinct_from(signed_on),
        Agreement.archived_at.is_(None),
        Agreement.id != (besides or 0),
    )
    mine = {fold(spelling) for spelling in title.spellings}
    return any(mine & {fold(spelling) for spelling in other.spellings} for other in db.session.scalars(query))


def matching(words: str, reader: Somebody) -> sa.Select[Agreement]:
    """Return those that hold every word in a title, in what they are about or in where they were signed."""
    return visible_agreements(reader).where(Agreement.archived_at.is_(None), holding(Agreement.folded, fold(words)))


def choices(reader: Somebody) -> list[tuple[int, str]]:
    """Return id and title, with that of the partnership, of all that are not archived, by title."""
    query = visible_agreements(reader).join(Agreement.partnership).where(Agreement.archived_at.is_(None))
    rows = db.session.execute(query.with_only_columns(Agreement.id, Agreement.title, Partnership.title)).all()
    named = ((id_, f"{translated(title)} ({translated(of)})") for id_, title, of in rows)
    return sorted(named, key=lambda pair: fold(pair[1]))
