"""What every form shares: clean texts, dates as people type them, one save per click, and no silent overwriting."""

import re
import secrets
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar, cast

from flask import abort, request
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    EmailField,
    Field,
    FormField,
    HiddenField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms import Form as PlainForm
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined] # newer than its stubs
from wtforms.validators import InputRequired, Optional, StopValidation, ValidationError
from wtforms.widgets import DateInput, TextInput

from tracker.db import PartialDate, Text, Translated
from tracker.language import LANGUAGES, Word, _, _l, language_name, spoken

LINE = 200
TEXT = 4000
FIRST_YEAR, LAST_YEAR = 1000, 2999

#: What WTForms itself says, listed here so that it is translated with our own words.
SAID_BY_WTFORMS = (
    _l("This field is required."),
    _l("Not a valid integer value."),
)
#: What a field says that offers a choice and gets something else.
_CHOOSE = _l("Please choose something from the list.")
CHOOSE: dict[str, Any] = {"invalid_value_message": _CHOOSE, "invalid_choice_message": _CHOOSE}


class _Translations:
    """Let WTForms speak the reader's language with our words."""

    def gettext(self, message: str) -> str:
        return _(message)

    def ngettext(self, one: str, many: str, number: int) -> str:
        return _(one if number == 1 else many)


def clean(text: str | None) -> str | None:
    """Return a text without what nobody sees at its ends, or None if nothing is left."""
    if text is None:
        return None
    return unicodedata.normalize("NFC", text).replace("\r\n", "\n").strip() or None


class Sound:
    """Refuse characters that no database keeps, and what is too long."""

    def __init__(self, at_most: int, *, one_line: bool) -> None:
        """Take the greatest number of characters."""
        self.at_most, self.one_line = at_most, one_line

    def __call__(self, _form: object, field: Field) -> None:
        """Raise a sentence beside the field."""
        text = field.data or ""
        if len(text) > self.at_most:
            raise StopValidation(
                _(
                    "This is too long: %(length)s characters, at most %(most)s are possible.",
                    length=len(text),
                    most=self.at_most,
                )
            )
        odd = "\n\t" if not self.one_line else ""
        if any(unicodedata.category(letter) in {"Cc", "Cs"} and letter not in odd for letter in text):
            raise StopValidation(_("This contains characters that cannot be saved. Please type it again."))


def _needed(required: bool) -> list[Any]:  # noqa: FBT001 - private, and passed on by name
    return [InputRequired()] if required else [Optional()]


class Line(StringField):
    """One line of text; None when it is empty."""

    def __init__(self, label: str, *, required: bool = False, at_most: int = LINE, **more: Any) -> None:
        """Take the label, and what WTForms takes."""
        checks = [*_needed(required), Sound(at_most, one_line=True), *more.pop("validators", [])]
        super().__init__(label, checks, filters=[clean], **more)


class Paragraphs(TextAreaField):
    """Several lines of text; None when they are empty."""

    def __init__(self, label: str, *, required: bool = False, at_most: int = TEXT, **more: Any) -> None:
        """Take the label, and what WTForms takes."""
        more.setdefault("render_kw", {"rows": 4})
        super().__init__(label, [*_needed(required), Sound(at_most, one_line=False)], filters=[clean], **more)


_ADDRESS = re.compile(r"[^@\s,;<>\"()\[\]\\]+@[^@\s,;<>\"()\[\]\\]+\.[^@\s,;<>\"()\[\]\\.]{2,}")


class Address(EmailField):
    """A mail address, its domain in lower case; None when it is empty."""

    def __init__(self, label: str, *, required: bool = False, **more: Any) -> None:
        """Take the label, and what WTForms takes."""
        more.setdefault("render_kw", {"autocomplete": "email"})
        super().__init__(label, [*_needed(required), Sound(254, one_line=True), self._check], filters=[clean], **more)

    @staticmethod
    def _check(_form: object, field: Field) -> None:
        if field.data and not (field.data.isascii() and _ADDRESS.fullmatch(field.data)):
            raise ValidationError(_("This is not a mail address. It looks like name@example.org."))


