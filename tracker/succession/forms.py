"""What a browser may send when somebody leaves, an organisation ends or a partnership is continued."""

from wtforms import SelectMultipleField

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


class CarryOverForm(Form):
    """What goes over: things and to whom, such as "project:12>3". The page offers what is open then."""

    things = SelectMultipleField(_l("What goes over"), choices=[], validate_choice=False)
