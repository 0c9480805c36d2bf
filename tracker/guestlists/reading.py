"""What was pasted from a spreadsheet, line by line: columns by their headings, words in any of the five languages."""

import csv
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from functools import cache

from babel import Locale

from tracker.folding import fold
from tracker.language import LANGUAGES, Word, _lp, speaking
from tracker.participants.models import ParticipantRole
from tracker.programmes.reading import day_in
from tracker.web.days import partial_of
from tracker.web.fields import clean

MOST_LINES = 2_000
#: A line of a spreadsheet with a note in each cell is shorter.
LONGEST_LINE = 2_000


class Column(Word):
    """What stands in a column; where no line has headings, they come in this order."""

    NAME = "name", _lp("column", "name")
    ROLE = "role", _lp("column", "role")
    ORGANISATION = "organisation", _lp("column", "organisation")
    COUNTRY = "country", _lp("column", "country")
    LANGUAGE = "language", _lp("column", "language")
    ARRIVAL = "arrival", _lp("column", "arrival")
    DEPARTURE = "departure", _lp("column", "departure")
    EMAIL = "email", _lp("column", "e-mail")
    GIVEN = "given", _lp("column", "first name")
    FAMILY = "family", _lp("column", "family name")


IN_ORDER = tuple(column for column in Column if column not in {Column.GIVEN, Column.FAMILY})
#: Headings as people write them in German, English, Italian, Hungarian and Romanian, folded.
_HEADINGS = {
    Column.NAME: "name|names|full name|person|guest|participant|vor und nachname|vorname nachname|gast|gaste|"
    "teilnehmer|teilnehmende|teilnehmer in|nome|nominativo|partecipante|ospite|nome e cognome|cognome e nome|"
    "nev|teljes nev|resztvevo|vendeg|nume|nume si prenume|numele|participant|oaspete|invitat",
    Column.ROLE: "role|function|rolle|funktion|als|ruolo|funzione|szerep|szerepkor|funkcio|rol|rolul|functie|functia|"
    "calitate|in calitate de",
    Column.ORGANISATION: "organisation|organization|institution|sent by|delegation|entsandt von|einrichtung|verein|"
    "gemeinde|kommune|dienststelle|organizzazione|ente|istituzione|inviato da|delegazione|comune|szervezet|kuldo|"
    "kuldo szervezet|intezmeny|delegacio|organizatie|organizatia|institutie|institutia|trimis de|delegatie|delegatia",
    Column.COUNTRY: "country|country of residence|nation|land|staat|herkunftsland|wohnsitzland|paese|stato|nazione|"
    "paese di residenza|orszag|lakohely orszaga|tara|tara de resedinta",
    Column.LANGUAGE: "language|sprache|lingua|nyelv|limba",
    Column.ARRIVAL: "arrival|arrives|arrives on|arrival date|date of arrival|from|anreise|ankunft|anreisetag|"
    "anreisedatum|von|arrivo|data di arrivo|dal|da|erkezes|erkezes napja|sosire|sosirea|data sosirii",
    Column.DEPARTURE: "departure|leaves|leaves on|departure date|date of departure|until|to|abreise|abreisetag|"
    "abreisedatum|bis|partenza|data di partenza|al|fino al|tavozas|elutazas|tavozas napja|plecare|plecarea|"
    "data plecarii",
    Column.EMAIL: "email|e mail|mail|email address|e mail address|e mail adresse|email adresse|mailadresse|"
    "posta elettronica|indirizzo e mail|indirizzo email|e mail cim|email cim|adresa de e mail|adresa e mail|"
    "adresa email",
    Column.GIVEN: "first name|given name|forename|vorname|vornamen|rufname|nome di battesimo|keresztnev|utonev|prenume",
    Column.FAMILY: "last name|surname|family name|nachname|familienname|zuname|cognome|vezeteknev|csaladnev|"
    "nume de familie",
}
_COLUMNS = {heading: column for column, headings in _HEADINGS.items() for heading in headings.split("|")}
#: What neither ISO nor the names of countries know.
_SHORT_COUNTRIES = {"usa": "US", "uk": "GB", "osterreich": "AT", "oesterreich": "AT"}


@dataclass(frozen=True)
class Line:
    """A line with something in it; its number as a text editor counts."""

    number: int
    text: str
    cells: Mapping[Column, str]
    #: Whether it holds signs that cannot be kept.
    is_broken: bool


@dataclass(frozen=True)
class Pasted:
    """What was pasted: its headings as they stand there, what each column is, and its lines."""

    heading: str | None
    #: One for each column of the sheet: its heading, and what it is; None is left out.
    columns: tuple[tuple[str, Column | None], ...]
    lines: tuple[Line, ...]

    @property
    def has_names(self) -> bool:
        """Whether some column says who it is about."""
        return any(column in {Column.NAME, Column.GIVEN, Column.FAMILY} for _heading, column in self.columns)


