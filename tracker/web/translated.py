"""Texts in several languages, and the words of WTForms in ours."""

from datetime import datetime
from typing import Any, cast

from wtforms import Field, FormField
from wtforms import Form as PlainForm

from tracker.db import Text, Translated
from tracker.language import LANGUAGES, _, _l, language_name
from tracker.web.fields import LINE, TEXT, LanguageField, Line, Paragraphs

#: What WTForms itself says, listed here so that it is translated with our own words.
SAID_BY_WTFORMS = (
    _l("This field is required."),
    _l("Not a valid integer value."),
)


class Translations:
    """Let WTForms speak the reader's language with our words."""

    def gettext(self, message: str) -> str:
        return _(message)

    def ngettext(self, one: str, many: str, number: int) -> str:
        return _(one if number == 1 else many)


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
        def get_translations(_form: object) -> Translations:
            """Return our words."""
            return Translations()

    def validate(self, extra_validators: Any = None) -> bool:  # noqa: ANN401 - WTForms' own
        """Refuse translations of nothing."""
        good = bool(super().validate(extra_validators))
        text, language = self._fields["text"], self._fields["language"]
        others = [self._fields[code].data for code in LANGUAGES if code != language.data]
        if not text.data and any(others):
            text.errors = [*text.errors, _("There is a translation but no original.")]
            return False
        return good
