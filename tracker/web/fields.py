"""The fields of forms: clean texts, dates, one word of several, rows by their ids."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from datetime import date, time
from functools import lru_cache
from typing import Any, cast

from markupsafe import Markup, escape
from wtforms import (
    BooleanField,
    EmailField,
    Field,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined] # newer than its stubs
from wtforms.validators import InputRequired, Optional, StopValidation, ValidationError
from wtforms.widgets import DateInput, Select, TextInput, TimeInput

from tracker.db import PartialDate
from tracker.language import LANGUAGES, Word, _, _l, language_name, spoken
from tracker.web.days import partial_of, typed

LINE = 200
TEXT = 4000

#: What a field says that offers a choice and gets something else.
_CHOOSE = _l("Please choose something from the list.")
CHOOSE: dict[str, Any] = {"invalid_value_message": _CHOOSE, "invalid_choice_message": _CHOOSE}


#: Signs that turn the direction of what stands after them, be it of somebody else. Marks of one place may stay.
_TURNS = dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A)))
#: What flags are spelt with, which end in a sign that alone nobody sees.
_OF_FLAGS = range(0xE0020, 0xE0080)


def clean(text: str | None) -> str | None:
    """Return a text without what nobody sees at its ends and what turns its direction, or None if nothing is left."""
    if text is None:
        return None
    text = unicodedata.normalize("NFC", text).replace("\r\n", "\n").translate(_TURNS)
    seen = [place for place, letter in enumerate(text) if not _is_unseen(letter)]
    return text[seen[0] : seen[-1] + 1] if seen else None


def _is_unseen(letter: str) -> bool:
    return letter.isspace() or (unicodedata.category(letter) == "Cf" and ord(letter) not in _OF_FLAGS)


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


class Needed(InputRequired):
    """Insist on something, and not only on what nobody sees."""

    def __call__(self, form: Any, field: Field) -> None:  # noqa: ANN401 - WTForms' own
        """Raise a sentence beside the field."""
        super().__call__(form, field)
        if clean(str((field.raw_data or [""])[0])) is None:
            raise StopValidation(field.gettext("This field is required."))


def _needed(required: bool) -> list[Any]:  # noqa: FBT001 - private, and passed on by name
    return [Needed()] if required else [Optional()]


def picked(*, required: bool) -> list[Any]:
    """Return the checks of a field that offers a choice: a blank is not nothing there, but a choice nobody offered."""
    return [InputRequired()] if required else [Optional(strip_whitespace=False)]


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


def is_address(text: str) -> bool:
    """Whether a text has the shape of a mail address."""
    return text.isascii() and _ADDRESS.fullmatch(text) is not None


class Address(EmailField):
    """A mail address, its domain in lower case; None when it is empty."""

    def __init__(self, label: str, *, required: bool = False, **more: Any) -> None:
        """Take the label, and what WTForms takes."""
        more.setdefault("render_kw", {"autocomplete": "email"})
        super().__init__(label, [*_needed(required), Sound(254, one_line=True), self._check], filters=[clean], **more)

    @staticmethod
    def _check(_form: object, field: Field) -> None:
        if field.data and not is_address(field.data):
            raise ValidationError(_("This is not a mail address. It looks like name@example.org."))


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
        text = clean(str(valuelist[0])) if valuelist else None
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
        text = clean(str(valuelist[0])) if valuelist else None
        if not text:
            return
        try:
            self.data = partial_of(text)
        except ValueError:
            raise ValueError(_("This is not a date. Please write 2007, 4/2007 or 16.4.2007.")) from None


_HOUR = re.compile(r"(\d{1,2})(?:\s*[:.h]\s*(\d{2})(?::\d{2})?)?")


class Hour(Field):
    """An hour of the day, picked or typed: "9", "9:30", "9.30" or "18h00"."""

    widget = TimeInput()

    def __init__(self, label: str, *, required: bool = False, **more: Any) -> None:
        """Take the label, and what WTForms takes."""
        super().__init__(label, _needed(required), **more)

    def _value(self) -> str:
        return str(self.raw_data[0]) if self.raw_data else self.data.strftime("%H:%M") if self.data else ""

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        """Read the hour."""
        self.data: time | None = None
        text = str(valuelist[0]).strip() if valuelist else ""
        if not text:
            return
        parts = _HOUR.fullmatch(text)
        try:
            self.data = time(int(parts[1]), int(parts[2] or 0)) if parts else None
        except ValueError:
            self.data = None
        if self.data is None:
            raise ValueError(_("This is not a time of day. Please write hours and minutes, such as 9:30."))


class Options(Select):
    """A list to choose from, made quickly: it may hold every country, and no option of ours has attributes."""

    @classmethod
    def render_option(cls, choice: Any, **_more: object) -> Markup:  # type: ignore[override] # noqa: ANN401 - newer than its stubs
        """Return what WTForms would, which takes twenty times as long."""
        label = choice.label if isinstance(choice.label, str) else str(choice.label)
        return _option(str(choice.value), label, bool(choice.selected))


# Typed: markup is no other text for a cache, and escaped already.
@lru_cache(maxsize=8192, typed=True)
def _option(value: str, label: str, selected: bool) -> Markup:  # noqa: FBT001 - a part of the key
    chosen = " selected" if selected else ""
    return Markup(f'<option{chosen} value="{escape(value)}">{escape(label)}</option>')  # noqa: S704 - its parts are escaped


class OneOf(SelectField):
    """One word of an enum."""

    widget: Any = Options()

    def __init__(self, label: str, words: type[Word], *, required: bool = True, nothing: str = "", **more: Any) -> None:
        """Take the enum; what is not required may be nothing, said in a word."""

        def coerce(value: object) -> Word | None:
            return cast("Any", words)(value) if value not in {None, "", "None"} else None

        nobody = [] if required else [("", nothing or "–")]
        choices = offered([*nobody, *((word.value, _capital(word.label)) for word in words)])
        super().__init__(label, picked(required=required), choices=choices, coerce=coerce, **(CHOOSE | more))


def _capital(words: str) -> str:
    """Return words that stand alone, so that they begin with a capital."""
    shown = str(words)
    return shown[:1].upper() + shown[1:]


def offered(pairs: Iterable[tuple[object, str]]) -> list[SelectChoice]:
    """Return pairs of value and label as WTForms takes them."""
    return [SelectChoice(value=str(value), label=label) for value, label in pairs]


#: Ids and names, or how to find them: what is neither shown nor chosen from need not be looked up.
Offer = Iterable[tuple[int, str]] | Callable[[], Iterable[tuple[int, str]]]


class _Offering:
    """The choices of a field, found when they are needed."""

    _offer: Offer = ()
    _first: tuple[tuple[object, str], ...] = ()
    _found: list[SelectChoice] | None = None

    def offer(self, pairs: Offer) -> None:
        """Set the choices."""
        self._offer, self._found = pairs, None

    @property
    def choices(self) -> list[SelectChoice]:
        """What is offered, as WTForms takes it."""
        if self._found is None:
            pairs = self._offer() if callable(self._offer) else self._offer
            self._found = offered([*self._first, *pairs])
        return self._found

    @choices.setter
    def choices(self, _given: object) -> None:
        """WTForms sets them itself where a field is made; there are none yet."""


class RowField(_Offering, SelectField):  # type: ignore[misc] # WTForms' attribute is a property here
    """One row by its id; its choices, pairs of id and name, are set by the route, only what this person may see."""

    widget: Any = Options()
    #: Nothing comes first.
    _first = (("", "–"),)

    def __init__(self, label: str, *, required: bool = False, nothing: str | None = None, **more: Any) -> None:
        """Take the label, how no choice is called, and what WTForms takes."""
        super().__init__(label, picked(required=required), coerce=_id, choices=[], **(CHOOSE | more))
        if nothing is not None:
            self._first = (("", nothing),)

    def pre_validate(self, form: Any) -> None:  # noqa: ANN401 - WTForms' own
        """Let nothing be chosen where nothing is required."""
        if self.data is not None:
            super().pre_validate(form)


class RowsField(_Offering, SelectMultipleField):  # type: ignore[misc] # WTForms' attribute is a property here
    """Several rows by their ids."""

    def __init__(self, label: str, **more: Any) -> None:
        """Take the label, and what WTForms takes."""
        super().__init__(label, coerce=int, choices=[], **(CHOOSE | more))


def _id(value: object) -> int | None:
    return int(str(value)) if value not in {None, "", "None"} else None


class LanguageField(SelectField):
    """One of the five languages, each by its own name."""

    widget: Any = Options()

    def __init__(self, label: str, *, required: bool = True, nothing: str | None = None, **more: Any) -> None:
        """Take the label, how no language is called where none is needed, and what WTForms takes."""
        more.setdefault("default", spoken)
        nobody = [] if nothing is None else [("", nothing)]
        named = [(code, language_name(code, within=code).capitalize()) for code in LANGUAGES]
        super().__init__(label, picked(required=required), choices=offered([*nobody, *named]), **(CHOOSE | more))


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
