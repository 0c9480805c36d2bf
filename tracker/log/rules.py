"""Who may read and write the log, and what can be logged."""

from datetime import date

from tracker.db import PartialDate
from tracker.language import _
from tracker.refusal import Refused
from tracker.web.access import Somebody


def may_list(reader: Somebody) -> bool:
    """Whether they read the log as a whole; partners read that of their projects, on the projects' pages."""
    return reader.sees_all


def may_write(reader: Somebody) -> bool:
    """Whether they log what happened."""
    return reader.is_coordinator


def may_see_people(reader: Somebody) -> bool:
    """Whether they read the names of those who were there."""
    return reader.sees_all


def check(*, happened_on: PartialDate, about: tuple[object, ...], today: date) -> None:
    """Raise Refused if it is about nothing, or has not happened yet."""
    if not any(about):
        raise Refused(_("Please choose a project, a partnership or an organisation that this is about."))
    if happened_on.earliest > today:
        raise Refused(_("This date has not come yet. The log holds what has happened; what is to come is a next step."))
