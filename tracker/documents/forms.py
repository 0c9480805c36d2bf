"""What a browser may send about documents."""

from typing import Any

from flask_wtf.file import MultipleFileField
from wtforms import Field
from wtforms.validators import ValidationError

from tracker.documents.rules import ENDINGS, MOST_AT_ONCE
from tracker.events.rules import MOST_HEADS
from tracker.language import _, _l
from tracker.web.fields import LanguageField, Line, Number, Tick
from tracker.web.forms import EditForm, Form
from tracker.web.translated import TranslatedField

#: What a browser offers to choose, or to take a picture of.
_ACCEPTED = ",".join(f".{ending}" for ending in ENDINGS)


class UploadForm(Form):
    """Files, and what they are in words."""

    files = MultipleFileField(_l("Files"), render_kw={"accept": _ACCEPTED, "required": False})
    description = Line(_l("What it is"))
    language = LanguageField(_l("Language of the document"), required=False, nothing="–", default="")
    coordinators_only = Tick(_l("Only coordinators may see it"))

    def validate_files(self, field: Field) -> None:
        """Insist on something, and not on too much."""
        if not chosen(field.data):
            raise ValidationError(_("Please choose a file."))
        if len(chosen(field.data)) > MOST_AT_ONCE:
            raise ValidationError(_("Please send at most %(most)s files at once.", most=MOST_AT_ONCE))


class ListForm(UploadForm):
    """The signed attendance list of a delegation, and how many signed it."""

    signed = Number(_l("How many signed"), least=0, most=MOST_HEADS)


class DocumentForm(EditForm):
    """What a document is, and who may see it."""

    description = TranslatedField(_l("What it is"))
    language = LanguageField(_l("Language of the document"), required=False, nothing="–")
    coordinators_only = Tick(_l("Only coordinators may see it"))


def chosen(sent: Any) -> list[Any]:  # noqa: ANN401 - what Flask-WTF leaves there
    """Return the files that somebody chose; a field without any sends one without a name."""
    return [one for one in sent or [] if getattr(one, "filename", None)]
