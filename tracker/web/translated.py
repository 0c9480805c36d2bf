"""Texts in several languages, and the words of WTForms in ours."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from wtforms import Field, FormField
from wtforms import Form as PlainForm

from tracker.db import Doubt, Text, Translated
from tracker.language import LANGUAGES, _, _l, language_name
from tracker.web.fields import LINE, TEXT, LanguageField, Line, Paragraphs, Tick
from tracker.web.formats import doubted

#: What WTForms itself says, listed here so that it is translated with our own words.
SAID_BY_WTFORMS = (
    _l("This field is required."),
    _l("Not a valid integer value."),
)


#: Ticks that say something about a translation as it stands, at the moment they are sent: no row holds them.
SAYINGS = frozenset({"all_right", "by_machine", *(f"right_{code}" for code in LANGUAGES)})


class Translations:
    """Let WTForms speak the reader's language with our words."""

    def gettext(self, message: str) -> str:
        return _(message)

    def ngettext(self, one: str, many: str, number: int) -> str:
        return _(one if number == 1 else many)


class TranslatedField(FormField):  # type: ignore[type-arg] # not generic at run time
    """A text in the language it was written in, and its translations. `read(now)` returns the value.

    Beside each translation that needs a look stands why, and a tick that says that it is right as it is.
    """

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
            fields[f"right_{code}"] = Tick(_l("This translation is right as it is"))
        fields["all_right"] = Tick(
            _l("All translations are right as they are"),
            description=_l("For instance because only a slip in the original was put right."),
        )
        fields["by_machine"] = Tick(
            _l("The translations that I add now come from a machine"),
            description=_l("Readers are told so until somebody has looked them through."),
        )
        super().__init__(cast("Any", type("TranslatedForm", (_OneLanguage,), fields)), label, separator="-", **more)

    def process(self, formdata: Any, data: Any = None, extra_filters: Any = None) -> None:  # noqa: ANN401 - WTForms' own
        """Spread a translated text over the fields."""
        value = data if isinstance(data, Translated) else None
        self._doubts: Mapping[str, Doubt] = value.doubts if value else {}
        spread = None
        if value is not None:
            spread = {"language": value.original, "text": str(value)}
            spread |= {code: str(text) for code, text in value.texts.items() if code != value.original}
        super().process(formdata, cast("Any", spread) if spread else {}, extra_filters)
        if value is not None:
            self._exchange(value.original)
            for code, doubt in self._doubts.items():
                self.form[code].description = doubted(doubt)
        # Readers of screens and spell checkers go by it.
        for field, code in ((self.text, self.language.data), *((other, other.short_name) for other in self.others)):
            field.render_kw = {**(field.render_kw or {}), "lang": code if code in LANGUAGES else ""}

    def _exchange(self, before: str) -> None:
        """Let the original change places with a translation whose language was chosen for it."""
        chosen, former = self.language.data, self.form[before]
        promoted = self.form[chosen] if chosen in LANGUAGES and chosen != before else None
        if promoted is None or not promoted.raw_data or not promoted.data or former.raw_data:
            return
        former.data, former.raw_data = self.text.data, self.text.raw_data
        self.text.data, self.text.raw_data = promoted.data, promoted.raw_data
        promoted.data, promoted.raw_data = None, []

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

    @property
    def filled(self) -> list[Field]:
        """The translations that there are."""
        return [field for field in self.others if field.data]

    @property
    def doubted(self) -> list[Field]:
        """The translations that need a look; their descriptions say why."""
        return [field for field in self.filled if field.short_name in self._doubts]

    def right(self, translation: Field) -> Field:
        """The tick beside a translation."""
        return cast("Field", self.form[f"right_{translation.short_name}"])

    @property
    def all_right(self) -> Field | None:
        """The tick for all translations, where the one beside a translation does not say as much."""
        return self.form["all_right"] if len(self.filled) > 1 or len(self.filled) > len(self.doubted) else None

    @property
    def by_machine(self) -> Field:
        """The tick for what is added now."""
        return cast("Field", self.form["by_machine"])

    def read(self, now: datetime) -> Translated | None:
        """Return what was typed and ticked, or None if there is no original.

        Its moments are those of what is new: `Translated.revised` keeps the others.
        """
        if not self.text.data:
            return None
        texts = {self.language.data: Text(self.text.data, now)}
        texts |= {field.short_name: self._translation(field, now) for field in self.filled}
        return Translated(self.language.data, texts)

    def _translation(self, field: Field, now: datetime) -> Text:
        is_right = self.form["all_right"].data or self.right(field).data
        return Text(field.data, now, now if is_right else None, by_machine=bool(self.by_machine.data))

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
