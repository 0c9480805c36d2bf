"""Who may publish, in which languages the public page is there, and what is missing on it."""

from collections.abc import Sequence
from dataclasses import dataclass

from tracker.db import Translated
from tracker.folding import fold
from tracker.language import LANGUAGES, translated
from tracker.partnerships.models import Pillar, Publicity
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
    #: What names it in the address of its form.
    id: int | Pillar
    title: Translated | Pillar
    #: None: it is there because something else is.
    publicity: Publicity | None
    #: Languages of the page without a title, or without the text where there is one in another language.
    titles: Sequence[str]
    texts: Sequence[str]
    #: Languages in which a wording needs a look.
    doubted: Sequence[str]

    @property
    def sorted_by(self) -> str:
        """What it is called, as lists sort it."""
        return fold(str(translated(self.title) if isinstance(self.title, Translated) else self.title.label))

    @property
    def is_whole(self) -> bool:
        """Whether nothing is to be done."""
        return not (self.titles or self.texts or self.doubted)


def standing(
    table: str,
    id_: int | Pillar,
    title: Translated | Pillar,
    text: Translated | None,
    *,
    languages: Sequence[str],
    publicity: Publicity | None = None,
) -> Standing:
    """Return how something stands in the languages of the page. What is only counted needs no words."""
    if publicity is Publicity.COUNTED:
        return Standing(table, id_, title, publicity, (), (), ())
    texts = [one for one in (title, text) if isinstance(one, Translated)]
    return Standing(
        table,
        id_,
        title,
        publicity,
        [code for code in languages if isinstance(title, Translated) and code not in title.texts],
        [code for code in languages if text and code not in text.texts],
        [code for code in languages if any(code in one.doubts for one in texts)],
    )
