"""What a browser may send through a link in a letter, without a session."""

from typing import Any

from flask import current_app, request
from itsdangerous import BadData
from wtforms import Field
from wtforms.csrf.core import CSRF
from wtforms.form import BaseForm
from wtforms.validators import ValidationError

from tracker.language import _, _l
from tracker.milestones.models import Assessment
from tracker.signing import signer
from tracker.updates.rules import Said
from tracker.web.fields import Address, Day, LanguageField, Line, OneOf, Paragraphs
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


class AnswerForm(LinkForm):
    """How a project stands, in a word and perhaps a few more."""

    assessment = OneOf(_l("How does it stand?"), Assessment)
    text = Paragraphs(_l("In your own words"), description=_l("In your own language, if you like."))
    language = LanguageField(_l("Written in"))

    @property
    def said(self) -> Said:
        """What was sent."""
        return Said(assessment=self.assessment.data, text=self.text.data, language=self.language.data)


class MilestoneAnswerForm(AnswerForm):
    """How a milestone stands; it may get a new date."""

    new_due_on = Day(_l("New date"), description=_l("Only if it has to be moved."))

    @property
    def said(self) -> Said:
        """What was sent."""
        return Said(self.assessment.data, self.new_due_on.data, self.text.data, self.language.data)


class PassOnForm(LinkForm):
    """Whom to ask instead."""

    name = Line(_l("Name"), required=True)
    email = Address(_l("E-mail address"), required=True)
    language = LanguageField(_l("Language"), description=_l("In which they would like to be written to."))