def read(text: str) -> Pasted:
    """Take a text apart. The first line is one of headings if it names a column for names, or two of any kind."""
    rows = [(number, row) for number, row in enumerate(text.split("\n"), 1) if row.strip(" \t;,\0")]
    if not rows:
        return Pasted(None, (), ())
    first = rows[0][1]
    mark = _separator(first) or _separator(text) or ","
    columns = _columns_of(_cells(first, mark))
    headed = columns is not None
    lines = rows[1:] if headed else rows
    columns = columns or tuple(("", column) for column in IN_ORDER)
    return Pasted(first if headed else None, columns, tuple(_line(number, row, mark, columns) for number, row in lines))


def _separator(text: str) -> str | None:
    """Return what parts the cells: a tab where there is one, as spreadsheets copy, else a semicolon, else a comma."""
    return next((mark for mark in "\t;," if mark in text), None)


def _cells(row: str, mark: str) -> list[str]:
    # Each line by itself: one quotation mark too many must not swallow all that follows.
    return next(csv.reader([row[:LONGEST_LINE].replace("\0", " ")], delimiter=mark), [])


def _columns_of(cells: Sequence[str]) -> tuple[tuple[str, Column | None], ...] | None:
    """Return what the columns are, or None if these cells are no headings. What comes twice counts once."""
    found = [_COLUMNS.get(fold(cell)) for cell in cells]
    known = set(found) - {None}
    if not known & {Column.NAME, Column.GIVEN, Column.FAMILY} and len(known) < 2:  # noqa: PLR2004 - a chance is one
        return None
    return tuple(
        (cell, None if one in found[:place] else one)
        for place, (cell, one) in enumerate(zip(cells, found, strict=True))
    )


def _line(number: int, row: str, mark: str, columns: Sequence[tuple[str, Column | None]]) -> Line:
    cells = {}
    for (_heading, column), cell in zip(columns, _cells(row, mark), strict=False):
        if column is not None and (words := clean(cell)):
            cells[column] = words
    broken = len(row) > LONGEST_LINE or any(unicodedata.category(one) in {"Cc", "Cs"} and one != "\t" for one in row)
    return Line(number, keepable(row), cells, is_broken=broken)


def keepable(text: str) -> str:
    """Return a line without the signs that no page can show."""
    return "".join(one for one in text if one == "\t" or unicodedata.category(one) not in {"Cc", "Cs"})


def name_of(cells: Mapping[Column, str]) -> str:
    """Return the whole name: "Vorname" and "Name" make one, as "Cognome" and "Nome" do."""
    given, name, family = (cells.get(column) for column in (Column.GIVEN, Column.NAME, Column.FAMILY))
    if name and given and family:
        return name
    return " ".join(part for part in (given, name, family) if part)


def day_of(text: str, first: date, last: date) -> date:
    """Read a day as people type it in any of the five languages, also "19.8." of an event. Raises ValueError."""
    with suppress(ValueError):
        known = partial_of(text)
        if known.day is not None:
            return known.earliest
    found = [day for year in range(first.year, last.year + 1) if (day := day_in(text, year))]
    if not found:
        raise ValueError(text)
    return next((day for day in found if first <= day <= last), found[0])


def role_of(text: str) -> ParticipantRole | None:
    """Return the role that a word names in any of the five languages."""
    return _roles().get(fold(text))


@cache
def _roles() -> Mapping[str, ParticipantRole]:
    found = {fold(role.value): role for role in ParticipantRole}
    for language in LANGUAGES:
        with speaking(language):
            found |= {fold(form): role for role in ParticipantRole for form in _forms(str(role.label))}
    return found


def _forms(label: str) -> Iterator[str]:
    """Yield how "Jugendliche/-r" may be written: whole, without the slash, each form alone."""
    yield label
    head, slash, tail = label.partition("/")
    if slash:
        end = tail.strip("- ")
        yield from (head, head + end, head[: -len(end)] + end if len(end) < len(head) else end, end)


def country_of(text: str) -> str | None:
    """Return the code of the country that a code or a name in any of the five languages means."""
    return _countries().get(fold(text))


@cache
def _countries() -> Mapping[str, str]:
    found: dict[str, str] = {}
    for language in LANGUAGES:
        names = Locale.parse(language).territories
        codes = [str(code) for code in names if len(str(code)) == 2 and str(code).isalpha()]  # noqa: PLR2004 - as ISO has them
        found |= {
            fold(str(names[code])): code for code in codes if code not in {"EU", "EZ", "UN", "ZZ", "XA", "XB", "QO"}
        }
    return found | {fold(code): code for code in set(found.values())} | _SHORT_COUNTRIES


def language_of(text: str) -> str | None:
    """Return which of the five languages a code or a name in any of them means."""
    return _languages().get(fold(text))


@cache
def _languages() -> Mapping[str, str]:
    names = {fold(str(Locale.parse(within).languages[code])): code for within in LANGUAGES for code in LANGUAGES}
    return names | {code: code for code in LANGUAGES}
