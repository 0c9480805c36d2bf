"""Which words, for whom."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any, Protocol, Self, cast

from babel import Locale
from flask import g, has_app_context
from flask_babel import Babel, force_locale, get_locale, lazy_gettext, lazy_pgettext
from flask_babel import gettext as _gettext
from flask_babel import ngettext as _ngettext
from flask_babel import pgettext as _pgettext

LANGUAGES = ("de", "en", "it", "hu", "ro")
babel = Babel()


def _(message: str, **facts: object) -> str:
    """Return a sentence in the language that is spoken now."""
    return str(_gettext(message, **facts))


def ngettext(one: str, many: str, number: int, **facts: object) -> str:
    """Return the form for a number; `%(num)s` stands for it."""
    return str(_ngettext(one, many, number, **facts))


def pgettext(context: str, message: str, **facts: object) -> str:
    """Return a word that means something else elsewhere."""
    return str(_pgettext(context, message, **facts))


def _l(message: str) -> str:
    """Return words that are looked up only when they are shown."""
    return cast("str", lazy_gettext(message))


def _lp(context: str, message: str) -> str:
    """Return a word that means something else elsewhere, looked up when it is shown."""
    return cast("str", lazy_pgettext(context, message))


def source_of(words: str) -> str:
    """Return lazy words as they stand in the source."""
    return str(cast("Any", words)._args[0])  # noqa: SLF001 - Flask-Babel has no other way to it


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Speak one language for a while; needs an application context."""
    before = g.pop("spoken", None)
    try:
        with force_locale(language):
            yield
    finally:
        g.spoken = before


def spoken() -> str:
    """Return the language that is spoken now; a page asks for it a thousand times."""
    kept: str | None = g.get("spoken") if has_app_context() else None
    if kept is None:
        locale = get_locale()
        kept = str(locale.language) if locale else LANGUAGES[1]
        if has_app_context():
            g.spoken = kept
    return kept


def language_name(code: str, *, within: str | None = None) -> str:
    """Return the name of a language, in the one spoken now or in another."""
    return str(_locale(within or spoken()).languages.get(code, code))


@cache
def _locale(language: str) -> Locale:
    return Locale.parse(language)


class Word(StrEnum):
    """A key that is stored and compared, with a label that each reader sees in their language."""

    label: str

    def __new__(cls, key: str, label: str = "") -> Self:
        """Make the member of a key and its lazy label."""
        member = str.__new__(cls, key)
        member._value_ = key
        member.label = label
        return member


class Translatable(Protocol):
    """A text with an original and translations (see `db.Translated`)."""

    @property
    def original(self) -> str:
        """The language it was written in."""

    @property
    def texts(self) -> Mapping[str, Any]:
        """Language to its wording."""


@dataclass(frozen=True)
class Wording:
    """A text as one reader gets it."""

    text: str
    language: str
    original: str
    original_language: str

    @property
    def is_original(self) -> bool:
        """Whether the reader sees what was written first."""
        return self.language == self.original_language

    def __str__(self) -> str:
        """Return the text alone."""
        return self.text


def translated(text: Translatable | None, language: str | None = None) -> Wording | None:
    """Return the text in a language (else the one spoken now), else as it was written."""
    if text is None:
        return None
    wanted = language or spoken()
    chosen = wanted if wanted in text.texts else text.original
    return Wording(str(text.texts[chosen]), chosen, str(text.texts[text.original]), text.original)


def word_of(name: str) -> Word | None:
    """Return the word that `Word.key` names ("Assessment.on_track"), or None if there is none any more."""
    kind, _dot, key = name.partition(".")
    found = next((one for one in Word.__subclasses__() if one.__name__ == kind), None)
    return next((word for word in found if word.value == key), None) if found else None
