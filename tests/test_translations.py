"""Every word of the interface in every language: nothing missing, fuzzy, left over, or with other placeholders."""

import re
import subprocess
import sys
from pathlib import Path

import polib
import pytest

from tracker.history.rules import FIELDS, Verb
from tracker.language import LANGUAGES, Word, source_of

ROOT = Path(__file__).parent.parent
TRANSLATED = [language for language in LANGUAGES if language != "en"]
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%%")

Key = tuple[str | None, str]


@pytest.fixture(scope="module")
def words(tmp_path_factory: pytest.TempPathFactory) -> dict[Key, polib.POEntry]:
    """Read the words that the source uses now."""
    template = tmp_path_factory.mktemp("words") / "messages.pot"
    keywords = ["-k", "_l", "-k", "_lp:1c,2"]
    command = [sys.executable, "-m", "babel.messages.frontend", "-q", "extract", "-F", "pyproject.toml", *keywords]
    subprocess.run([*command, "-o", str(template), "."], cwd=ROOT, check=True, timeout=120)
    return {(entry.msgctxt, entry.msgid): entry for entry in polib.pofile(str(template))}


def catalogue(language: str) -> dict[Key, polib.POEntry]:
    """Read the words of a language."""
    path = ROOT / "tracker" / "translations" / language / "LC_MESSAGES" / "messages.po"
    return {(entry.msgctxt, entry.msgid): entry for entry in polib.pofile(str(path)) if not entry.obsolete}


def written(entry: polib.POEntry) -> list[str]:
    """Return a translation, or its plural forms."""
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


def placeholders(text: str) -> list[str]:
    """Return the placeholders of a text, sorted."""
    return sorted(PLACEHOLDER.findall(text))


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_language_has_exactly_the_words_in_use(language: str, words: dict[Key, polib.POEntry]) -> None:
    assert set(catalogue(language)) ^ set(words) == set()


@pytest.mark.parametrize("language", TRANSLATED)
def test_nothing_is_missing_or_uncertain(language: str) -> None:
    unfinished = [key for key, entry in catalogue(language).items() if entry.fuzzy or not all(written(entry))]

    assert unfinished == []


@pytest.mark.parametrize(("language", "forms"), [("de", 2), ("it", 2), ("hu", 1), ("ro", 3)])
def test_each_language_has_its_plural_forms(language: str, forms: int) -> None:
    counts = {len(entry.msgstr_plural) for entry in catalogue(language).values() if entry.msgid_plural}

    assert counts == {forms}


@pytest.mark.parametrize("language", TRANSLATED)
def test_placeholders_are_the_same(language: str) -> None:
    wrong = []
    for key, entry in catalogue(language).items():
        wanted = {tuple(placeholders(text)) for text in (entry.msgid, entry.msgid_plural) if text}
        # The form for one may spell the number out.
        loose = {tuple(one for one in choice if one not in {"%(num)d", "%(num)s"}) for choice in wanted}
        for text in written(entry):
            found = tuple(placeholders(text))
            if found not in wanted and not (entry.msgid_plural and found in loose):
                wrong.append((key[1], text))

    assert wrong == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_what_surrounds_the_words_stays(language: str) -> None:
    def surroundings(text: str) -> tuple[str, str]:
        return text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]

    wrong = [
        key[1]
        for key, entry in catalogue(language).items()
        if any(surroundings(text) != surroundings(entry.msgid) for text in written(entry))
    ]

    assert wrong == []


def test_romanian_has_its_own_letters() -> None:
    cedillas = [key[1] for key, entry in catalogue("ro").items() if set("".join(written(entry))) & set("şţŞŢ")]

    assert cedillas == []


def test_every_stored_word_has_a_label() -> None:
    bare = [f"{kind.__name__}.{word.value}" for kind in Word.__subclasses__() for word in kind if not word.label]

    assert bare == []


def test_every_changed_field_has_a_name(words: dict[Key, polib.POEntry]) -> None:
    assert {source_of(label) for label in FIELDS.values()} <= {message for _context, message in words}
    assert all(verb.facts == set(re.findall(r"%\((\w+)\)s", source_of(verb.value))) for verb in Verb)
