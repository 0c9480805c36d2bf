"""What can be attached to what, by whom, and how long what was removed is kept."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from tracker.language import Word, _, _lp
from tracker.refusal import Refused
from tracker.web.access import Somebody
from tracker.web.fields import clean

#: What was removed can be brought back for so long, and is erased then.
KEPT = timedelta(days=30)
#: Files that are sent together.
MOST_AT_ONCE = 20
#: A longer name is cut before its ending.
LONGEST_NAME = 120
_MEGABYTE = 2**20


class Subject(Word):
    """What documents hang on."""

    PROJECT = "project", _lp("document", "project")
    MILESTONE = "milestone", _lp("document", "milestone")
    PARTNERSHIP = "partnership", _lp("document", "partnership")
    AGREEMENT = "agreement", _lp("document", "agreement")
    EVENT = "event", _lp("document", "event")
    DELEGATION = "delegation", _lp("document", "attendance list")
    LOG_ENTRY = "log_entry", _lp("document", "log entry")


@dataclass(frozen=True)
class Sort:
    """A sort of file: its name for people, and how its files may end, the usual ending first."""

    name: str
    endings: tuple[str, ...]


#: Media type to its sort. Pictures are kept as they look; all else as it came.
SORTS: Mapping[str, Sort] = {
    "application/pdf": Sort("PDF", ("pdf",)),
    "image/jpeg": Sort("JPEG", ("jpg", "jpeg")),
    "image/png": Sort("PNG", ("png",)),
    "image/webp": Sort("WebP", ("webp",)),
    "text/plain": Sort("TXT", ("txt", "md")),
    "text/csv": Sort("CSV", ("csv",)),
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": Sort("DOCX", ("docx",)),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": Sort("XLSX", ("xlsx",)),
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": Sort("PPTX", ("pptx",)),
    "application/vnd.oasis.opendocument.text": Sort("ODT", ("odt",)),
    "application/vnd.oasis.opendocument.spreadsheet": Sort("ODS", ("ods",)),
    "application/vnd.oasis.opendocument.presentation": Sort("ODP", ("odp",)),
}
ENDINGS: Mapping[str, str] = {ending: media for media, sort in SORTS.items() for ending in sort.endings}
TEXTS = frozenset({"text/plain", "text/csv"})
#: What stands between folders on any machine, and what no file may be called with.
_FOLDERS = re.compile(r"[/\\]")
_FORBIDDEN = re.compile(r'[<>:"|?*]')
_MOST_OF_A_NAME = 4_000


def may_change(reader: Somebody, by_id: int | None) -> bool:
    """Whether they describe and remove a document: coordinators any, partners what they attached themselves."""
    return reader.is_coordinator or (reader.is_partner and by_id == reader.id)


def may_hide(reader: Somebody) -> bool:
    """Whether they keep a document from all but coordinators."""
    return reader.is_coordinator


def possible() -> str:
    """Return what can be attached, in a list."""
    return ", ".join(sort.name for sort in SORTS.values())


def named(name: str | None) -> str:
    """Return the name of a file without folders, and without what nobody sees or no machine takes."""
    last = _FOLDERS.split((name or "")[-_MOST_OF_A_NAME:])[-1]
    seen = "".join(" " if letter.isspace() else letter for letter in last if not _is_odd(letter))
    words = " ".join(_FORBIDDEN.sub("_", clean(seen) or "").split()).strip(". ")
    stem, dot, ending = words.rpartition(".")
    if dot and len(ending) < LONGEST_NAME // 2:
        return f"{stem[: LONGEST_NAME - len(ending) - 1].rstrip()}.{ending}"
    return words[:LONGEST_NAME].rstrip() or str(_("document"))


def _is_odd(letter: str) -> bool:
    return unicodedata.category(letter) in {"Cc", "Cf", "Cs", "Co", "Cn"} and not letter.isspace()


def ending_of(name: str) -> str:
    """Return how a name ends, in small letters; empty if it has no ending."""
    return name.rpartition(".")[2].lower() if "." in name else ""


def ended(name: str, media_type: str) -> str:
    """Return a name with an ending that says what it is. Raises Refused if it says that it is something else."""
    sort, claimed = SORTS[media_type], ENDINGS.get(ending_of(name))
    if claimed == media_type:
        return name
    if claimed is not None:
        raise Refused(
            _(
                "This is called %(claimed)s, but it is %(found)s. Please give it its right name.",
                claimed=SORTS[claimed].name,
                found=sort.name,
            )
        )
    return f"{name}.{sort.endings[0]}"


def check_size(size_bytes: int, most_megabytes: int) -> None:
    """Raise Refused for what is empty or too large."""
    if size_bytes == 0:
        raise Refused(_("This file is empty."))
    if size_bytes > most_megabytes * _MEGABYTE:
        raise Refused(_("This file is larger than %(most)s MB.", most=most_megabytes))


def check_quota(new_bytes: Iterable[int], kept_bytes: int, most_megabytes: int) -> None:
    """Raise Refused if all files of the office together would need more room than they have."""
    if kept_bytes + sum(new_bytes) > most_megabytes * _MEGABYTE:
        raise Refused(
            _(
                "There is no room left: all documents together may have %(most)s MB. "
                "Please remove some, or ask whoever looks after this program.",
                most=most_megabytes,
            )
        )
