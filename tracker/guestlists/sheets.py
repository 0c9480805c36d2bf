"""Lists to be printed and signed: a sheet for each organisation that sends somebody, its words in two languages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from tracker.attendance.models import Attendance
from tracker.attendance.rules import heads_of
from tracker.events.models import Delegation, Event
from tracker.events.rules import days_of
from tracker.folding import fold
from tracker.language import _l, speaking, spoken, translated
from tracker.organisations.models import Organisation

MOST_EMPTY = 50
#: Heads without names get a line each; a crowd signs on sheets that are copied.
MOST_WITHOUT_NAME = 200
#: As many columns for days as fit on a page.
MOST_DAYS = 16
#: What second language is asked for where none is wanted.
NO_SECOND = "none"
WORDS = {
    "title": _l("Attendance list"),
    "event": _l("Event"),
    "when": _l("When"),
    "place": _l("Where"),
    "sent_by": _l("Sent by"),
    "number": _l("No."),
    "name": _l("Name"),
    "role": _l("Role or function"),
    "organisation": _l("Organisation"),
    "signature": _l("Signature"),
    "confirmed": _l("Read and confirmed: place, date, signature"),
}


@dataclass(frozen=True)
class Asked:
    """How lists are wanted: the second language ("": that of who sends them), columns for days, lines more."""

    second: str
    by_day: bool
    empty: int


@dataclass(frozen=True)
class Twice:
    """Words in the reader's language, and in the other one where it says something else."""

    own: str
    other: str | None


@dataclass(frozen=True)
class Row:
    """Somebody who signs; without a name it is left to be written in."""

    name: str | None
    role: Twice | None
    function: str | None


@dataclass
class Sheet:
    """The list of one organisation."""

    organisation: Organisation | None
    #: The second language, if there is one.
    second: str | None
    words: Mapping[str, Twice]
    title: Twice
    days: Sequence[date]
    rows: list[Row] = field(default_factory=list)


def sheets(
    event: Event,
    guests: Sequence[Attendance],
    delegations: Sequence[Delegation],
    functions: Mapping[int, str],
    asked: Asked,
) -> list[Sheet]:
    """Return a sheet for each organisation, by name. `functions`: person id to what they are there."""
    senders = {one.participant.organisation_id: one.participant.organisation for one in guests}
    senders |= {one.organisation_id: one.organisation for one in delegations}
    found = []
    for id_ in sorted(senders, key=lambda id_: (id_ is None, _name(senders[id_]))):
        sheet = _blank(event, senders[id_], asked)
        sheet.rows += _rows([one for one in guests if one.participant.organisation_id == id_], functions, sheet.second)
        planned = sum(one.planned or 0 for one in delegations if one.organisation_id == id_)
        # Who was announced and has no line yet, and whoever comes without having been announced.
        missing = min(max(0, planned - len(sheet.rows)), MOST_WITHOUT_NAME)
        sheet.rows += [Row(None, None, None)] * (missing + asked.empty)
        found.append(sheet)
    return found


def _name(sender: Organisation | None) -> str:
    return fold(str(translated(sender.name))) if sender else ""


def _blank(event: Event, sender: Organisation | None, asked: Asked) -> Sheet:
    second = asked.second or (sender.language if sender else NO_SECOND)
    other = None if second in {NO_SECOND, spoken()} else second
    days = days_of(event) if asked.by_day else []
    return Sheet(
        organisation=sender,
        second=other,
        words={key: _twice(words, other) for key, words in WORDS.items()},
        title=_title(event, other),
        days=days if len(days) <= MOST_DAYS else [],
    )


def _rows(guests: Sequence[Attendance], functions: Mapping[int, str], other: str | None) -> list[Row]:
    """Return a line for each head, those with a name first, in the order of the names."""
    roles: dict[str, Twice] = {}
    rows = []
    for guest in guests:
        who = guest.participant
        if who.role.value not in roles:
            roles[who.role.value] = _twice(who.role.label, other)
        role = roles[who.role.value]
        if who.person:
            rows.append(Row(who.person.name, role, functions.get(who.person.id)))
        else:
            rows += [Row(None, role, None)] * min(heads_of(guest), MOST_WITHOUT_NAME)
    return sorted(rows, key=lambda row: (row.name is None, fold(row.name or "")))


def _twice(words: str, other: str | None) -> Twice:
    own = str(words)
    if other is None:
        return Twice(own, None)
    with speaking(other):
        theirs = str(words)
    return Twice(own, theirs if theirs != own else None)


def _title(event: Event, other: str | None) -> Twice:
    own = str(translated(event.title))
    theirs = str(translated(event.title, other)) if other else own
    return Twice(own, theirs if theirs != own else None)
