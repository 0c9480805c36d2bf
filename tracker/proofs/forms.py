"""What a browser may send to prove who is before it."""

from typing import Any

from wtforms import Field, HiddenField, PasswordField, StringField

from tracker.accounts.passwords import MOST
from tracker.entrance.forms import PATH_LENGTH
from tracker.factors.forms import ANSWER_LENGTH, CODE_LENGTH
from tracker.language import _l
from tracker.proofs.rules import Way
from tracker.web.fields import Sound, Tick
from tracker.web.forms import AGAIN, Form


class ProofForm(Form):
    """A code, or what a passkey says."""

    code = StringField(
        _l("Code from the app"),
        [Sound(CODE_LENGTH, one_line=True)],
        description=_l("Or one of your recovery codes."),
        render_kw={"autocomplete": "one-time-code", "autocapitalize": "none", "spellcheck": "false"},
    )
    #: What its page is answered with.
    status = 200
    answer = HiddenField(validators=[Sound(ANSWER_LENGTH, one_line=True)])

    def proof(self, _way: Way) -> Field:
        """Return the field in which somebody types what proves them."""
        return self.code

    def call_code(self, label: str) -> None:
        """Name another code than an app's."""
        self.code.label.text, self.code.description = label, ""


class SecondForm(ProofForm):
    """The second step of signing in."""

    spare = Tick(
        _l("Do not ask again on this device for 30 days"),
        description=_l("Please only on a device that nobody else uses."),
    )


class ConfirmForm(ProofForm):
    """What a sensitive act asks for. Its fields stand beside those of the form that it carries on."""

    password = PasswordField(
        _l("Your password"), [Sound(MOST, one_line=True)], render_kw={"autocomplete": "current-password"}
    )
    #: The button that has a code sent by mail.
    send = StringField(validators=[Sound(1, one_line=True)])
    next = HiddenField(validators=[Sound(PATH_LENGTH, one_line=True)])

    def proof(self, way: Way) -> Field:
        """Return the field in which somebody types what proves them."""
        return self.password if way is Way.PASSWORD else self.code

    def __init__(self, **more: Any) -> None:
        """Keep its names apart."""
        super().__init__(prefix=AGAIN, **more)
