"""What a browser may send of a programme."""

from typing import Any

from wtforms import Field
from wtforms.validators import ValidationError

from tracker.language import _, _l
from tracker.programmes.reading import MOST_LINES
from tracker.web.fields import LanguageField, Paragraphs
from tracker.web.forms import Form

_MOST_LETTERS = 40_000


class ProgrammeForm(Form):
    """Lines of a programme, and the language they are written in."""

    text = Paragraphs(
        _l("Programme"),
        required=True,
        at_most=_MOST_LETTERS,
        description=_l(
            "A line for each point, such as “19.8. 18:00 Opening, Town hall”. A day holds for the lines below it, too; "
            "what stands behind the last comma is the place."
        ),
        render_kw={"rows": 12},
    )
    language = LanguageField(_l("Written in"))

    @staticmethod
    def validate_text(_form: Any, field: Field) -> None:  # noqa: ANN401 - WTForms' own
        """Refuse what is more than a programme."""
        if str(field.data or "").count("\n") >= MOST_LINES:
            raise ValidationError(_("This is too much at once. At most %(most)s lines are possible.", most=MOST_LINES))