#: As readers type dates: year first anywhere, else the day first, as all five languages' countries do.
_DAY_FIRST = re.compile(r"(\d{1,2})\s*[./ -]\s*(\d{1,2})\s*[./ -]\s*(\d{4})\.?")
_YEAR_FIRST = re.compile(r"(\d{4})\s*[./ -]\s*(\d{1,2})(?:\s*[./ -]\s*(\d{1,2}))?\.?")
_MONTH_FIRST = re.compile(r"(\d{1,2})\s*[./ -]\s*(\d{4})\.?")


def partial_of(text: str) -> PartialDate:
    """Read "2007", "4/2007", "16.4.2007", "2007. 04. 16." or "2007-04". Raises ValueError."""
    text = text.strip()
    if parts := _YEAR_FIRST.fullmatch(text):
        numbers = [parts[1], parts[2], parts[3]]
    elif parts := _DAY_FIRST.fullmatch(text):
        numbers = [parts[3], parts[2], parts[1]]
    elif parts := _MONTH_FIRST.fullmatch(text):
        numbers = [parts[2], parts[1], None]
    else:
        numbers = [text.rstrip("."), None, None]
    written = "-".join(number if len(number) == len("2007") else f"{int(number):02}" for number in numbers if number)
    known = PartialDate(written)
    if not FIRST_YEAR <= known.year <= LAST_YEAR:
        raise ValueError(text)
    return known


#: How a known part of a date is typed in the language spoken now: a day, a month, in this order.
_ORDERS = {
    "de": ("{day}.{month}.{year}", "{month}/{year}"),
    "en": ("{day}/{month}/{year}", "{month}/{year}"),
    "it": ("{day}/{month}/{year}", "{month}/{year}"),
    "hu": ("{year}. {month}. {day}.", "{year}. {month}."),
    "ro": ("{day}.{month}.{year}", "{month}.{year}"),
}


def typed(known: PartialDate) -> str:
    """Return a date as the reader would type it; `partial_of` reads it back."""
    if known.month is None:
        return str(known.year)
    whole, month = _ORDERS[spoken()]
    return (whole if known.day else month).format(day=known.day, month=known.month, year=known.year)


class Day(Field):
    """A calendar date, picked or typed."""

    widget = DateInput()

    def __init__(self, label: str, *, required: bool = False, **more: Any) -> None:
        """Take the label, and what WTForms takes."""
        super().__init__(label, _needed(required), **more)

    def _value(self) -> str:
        return str(self.raw_data[0]) if self.raw_data else self.data.isoformat() if self.data else ""

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        """Read the date."""
        self.data: date | None = None
        text = str(valuelist[0]).strip() if valuelist else ""
        if not text:
            return
        try:
            known = partial_of(text)
        except ValueError:
            known = None
        if known is None or known.day is None:
            raise ValueError(_("This is not a date. Please write day, month and year, such as 16.4.2027."))
        self.data = known.earliest


class PartialDay(Field):
    """A date as far as it is known: "2007", "4/2007" or "16.4.2007"."""

    widget: Any = TextInput()

    def __init__(self, label: str, *, required: bool = False, **more: Any) -> None:
        """Take the label, and what WTForms takes."""
        more.setdefault("description", _l("As far as it is known: 2007, 4/2007 or 16.4.2007."))
        super().__init__(label, _needed(required), **more)

    def _value(self) -> str:
        return str(self.raw_data[0]) if self.raw_data else typed(self.data) if self.data else ""

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        """Read the date as far as it goes."""
        self.data: PartialDate | None = None
        text = str(valuelist[0]).strip() if valuelist else ""
        if not text:
            return
        try:
            self.data = partial_of(text)
        except ValueError:
            raise ValueError(_("This is not a date. Please write 2007, 4/2007 or 16.4.2007.")) from None


class OneOf(SelectField):
    """One word of an enum."""

    def __init__(self, label: str, words: type[Word], *, required: bool = True, nothing: str = "", **more: Any) -> None:
        """Take the enum; what is not required may be nothing, said in a word."""

        def coerce(value: object) -> Word | None:
            return cast("Any", words)(value) if value not in {None, "", "None"} else None

        nobody = [] if required else [("", nothing or "–")]
        choices = offered([*nobody, *((word.value, _capital(word.label)) for word in words)])
        super().__init__(label, _needed(required), choices=choices, coerce=coerce, **(CHOOSE | more))


