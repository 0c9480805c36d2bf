"""What leaves with the office and what does not, and how a text stands in a cell that a spreadsheet opens."""

import re

from tracker.backups.tables import LEFT_OUT as NOT_BACKED_UP
from tracker.web.access import Somebody
from tracker.web.sheets import CELL_BEGINS, FORMULA_SIGNS, HARMLESS

#: What opens doors, what only counts or beats, what is under way in this installation: no other one can use it.
TABLES_LEFT_OUT = NOT_BACKED_UP | {
    "authenticator_app",
    "change_count",
    "device",
    "download",
    "feed",
    "passkey",
    "recovery_code",
    "spreadsheet_import",
    "spreadsheet_line",
}
#: What opens doors, and who is at work on what.
COLUMNS_LEFT_OUT = frozenset({("account", "password_hash"), ("message", "leased_until")})
#: What search compares is made anew from what stands in the file, which somebody may have edited.
MADE_ANEW = "folded"
#: These columns stay empty in rows whose other column is true: messages with links that open something.
BLANK_WHERE = {"message": ("secret", frozenset({"subject", "text", "html"}))}

_SIGN = re.compile(f"[{FORMULA_SIGNS}]")
_OUT = re.compile(rf"{CELL_BEGINS}(?='*[{FORMULA_SIGNS}])")
_IN = re.compile(rf"{CELL_BEGINS}'(?='*[{FORMULA_SIGNS}])")
_APOSTROPHES = re.compile("'*")
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_IN_STRING = re.compile(rf"((?:^\"|[;,\t\r\n]|\\[tnr])\s*)([{FORMULA_SIGNS}])")


def may_export(reader: Somebody) -> bool:
    """Whether they take the whole office away."""
    return reader.is_administrator


def is_kept(table: str, column: str) -> bool:
    """Whether a column leaves with the office."""
    return table not in TABLES_LEFT_OUT and column != MADE_ANEW and (table, column) not in COLUMNS_LEFT_OUT


def guarded(text: str) -> str:
    """Return a text as its cell holds it: nothing in it is a formula, wherever a program splits it.

    An apostrophe goes before what would be one, and before apostrophes there; an empty text is one apostrophe, for an
    empty cell says that there is nothing.
    """
    if _APOSTROPHES.fullmatch(text):
        return f"'{text}"
    if not _SIGN.search(text) or HARMLESS.fullmatch(text):
        return text
    return _OUT.sub(r"\1\2'", text)


def unguarded(cell: str) -> str:
    """Return the text of a cell that is not empty; what was written by hand and has no apostrophe stays as it is."""
    if "'" not in cell:
        return cell
    return cell[1:] if _APOSTROPHES.fullmatch(cell) else _IN.sub(r"\1\2", cell)


def guarded_json(text: str) -> str:
    r"""Return JSON that says the same, with a sign in its words that would begin a formula as \\u003d."""
    if not _SIGN.search(text):
        return text
    return _STRING.sub(lambda words: _IN_STRING.sub(lambda sign: f"{sign[1]}\\u{ord(sign[2]):04x}", words[0]), text)
