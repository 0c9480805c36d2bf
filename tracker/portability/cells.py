"""How a value of the database becomes cells, and cells a value again, letter for letter.

Values are those of a backup (`backups.tables`): instants in UTC as SQLite keeps them, what is true as 1, JSON as text.
"""

import json
import re
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any
from zoneinfo import available_timezones

from tracker.db import PartialDate
from tracker.language import LANGUAGES
from tracker.portability.rules import guarded, guarded_json, unguarded

#: After the name of a column of translated texts and a dot: the language it was written in, and what has no column.
ORIGINAL, MORE = "original", "more"
_SHOWN = 120
_NUMBER = re.compile(r"[+-]?[0-9]{1,19}")
_LEAST, _MOST = -(2**63), 2**63 - 1
_CODE = re.compile(r"[a-zA-Z]{2,3}([_-][a-zA-Z]{2,4})?")
_HALVES = re.compile("[\ud800-\udfff]")
_MIDNIGHT = ".000000"


class WrongCellError(ValueError):
    """A cell holds what its column does not take; its words say what it is not."""


def headings_of(name: str, kind: str) -> tuple[str, ...]:
    """Return the columns of the file for one of the database: one for each language of a translated text."""
    if kind != "translated":
        return (name,)
    return tuple(f"{name}.{one}" for one in (ORIGINAL, *LANGUAGES, MORE))


# ---- out


def _instant_out(value: str) -> str:
    return f"{value.replace(' ', 'T', 1).removesuffix(_MIDNIGHT)}Z"


def _time_out(value: str) -> str:
    return value.removesuffix(_MIDNIGHT).removesuffix(":00") if value.count(":") == 2 else value  # noqa: PLR2004 - hours, minutes and seconds


def _amount_out(value: int) -> str:
    return f"{Decimal(value) / 1000:f}"


