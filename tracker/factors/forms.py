"""What a browser may send about second factors."""

from wtforms import HiddenField, StringField
from wtforms.validators import InputRequired

from tracker.language import _l
from tracker.web.fields import Line, Sound
from tracker.web.forms import Form

#: As long as what a browser says of a passkey may get.
ANSWER_LENGTH = 20_000
CODE_LENGTH = 60
NAME_LENGTH = 60


class AppForm(Form):
    """A code that shows that the app has the secret."""

    #: What the secret is made of; without the installation's key it says nothing.
    nonce = HiddenField(validators=[InputRequired(), Sound(64, one_line=True)])
    code = StringField(
        _l("Code from the app"),
        [InputRequired(), Sound(CODE_LENGTH, one_line=True)],
        render_kw={"autocomplete": "one-time-code", "inputmode": "numeric"},
    )


class PasskeyForm(Form):
    """A new passkey: what the browser says of it, and how it is called here."""

    answer = HiddenField(validators=[InputRequired(), Sound(ANSWER_LENGTH, one_line=True)])
    name = Line(
        _l("Name"),
        required=True,
        at_most=NAME_LENGTH,
        description=_l("So that you know which one it is: “my phone”, “key at the office”."),
    )
