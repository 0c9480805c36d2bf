"""What a text can need, whose texts are listed, and who sees that."""

from enum import Enum

from tracker.language import Word, _l
from tracker.web.access import Somebody


class Concern(Enum):
    """What a text can need: a look at a translation, or a translation."""

    DOUBTED = "doubted"
    MISSING = "missing"


class TextKind(Word):
    """Whose text it is, by the table it is kept in, in the order of the list: what most people read comes first."""

    OFFICE = "office", _l("Office")
    PILLAR = "pillar_text", _l("Pillar")
    PARTNERSHIP = "partnership", _l("Partnership")
    AGREEMENT = "agreement", _l("Agreement")
    PROJECT = "project", _l("Project")
    SERIES = "series", _l("Series")
    EVENT = "event", _l("Event")
    PROGRAMME = "programme_item", _l("Programme")
    TRAVEL = "travel_question", _l("When can we travel?")
    ORGANISATION = "organisation", _l("Organisation")
    DOCUMENT = "document", _l("Document")
    MILESTONE = "milestone", _l("Milestone")


#: Tables of what was noted along the way: it stays in its own language, and nobody owes a translation of it.
NOTES = frozenset({"log_entry", "contribution"})


def may_see(reader: Somebody) -> bool:
    """Whether they see which texts need a translator: who mends most of them."""
    return reader.is_coordinator


def may_mend(reader: Somebody, kind: str) -> bool:
    """Whether they are the one to look after the texts of a kind."""
    if kind in NOTES:
        return False
    return reader.is_administrator if kind == TextKind.OFFICE else reader.is_coordinator
