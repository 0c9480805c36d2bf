"""Who may enter and change projects, and which dates go together."""

from collections.abc import Iterable

from tracker.db import PartialDate
from tracker.language import _, translated
from tracker.partnerships.models import Partnership, PartnershipStatus
from tracker.projects.models import ProjectStatus
from tracker.refusal import Refused
from tracker.web.access import Somebody
from tracker.web.formats import partial_date

#: In these nothing is due any more.
ENDED = (ProjectStatus.COMPLETED, ProjectStatus.CANCELLED)


def may_edit(reader: Somebody) -> bool:
    """Whether they enter and change projects."""
    return reader.is_coordinator


def ends_before_it_begins(begins: PartialDate | None, ends: PartialDate | None) -> bool:
    """Whether two dates contradict each other as far as both are known."""
    if begins is None or ends is None:
        return False
    known = min(len(begins.text), len(ends.text))
    return ends.text[:known] < begins.text[:known]


def check_dates(begins: PartialDate | None, ends: PartialDate | None) -> None:
    """Raise Refused if a project would end before it begins."""
    if ends_before_it_begins(begins, ends):
        raise Refused(_("The project would end before it begins."), "ends")


def check_end(ends: PartialDate | None, partnerships: Iterable[Partnership]) -> None:
    """Raise Refused if it would go on after a partnership that it runs under.

    What another partnership continues is no end: its projects go on there.
    """
    for partnership in partnerships:
        ended = None if partnership.status is PartnershipStatus.CONTINUED else partnership.ended
        if ends and ended and ended.latest < ends.earliest:
            title = str(translated(partnership.title))
            raise Refused(
                _("The partnership “%(title)s” ended before that (%(ended)s).", title=title, ended=partial_date(ended)),
                "ends",
            )
