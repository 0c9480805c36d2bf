"""What a browser may ask of the pages that look across."""

from tracker.language import _l
from tracker.web.fields import Line
from tracker.web.forms import Filters


class Question(Filters):
    """What is searched for."""

    q = Line(_l("Search"))