def _capital(words: str) -> str:
    """Return words that stand alone, so that they begin with a capital."""
    shown = str(words)
    return shown[:1].upper() + shown[1:]


def offered(pairs: Iterable[tuple[object, str]]) -> list[SelectChoice]:
    """Return pairs of value and label as WTForms takes them."""
    return [SelectChoice(value=str(value), label=label) for value, label in pairs]


class RowField(SelectField):
    """One row by its id; its choices, pairs of id and name, are set by the route, only what this person may see."""

    def __init__(self, label: str, *, required: bool = False, **more: Any) -> None:
        """Take the label, and what WTForms takes."""
        super().__init__(label, _needed(required), coerce=_id, choices=[], **(CHOOSE | more))

    def offer(self, pairs: Iterable[tuple[int, str]]) -> None:
        """Set the choices; nothing comes first."""
        self.choices = offered([("", "–"), *pairs])

    def pre_validate(self, form: Any) -> None:  # noqa: ANN401 - WTForms' own
        """Let nothing be chosen where nothing is required."""
        if self.data is not None:
            super().pre_validate(form)


class RowsField(SelectMultipleField):
    """Several rows by their ids."""

    def __init__(self, label: str, **more: Any) -> None:
        """Take the label, and what WTForms takes."""
        super().__init__(label, coerce=int, choices=[], **(CHOOSE | more))

    def offer(self, pairs: Iterable[tuple[int, str]]) -> None:
        """Set the choices."""
        self.choices = offered(pairs)


def _id(value: object) -> int | None:
    return int(str(value)) if value not in {None, "", "None"} else None


class LanguageField(SelectField):
    """One of the five languages, each by its own name."""

    def __init__(self, label: str, *, required: bool = True, **more: Any) -> None:
        """Take the label, and what WTForms takes."""
        more.setdefault("default", spoken)
        choices = offered((code, language_name(code, within=code).capitalize()) for code in LANGUAGES)
        super().__init__(label, _needed(required), choices=choices, **(CHOOSE | more))


class Number(IntegerField):
    """A whole number within bounds."""

    def __init__(self, label: str, *, least: int, most: int, required: bool = False, **more: Any) -> None:
        """Take the bounds, and what WTForms takes."""
        self.least, self.most = least, most
        more.setdefault("render_kw", {"min": least, "max": most, "inputmode": "numeric"})
        super().__init__(label, [*_needed(required), self._within], **more)

    def _within(self, _form: object, _field: Field) -> None:
        if self.data is not None and not self.least <= self.data <= self.most:
            raise ValidationError(
                _("Please write a number from %(least)s to %(most)s.", least=self.least, most=self.most)
            )


class Tick(BooleanField):
    """Yes or no."""


class TranslatedField(FormField):  # type: ignore[type-arg] # not generic at run time
    """A text in the language it was written in, and its translations. `read(now)` returns the value."""

    def __init__(
        self,
        label: str,
        *,
        required: bool = False,
        long: bool = False,
        at_most: int | None = None,
        description: str = "",
        **more: Any,
    ) -> None:
        """Make the fields: language, text and one per other language."""
        kind: Any = Paragraphs if long else Line
        most = at_most or (TEXT if long else LINE)
        fields: dict[str, Any] = {
            "language": LanguageField(_l("Written in")),
            "text": kind(label, required=required, at_most=most, description=description),
        }
        for code in LANGUAGES:
            fields[code] = kind(language_name(code, within=code).capitalize(), at_most=most)
        super().__init__(cast("Any", type("TranslatedForm", (_OneLanguage,), fields)), label, separator="-", **more)

    def process(self, formdata: Any, data: Any = None, extra_filters: Any = None) -> None:  # noqa: ANN401 - WTForms' own
        """Spread a translated text over the fields."""
        value = data if isinstance(data, Translated) else None
        spread = None
        if value is not None:
            spread = {"language": value.original, "text": str(value)}
            spread |= {code: str(text) for code, text in value.texts.items() if code != value.original}
        super().process(formdata, cast("Any", spread) if spread else {}, extra_filters)

    @property
    def language(self) -> Field:
        """The language of the original."""
        return cast("Field", self.form["language"])

    @property
    def text(self) -> Field:
        """The original."""
        return cast("Field", self.form["text"])

    @property
    def others(self) -> list[Field]:
        """One field per language; the original's is left out when the form is shown."""
        return [self.form[code] for code in LANGUAGES if code != self.language.data]

    def read(self, now: datetime) -> Translated | None:
        """Return what was typed, or None if there is no original."""
        if not self.text.data:
            return None
        texts = {self.language.data: Text(self.text.data, now)}
        texts |= {field.short_name: Text(field.data, now) for field in self.others if field.data}
        return Translated(self.language.data, texts)

    def populate_obj(self, obj: Any, name: str) -> None:  # noqa: ANN401, ARG002 - WTForms' own
        """Refuse: the moment is an argument of `read`."""
        raise TypeError(name)


