"""A large invented office for benchmarks and trials: six countries, five languages, thirty years."""

import random
from datetime import date, datetime, timedelta

from tracker.example.annals import narrate
from tracker.example.bonds import bind
from tracker.example.cast import Printed
from tracker.example.crowd import gather
from tracker.example.fruits import gather_in
from tracker.example.kassel import refuse_unless_empty
from tracker.example.works import build
from tracker.reminders.actions import ensure_site_rules

FEWEST_ORGANISATIONS = 12
#: Of many partnerships most are twinnings of municipalities, several with each partner.
PER_PARTNER = 4


def generate(
    *,
    projects: int,
    milestones: int,
    entries: int,
    due_today: int,
    seed: int,
    now: datetime,
    today: date,
    partnerships: int = 0,
) -> list[Printed]:
    """Make the office, the same for the same seed but for passwords, and return an account for each role and language.

    It has a partnership with each partner, and more of them if more are asked for. Of the milestones `due_today` fall
    due today, each with a person of its own. The caller commits. Raises Refused
    if there are projects already.
    """
    refuse_unless_empty()
    dice = random.Random(seed)  # noqa: S311 - the same again is what is wanted
    organisations = max(FEWEST_ORGANISATIONS, projects * 4 // 5, partnerships // PER_PARTNER)
    crowd = gather(dice, organisations=organisations, people=max(2 * organisations, due_today), now=now)
    bonds = bind(dice, crowd, number=max(organisations, partnerships), now=now, today=today)
    works = build(
        dice, crowd, bonds, projects=projects, milestones=milestones, due_today=due_today, now=now, today=today
    )
    narrate(dice, crowd, works, entries=entries, now=now, today=today)
    gather_in(dice, crowd, works, now=now, today=today)
    # On since yesterday: what falls due today is mailed.
    ensure_site_rules(now - timedelta(days=1))
    return crowd.printed
