"""What came of it in a large invented office: signed papers, what was given, and what led to what."""

import random
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from tracker.agreements.models import Agreement, AgreementParty
from tracker.contributions.models import Contribution, ContributionKind
from tracker.db import PartialDate, Translated, db
from tracker.example.bonds import DAY, known
from tracker.example.crowd import Crowd
from tracker.example.works import Plan, Works
from tracker.folding import fold_all
from tracker.lineage.models import LedTo
from tracker.log.models import LogEntry, LogKind

GIFTS = {
    ContributionKind.CASH: ("Zuschuss", "Grant"),
    ContributionKind.IN_KIND: ("Musikinstrumente", "Musical instruments"),
    ContributionKind.HOURS: ("Arbeitsstunden am Stand", "Hours at the stand"),
    ContributionKind.NIGHTS: ("Nächte bei Gastfamilien", "Nights with host families"),
}
MONEY = (ContributionKind.CASH, ContributionKind.IN_KIND)
PER_PARTNER = 3


def gather_in(dice: random.Random, crowd: Crowd, works: Works, *, now: datetime, today: date) -> None:
    """Enter agreements with every second partnership, gifts to each project, and a line through each partnership."""
    agreements = _agreements(dice, works, now, today)
    db.session.add_all(agreements)
    given = [row for plan in works.plans for row in _gifts(dice, crowd, plan, now)]
    if given:
        db.session.execute(sa.insert(Contribution).execution_options(render_nulls=True), given)
    db.session.flush()
    db.session.add_all(_lines(works, agreements, crowd, now))
    db.session.flush()


def _agreements(dice: random.Random, works: Works, now: datetime, today: date) -> list[Agreement]:
    made = []
    for partnership in works.partnerships[::2]:
        since = partnership.contact_since.earliest if partnership.contact_since else today
        day = since + (today - since) * dice.random()
        agreement = Agreement(
            partnership=partnership,
            title=Translated.of("de", now, de="Rahmenvereinbarung", en="Framework agreement"),
            signed_on=known(dice, day),
            valid_until=PartialDate(str(day.year + 20)),
            languages=["de", partnership.parties[1].organisation.language],
            created_at=now - DAY * 390,
        )
        agreement.parties = [AgreementParty(organisation=party.organisation) for party in partnership.parties]
        made.append(agreement)
    return made


def _gifts(dice: random.Random, crowd: Crowd, plan: Plan, now: datetime) -> list[dict[str, Any]]:
    rows = []
    for body in [crowd.office, *plan.partners]:
        for kind in dice.choices(list(GIFTS), k=PER_PARTNER):
            (german, english), on = GIFTS[kind], plan.begin + (plan.end - plan.begin) * dice.random()
            summary = Translated.of("de", now, de=german, en=english)
            rows.append(
                {
                    "project_id": plan.project.id,
                    "organisation_id": body.id,
                    "kind": kind,
                    "amount": Decimal(dice.randrange(10, 2000)),
                    "currency": "EUR" if kind in MONEY else None,
                    "summary": summary,
                    "folded": fold_all(summary.spellings),
                    "given_on": known(dice, on),
                    "thanked_on": PartialDate.of(on + DAY * 20) if dice.randrange(4) else None,
                    "created_at": now - DAY * 90,
                }
            )
    return rows


def _lines(works: Works, agreements: list[Agreement], crowd: Crowd, now: datetime) -> list[LedTo]:
    """Return visit → partnership → agreement → projects, and what some of those led to."""
    signed = {agreement.partnership_id: agreement for agreement in agreements}
    pairs = [(f"log_entry:{visit}", f"partnership:{id_}") for id_, visit in _first_visits().items()]
    pairs += [(f"partnership:{id_}", f"agreement:{one.id}") for id_, one in signed.items()]
    for place, plan in enumerate(works.plans):
        if not plan.project.partnerships:
            continue
        id_ = plan.project.partnerships[0].id
        origin = f"agreement:{signed[id_].id}" if id_ in signed else f"partnership:{id_}"
        pairs.append((origin, f"project:{plan.project.id}"))
        if place % 5 == 0:
            pairs.append(
                (f"project:{plan.project.id}", f"organisation:{crowd.partners[place % len(crowd.partners)].id}")
            )
    return [LedTo(origin=origin, outcome=outcome, created_at=now - DAY * 80) for origin, outcome in pairs]


def _first_visits() -> dict[int, int]:
    """Return partnership id to its first visit, for those that had one."""
    query = sa.select(LogEntry.partnership_id, LogEntry.id).where(LogEntry.kind == LogKind.VISIT)
    first: dict[int, int] = {}
    for partnership_id, visit in db.session.execute(query.order_by(LogEntry.happened_on, LogEntry.id)):
        if partnership_id:
            first.setdefault(partnership_id, visit)
    return first