def _dumped(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    # Half a character, which no file may hold, stands as its number.
    return guarded_json(_HALVES.sub(lambda half: f"\\u{ord(half[0]):04x}", text))


def _json_out(value: str) -> str:
    return _dumped(json.loads(value))


_OUT: dict[str, Callable[[Any], Any]] = {
    "integer": lambda value: value,
    "amount": _amount_out,
    "text": guarded,
    "zone": guarded,
    "partial date": str,
    "instant": _instant_out,
    "date": str,
    "time": _time_out,
    "boolean": lambda value: "true" if value else "false",
    "json": _json_out,
}


def written(kind: str) -> Callable[[Any], list[Any]]:
    """Return what makes cells of a value of a kind."""
    if kind == "translated":
        blank = [""] * len(headings_of("", kind))
        return lambda value: blank if value is None else _translated_out(value)
    out = _OUT[kind]
    return lambda value: [""] if value is None else [out(value)]


def _translated_out(value: str) -> list[str]:
    kept = json.loads(value)
    words, more = dict[str, str](), dict[str, Any]()
    for code, text in kept["texts"].items():
        more[code] = {name: fact for name, fact in text.items() if name != "text"}
        if code in LANGUAGES and not _HALVES.search(text["text"]):
            words[code] = guarded(text["text"])
        else:
            more[code]["text"] = text["text"]
    return [kept["original"], *(words.get(code, "") for code in LANGUAGES), _dumped(more)]


# ---- in


def _integer_in(cell: str) -> int:
    if not _NUMBER.fullmatch(cell) or not _LEAST <= int(cell) <= _MOST:
        raise WrongCellError("a whole number")
    return int(cell)


def _amount_in(cell: str) -> int:
    try:
        thousandths = Decimal(cell) * 1000
        whole = int(thousandths)
    except (InvalidOperation, ValueError, OverflowError):
        raise WrongCellError("a number such as 12.5") from None
    if whole != thousandths or not _LEAST <= whole <= _MOST:
        raise WrongCellError("a number of at most three digits after the point")
    return whole


def _instant_in(cell: str) -> str:
    try:
        instant = datetime.fromisoformat(cell)
        if instant.tzinfo is None:
            raise WrongCellError("an instant with a zone, such as 2027-03-02T09:00:00Z")
        return instant.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")
    except (ValueError, OverflowError):
        raise WrongCellError("an instant such as 2027-03-02T09:00:00Z") from None


def _date_in(cell: str) -> str:
    try:
        return date.fromisoformat(cell).isoformat()
    except ValueError:
        raise WrongCellError("a day such as 2027-03-02") from None


def _partial_in(cell: str) -> str:
    try:
        return PartialDate(cell).text
    except ValueError:
        raise WrongCellError("a date such as 2027, 2027-03 or 2027-03-02") from None


def _time_in(cell: str) -> str:
    try:
        read = time.fromisoformat(cell)
    except ValueError:
        read = None
    if read is None or read.tzinfo is not None:
        raise WrongCellError("a time such as 09:30")
    return read.isoformat("microseconds")


def _boolean_in(cell: str) -> int:
    # A spreadsheet that saves the file writes its own capital letters.
    if cell.lower() not in {"true", "false"}:
        raise WrongCellError("true or false")
    return int(cell.lower() == "true")


def _zone_in(cell: str) -> str:
    if cell not in _zones():
        raise WrongCellError("a time zone such as Europe/Berlin")
    return cell


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _loaded(cell: str) -> Any:  # noqa: ANN401 - whatever the JSON holds
    try:
        return json.loads(cell)
    except (ValueError, RecursionError):
        raise WrongCellError("JSON") from None


def _json_in(cell: str) -> str:
    value = _loaded(cell)
    if not isinstance(value, list | dict):
        raise WrongCellError("a list or an object of JSON")
    return json.dumps(value)


_IN: dict[str, Callable[[str], Any]] = {
    "integer": _integer_in,
    "amount": _amount_in,
    "text": unguarded,
    "zone": _zone_in,
    "partial date": _partial_in,
    "instant": _instant_in,
    "date": _date_in,
    "time": _time_in,
    "boolean": _boolean_in,
    "json": _json_in,
}
KINDS = frozenset({*_IN, "translated"})


def read(kind: str, headings: Sequence[str], since: datetime) -> Callable[[Sequence[str]], Any]:
    """Return what makes a value of cells. Raises WrongCellError.

    A wording of which no moment stands there says what it says since the file was made.
    """
    if kind == "translated":
        codes = [heading.rpartition(".")[2] for heading in headings]
        moment = since.astimezone(UTC).isoformat()
        return lambda cells: _translated_in(dict(zip(codes, cells, strict=True)), moment)
    taken = _IN[kind]
    return lambda cells: taken(cells[0]) if cells[0] else None


def _translated_in(cells: dict[str, str], moment: str) -> str | None:
    original, more = cells.pop(ORIGINAL, ""), cells.pop(MORE, "")
    facts = _loaded(more) if more else {}
    if not isinstance(facts, dict) or not all(isinstance(one, dict) for one in facts.values()):
        raise WrongCellError("an object of JSON with an object for each language")
    words = {code: unguarded(cell) for code, cell in cells.items() if cell}
    words |= {code: one["text"] for code, one in facts.items() if code not in words and "text" in one}
    if not words and not original:
        return None
    if original not in words:
        raise WrongCellError("a text in the language that it says it was written in")
    texts = {code: _text_in(words[code], facts.get(code, {}), moment) for code in (*facts, *words) if code in words}
    if not all(_CODE.fullmatch(code) for code in texts):
        raise WrongCellError("texts in languages such as de")
    return json.dumps({"original": original, "texts": texts})


def _text_in(words: object, facts: dict[str, Any], moment: str) -> dict[str, Any]:
    if not isinstance(words, str):
        raise WrongCellError("a text")
    text: dict[str, Any] = {"text": words, "at": moment}
    for name in ("at", "confirmed_at"):
        if name in facts:
            text[name] = _moment(facts[name])
    if facts.get("by_machine") is True:
        text["by_machine"] = True
    return text


def _moment(value: object) -> str:
    try:
        if isinstance(value, str) and datetime.fromisoformat(value).tzinfo is not None:
            return value
    except ValueError:
        pass
    raise WrongCellError("moments such as 2027-03-02T09:00:00+00:00")


def shown(cell: str) -> str:
    """Return a cell as a sentence about it may name it."""
    return cell if len(cell) <= _SHOWN else f"{cell[:_SHOWN]}…"
