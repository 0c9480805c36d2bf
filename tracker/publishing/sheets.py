"""What stands on the public page, and what is missing there, as a file."""

from collections.abc import Iterable, Sequence

from tracker.language import _, language_name
from tracker.publishing.rules import Standing
from tracker.texts.rules import TextKind
from tracker.web.sheets import Sheet, Value

_KINDS = {kind.value: kind for kind in TextKind}


def published() -> Sheet[Standing]:
    """Return what is downloaded of what is public."""
    headings = (
        *(_("Title"), _("Kind"), _("On the public page"), _("Title missing in"), _("Text missing in")),
        _("To be looked through"),
    )
    return Sheet(_("Public page"), headings, _cells)


def _cells(rows: Sequence[Standing]) -> Iterable[Sequence[Value]]:
    for one in rows:
        how = one.publicity or _("with what it belongs to")
        missing = (", ".join(map(language_name, codes)) for codes in (one.titles, one.texts, one.doubted))
        yield one.title, _KINDS.get(one.table, one.table), how, *missing
