"""What a browser may send to write to all."""

from wtforms import SubmitField

from tracker.attendance.models import Answer
from tracker.circulars.models import Readership
from tracker.language import _l
from tracker.web.fields import OneOf, RowField
from tracker.web.forms import Form
from tracker.web.translated import TranslatedField


class CircularForm(Form):
    """One message: to whom, and in which words."""

    readership = OneOf(_l("To whom"), Readership)
    answer = OneOf(
        _l("Only guests with this answer"), Answer, required=False, nothing=_l("all but those who do not come")
    )
    delegation = RowField(_l("Only of this delegation"))
    title = TranslatedField(_l("Subject"), required=True)
    text = TranslatedField(
        _l("Text"), required=True, long=True, description=_l("Greeting and closing are added in the reader’s language.")
    )
    look = SubmitField(_l("Preview"))
    send = SubmitField(_l("Send"))
