"""Which words, for whom."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache
from typing import Any, Protocol, Self, cast

from babel import Locale
from flask import g, has_app_context
from flask_babel import Babel, force_locale, get_locale, get_translations
from flask_babel.speaklater import LazyString

LANGUAGES = ("de", "en", "it", "hu", "ro")
babel = Babel()


# ---- our sentences: looked up once in each language, since a page shows the same ones again and again


@lru_cache(maxsize=8192)
def looked_up(_language: str, message: str) -> str:
    """Return a sentence in the language that is spoken now, with places for facts."""
    return str(get_translations().ugettext(message))


@lru_cache(maxsize=1024)
def looked_up_in(_language: str, context: str, message: str) -> str:
    """Return a word that means something else elsewhere."""
    return str(get_translations().upgettext(context, message))


@lru_cache(maxsize=8192)
def looked_up_for(_language: str, one: str, many: str, number: int) -> str:
    """Return the form for a number, with its place."""
    return str(get_translations().ungettext(one, many, number))


#: What is kept of sentences, for whoever has to hear each look-up.
KEPT = (looked_up, looked_up_in, looked_up_for)


def _(message: str, **facts: object) -> str:
    """Return a sentence in the language that is spoken now."""
    found = looked_up(spoken(), message)
    return found % facts if facts else found


def ngettext(one: str, many: str, number: int, **facts: object) -> str:
    """Return the form for a number; `%(num)s` stands for it."""
    return looked_up_for(spoken(), one, many, number) % ({"num": number} | facts)


def pgettext(context: str, message: str, **facts: object) -> str:
    """Return a word that means something else elsewhere."""
    found = looked_up_in(spoken(), context, message)
    return found % facts if facts else found


def _l(message: str) -> str:
    """Return words that are looked up only when they are shown."""
    return cast("str", LazyString(_, message))


def _lp(context: str, message: str) -> str:
    """Return a word that means something else elsewhere, looked up when it is shown."""
    return cast("str", LazyString(pgettext, context, message))


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
        if before is None:
            # Nothing was spoken yet: who asks next finds out.
            g.pop("spoken", None)
        else:
            g.spoken = before


def spoken() -> str:
    """Return the language that is spoken now; a page asks for it a thousand times."""
    try:
        # The object itself: to go through its proxy takes longer than all else here.
        return cast("Any", g)._get_current_object().spoken  # type: ignore[no-any-return] # noqa: SLF001 - documented
    except (AttributeError, RuntimeError):  # not asked yet, or no application to ask
        locale = get_locale()
        chosen = str(locale.language) if locale else LANGUAGES[1]
        if has_app_context():
            g.spoken = chosen
        return chosen


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

    @property
    def wordings(self) -> dict[str, "Wording"]:
        """What readers of each language get, made when the first one asks."""


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
    wording = text.wordings.get(wanted)
    if wording is None:
        chosen = wanted if wanted in text.texts else text.original
        wording = Wording(str(text.texts[chosen]), chosen, str(text.texts[text.original]), text.original)
        text.wordings[wanted] = wording
    return wording


def word_of(name: str) -> Word | None:
    """Return the word that `Word.key` names ("Assessment.on_track"), or None if there is none any more."""
    kind, _dot, key = name.partition(".")
    found = next((one for one in Word.__subclasses__() if one.__name__ == kind), None)
    return next((word for word in found if word.value == key), None) if found else None
