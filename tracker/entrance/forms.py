"""What a browser may send at the entrance: addresses and passwords."""

from typing import Any

from wtforms import HiddenField, PasswordField, StringField
from wtforms.validators import AnyOf, InputRequired, Optional, ValidationError
from wtforms.widgets import EmailInput

from tracker.accounts.passwords import MOST
from tracker.accounts.rules import ADDRESS_LENGTH
from tracker.language import _, _l
from tracker.web.fields import Address, Sound, Tick
from tracker.web.forms import Form

PATH_LENGTH = 2000
#: Eight digits, and whatever stands between them.
CODE_LENGTH = 20
#: The two buttons of the sign-in page, and of the page of an invitation.
PASSWORD, CODE = "password", "code"


def _current_password(label: str) -> PasswordField:
    return PasswordField(
        label, [InputRequired(), Sound(MOST, one_line=True)], render_kw={"autocomplete": "current-password"}
    )


class NewPasswordField(PasswordField):
    """A password that somebody chooses; `passwords.check_password` says whether it will do."""

    def __init__(self, label: str, *, required: bool = True, **more: Any) -> None:
        """Take the label, and what WTForms takes."""
        more.setdefault("render_kw", {"autocomplete": "new-password"})
        needed = [InputRequired()] if required else []
        super().__init__(label, [*needed, Sound(MOST, one_line=True)], **more)

    def ask_for(self, least: int) -> None:
        """Say how long it has to be."""
        self.description = _(
            "At least %(least)s characters. Several words in a row are easy to remember; nothing else is asked for.",
            least=least,
        )

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
    password = PasswordField(
        _l("Password"), [Sound(MOST, one_line=True)], render_kw={"autocomplete": "current-password"}
    )
    #: Which of the two buttons was pressed; the Enter key presses the first one.
    way = StringField(default=PASSWORD, validators=[Optional(), AnyOf((PASSWORD, CODE))])
    keep = Tick(
        _l("Keep me signed in on this device"),
        description=_l("For partners, for 30 days. Please only on a device that nobody else uses."),
    )
    next = HiddenField(validators=[Sound(PATH_LENGTH, one_line=True)])

    @property
    def wants_code(self) -> bool:
        """Whether a code by mail is to stand in for the password."""
        return bool(self.way.data == CODE)

    def validate_password(self, field: PasswordField) -> None:
        """Ask for the password where no code is wanted."""
        if not field.data and not self.wants_code:
            raise ValidationError(_("Please enter your password, or have a code sent to you."))


class CodeForm(Form):
    """The code that came by mail."""

    code = StringField(
        _l("Code"),
        [InputRequired(), Sound(CODE_LENGTH, one_line=True)],
        description=_l("8 digits. It works for 10 minutes, and only in this browser."),
        render_kw={"autocomplete": "one-time-code", "inputmode": "numeric"},
    )


class ForgottenForm(Form):
    """The address of somebody who cannot sign in."""

    email = Address(_l("E-mail address"), required=True)


class NewPasswordForm(Form):
    """A password, chosen through a mailed link."""

    password = NewPasswordField(_l("New password"))


class AcceptForm(Form):
    """A password for a new account, or the wish to have none."""

    password = NewPasswordField(_l("Password"), required=False)
    way = StringField(default=PASSWORD, validators=[Optional(), AnyOf((PASSWORD, CODE))])

    @property
    def wants_code(self) -> bool:
        """Whether a code by mail is to stand in for the password each time."""
        return bool(self.way.data == CODE)


class AlarmForm(Form):
    """One button."""


class ChangePasswordForm(NewPasswordForm):
    """A password in the place of another one."""

    old = _current_password(_l("Present password"))
