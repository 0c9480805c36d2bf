"""Texts that need a translator, as a file."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

from tracker.history.rules import FIELDS
from tracker.language import LANGUAGES, _, language_name
from tracker.texts import queries
from tracker.texts.queries import FoundText, TextColumn
from tracker.texts.rules import TextKind
from tracker.web.formats import doubted, plain
from tracker.web.sheets import Sheet, Value

#: The last cells of a line.
Say = Callable[[FoundText, Sequence[str]], Sequence[Value]]
_KINDS: Mapping[str, TextKind] = {kind.value: kind for kind in TextKind}


def texts(among: Sequence[TextColumn], language: str | None, *, is_missing: bool) -> Sheet[str]:
    """Return what is downloaded of texts: which, and in which languages it is missing or needs a look."""
    what = (_("Missing in"),) if is_missing else (_("Needs a look"), _("Why"))
    headings = (_("Text"), _("Kind"), _("Field"), _("As it was written"), *what)
    wanted = [language] if language else list(LANGUAGES)
    say = _missing if is_missing else _doubted
    title = _("What lacks a language") if is_missing else _("Translations that need a look")
    return Sheet(title, headings, partial(_cells, among=among, languages=wanted, say=say))


def _cells(
    rows: Sequence[str], *, among: Sequence[TextColumn], languages: Sequence[str], say: Say
) -> Iterable[Sequence[Value]]:
    for one in queries.found(rows, among):
        field = str(FIELDS.get(one.name, one.name))
        called = plain(one.called) if one.called else None
        yield called, _KINDS.get(one.kind, one.kind), field, str(one.text), *say(one, languages)


def _missing(one: FoundText, languages: Sequence[str]) -> Sequence[Value]:
    return (_named(code for code in languages if code not in one.text.texts),)


def _doubted(one: FoundText, languages: Sequence[str]) -> Sequence[Value]:
    doubts = {code: doubt for code, doubt in one.text.doubts.items() if code in languages}
    return _named(doubts), " ".join(dict.fromkeys(doubted(doubt) for doubt in doubts.values()))


def _named(codes: Iterable[str]) -> str:
    return ", ".join(language_name(code) for code in codes)