class _OneLanguage(PlainForm):
    """The fields of one translated text."""

    class Meta:
        """Speak our words."""

        @staticmethod
        def get_translations(_form: object) -> _Translations:
            """Return our words."""
            return _Translations()

    def validate(self, extra_validators: Any = None) -> bool:  # noqa: ANN401 - WTForms' own
        """Refuse translations of nothing."""
        good = bool(super().validate(extra_validators))
        text, language = self._fields["text"], self._fields["language"]
        others = [self._fields[code].data for code in LANGUAGES if code != language.data]
        if not text.data and any(others):
            text.errors = [*text.errors, _("There is a translation but no original.")]
            return False
        return good


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
    #: Fields that carry the form, not what somebody typed.
    CARRIERS: ClassVar = frozenset({"csrf_token", "submission", "version"})

    class Meta(FlaskForm.Meta):
        """Speak our words."""

        def get_translations(self, _form: object) -> _Translations:
            """Return our words."""
            return _Translations()

    def sent(self) -> bool:
        """Whether it came by POST and is right."""
        if request.method == "POST":
            self._refuse_unknown()
        return bool(self.validate_on_submit())

    def refuse(self, sentence: str) -> None:
        """Show a sentence above the form."""
        self.form_errors = [*self.form_errors, sentence]

    def process(self, formdata: Any = None, obj: Any = None, data: Any = None, **more: Any) -> None:  # noqa: ANN401 - WTForms' own
        """Give a new form its key: a double click sends the same one. What `data` says goes before the row."""
        super().process(formdata, _InShape(obj, data) if obj is not None and data else obj, data=data, **more)
        if not self.submission.data:
            self.submission.data = secrets.token_urlsafe(18)

    def _refuse_unknown(self) -> None:
        known = {field.name for field in _flat(self)}
        if set(request.form) - known or len(self.submission.data or "") > len(secrets.token_urlsafe(60)):
            abort(400)


class EditForm(Form):
    """A form that changes a row: it knows which version it shows."""

    version = HiddenField()

    def __init__(self, *args: Any, **more: Any) -> None:
        """Start with the row's version."""
        super().__init__(*args, **more)
        self._obj = more.get("obj")

    def outdated(self, row: Any, shown: Mapping[str, object] | None = None) -> bool:  # noqa: ANN401 - any editable row
        """Say whether somebody else changed the row meanwhile, and if so keep both for the page.

        `shown` are the values of fields that the row has not under the same name.
        """
        if str(self.version.data) == str(row.version):
            return False
        fresh = type(self)(formdata=None, obj=row, data=dict(shown or {}))
        for mine, theirs in zip(_flat(self), _flat(fresh), strict=True):
            if isinstance(theirs, SelectField | SelectMultipleField):
                theirs.choices = mine.choices
        self.conflict = [
            Conflict(str(mine.label.text), theirs, yours)
            for mine, other in zip(_flat(self), _flat(fresh), strict=True)
            if mine.short_name not in self.CARRIERS
            and mine.data != other.data
            and (theirs := _shown(other)) != (yours := _shown(mine))
        ]
        self.version.data = str(row.version)
        self.version.raw_data = None
        return True


def _flat(form: Any) -> list[Any]:  # noqa: ANN401 - a form or the form in a field
    fields: list[Any] = []
    for field in form:
        fields += _flat(field.form) if isinstance(field, FormField) else [field]
    return fields


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
        def get_translations(_form: object) -> _Translations:
            """Return our words."""
            return _Translations()

    def chosen(self) -> dict[str, Any]:
        """Return what was chosen and is right."""
        self.validate()
        return {name: field.data for name, field in self._fields.items() if field.data and not field.errors}
