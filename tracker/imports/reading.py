"""A file as a table: how it was read, which line holds its headings, and what stands below."""

import json
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from tracker.imports.apart import MOST_SECONDS
from tracker.language import _, _l
from tracker.refusal import Refused

LARGEST_FILE = 10_000_000
#: Why a file is not read, as a sentence each.
WHY: Mapping[str, str] = MappingProxyType(
    {
        "old": _l("This is an old Excel file, or one with a password. Please save it as .xlsx without a password."),
        "password": _l("This file is protected by a password. Please save it without one."),
        "kind": _l("This is no spreadsheet. Please choose a file of the kind XLSX, ODS or CSV."),
        "broken": _l("This file is damaged. Please save it once more and try again."),
        "bomb": _l("This file holds far more than it seems to. It was not opened any further."),
        "empty": _l("There is nothing in this file."),
        "encoding": _l("These letters cannot be read so. Please choose another encoding."),
        "columns": _l("This table has too many columns. Please leave only those that are to be taken over."),
        "rows": _l("This table has too many lines. Please split it into several files."),
    }
)
_NUMBERS = re.compile(r"(\d{1,2})\s*[./-]\s*(\d{1,2})\s*[./-]\s*(\d{2,4})\.?")


@dataclass(frozen=True)
class Table:
    """A file that was taken apart."""

    format: str
    encoding: str | None
    delimiter: str | None
    sheets: tuple[str, ...]
    sheet: int | None
    rows: Sequence[Sequence[str]]


def read(content: bytes, **how: Any) -> Table:
    """Return the table in a file. Raises Refused."""
    if len(content) > LARGEST_FILE:
        raise Refused(_("This file is larger than %(most)s MB.", most=LARGEST_FILE // 1_000_000))
    if not content:
        raise _refusal("empty")
    command = [sys.executable, "-m", "tracker.imports.apart", json.dumps(how)]
    try:
        done = subprocess.run(command, input=content, capture_output=True, timeout=2 * MOST_SECONDS, check=False)
        found = json.loads(done.stdout)
    except (subprocess.TimeoutExpired, ValueError):
        # It was ended for what it took.
        raise _refusal("bomb") from None
    if "refused" in found:
        raise _refusal(found["refused"])
    return Table(**(found | {"sheets": tuple(found["sheets"])}))


def _refusal(why: str) -> Refused:
    sentence = WHY[why]
    return Refused(_(sentence))


def day_comes_first(cells: Sequence[str]) -> bool:
    """Whether dates are written day before month, as far as these cells tell; nearly everywhere they are."""
    parts = [(int(one[1]), int(one[2])) for one in map(_NUMBERS.fullmatch, cells) if one]
    return not any(second > 12 for _first, second in parts) or any(first > 12 for first, _second in parts)  # noqa: PLR2004 - months
