"""The list of partnerships as a file."""

from collections.abc import Iterable, Sequence

from tracker.language import _
from tracker.partnerships.models import Partnership, Side
from tracker.web.formats import country_name, plain
from tracker.web.sheets import Sheet, Value


def partnerships() -> Sheet[Partnership]:
    """Return what is downloaded of partnerships."""
    headings = (
        *(_("Title"), _("Here"), _("There"), _("Country"), _("Pillar"), _("Kind"), _("Status")),
        *(_("In contact since"), _("Formal since"), _("Ended"), _("Umbrella"), _("Continued by")),
    )
    return Sheet(_("Partnerships"), headings, _cells)


def _cells(rows: Sequence[Partnership]) -> Iterable[Sequence[Value]]:
    for one in rows:
        here, there = (
            [party.organisation for party in one.parties if party.side is side] for side in (Side.HERE, Side.THERE)
        )
        countries = dict.fromkeys(country_name(organisation.country) for organisation in there)
        sides = ("; ".join(plain(organisation.name) for organisation in side) for side in (here, there))
        since = (one.contact_since, one.formal_since, one.ended)
        others = (other.title if other else None for other in (one.umbrella, one.continued_by))
        yield one.title, *sides, "; ".join(countries), one.pillar, one.kind, one.status, *since, *others
