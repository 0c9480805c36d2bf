"""What agreements are reminded of: that one ends."""

from collections.abc import Iterable
from datetime import date

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import joinedload

from tracker.agreements.models import Agreement
from tracker.db import PartialDate, db
from tracker.language import _, ngettext
from tracker.partnerships.models import Partnership, PartnershipStatus
from tracker.reminders.matters import (
    Asked,
    DefaultRule,
    Matter,
    Recipient,
    Section,
    Sender,
    Source,
    Subject,
    Unit,
    Why,
)
from tracker.reminders.models import ReminderSubject
from tracker.reminders.queries import portions
from tracker.reminders.rules import before, reach_months_ahead
from tracker.reminders.wording import as_known, title_of


def _say_end(matter: Matter, _recipient: Recipient, _office: Sender, _today: date) -> list[str]:
    until: PartialDate = matter.facts["until"]
    return [_("This agreement is valid until %(date)s.", date=as_known(until, until.year))]


AGREEMENT_ENDS = Subject(
    word=ReminderSubject.AGREEMENT_ENDS,
    default=DefaultRule((6, 2)),
    when=before,
    reaching=reach_months_ahead,
    section=Section.UPCOMING,
    say=_say_end,
    headline=lambda matter, _today: _("An agreement ends: “%(title)s”", title=title_of(matter)),
    headlines=lambda number: ngettext("%(num)s agreement that ends", "%(num)s agreements that end", number),
    unit=Unit.MONTHS,
    expires=True,
    listed="/partnerships/",
)


def _endings_within(asked: Asked) -> list[Matter]:
    first, last = asked.reach.earliest or asked.first, asked.reach.latest
    condition = and_(
        Agreement.archived_at.is_(None),
        # Of some only the year is known: what is said of them is said before it is over.
        Agreement.valid_until >= PartialDate(f"{first.year:04}"),
        Agreement.valid_until <= PartialDate.of(last),
        Partnership.archived_at.is_(None),
        Partnership.status == PartnershipStatus.ACTIVE,
    )
    if asked.changed_since is not None:
        condition = and_(condition, Agreement.created_at >= asked.changed_since)
    return [one for one in _endings(condition) if first <= one.due_on <= last]


def _endings_of(ids: list[str], _today: date) -> list[Matter]:
    return [one for portion in portions(int(one) for one in ids) for one in _endings(Agreement.id.in_(portion))]


def _endings(condition: ColumnElement[bool]) -> Iterable[Matter]:
    """Yield the end of each agreement."""
    query = select(Agreement).join(Agreement.partnership).where(condition)
    for row in db.session.scalars(query.options(joinedload(Agreement.partnership)).order_by(Agreement.id)):
        partnership, until = row.partnership, row.valid_until
        yield Matter(
            key=f"agreement:{row.id}",
            subjects=(AGREEMENT_ENDS,),
            title=row.title,
            project_id=None,
            project_title=partnership.title,
            path=f"/agreements/{row.id}",
            due_on=until.latest if until else date.max,
            since=row.created_at,
            responsible_id=partnership.coordinator_id,
            as_what=Why.KEEPER,
            over=_over(row),
            facts={"until": until},
        )


def _over(row: Agreement) -> str | None:
    if row.archived_at is not None:
        return "agreement_archived"
    if row.valid_until is None:
        return "agreement_endless"
    partnership = row.partnership
    is_alive = partnership.archived_at is None and partnership.status is PartnershipStatus.ACTIVE
    return None if is_alive else "partnership_over"


ENDINGS = Source("agreement", (AGREEMENT_ENDS,), _endings_within, _endings_of)
