"""Visits in both directions, and what they come to, as files."""

from collections.abc import Iterable, Sequence

from tracker.exchange.rules import Count, Relation, Visit
from tracker.language import _
from tracker.partnerships.models import Partnership, Side
from tracker.web.formats import plain
from tracker.web.sheets import Sheet, Value


def visits(partnership: Partnership) -> Sheet[Visit]:
    """Return what is downloaded of the visits of a partnership; what nobody knows is no number."""
    headings = (
        *(_("Visit"), _("Begin"), _("End"), _("They with us"), _("We with them"), _("Persons"), _("Nights")),
        _("wholly known"),
    )
    return Sheet(f"{_('Exchange and balance')} {plain(partnership.title)}", headings, _visits)


def _visits(rows: Sequence[Visit]) -> Iterable[Sequence[Value]]:
    for one in rows:
        sides = (1 if one.host is Side.HERE else None, 1 if one.host is Side.THERE else None)
        is_known = not one.heads.unknown and not one.nights.unknown
        yield one.title, one.begins_on, one.ends_on, *sides, _known(one.heads), _known(one.nights), is_known


def _known(number: Count) -> int | None:
    return number.known if number.known or not number.unknown else None


def relations() -> Sheet[Relation]:
    """Return what is downloaded of one-sided relations."""
    headings = (
        *(_("Partnership"), _("They with us"), _("They with us, last"), _("We with them"), _("We with them, last")),
        _("Difference"),
    )
    return Sheet(_("One-sided relations"), headings, _relations)


def _relations(rows: Sequence[Relation]) -> Iterable[Sequence[Value]]:
    for one in rows:
        last_here, last_there = (visit.begins_on if visit else None for visit in (one.last_here, one.last_there))
        yield one.title, one.here, last_here, one.there, last_there, one.more
