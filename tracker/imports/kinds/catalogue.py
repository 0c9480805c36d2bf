"""Every kind of spreadsheet there is."""

from collections.abc import Mapping
from datetime import date, datetime
from types import MappingProxyType

from tracker.imports.kinds.kind import By, Kind
from tracker.imports.kinds.log import LogLines
from tracker.imports.kinds.organisations import OrganisationLines
from tracker.imports.kinds.participants import ParticipantLines
from tracker.imports.kinds.partnerships import PartnershipLines
from tracker.imports.kinds.people import PeopleLines
from tracker.imports.kinds.projects import ProjectLines
from tracker.imports.models import Import, ImportKind

KINDS: Mapping[ImportKind, type[Kind]] = MappingProxyType(
    {
        ImportKind.ORGANISATIONS: OrganisationLines,
        ImportKind.PEOPLE: PeopleLines,
        ImportKind.PARTNERSHIPS: PartnershipLines,
        ImportKind.PROJECTS: ProjectLines,
        ImportKind.PARTICIPANTS: ParticipantLines,
        ImportKind.LOG: LogLines,
    }
)


def kind_of(row: Import, now: datetime, today: date, made: frozenset[int] = frozenset()) -> Kind:
    """Return the kind of an import, with what is there now; `made` are rows that it made itself."""
    return KINDS[row.kind](By(row.by_id, now, today, row.how["language"]), made)
