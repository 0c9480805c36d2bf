"""What a browser may ask of the page before a visit."""

from tracker.language import _l
from tracker.web.fields import Day
from tracker.web.forms import Filters


class VisitForm(Filters):
    """When the visit is."""

    on = Day(_l("Day of the visit"))
