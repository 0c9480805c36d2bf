"""What may be kept of lines that were pasted, and what is wrong with the others."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from tracker.attendance.models import Answer, Attendance
from tracker.attendance.rules import THERE, clash, places_left
from tracker.events.models import Event
from tracker.events.rules import check_stay, first_day, last_day, too_few_places
from tracker.folding import fold
from tracker.guestlists import reading
from tracker.guestlists.reading import Column, Line
from tracker.language import _, translated
from tracker.participants.models import Participant, ParticipantRole
from tracker.people.models import Person
from tracker.refusal import Refused
from tracker.web.fields import LINE, is_address

#: What a spreadsheet takes for a formula; no name begins like this.
_FORMULA = ("=", "+", "-", "@")
#: Who was chosen for a line: the id of a person, or nobody known yet.
SOMEBODY_NEW = 0


@dataclass(frozen=True)
class Sender:
    """An organisation that takes part, as a line may name it."""

    id: int
    name: str
    spellings: frozenset[str]
    names: frozenset[str]
    language: str
    country: str


@dataclass(frozen=True)
class Known:
    """What there is already of those whom the lines name."""

    event: Event
    senders: Sequence[Sender]
    #: Folded name, and address in small letters, to persons.
    named: Mapping[str, Sequence[Person]]
    addressed: Mapping[str, Sequence[Person]]
    #: Person id to the names of the organisations at which they have a function, and to their ids.
    places: Mapping[int, str]
    homes: Mapping[int, frozenset[int]]
    #: Who takes part already, by person, and who of them is on the list of the event.
    participants: Mapping[int, Sequence[Participant]]
    listed: frozenset[int]
    #: Person id to where else they come.
    elsewhere: Mapping[int, Sequence[Attendance]]
    #: How many come already.
    heads: int


@dataclass(frozen=True)
class Wanted:
    """What holds for all lines that do not say otherwise."""

    role: ParticipantRole
    organisation_id: int | None
    answer: Answer


@dataclass
class Entry:
    """A line as it is understood."""

    line: Line
    name: str = ""
    role: ParticipantRole = ParticipantRole.DELEGATE
    sender: Sender | None = None
    country: str | None = None
    language: str | None = None
    email: str | None = None
    arrives_on: date | None = None
    leaves_on: date | None = None
    #: Persons known by this name or address.
    candidates: Sequence[Person] = ()
    #: The id of one of them, `SOMEBODY_NEW`, or None: nobody has said yet.
    who: int | None = None
    #: Why it cannot be kept, a sentence for each reason.
    reasons: list[str] = field(default_factory=list)
    #: What may be true all the same, if somebody says so.
    doubts: list[str] = field(default_factory=list)
    #: Whether somebody said so.
    is_sure: bool = False
    #: Whether they are on the list of this event already.
    is_there: bool = False

    @property
    def key(self) -> str:
        """By what somebody says that a line is right all the same: it holds for these words in this place."""
        return f"{self.line.number}:{self.name}"

    @property
    def is_wrong(self) -> bool:
        """Whether it cannot be kept as it is."""
        return bool(self.reasons or (self.doubts and not self.is_sure))

    @property
    def is_asking(self) -> bool:
        """Whether all is well but for who it is."""
        return not self.is_wrong and self.who is None


def judge(
    lines: Sequence[Line], known: Known, wanted: Wanted, chosen: Mapping[int, int], sure: Container[str] = ()
) -> list[Entry]:
    """Understand each line. `chosen`: number of a line to the person whom somebody chose for it; `sure`: see `key`."""
    entries = [_understood(line, known, wanted) for line in lines]
    seen: dict[str, list[tuple[str, int]]] = {}
    taken: dict[int, int] = {}
    for entry in entries:
        entry.is_sure = entry.key in sure
        _tell_who(entry, known, chosen.get(entry.line.number))
        _check_twice(entry, seen, taken)
        _check_person(entry, known, wanted.answer)
    if wanted.answer is Answer.COMING:
        _check_places(entries, known)
    return entries


def _check_places(entries: Sequence[Entry], known: Known) -> None:
    """Let come as many as there are places for, in the order of the lines."""
    left = places_left(known.event, known.heads)
    coming = [entry for entry in entries if not entry.is_wrong and not entry.is_asking]
    for entry in coming[left:] if left is not None else ():
        entry.reasons.append(too_few_places(known.event, left or 0))


def _understood(line: Line, known: Known, wanted: Wanted) -> Entry:
    cells = line.cells
    entry = Entry(line, name=reading.name_of(cells), role=wanted.role)
    if line.is_broken:
        entry.reasons.append(_("This line is too long, or holds signs that cannot be saved."))
        return entry
    _check_name(entry)
    if words := cells.get(Column.ROLE):
        if role := reading.role_of(words):
            entry.role = role
        else:
            roles = ", ".join(str(role.label) for role in ParticipantRole)
            entry.reasons.append(_("“%(words)s” is no role. There are: %(roles)s.", words=words, roles=roles))
    _read_sender(entry, known, wanted)
    if words := cells.get(Column.COUNTRY):
        entry.country = reading.country_of(words)
        if entry.country is None:
            entry.reasons.append(_("“%(words)s” is no country.", words=words))
    if words := cells.get(Column.LANGUAGE):
        entry.language = reading.language_of(words)
        if entry.language is None:
            entry.reasons.append(_("“%(words)s” is none of the five languages.", words=words))
    if words := cells.get(Column.EMAIL):
        entry.email = words
        if not is_address(words):
            entry.reasons.append(_("“%(words)s” is no mail address.", words=words))
    _read_stay(entry, known.event)
    return entry


def _check_name(entry: Entry) -> None:
    if not entry.name:
        entry.reasons.append(_("The name is missing."))
    elif entry.name.startswith(_FORMULA):
        entry.reasons.append(_("A name does not begin with “%(sign)s”: this is a formula.", sign=entry.name[0]))
    elif len(entry.name) > LINE:
        entry.reasons.append(_("This name is too long."))
    elif not any(letter.isalpha() for letter in entry.name):
        entry.reasons.append(_("“%(words)s” is no name.", words=entry.name))


def _read_sender(entry: Entry, known: Known, wanted: Wanted) -> None:
    words = entry.line.cells.get(Column.ORGANISATION)
    if not words:
        entry.sender = next((one for one in known.senders if one.id == wanted.organisation_id), None)
        return
    folded = fold(words)
    # A place is a spelling as well; the name itself goes first.
    found = [one for one in known.senders if folded in one.names]
    found = found or [one for one in known.senders if folded in one.spellings]
    if len(found) == 1:
        entry.sender = found[0]
    elif found:
        entry.reasons.append(_("Several organisations are called “%(words)s”.", words=words))
    else:
        entry.reasons.append(_("“%(words)s” does not take part here. Enter it there first.", words=words))


def _read_stay(entry: Entry, event: Event) -> None:
    days: dict[Column, date | None] = {Column.ARRIVAL: None, Column.DEPARTURE: None}
    for column in days:
        if words := entry.line.cells.get(column):
            try:
                days[column] = reading.day_of(words, first_day(event), last_day(event))
            except ValueError:
                entry.reasons.append(_("“%(words)s” is no date. Write it like 12.8.2027.", words=words))
    entry.arrives_on, entry.leaves_on = days[Column.ARRIVAL], days[Column.DEPARTURE]
    try:
        check_stay(event, entry.arrives_on, entry.leaves_on, None)
    except Refused as refusal:
        entry.reasons.append(refusal.sentence)


def _tell_who(entry: Entry, known: Known, chosen: int | None) -> None:
    """Find who it may be, and take what was chosen, or what leaves no doubt."""
    named = known.named.get(fold(entry.name), ()) if entry.name else ()
    addressed = known.addressed.get(entry.email.lower(), ()) if entry.email else ()
    sender = entry.sender.id if entry.sender else None
    entry.candidates, sure = likely(named, addressed, known.homes, sender)
    if not entry.candidates:
        entry.who = SOMEBODY_NEW
    elif chosen == SOMEBODY_NEW or chosen in {one.id for one in entry.candidates}:
        entry.who = chosen
    elif sure is not None:
        entry.who = sure.id


def likely(
    named: Sequence[Person], addressed: Sequence[Person], homes: Mapping[int, Container[int]], sender: int | None
) -> tuple[list[Person], Person | None]:
    """Return who somebody of a name may be, and the one that leaves no doubt; `addressed`: those of their address."""
    # Many may share an address (info@…): it says who it is of those who are called so.
    both = [one for one in named if one in addressed]
    sure = both or [one for one in named if sender in homes.get(one.id, ())]
    return [*both, *(one for one in named if one not in both)], sure[0] if len(sure) == 1 else None


def _check_twice(entry: Entry, seen: dict[str, list[tuple[str, int]]], taken: dict[int, int]) -> None:
    """Say so if an earlier line names the same person: by a name without another address, or by choice."""
    address, alike = (entry.email or "").lower(), seen.setdefault(fold(entry.name), [])
    same = (number for other, number in alike if address == other or not address or not other)
    earlier = next(same, None) if entry.name else None
    if entry.who and entry.who in taken:
        earlier = taken[entry.who]
    if earlier is not None:
        # Two may be called alike; one known person is one.
        is_certain = bool(entry.who and entry.who in taken)
        (entry.reasons if is_certain else entry.doubts).append(
            _("Line %(number)s names the same person.", number=earlier)
        )
        if entry.is_wrong:
            return
    alike.append((address, entry.line.number))
    if entry.who:
        taken[entry.who] = entry.line.number


def _check_person(entry: Entry, known: Known, answer: Answer) -> None:
    entry.is_there = any(one.id in known.listed for one in entry.candidates)
    if not entry.who:
        return
    if entry.who in known.listed:
        entry.reasons.append(_("They are on the list already."))
    elif answer in THERE:
        others = known.elsewhere.get(entry.who, ())
        if other := clash(known.event, entry.arrives_on, entry.leaves_on, others):
            entry.doubts.append(_("On these days they are at “%(title)s”.", title=str(translated(other.title))))
