"""What a browser may ask of these lists."""

from tracker.language import _l
from tracker.web.fields import RowField
from tracker.web.forms import Filters


class OfPerson(Filters):
    """Whose lines are shown."""

    person = RowField(_l("Person"))
