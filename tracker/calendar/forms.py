"""What a browser may send about the calendar."""

from wtforms import SubmitField

from tracker.calendar.rules import EntryKind
from tracker.language import _l
from tracker.web.fields import OneOf, RowField
from tracker.web.forms import Filters, Form


class CalendarFilters(Filters):
    """What the calendar is narrowed to."""

    kind = OneOf(_l("Kind"), EntryKind, required=False)
    project = RowField(_l("Project"))
    partnership = RowField(_l("Partnership"))
    organisation = RowField(_l("Organisation"))


class FeedForm(Form):
    """Two buttons: a new address, or none any more."""

    make = SubmitField(_l("Make an address"))
    revoke = SubmitField(_l("Switch off"))
