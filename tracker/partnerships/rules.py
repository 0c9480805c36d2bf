"""Who may what with partnerships, and how they may hang together."""

from collections.abc import Collection

from tracker.db import PartialDate
from tracker.language import _
from tracker.partnerships.models import Partnership, PartnershipStatus
from tracker.refusal import Refused
from tracker.web.access import Somebody


def may_list(reader: Somebody) -> bool:
    """Whether partnerships have pages for them; partners meet theirs by name on their projects' pages."""
    return reader.sees_all


def may_edit(reader: Somebody) -> bool:
    """Whether they enter and change partnerships."""
    return reader.is_coordinator


def is_looked_after(partnership: Partnership) -> bool:
    """Whether one asks when there was contact: it is active, and says how often there is to be some."""
    is_active = partnership.status is PartnershipStatus.ACTIVE and partnership.archived_at is None
    return is_active and partnership.contact_interval_days is not None


def check_umbrella(partnership_id: int, above: Collection[int]) -> None:
    """Raise Refused if a partnership would stand under itself; `above` are its umbrella and all above that."""
    if partnership_id in above:
        raise Refused(_("A partnership cannot stand under itself."), "umbrella")


def check_successors(partnership_id: int, after: Collection[int]) -> None:
    """Raise Refused if a partnership would continue itself; `after` are the next one and all that continue that."""
    if partnership_id in after:
        raise Refused(_("A partnership cannot continue itself."), "continued_by")


def check_continuation(status: PartnershipStatus, continued_by: Partnership | None) -> None:
    """Raise Refused if it is continued by nobody knows which, or does not say that it is."""
    if status is PartnershipStatus.CONTINUED and continued_by is None:
        raise Refused(_("Please choose the partnership that continues this one."), "continued_by")
    if status is not PartnershipStatus.CONTINUED and continued_by is not None:
        raise Refused(_("Another partnership continues this one, so its status has to say so."), "status")


def check_sides(here: Collection[int], there: Collection[int]) -> None:
    """Raise Refused if an organisation (by its id) would stand on both sides."""
    if set(here) & set(there):
        raise Refused(_("An organisation can stand on one side only."), "there")


def check_dates(contact_since: PartialDate | None, formal_since: PartialDate | None, ended: PartialDate | None) -> None:
    """Raise Refused if they cannot have come in this order. What is known by its year alone may lie anywhere in it."""
    if contact_since and formal_since and formal_since.latest < contact_since.earliest:
        raise Refused(_("It cannot have been formal before there was contact."), "formal_since")
    if ended and any(began and ended.latest < began.earliest for began in (contact_since, formal_since)):
        raise Refused(_("It cannot have ended before it began."), "ended")


def check_end(
    ended: PartialDate | None, status: PartnershipStatus, last_project: tuple[str, PartialDate] | None
) -> None:
    """Raise Refused if a project under it (the last to end, by title and end) goes on after its end.

    Where another partnership continues it, its projects go on there.
    """
    if ended is None or last_project is None or status is PartnershipStatus.CONTINUED:
        return
    title, ends = last_project
    if ended.latest < ends.earliest:
        raise Refused(_("The project “%(title)s” ends only later.", title=title), "ended")
