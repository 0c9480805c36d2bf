"""What a browser may send when somebody leaves."""

from tracker.language import _l
from tracker.web.fields import RowField
from tracker.web.forms import Form


class HandOverForm(Form):
    """Who takes over."""

    successor = RowField(
        _l("Who takes over?"),
        required=True,
        description=_l("Who works at the same organisation, and who stands in for this person."),
    )
