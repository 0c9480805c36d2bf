"""What a browser may send about persons, functions and accounts."""

from wtforms import HiddenField, PasswordField, StringField
from wtforms.validators import InputRequired
from wtforms.widgets import EmailInput

from tracker.language import _l
from tracker.people.passwords import MOST
from tracker.web.forms import Form, Sound, Tick

ADDRESS_LENGTH = 254
PATH_LENGTH = 2000


class SignInForm(Form):
    """Who one is, and what proves it."""

    # What is no address finds nobody, as any other wrong one.
    email = StringField(
        _l("E-mail address"),
        [InputRequired(), Sound(ADDRESS_LENGTH, one_line=True)],
        widget=EmailInput(),
        render_kw={"autocomplete": "username", "autocapitalize": "none"},
    )
    password = PasswordField(
        _l("Password"), [InputRequired(), Sound(MOST, one_line=True)], render_kw={"autocomplete": "current-password"}
    )
    keep = Tick(
        _l("Keep me signed in on this device"),
        description=_l("For partners, for 30 days. Please only on a device that nobody else uses."),
    )
    next = HiddenField(validators=[Sound(PATH_LENGTH, one_line=True)])
