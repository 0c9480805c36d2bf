"""Every kind of spreadsheet there is."""

from collections.abc import Mapping
from datetime import date, datetime
from types import MappingProxyType

from tracker.db import Model
from tracker.imports.kinds.kind import By, Kind
from tracker.imports.kinds.log import LogLines
from tracker.imports.kinds.organisations import OrganisationLines
from tracker.imports.kinds.people import PeopleLines
from tracker.imports.models import Import, ImportKind
from tracker.log.models import LogEntry
from tracker.organisations.models import Organisation
from tracker.people.models import Person

KINDS: Mapping[ImportKind, type[Kind]] = MappingProxyType(
    {
        ImportKind.ORGANISATIONS: OrganisationLines,
        ImportKind.PEOPLE: PeopleLines,
        ImportKind.LOG: LogLines,
    }
)
TABLES: Mapping[ImportKind, type[Model]] = MappingProxyType(
    {ImportKind.ORGANISATIONS: Organisation, ImportKind.PEOPLE: Person, ImportKind.LOG: LogEntry}
)


def kind_of(row: Import, now: datetime, today: date) -> Kind:
    """Return the kind of an import, with what is there now."""
    return KINDS[row.kind](By(row.by_id, now, today, row.how["language"]))
