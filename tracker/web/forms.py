"""What every form shares: one save per click, no silent overwriting, no field that nobody knows."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from flask import abort, request
from flask_wtf import FlaskForm
from wtforms import BooleanField, FormField, HiddenField, SelectField, SelectMultipleField
from wtforms import Form as PlainForm

from tracker.language import _
from tracker.web.kept import own_key
from tracker.web.translated import SAYINGS, Translations

#: What the names of fields begin with that a page adds to a form which it carries on (see `access.sensitive`).
AGAIN = "again-"
#: What a form's key can be, whoever sends it: what any database keeps.
_KEY = re.compile(r"[^\x00-\x1f]{0,80}")


@dataclass(frozen=True)
class Conflict:
    """A field that somebody else changed while this form was open."""

    label: str
    theirs: str
    yours: str


class _InShape:
    """A row as a form shows it: some of its values in another shape, such as a row by its id."""

    def __init__(self, row: Any, shown: Mapping[str, object]) -> None:  # noqa: ANN401 - any row
        self._row, self._shown = row, shown

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - any value
        return self._shown[name] if name in self._shown else getattr(self._row, name)


class Form(FlaskForm):
    """A form that is sent by POST. A field that it does not have answers 400."""

    submission = HiddenField()
    form_errors: list[str]
    conflict: list[Conflict] | None = None
    #: Fields that carry the form, or say something of this moment: no row holds them.
    CARRIERS: ClassVar = frozenset({"csrf_token", "submission", "version"}) | SAYINGS

    class Meta(FlaskForm.Meta):
        """Speak our words."""

        def get_translations(self, _form: object) -> Translations:
            """Return our words."""
            return Translations()

    def sent(self) -> bool:
        """Whether it came by POST and is right."""
        if request.method == "POST":
            self._refuse_unknown()
        return bool(self.validate_on_submit())

    def refuse(self, sentence: str, field: str | None = None) -> None:
        """Show a sentence above the form, and beside the field that it is about."""
        if field is None:
            self.form_errors = [*self.form_errors, sentence]
            return
        about = self[field]
        # A text in several languages is a form of its own: what is said of it stands beside its original.
        beside = about.text if isinstance(about, FormField) else about
        beside.errors = [*beside.errors, sentence]

    def process(self, formdata: Any = None, obj: Any = None, data: Any = None, **more: Any) -> None:  # noqa: ANN401 - WTForms' own
        """Give a new form its key: a double click sends the same one. What `data` says goes before the row."""
        super().process(formdata, _InShape(obj, data) if obj is not None and data else obj, data=data, **more)
        if not self.submission.data:
            self.submission.data = own_key()

    def _refuse_unknown(self) -> None:
        known = {field.name for field in _flat(self)}
        sent = {name for name in request.form if not name.startswith(AGAIN)}
        if sent - known or not _KEY.fullmatch(self.submission.data or ""):
            abort(400)


class EditForm(Form):
    """A form that changes a row: it knows which version it shows."""

    version = HiddenField()

    def __init__(self, *args: Any, **more: Any) -> None:
        """Start with the row's version."""
        super().__init__(*args, **more)
        self._obj = more.get("obj")

    def outdated(self, row: Any, shown: Mapping[str, object] | None = None) -> bool:  # noqa: ANN401 - any editable row
        """Say whether somebody else changed meanwhile what this form would change, and if so keep both for the page.

        `shown` are the values of fields that the row has not under the same name. Who does not say which version they
        saw may have seen any.
        """
        if self.version.raw_data and str(self.version.data) == str(row.version):
            return False
        fresh = type(self)(formdata=None, obj=row, data=dict(shown or {}))
        # A page may have left out fields: those of the same name are compared.
        saved = {field.name: field for field in _flat(fresh)}
        pairs = [(mine, saved[mine.name]) for mine in _flat(self) if mine.name in saved]
        for mine, theirs in pairs:
            if isinstance(theirs, SelectField | SelectMultipleField):
                theirs.choices = mine.choices
        wholes = {part.name: one for one in self if isinstance(one, FormField) for part in _flat(one.form)}
        conflict = [
            Conflict(_called(mine, wholes.get(mine.name)), theirs, yours)
            for mine, other in pairs
            if mine.short_name not in self.CARRIERS
            and mine.data != other.data
            and (theirs := _shown(other)) != (yours := _shown(mine))
        ]
        if not conflict:
            return False
        self.conflict = conflict
        self.version.data = str(row.version)
        self.version.raw_data = None
        return True


def _flat(form: Any) -> list[Any]:  # noqa: ANN401 - a form or the form in a field
    fields: list[Any] = []
    for field in form:
        fields += _flat(field.form) if isinstance(field, FormField) else [field]
    return fields


def _called(field: Any, whole: Any) -> str:  # noqa: ANN401 - any field, and the one that it is a part of
    """Return what a field is called beside others: "Title: English"."""
    label = str(field.label.text)
    return label if whole is None or str(whole.label.text) == label else f"{whole.label.text}: {label}"


def _shown(field: Any) -> str:  # noqa: ANN401 - any field
    if isinstance(field, SelectField | SelectMultipleField):
        return ", ".join(str(label) for _key, label, chosen, *_rest in field.iter_choices() if chosen)
    if isinstance(field, BooleanField):
        return _("yes") if field.data else _("no")
    return str(field._value()) if hasattr(field, "_value") else str(field.data or "")  # noqa: SLF001 - WTForms' own name


class Filters(PlainForm):
    """A form in the address: what a list is narrowed to. What is wrong in it is left out."""

    class Meta:
        """Speak our words."""

        @staticmethod
        def get_translations(_form: object) -> Translations:
            """Return our words."""
            return Translations()

    def chosen(self) -> dict[str, Any]:
        """Return what was chosen and is right."""
        self.validate()
        return {name: field.data for name, field in self._fields.items() if field.data and not field.errors}
