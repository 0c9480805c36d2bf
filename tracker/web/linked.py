"""Forms behind a link in a letter: no session, no cookie, a token that is bound to the link."""

from typing import Any

from flask import current_app, request
from itsdangerous import BadData
from wtforms import Field
from wtforms.csrf.core import CSRF
from wtforms.form import BaseForm
from wtforms.validators import ValidationError

from tracker.language import _
from tracker.signing import signer
from tracker.web.forms import Form

_PURPOSE = "form behind a link"


class _BoundToTheLink(CSRF):
    """A token that shows that the form comes from the page of this link: it needs no cookie."""

    def setup_form(self, form: BaseForm) -> Any:  # noqa: ANN401 - WTForms' own
        """Keep whose form it is."""
        self.token = str((request.view_args or {}).get("token"))
        return super().setup_form(form)

    def generate_csrf_token(self, _field: Field) -> str:
        """Sign the link's own token."""
        return str(signer(current_app.config["SIGNING_KEYS"], _PURPOSE).dumps(self.token))

    def validate_csrf_token(self, _form: BaseForm, field: Field) -> None:
        """Raise what stands above the form if it is another's."""
        try:
            read = signer(current_app.config["SIGNING_KEYS"], _PURPOSE).loads(field.data or "")
        except BadData:
            read = None
        if read != self.token:
            raise ValidationError(_("This form has expired. Please send it once more."))


class LinkForm(Form):
    """A form behind a link in a letter, or only its button."""

    class Meta(Form.Meta):
        """Ask for no cookie."""

        csrf_class = _BoundToTheLink
