"""The lines of the history, told in the reader's language."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from tracker.db import PartialDate
from tracker.history.models import HistoryLine
from tracker.history.rules import FIELDS, Verb
from tracker.language import _, language_name, word_of
from tracker.web.formats import partial_date, short_day


@dataclass(frozen=True)
class Told:
    """A line of the history as a reader gets it."""

    at: datetime
    #: None: the program itself, or somebody this reader does not know.
    by: str | None
    by_program: bool
    sentence: str


def told(line: HistoryLine, by: str | None) -> Told:
    """Tell a line; `by` is the name of who did it, if this reader may know it."""
    return Told(line.at, by, line.by_id is None, sentence_of(line.verb, line.facts))


def sentence_of(verb: str, facts: Mapping[str, Any]) -> str:
    """Return the sentence of a verb with its facts in the language that is spoken now."""
    if verb not in Verb.__members__:
        return _("changed something")
    return Verb[verb].sentence % {
        name: _changes(fact) if name == "changes" else _fact(fact) for name, fact in facts.items()
    }


def _changes(changes: Mapping[str, tuple[Any, Any]]) -> str:
    """Return every field that changed, from what to what where the history keeps that."""
    return "; ".join(_change(str(FIELDS.get(name, name)), old, new) for name, (old, new) in changes.items())


def _change(field: str, old: object, new: object) -> str:
    if old is None and new is None:
        return field
    if isinstance(new, dict) and "looked_through" in new:
        languages = ", ".join(language_name(code) for code in new["looked_through"])
        return _("%(field)s: translations looked through (%(languages)s)", field=field, languages=languages)
    if old is None:
        return _("%(field)s: %(new)s", field=field, new=_fact(new))
    if new is None:
        return _("%(field)s: %(old)s taken out", field=field, old=_fact(old))
    return _("%(field)s from %(old)s to %(new)s", field=field, old=_fact(old), new=_fact(new))


def _fact(fact: object) -> str:
    """Return one fact in words: keys of words, days and partly known dates as readers write them."""
    match fact:
        case {"word": str(name)}:
            word = word_of(name)
            return str(word.label) if word else name.rpartition(".")[2].replace("_", " ")
        case {"day": str(day)}:
            return short_day(date.fromisoformat(day))
        case {"partial": str(text)}:
            return partial_date(PartialDate(text))
        case bool():
            return _("yes") if fact else _("no")
        case None:
            return "–"
        case _:
            return str(fact)
