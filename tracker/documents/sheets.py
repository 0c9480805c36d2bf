"""The documents that hang on something, as a file; the files themselves stay where they are."""

from collections.abc import Iterable, Sequence

from tracker.documents.models import Document
from tracker.documents.rules import SORTS
from tracker.language import _, language_name
from tracker.web.sheets import Sheet, Value


def documents(name: str, *, sees_people: bool) -> Sheet[Document]:
    """Return what is downloaded of the documents of something."""
    headings = (
        *(_("File"), _("What it is"), _("Format"), _("Size in bytes"), _("Language"), _("When")),
        *(_("By") if sees_people else None,),
    )
    return Sheet(f"{_('Documents')} {name}", headings, _cells)


def _cells(rows: Sequence[Document]) -> Iterable[Sequence[Value]]:
    for one in rows:
        what = (one.name, one.description, SORTS[one.file.media_type].name, one.file.size_bytes)
        language = language_name(one.language) if one.language else None
        yield *what, language, one.created_at, one.by.name if one.by else None
