"""What a browser may send at the entrance: addresses and passwords."""

from typing import Any

from wtforms import HiddenField, PasswordField, StringField
from wtforms.validators import InputRequired
from wtforms.widgets import EmailInput

from tracker.accounts.passwords import MOST
from tracker.language import _l
from tracker.web.fields import Address, Sound, Tick
from tracker.web.forms import Form

ADDRESS_LENGTH = 254
PATH_LENGTH = 2000


def _current_password(label: str) -> PasswordField:
    return PasswordField(
        label, [InputRequired(), Sound(MOST, one_line=True)], render_kw={"autocomplete": "current-password"}
    )


class NewPasswordField(PasswordField):
    """A password that somebody chooses; `passwords.check_password` says whether it will do."""

    def __init__(self, label: str, **more: Any) -> None:
        """Take the label, and what WTForms takes."""
        more.setdefault("render_kw", {"autocomplete": "new-password"})
        more.setdefault(
            "description",
            _l("At least 15 characters. Several words in a row are easy to remember; nothing else is asked for."),
        )
        super().__init__(label, [InputRequired(), Sound(MOST, one_line=True)], **more)

    def refuse(self, sentence: str) -> None:
        """Show a sentence beside the field."""
        self.errors = [*self.errors, sentence]


class SignInForm(Form):
    """Who one is, and what proves it."""

    # What is no address finds nobody, as any other wrong one.
    email = StringField(
        _l("E-mail address"),
        [InputRequired(), Sound(ADDRESS_LENGTH, one_line=True)],
        widget=EmailInput(),
        render_kw={"autocomplete": "username", "autocapitalize": "none"},
    )
    password = _current_password(_l("Password"))
    keep = Tick(
        _l("Keep me signed in on this device"),
        description=_l("For partners, for 30 days. Please only on a device that nobody else uses."),
    )
    next = HiddenField(validators=[Sound(PATH_LENGTH, one_line=True)])


class ForgottenForm(Form):
    """The address of somebody who cannot sign in."""

    email = Address(_l("E-mail address"), required=True)


class NewPasswordForm(Form):
    """A password, chosen through a mailed link."""

    password = NewPasswordField(_l("New password"))


class ChangePasswordForm(NewPasswordForm):
    """A password in the place of another one."""

    old = _current_password(_l("Present password"))
