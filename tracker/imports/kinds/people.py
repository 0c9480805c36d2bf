"""People with their functions, a line each; and who somebody is whom a line names."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from tracker.db import db
from tracker.folding import fold
from tracker.guestlists.reading import Column, name_of
from tracker.imports.fields import (
    COUNTRY,
    LANGUAGE,
    NOTES,
    ORGANISATION,
    Field,
    address,
    country,
    language,
    line,
    too_long,
    words,
)
from tracker.imports.kinds.kind import ANOTHER, ITSELF, By, Kind, Looked, Parsed, Question, Taken, had, missing
from tracker.imports.kinds.known import Bodies
from tracker.imports.kinds.organisations import language_in
from tracker.imports.models import Verdict
from tracker.language import _, _l
from tracker.people import actions as people
from tracker.people.models import Contact, MailRhythm, Person
from tracker.refusal import Refused
from tracker.web.formats import plain

#: As long as a name is kept.
MOST_LETTERS = 200
#: Names that are asked for in one statement.
_PORTION = 500
#: Columns that make a name.
PERSON = (
    Field(
        "name",
        _l("Full name"),
        "full name|person|vor und nachname|vorname nachname|ansprechpartner|ansprechperson|kontakt|nome e cognome|"
        "nominativo|teljes nev|nev|nume|nume si prenume|contact",
        line,
        at_most=200,
    ),
    Field(
        "given",
        _l("First name"),
        "given name|forename|vorname|vornamen|rufname|nome di battesimo|keresztnev|utonev|prenume",
        line,
        at_most=100,
        is_spare=True,
    ),
    Field(
        "family",
        _l("Family name"),
        "last name|surname|nachname|familienname|zuname|cognome|vezeteknev|csaladnev|nume de familie",
        line,
        at_most=100,
        is_spare=True,
    ),
)
FIELDS = (
    *PERSON,
    Field(
        "form_of_address",
        _l("Form of address"),
        "title|salutation|anrede|titel|titolo|megszolitas|adresare|apelativ",
        line,
        at_most=120,
    ),
    Field("organisation", _l("Organisation"), ORGANISATION, line, at_most=200, refers="organisation"),
    Field(
        "function",
        _l("Function"),
        "position|role|job|funktion|amt|rolle|funzione|ruolo|carica|beosztas|funkcio|tisztseg|functie|functia",
        line,
        at_most=200,
    ),
    Field(
        "email",
        _l("E-mail address"),
        "email|e mail|mail|mailadresse|e mail adresse|email adresse|indirizzo email|posta elettronica|"
        "e mail cim|email cim|adresa de e mail|adresa email",
        address,
        at_most=320,
    ),
    Field(
        "phone",
        _l("Phone"),
        "telephone|telefon|tel|mobil|handy|telefono|cellulare|telefonszam|numar de telefon",
        line,
        at_most=60,
    ),
    Field(
        "postal_address",
        _l("Postal address"),
        "address|adresse|anschrift|postanschrift|indirizzo|cim|postacim|adresa",
        words,
        at_most=500,
    ),
    Field("language", _l("Language"), LANGUAGE, language),
    Field("country", _l("Country"), COUNTRY, country),
    Field("notes", _l("Notes"), NOTES, words, at_most=5000),
)


def named(parsed: Parsed) -> Parsed:
    """Return a line with the whole name of whom it is about, whatever columns it stands in."""
    given = ((column, parsed[column.value]) for column in (Column.NAME, Column.GIVEN, Column.FAMILY))
    name = name_of({column: text for column, text in given if text})
    reasons = (too_long(_("Name"), MOST_LETTERS),) if len(name) > MOST_LETTERS else ()
    return Parsed({**parsed.values, "name": name or None}, (*parsed.reasons, *reasons), parsed.question)


class Persons:
    """Those who are there of whom some lines name, by name and by address."""

    def __init__(self, bodies: Bodies, made: frozenset[int] = frozenset()) -> None:
        """Know nobody yet."""
        self.bodies, self.made = bodies, made
        self.by_id: dict[int, Person] = {}
        self.by_address: dict[str, list[Person]] = {}
        self.by_name: dict[str, list[Person]] = {}

    def meet(self, each: Sequence[Parsed]) -> None:
        """Look who is there of those whom lines name; a few statements, however many there are."""
        names = {fold(parsed["name"]) for parsed in each if parsed["name"]}
        addresses = {parsed["email"].lower() for parsed in each if parsed["email"]}
        for column, wanted in ((Person.folded, names), (sa.func.lower(Person.email), addresses)):
            ordered = sorted(wanted)
            for first in range(0, len(ordered), _PORTION):
                query = sa.select(Person).where(column.in_(ordered[first : first + _PORTION]))
                for row in db.session.scalars(query.options(selectinload(Person.contacts))):
                    if row.id not in self.by_id and row.id not in self.made:
                        self._know(row)
        for rows in (*self.by_name.values(), *self.by_address.values()):
            rows.sort(key=lambda row: row.id)

    def _know(self, row: Person) -> None:
        self.by_id[row.id] = row
        self.by_name.setdefault(fold(row.name), []).append(row)
        if row.email:
            self.by_address.setdefault(row.email.lower(), []).append(row)

    def told(self, row: Person) -> str:
        """Return name, where they are, and their address."""
        at = [plain(self.bodies.all[held.organisation_id].name) for held in row.contacts]
        return " · ".join(one for one in (row.name, *at[:2], row.email) if one)

    def question(self, rows: Sequence[Person]) -> Question:
        """Ask which of these it is."""
        return Question(ITSELF, tuple((one.id, self.told(one)) for one in rows))


class PeopleLines(Kind):
    """A line for each person, with a function at an organisation."""

    fields = FIELDS
    table = Person
    _PLAIN = ("name", "form_of_address", "email", "phone", "postal_address", "language", "country", "notes")

    def __init__(self, by: By, made: frozenset[int] = frozenset()) -> None:
        """Look what is there."""
        super().__init__(by, made)
        self.bodies = Bodies()
        self.registers = {"organisation": self.bodies}
        self.persons = Persons(self.bodies, made)

    def complete(self, parsed: Parsed) -> Parsed:
        """Put the name together, and insist on it."""
        found = named(parsed)
        reasons = list(found.reasons)
        if found["name"] is None:
            reasons.append(missing(_("Name")))
        if found["function"] and found["organisation"] is None and not reasons:
            reasons.append(_("Please choose the organisation too."))
        return Parsed(found.values, tuple(reasons), found.question)

    def meet(self, each: Sequence[Parsed]) -> None:
        """Look who is there."""
        self.persons.meet(each)

    def called(self, parsed: Parsed) -> str:
        """Return the name."""
        return parsed["name"] or ""

    def judged(self, parsed: Parsed, chosen: int | None) -> Looked:
        """Say who it is: the same address is the same person, and so is the same name at the same organisation."""
        name, body, email = parsed["name"], parsed["organisation"], (parsed["email"] or "").lower()
        identity = (email or f"{fold(name)}|{body.id if body else ''}")[:400]
        if chosen and (row := self.persons.by_id.get(chosen)):
            return self._beside(parsed, row, identity)
        namesakes = self.persons.by_name.get(fold(name), [])
        addressed = self.persons.by_address.get(email, []) if email else []
        # Many may share an address (info@…): it says who it is of those who are called so.
        same = next((one for one in namesakes if one in addressed), None)
        if same is None and not addressed:
            there = [one for one in namesakes if body and any(held.organisation_id == body.id for held in one.contacts)]
            same = there[0] if len(there) == 1 and not (email and there[0].email) else None
        if same is not None and chosen is None:
            return self._beside(parsed, same, identity)
        alike = list(dict.fromkeys([*addressed, *namesakes]))
        if alike and chosen != ANOTHER:
            return Looked(Verdict.ALIKE, name, identity, question=self.persons.question(alike))
        return Looked(Verdict.NEW, name, identity)

    def _beside(self, parsed: Parsed, row: Person, identity: str) -> Looked:
        changes = self.differences(parsed, row, self._PLAIN)
        if held := self._new_function(parsed, row):
            changes = (*changes, (_("Function"), "", held))
        return Looked(Verdict.CHANGED if changes else Verdict.SAME, row.name, identity, changes=changes, row=row)

    @staticmethod
    def _new_function(parsed: Parsed, row: Person) -> str | None:
        """Return the function that the person has not yet, as a page names it."""
        body, function = parsed["organisation"], parsed["function"]
        if body is None:
            return None
        held = [one for one in row.contacts if one.organisation_id == body.id and one.archived_at is None]
        if any(function is None or fold(one.function or "") == fold(function) for one in held):
            return None
        return ", ".join(one for one in (function, plain(body.name)) if one)

    def take(self, lines: Sequence[tuple[Parsed, Looked]]) -> list[Taken | Refused]:
        """Enter people, or change what differs: as many statements for a thousand as for one."""
        new = people.create_people(
            [self._values(parsed) for parsed, looked in lines if looked.row is None], **self.by.who
        )
        made = iter(new)
        rows: list[Person] = [next(made) if looked.row is None else looked.row for _parsed, looked in lines]
        befores: list[dict[str, Any]] = []
        for row, (parsed, looked) in zip(rows, lines, strict=True):
            befores.append(had(row, parsed, self._PLAIN) if looked.row is not None else {})
            if befores[-1]:
                people.change_person(row, **{name: parsed[name] for name in befores[-1]}, **self.by.who)
        gaining = [
            place
            for place, (parsed, looked) in enumerate(lines)
            if parsed["organisation"] and (looked.row is None or self._new_function(parsed, looked.row))
        ]
        wanted = [(rows[place], lines[place][0]["organisation"].id, lines[place][0]["function"]) for place in gaining]
        held: dict[int, Contact] = dict(zip(gaining, people.add_functions(wanted, **self.by.who), strict=True))
        return [
            Taken(row, looked.row is None, befores[place], [held[place]] if place in held else [])
            for place, (row, (_parsed, looked)) in enumerate(zip(rows, lines, strict=True))
        ]

    def taken(self, parsed: Parsed, looked: Looked) -> Taken:
        """Enter one person, or change what differs."""
        (taken,) = self.take([(parsed, looked)])
        if isinstance(taken, Refused):
            raise taken
        return taken

    def _values(self, parsed: Parsed) -> Mapping[str, Any]:
        """Return what a new person is made of."""
        body = parsed["organisation"]
        spoken = parsed["language"] or (body.language if body else None) or language_in(parsed["country"])
        values = {name: parsed[name] for name in self._PLAIN} | {"language": spoken or self.by.language}
        return {**values, "mail_rhythm": MailRhythm.WEEKLY}
