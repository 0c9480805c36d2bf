"""The list of organisations as a file."""

from collections.abc import Iterable, Sequence

from sqlalchemy.orm import load_only, selectinload

from tracker.language import _, language_name
from tracker.organisations.models import Organisation
from tracker.web.access import Somebody
from tracker.web.formats import country_name
from tracker.web.sheets import Sheet, Value

#: What a line tells.
_TOLD = load_only(
    *(Organisation.name, Organisation.kind, Organisation.place, Organisation.country, Organisation.subdivision),
    *(Organisation.language, Organisation.ended_on, Organisation.notes),
)


def organisations(reader: Somebody) -> Sheet[Organisation]:
    """Return what this reader downloads of organisations; notes are the office's own."""
    headings = (
        *(_("Name"), _("Kind"), _("Place"), _("Country"), _("Part of the country"), _("Language"), _("Other names")),
        *(_("Ended"), _("Notes") if reader.sees_all else None),
    )
    return Sheet(_("Organisations"), headings, _cells, options=(_TOLD, selectinload(Organisation.aliases)))


def _cells(rows: Sequence[Organisation]) -> Iterable[Sequence[Value]]:
    for one in rows:
        names = "; ".join(alias.text for alias in one.aliases)
        where = (one.place, country_name(one.country), one.subdivision, language_name(one.language))
        yield one.name, one.kind, *where, names, one.ended_on, one.notes
