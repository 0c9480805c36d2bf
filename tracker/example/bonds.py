"""Partnerships of a large invented office: its own, and twinnings of municipalities under them."""

import random
from datetime import date, datetime, timedelta

from tracker.db import PartialDate, Translated, db
from tracker.example.crowd import Crowd
from tracker.organisations.models import Organisation, OrganisationKind
from tracker.partnerships.models import Partnership, PartnershipKind, PartnershipParty, PartnershipStatus, Pillar, Side

YEARS = 30
DAY = timedelta(days=1)
STATUSES = {PartnershipStatus.ACTIVE: 17, PartnershipStatus.DORMANT: 2, PartnershipStatus.ENDED: 1}


def bind(dice: random.Random, crowd: Crowd, *, number: int, now: datetime, today: date) -> list[Partnership]:
    """Enter so many partnerships: the office's own with each partner, then twinnings as far as there are pairs."""
    own = [_between(dice, crowd, crowd.office, body, now=now, today=today) for body in crowd.partners[:number]]
    umbrellas = dict(zip(crowd.partners, own, strict=False))
    municipalities = [body for body in crowd.partners if body.kind is OrganisationKind.MUNICIPALITY]
    here = [body for body in municipalities if body.country == crowd.office.country]
    there = [body for body in crowd.partners if body.country != crowd.office.country]
    pairs = [(one, other) for one in here for other in there]
    twinnings = []
    for one, other in dice.sample(pairs, min(len(pairs), number - len(own))):
        twinning = _between(dice, crowd, one, other, now=now, today=today)
        twinning.pillar, twinning.umbrella = Pillar.MUNICIPALITY, umbrellas.get(other)
        twinnings.append(twinning)
    db.session.add_all([*own, *twinnings])
    db.session.flush()
    return [*own, *twinnings]


def _between(
    dice: random.Random, crowd: Crowd, one: Organisation, other: Organisation, *, now: datetime, today: date
) -> Partnership:
    since = today - DAY * dice.randrange(365, 365 * YEARS)
    (status,) = dice.choices(list(STATUSES), [*STATUSES.values()])
    titles = {code: f"{one.name.texts[code]} – {other.name}" for code in one.name.texts}
    partnership = Partnership(
        title=Translated.of("de", now, **titles),
        kind=dice.choice(list(PartnershipKind)),
        pillar=dice.choice(list(Pillar)),
        status=status,
        contact_since=known(dice, since),
        formal_since=known(dice, since + DAY * dice.randrange(365, 1000)) if dice.random() < 0.5 else None,  # noqa: PLR2004 - half of them
        ended=PartialDate.of(today - DAY) if status is PartnershipStatus.ENDED else None,
        coordinator=dice.choice(crowd.coordinators),
        created_at=now - DAY * 400,
    )
    partnership.parties = [
        PartnershipParty(organisation=one, side=Side.HERE),
        PartnershipParty(organisation=other, side=Side.THERE),
    ]
    return partnership


def known(dice: random.Random, day: date) -> PartialDate:
    """Return as much of a day as an old file tells."""
    return PartialDate(day.isoformat()[: dice.choice((4, 7, 10))])
