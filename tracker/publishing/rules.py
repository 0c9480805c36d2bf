"""Who may publish, in which languages the public page is there, and what is missing on it."""

from collections.abc import Sequence
from dataclasses import dataclass

from tracker.db import Translated
from tracker.language import LANGUAGES
from tracker.partnerships.models import Publicity
from tracker.web.access import Somebody


def may_look(reader: Somebody) -> bool:
    """Whether they see the page before others do, and what is missing on it."""
    return reader.is_coordinator


def may_switch(reader: Somebody) -> bool:
    """Whether they switch the page on and off, and write what it begins with."""
    return reader.is_administrator


def languages_of(introduction: Translated | None, language: str) -> list[str]:
    """Return the languages in which there is a page: those of its introduction, and the office's own."""
    there = {language, *(introduction.texts if introduction else ())}
    return [code for code in LANGUAGES if code in there]


@dataclass(frozen=True)
class Standing:
    """Something on the page, and where its wording is missing."""

    #: "partnership"
    table: str
    id: int
    title: Translated
    #: None: it is there because something else is.
    publicity: Publicity | None
    #: Languages of the page without a title, or without the text where there is one in another language.
    titles: Sequence[str]
    texts: Sequence[str]
    #: Languages in which a wording needs a look.
    doubted: Sequence[str]

    @property
    def is_whole(self) -> bool:
        """Whether nothing is to be done."""
        return not (self.titles or self.texts or self.doubted)


def standing(
    table: str,
    id_: int,
    title: Translated,
    text: Translated | None,
    *,
    languages: Sequence[str],
    publicity: Publicity | None = None,
) -> Standing:
    """Return how something stands in the languages of the page. What is only counted needs no words."""
    if publicity is Publicity.COUNTED:
        return Standing(table, id_, title, publicity, (), (), ())
    texts = [one for one in (title, text) if one]
    return Standing(
        table,
        id_,
        title,
        publicity,
        [code for code in languages if code not in title.texts],
        [code for code in languages if text and code not in text.texts],
        [code for code in languages if any(code in one.doubts for one in texts)],
    )
