"""What a browser may send about spreadsheets."""

from collections.abc import Sequence
from typing import Any

from flask_wtf.file import FileField
from wtforms import Field, SelectField
from wtforms.validators import ValidationError

from tracker.imports.kinds.catalogue import KINDS
from tracker.imports.models import Import, ImportKind
from tracker.language import _, _l
from tracker.web.fields import LanguageField, OneOf, offered
from tracker.web.forms import EditForm, Form

#: What texts are written in that are not in UTF-8.
ENCODINGS = (
    ("utf-8", "UTF-8"),
    ("cp1252", "Windows-1252 (de, en, it)"),
    ("cp1250", "Windows-1250 (hu, ro)"),
    ("iso8859_2", "ISO 8859-2"),
    ("iso8859_15", "ISO 8859-15"),
    ("utf-16", "UTF-16"),
)
_COLUMN = "column_"


class UploadForm(Form):
    """A spreadsheet, and what it holds."""

    kind = OneOf(
        _l("What it holds"), ImportKind, description=_l("Organisations come first: the other lists name them.")
    )
    file = FileField(_l("Spreadsheet"), render_kw={"accept": ".xlsx,.ods,.csv,.txt"})

    def validate_file(self, field: Field) -> None:
        """Insist on one."""
        if not getattr(field.data, "filename", None):
            raise ValidationError(_("Please choose a file."))


class ReadingForm(EditForm):
    """How a file is read, where it was not found out rightly."""

    sheet = SelectField(_l("Sheet"), coerce=int, validate_choice=True)
    encoding = SelectField(_l("Letters"))
    delimiter = SelectField(_l("Cells are parted by"))
    heading = SelectField(_l("The headings stand in line"), coerce=int)

    def shape(self, row: Import) -> None:
        """Leave the fields that this kind of file has, with what can be chosen."""
        how = row.how
        if how["format"] == "csv":
            del self.sheet
            known = [*ENCODINGS, *([] if how["encoding"] in dict(ENCODINGS) else [(how["encoding"], how["encoding"])])]
            self.encoding.choices = offered(known)
            marks = ((";", ";"), (",", ","), ("\t", _("Tab")), ("|", "|"))
            self.delimiter.choices = offered(marks)
        else:
            del self.encoding, self.delimiter
            self.sheet.choices = offered(enumerate(how["sheets"]))
        self.heading.choices = offered([(place, str(place + 1)) for place in range(max(15, how["heading"] + 1))])


class MatchForm(EditForm):
    """What the columns are; a field for each of them is added by `match_form`."""

    day_first = SelectField(_l("Dates such as 3/4/2027 mean"), coerce=int)
    language = LanguageField(_l("Language of its texts"))

    @property
    def columns(self) -> list[Any]:
        """The fields of the columns, in their order."""
        return [one for one in self if one.name.startswith(_COLUMN)]


def match_form(row: Import) -> MatchForm:
    """Return the form for the columns of one spreadsheet."""
    fields = offered([("", _("– is left out –")), *((one.key, one.called) for one in KINDS[row.kind].fields)])
    places: Sequence[int] = range(len(row.headings))
    made = {f"{_COLUMN}{place}": SelectField(row.headings[place] or str(place + 1), choices=fields) for place in places}
    kind = type("MatchFormOfColumns", (MatchForm,), made)
    values = {f"{_COLUMN}{place}": row.columns[place] for place in places}
    form: MatchForm = kind(
        obj=row, data={**values, "day_first": int(row.how["day_first"]), "language": row.how["language"]}
    )
    if any(one.is_dated for one in KINDS[row.kind].fields):
        form.day_first.choices = offered([(1, _("3 April 2027")), (0, _("4 March 2027"))])
    else:
        del form.day_first
    return form
