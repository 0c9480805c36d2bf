"""Makes the floor's templates out of the program's own pages, so that both send the same bytes, whatever changes.

The program renders a page once while every look-up of a word and every address it makes is noted. In the text that
it sent, words become `_(…)` again, addresses `url_for(…)`, and what the page's hand-written SQL returns becomes that
value; loops are unrolled. What cannot be told apart stays as it is, which makes the floor quicker, never slower.
"""

import html
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

import flask_babel
from flask import Flask
from markupsafe import escape

from bench.formats import FORMATS
from tracker.web import words

_SEPARATORS = re.compile(r"( · |, | – |: | \(|\)|\. |\.$|#)")
_PLACEHOLDER = re.compile(r"%\((\w+)\)([sd])")
#: The attributes that hold words, addresses or dates.
_ATTRIBUTES = re.compile(r'\b((?:href|action|aria-label|data-label|title|value|datetime|placeholder)=")([^"]+)"')
#: Shorter ones would be found everywhere.
_SHORTEST = 2


@dataclass
class Noted:
    """What was looked up while a page was made: shown text to the expression that makes it."""

    words: dict[str, str] = field(default_factory=dict)
    patterns: dict[str, str] = field(default_factory=dict)
    addresses: dict[str, str] = field(default_factory=dict)

    def note_words(self, shown: str, call: str) -> None:
        """Remember a word, with or without places for facts."""
        if _PLACEHOLDER.search(shown):
            self.patterns[shown] = call
        else:
            self.words[shown] = call
            self.words.setdefault(shown[:1].upper() + shown[1:], f"first_up({call})")


class _Listening:
    """Translations that note what they are asked for."""

    def __init__(self, translations: Any, noted: Noted) -> None:  # noqa: ANN401 - Babel's
        self._translations, self._noted = translations, noted

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - Babel's
        found = getattr(self._translations, name)
        plain = {"ugettext": "_", "gettext": "_", "upgettext": "pgettext", "pgettext": "pgettext"}.get(name)
        if plain:
            return self._listen(found, plain)
        if name in {"ungettext", "ngettext"}:
            return self._listen(found, "ngettext")
        return found

    def _listen(self, found: Callable[..., str], name: str) -> Callable[..., str]:
        def look_up(*arguments: Any) -> str:
            shown = found(*arguments)
            self._noted.note_words(shown, f"{name}({', '.join(repr(one) for one in arguments)})")
            return shown

        return look_up


@contextmanager
def listening(app: Flask) -> Iterator[Noted]:
    """Note what the application looks up."""
    noted, make_address = Noted(), app.url_for
    real = flask_babel.Domain.get_translations

    def translations(domain: flask_babel.Domain) -> _Listening:
        return _Listening(real(domain), noted)

    def address(endpoint: str, **values: Any) -> str:
        made = make_address(endpoint, **values)
        given = (f"{name}={value!r}" for name, value in values.items() if name[0] != "_" or name == "_anchor")
        shown = ", ".join([repr(endpoint), *given])
        noted.addresses[made] = f"url_for({shown})"
        return made

    if app.jinja_env.cache is not None:
        # A template of macros that is loaded already keeps what it looked up then.
        app.jinja_env.cache.clear()
    for kept in words.KEPT:
        kept.cache_clear()
    with (
        mock.patch.object(flask_babel.Domain, "get_translations", translations),
        mock.patch.object(app, "url_for", address),
        mock.patch.dict(app.jinja_env.globals, url_for=address),
    ):
        yield noted


@dataclass
class Derived:
    """A template and how many of its texts are looked up, addressed or read."""

    source: str
    bare: str
    found: dict[str, int]


def derive(page: str, noted: Noted, cells: Sequence[object], known: Mapping[str, str]) -> Derived:
    """Return the templates of a page; `known` are texts that come from elsewhere, such as the form's token."""
    full, bare = _Writer(noted, _cells(cells), known), _Writer(Noted(), _cells(cells), known)
    return Derived(full.write(page), bare.write(page), full.found)


def _cells(values: Sequence[object]) -> dict[str, str]:
    shown: dict[str, str] = {}
    for place, value in enumerate(values):
        if isinstance(value, str) and len(value) >= _SHORTEST:
            shown.setdefault(value, f"c[{place}]")
            for name, render in FORMATS.items():
                formatted = render(value)
                if formatted:
                    shown.setdefault(formatted, f"{name}(c[{place}])")
    return shown


class _Writer:
    def __init__(self, noted: Noted, cells: Mapping[str, str], known: Mapping[str, str]) -> None:
        self.noted, self.cells, self.known = noted, cells, known
        self.found = {"words": 0, "addresses": 0, "cells": 0, "as they are": 0}
        self._patterns = [(_pattern(shown), shown, call) for shown, call in noted.patterns.items()]

    def write(self, page: str) -> str:
        pieces = re.split(r"(<[^>]*>)", page)
        return "".join(self._tag(one) if one.startswith("<") else self._text(one) for one in pieces)

    def _tag(self, tag: str) -> str:
        return _ATTRIBUTES.sub(lambda match: f'{match[1]}{self._text(match[2])}"', tag)

    def _text(self, text: str) -> str:
        plain = html.unescape(text)
        if not plain.strip() or str(escape(plain)) != text:
            return text
        inner = plain.strip()
        lead, rest = plain.split(inner, 1)
        return str(escape(lead)) + self._expression(inner) + str(escape(rest))

    def _expression(self, text: str) -> str:
        for kind, makers in (
            ("cells", self.known),
            ("addresses", self.noted.addresses),
            ("words", self.noted.words),
            ("cells", self.cells),
        ):
            if text in makers:
                self.found[kind] += 1
                return "{{ " + makers[text] + " }}"
        for pattern, shown, call in self._patterns:
            match = pattern.fullmatch(text)
            if match:
                self.found["words"] += 1
                return "{{ " + self._filled(shown, call, match.groups()) + " }}"
        parts = _SEPARATORS.split(text)
        if len(parts) > 1:
            return "".join(
                str(escape(part)) if not part.strip() or _SEPARATORS.fullmatch(part) else self._expression(part)
                for part in parts
            )
        self.found["as they are"] += 1
        return str(escape(text))

    def _filled(self, shown: str, call: str, values: Sequence[str]) -> str:
        names = [name for name, _kind in _PLACEHOLDER.findall(shown)]
        facts = (f"{name}={self._value(value)}" for name, value in zip(names, values, strict=True))
        return f"{call[:-1]}, {', '.join(facts)})"

    def _value(self, text: str) -> str:
        return text if text.isdecimal() else self.cells.get(text, repr(text))


def _pattern(shown: str) -> re.Pattern[str]:
    """Return what finds a sentence with its facts filled in."""
    literal, _names, kinds = (_PLACEHOLDER.split(shown)[place::3] for place in range(3))
    filled = [r"(\d+)" if kind == "d" else "(.+?)" for kind in kinds]
    return re.compile("".join(re.escape(part) + hole for part, hole in zip(literal, [*filled, ""], strict=True)))
