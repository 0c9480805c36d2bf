"""What a browser may ask of the pages that look across."""

from tracker.language import _l
from tracker.mail.models import MessageState
from tracker.web.fields import Line, OneOf, RowField
from tracker.web.forms import Filters


class Question(Filters):
    """What is searched for."""

    q = Line(_l("Search"))


class OutboxFilters(Filters):
    """What the outbox is narrowed to."""

    state = OneOf(_l("State"), MessageState, required=False)
    person = RowField(_l("To"))
