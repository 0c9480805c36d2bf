"""What people do with agreements."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy.orm.attributes import flag_modified

from tracker.agreements.models import Agreement, AgreementParty
from tracker.agreements.queries import entered
from tracker.agreements.rules import check_new
from tracker.db import Translated, db
from tracker.history.actions import change, record
from tracker.history.rules import Verb
from tracker.partnerships.models import Partnership
from tracker.partnerships.rules import check_dates


def enter_agreement(
    partnership: Partnership, *, parties: Collection[int], by_id: int | None, now: datetime, **values: Any
) -> Agreement:
    """Enter a signed paper of a partnership; who signed it, by the ids of organisations. Raises Refused."""
    check_new(is_entered=entered(partnership, values["title"], values["signed_on"]))
    agreement = Agreement(partnership=partnership, created_at=now, **values)
    _place(agreement, parties)
    db.session.add(agreement)
    _record(Verb.AGREEMENT_ENTERED, agreement, by_id=by_id, now=now)
    return agreement


def change_agreement(
    agreement: Agreement,
    *,
    title: Translated,
    summary: Translated | None,
    parties: Collection[int],
    by_id: int,
    now: datetime,
    **values: Any,
) -> bool:
    """Change what differs; return whether anything did. Raises Refused."""
    signed_on = values.get("signed_on", agreement.signed_on)
    check_new(is_entered=entered(agreement.partnership, title, signed_on, besides=agreement.id))
    values["title"] = agreement.title.revised(title)
    values["summary"] = agreement.summary.revised(summary) if agreement.summary and summary else summary
    changes = change(agreement, values)
    if _place(agreement, parties):
        changes["parties"] = [None, None]
    if not changes:
        return False
    flag_modified(agreement, "folded")  # parties are rows of their own: the version counts them too
    _record(Verb.AGREEMENT_CHANGED, agreement, by_id=by_id, now=now, changes=changes)
    return True


def make_formal(agreement: Agreement, *, by_id: int, now: datetime) -> bool:
    """Say that its partnership is formal since the agreement was signed; return whether that was not known before.

    Raises Refused if that contradicts the partnership's other dates.
    """
    partnership, day = agreement.partnership, agreement.signed_on
    if day is None or partnership.formal_since is not None:
        return False
    check_dates(partnership.contact_since, day, partnership.ended)
    changes = change(partnership, {"formal_since": day})
    record(Verb.PARTNERSHIP_CHANGED, partnership, by_id=by_id, now=now, changes=changes)
    return True


def archive_agreement(agreement: Agreement, *, by_id: int, now: datetime) -> None:
    """Put it out of the lists."""
    agreement.archived_at = now
    _record(Verb.AGREEMENT_ARCHIVED, agreement, by_id=by_id, now=now)


def restore_agreement(agreement: Agreement, *, by_id: int, now: datetime) -> None:
    """Bring it back into the lists."""
    agreement.archived_at = None
    _record(Verb.AGREEMENT_RESTORED, agreement, by_id=by_id, now=now)


def _place(agreement: Agreement, parties: Collection[int]) -> bool:
    """Let these organisations have signed it; return whether that changed anything. One that stays keeps its row."""
    rows = {party.organisation_id: party for party in agreement.parties}
    if set(rows) == set(parties):
        return False
    agreement.parties = [rows.get(one) or AgreementParty(organisation_id=one) for one in dict.fromkeys(parties)]
    return True


def _record(verb: Verb, agreement: Agreement, *, by_id: int | None, now: datetime, **facts: object) -> None:
    record(verb, agreement, by_id=by_id, now=now, within=agreement.partnership, title=agreement.title, **facts)
