"""What a browser may ask of the balance."""

from tracker.language import _l
from tracker.web.fields import Number
from tracker.web.forms import Filters

#: Years that a calendar has.
FIRST, LAST = 1000, 2999


class YearsForm(Filters):
    """The years, both included."""

    since = Number(_l("From year"), least=FIRST, most=LAST)
    until = Number(_l("To year"), least=FIRST, most=LAST)
