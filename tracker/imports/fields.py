"""What can stand in a column: by which headings it is known, and how a cell of it is read."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from tracker.db import PartialDate
from tracker.folding import fold
from tracker.guestlists.reading import country_of, language_of
from tracker.language import LANGUAGES, Word, _, speaking
from tracker.participants.forms import MOST_HEADS
from tracker.web.days import partial_of
from tracker.web.fields import clean, is_address

_ISO = re.compile(r"(\d{4}-\d{2}-\d{2})([ T].*)?")
_SHORT = re.compile(r"(\d{1,2})\s*[./-]\s*(\d{1,2})\s*[./-]\s*(\d{2}|\d{4})\.?")
_PART = re.compile(r"[A-Z]{2}-[A-Z0-9]{1,3}")


class WrongError(Exception):
    """A cell cannot be taken over; the argument is the sentence that says why."""


@dataclass(frozen=True)
class How:
    """What one has to know of a table to read its cells."""

    day_first: bool
    language: str


@dataclass(frozen=True)
class Field:
    """What stands in a column."""

    key: str
    label: str
    #: As people head such a column in the five languages, folded, besides its label.
    headings: str
    read: Callable[[str, How], Any]
    at_most: int = 400
    needed: bool = field(default=False, kw_only=True)
    #: The words that it can be one of.
    of: type[Word] | None = field(default=None, kw_only=True)
    #: What it names: the key of a register of rows that are there (see `kinds.known`); perhaps several, parted by ";".
    refers: str = field(default="", kw_only=True)
    many: bool = field(default=False, kw_only=True)
    #: Whether another column says it, and an empty spreadsheet goes without this one.
    is_spare: bool = field(default=False, kw_only=True)

    @property
    def called(self) -> str:
        """The label as it heads a column."""
        label = str(self.label)
        return label[:1].upper() + label[1:]

    @property
    def is_dated(self) -> bool:
        """Whether a date stands there."""
        return self.read in {day, partial}

    def value(self, cell: str, how: How) -> Any:  # noqa: ANN401 - each field has its own
        """Return what a cell says, None if it is empty. Raises WrongError."""
        text = clean(cell)
        if text is None:
            if self.needed:
                raise WrongError(_("“%(field)s” is missing.", field=str(self.label)))
            return None
        if len(text) > self.at_most:
            raise WrongError(too_long(str(self.label), self.at_most))
        return self.read(text, how)


def too_long(label: str, most: int) -> str:
    """Return that something is too long."""
    return _("“%(field)s” is longer than %(most)s letters.", field=label, most=most)


def words(text: str, _how: How) -> str:
    """Take a text as it is."""
    return text


def line(text: str, _how: How) -> str:
    """Take a text as one line."""
    return " ".join(text.split())


def address(text: str, _how: How) -> str:
    """Read an e-mail address."""
    found = text.removeprefix("mailto:").strip("<> ")
    if not is_address(found):
        raise WrongError(_("“%(text)s” is no e-mail address.", text=text[:80]))
    return found


def country(text: str, _how: How) -> str:
    """Read a country: a code, or its name in any of the five languages."""
    if (code := country_of(text)) is None:
        raise WrongError(_("“%(text)s” is no country that we know.", text=text[:80]))
    return code


def part(text: str, _how: How) -> str:
    """Read a part of a country: its code, or its name in one of the five languages."""
    if not _PART.fullmatch(text.upper()):
        raise WrongError(_("“%(text)s” is no code of a part of a country, such as DE-HE.", text=text[:80]))
    return text.upper()


def language(text: str, _how: How) -> str:
    """Read one of the five languages."""
    if (code := language_of(text)) is None:
        raise WrongError(_("“%(text)s” is none of the languages that we write in.", text=text[:80]))
    return code


def zone(text: str, _how: How) -> str:
    """Read a time zone."""
    found = text.strip().replace(" ", "_")
    if found not in available_timezones():
        raise WrongError(_("“%(text)s” is no time zone, such as Europe/Berlin.", text=text[:80]))
    return found


def day(text: str, how: How) -> date:
    """Read a whole date."""
    known = partial(text, how)
    if known.day is None:
        raise WrongError(_("“%(text)s” is no whole date.", text=text[:80]))
    return known.earliest


def partial(text: str, how: How) -> PartialDate:
    """Read a date as far as it is known."""
    if iso := _ISO.fullmatch(text):
        text = iso[1]
    elif parts := _SHORT.fullmatch(text):
        first, second, year = parts.groups()
        first, second = (first, second) if how.day_first else (second, first)
        # As spreadsheets read years of two digits.
        year = year if len(year) > 2 else f"{'19' if int(year) >= 30 else '20'}{year}"  # noqa: PLR2004 - digits, and 1930
        text = f"{first}.{second}.{year}"
    try:
        return partial_of(text)
    except ValueError:
        raise WrongError(_("“%(text)s” is no date that we understand.", text=text[:80])) from None


def number(text: str, _how: How) -> int:
    """Read how many there are."""
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= MOST_HEADS):
        raise WrongError(_("“%(text)s” is no number of heads.", text=text[:80]))
    return int(text)


def word_of(kind: type[Word], **also: Word) -> Callable[[str, How], Word]:
    """Return what reads a word of a list, as it is called in any of the five languages, or `also`."""

    def read(text: str, _how: How) -> Word:
        if (found := _spelt(kind).get(fold(text)) or also.get(fold(text))) is None:
            known = ", ".join(str(one.label) for one in kind)
            raise WrongError(_("“%(text)s” is none of: %(known)s.", text=text[:80], known=known))
        return found

    return read


@cache
def _spelt(kind: type[Word]) -> Mapping[str, Word]:
    found = {fold(one.value): one for one in kind}
    for code in LANGUAGES:
        with speaking(code):
            found |= {fold(str(one.label)): one for one in kind}
    return found


def one_of(key: str, label: str, headings: str, kind: type[Word], **also: Word) -> Field:
    """Return a column of words of a list."""
    return Field(key, label, headings, word_of(kind, **also), of=kind)


def matched(heading: str, fields: tuple[Field, ...], known: Mapping[str, str]) -> str:
    """Return the key of the field that a heading names, by what was matched before or by its words; "" for none."""
    folded = fold(heading)
    if folded in known:
        return known[folded]
    return _headings(fields).get(folded, "")


@cache
def _headings(fields: tuple[Field, ...]) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for one in reversed(fields):
        for code in LANGUAGES:
            with speaking(code):
                found[fold(str(one.label))] = one.key
        found |= {fold(heading): one.key for heading in (*one.headings.split("|"), one.key) if heading}
    return found


COUNTRY = "country|land|staat|nation|paese|stato|nazione|orszag|tara"
LANGUAGE = "language|sprache|lingua|nyelv|limba"
NOTES = "notes|remarks|comment|notiz|notizen|bemerkung|bemerkungen|anmerkung|note|osservazioni|megjegyzes|observatii"
ORGANISATION = (
    "organisation|organization|institution|einrichtung|dienststelle|firma|verein|organizzazione|ente|istituzione|"
    "szervezet|intezmeny|organizatie|institutie"
)
DATE = "date|datum|tag|am|data|giorno|datum|nap|kelt|zi"
KIND = "type|art|typ|tipo|tipus|tip"
TITLE = "title|titel|bezeichnung|name|titolo|nome|cim|elnevezes|titlu|denumire"
PROJECT = "projekt|progetto|proiect"
PARTNERSHIP = "partnerschaft|partenariato|gemellaggio|partnerseg|parteneriat"
BEGIN = "begin|start|from|beginn|anfang|von|inizio|dal|kezdet|kezdete|inceput|de la"
END = "end|until|to|ende|bis|fine|fino al|veg|vege|sfarsit|pana la"
SUMMARY = (
    f"description|beschreibung|kurzbeschreibung|zusammenfassung|inhalt|descrizione|sintesi|leiras|descriere|{NOTES}"
)
