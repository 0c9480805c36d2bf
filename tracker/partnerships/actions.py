"""What people do with partnerships."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm.attributes import flag_modified

from tracker.db import PartialDate, Translated, db, insert_new
from tracker.history.actions import change, record
from tracker.history.rules import Verb
from tracker.organisations.models import Office
from tracker.partnerships import queries
from tracker.partnerships.models import Partnership, PartnershipParty, PartnershipStatus, Pillar, PillarText, Side
from tracker.partnerships.rules import (
    check_continuation,
    check_dates,
    check_end,
    check_sides,
    check_successors,
    check_umbrella,
)


def create_partnership(
    *, here: Sequence[int] = (), there: Sequence[int] = (), by_id: int | None, now: datetime, **values: Any
) -> Partnership:
    """Enter a partnership between organisations here and there, by their ids. Raises Refused."""
    check_sides(here, there)
    check_dates(values.get("contact_since"), values.get("formal_since"), values.get("ended"))
    partnership = Partnership(created_at=now, **values)
    check_continuation(partnership.status or PartnershipStatus.ACTIVE, partnership.continued_by)
    _place(partnership, here, there)
    db.session.add(partnership)
    record(Verb.PARTNERSHIP_CREATED, partnership, by_id=by_id, now=now)
    return partnership


def change_partnership(
    partnership: Partnership,
    *,
    title: Translated,
    summary: Translated | None,
    status: PartnershipStatus,
    umbrella: Partnership | None,
    continued_by: Partnership | None,
    here: Sequence[int],
    there: Sequence[int],
    last_project: tuple[str, PartialDate] | None = None,
    by_id: int,
    now: datetime,
    **values: Any,
) -> bool:
    """Change what differs; return whether anything did. Raises Refused, also if its last project ends after it."""
    if (umbrella, continued_by) != (partnership.umbrella, partnership.continued_by):
        # Two that are tied side by side could close a circle together: one waits for the other, then looks.
        db.session.execute(sa.select(Office.id).with_for_update())
    check_umbrella(partnership.id, queries.on_the_way(umbrella, Partnership.umbrella_id))
    check_continuation(status, continued_by)
    check_successors(partnership.id, queries.on_the_way(continued_by, Partnership.continued_by_id))
    check_sides(here, there)
    check_dates(*(values.get(name, getattr(partnership, name)) for name in ("contact_since", "formal_since", "ended")))
    check_end(values.get("ended", partnership.ended), status, last_project)
    values |= {"status": status, "umbrella": umbrella, "continued_by": continued_by}
    values["title"] = partnership.title.revised(title)
    values["summary"] = partnership.summary.revised(summary) if partnership.summary and summary else summary
    before, after = partnership.public_text, values.get("public_text", partnership.public_text)
    values["public_text"] = before.revised(after) if before and after else after
    changes = change(partnership, values)
    if _place(partnership, here, there):
        changes["parties"] = [None, None]
    if not changes:
        return False
    flag_modified(partnership, "folded")  # parties are rows of their own: the version counts them too
    record(Verb.PARTNERSHIP_CHANGED, partnership, by_id=by_id, now=now, changes=changes)
    return True


def _place(partnership: Partnership, here: Sequence[int], there: Sequence[int]) -> bool:
    """Put organisations on their sides; return whether that changed anything. One that stays keeps its row."""
    wanted = dict.fromkeys(here, Side.HERE) | dict.fromkeys(there, Side.THERE)
    rows = {party.organisation_id: party for party in partnership.parties}
    if {one: party.side for one, party in rows.items()} == wanted:
        return False
    for one, side in wanted.items():
        rows.setdefault(one, PartnershipParty(organisation_id=one)).side = side
    partnership.parties = [rows[one] for one in wanted]
    return True


def archive_partnership(partnership: Partnership, *, by_id: int, now: datetime) -> None:
    """Put it out of the lists; what was written about it stays."""
    partnership.archived_at = now
    record(Verb.PARTNERSHIP_ARCHIVED, partnership, by_id=by_id, now=now)


def restore_partnership(partnership: Partnership, *, by_id: int, now: datetime) -> None:
    """Bring it back into the lists."""
    partnership.archived_at = None
    record(Verb.PARTNERSHIP_RESTORED, partnership, by_id=by_id, now=now)


def pillar_text(pillar: Pillar) -> PillarText:
    """Return the row that holds what the office says of a pillar: there is one from the first text on."""
    insert_new(PillarText, {"pillar": pillar, "version": 1})
    return db.session.scalars(sa.select(PillarText).where(PillarText.pillar == pillar)).one()


def describe_pillar(text: PillarText, introduction: Translated | None, *, by_id: int, now: datetime) -> bool:
    """Say something else of a pillar, or nothing; return whether that differs."""
    before = text.introduction
    changes = change(text, {"introduction": before.revised(introduction) if before and introduction else introduction})
    if not changes:
        return False
    record(Verb.PILLAR_DESCRIBED, text, by_id=by_id, now=now, pillar=text.pillar)
    return True
