"""People with their functions, a line each."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from tracker.db import db
from tracker.folding import fold
from tracker.imports.fields import (
    COUNTRY,
    LANGUAGE,
    NOTES,
    ORGANISATION,
    Field,
    How,
    WrongError,
    address,
    country,
    language,
    line,
    words,
)
from tracker.imports.kinds.kind import (
    ANOTHER,
    STAYS_OUT,
    By,
    Kind,
    Looked,
    Parsed,
    Taken,
    before,
    differences,
    give_back,
    wrong,
)
from tracker.imports.kinds.known import Bodies
from tracker.imports.kinds.organisations import language_in
from tracker.imports.models import Verdict
from tracker.language import _, _l
from tracker.people import actions as people
from tracker.people.models import Contact, MailRhythm, Person
from tracker.web.formats import plain

FIELDS = (
    Field(
        "name",
        _l("Name"),
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
    ),
    Field(
        "family",
        _l("Family name"),
        "last name|surname|nachname|familienname|zuname|cognome|vezeteknev|csaladnev|nume de familie",
        line,
        at_most=100,
    ),
    Field(
        "form_of_address",
        _l("Form of address"),
        "title|salutation|anrede|titel|titolo|megszolitas|adresare|apelativ",
        line,
        at_most=120,
    ),
    Field("organisation", _l("Organisation"), ORGANISATION, line, at_most=200),
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


class PeopleLines(Kind):
    """A line for each person, with a function at an organisation."""

    fields = FIELDS
    _PLAIN = ("name", "form_of_address", "email", "phone", "postal_address", "language", "country", "notes")

    def __init__(self, by: By) -> None:
        """Look who is there."""
        super().__init__(by)
        self.bodies = Bodies()
        self.by_address: dict[str, Person] = {}
        self.by_name: dict[str, list[Person]] = {}
        self.by_id: dict[int, Person] = {}
        for row in db.session.scalars(sa.select(Person).options(selectinload(Person.contacts)).order_by(Person.id)):
            self._add(row)

    def _add(self, row: Person) -> None:
        self.by_id[row.id] = row
        self.by_name.setdefault(fold(row.name), []).append(row)
        if row.email:
            self.by_address.setdefault(row.email.lower(), row)

    def parsed(self, cells: Sequence[str], columns: Sequence[str], how: How) -> Parsed:
        """Read a line; first name and family name make one."""
        found = super().parsed(cells, columns, how)
        name = found["name"] if found["name"] and not (found["given"] and not found["family"]) else None
        parts = (found["given"], found["name"] if found["given"] and not found["family"] else None, found["family"])
        name = name or " ".join(one for one in parts if one)
        reasons = found.reasons if name else (*found.reasons, _("“%(field)s” is missing.", field=_("Name")))
        values: dict[str, Any] = {**found.values, "name": name or None, "body": None}
        if found["organisation"]:
            try:
                values["body"] = self.bodies.called(found["organisation"])
            except WrongError as wrong:
                reasons = (*reasons, str(wrong))
        elif found["function"]:
            reasons = (*reasons, _("Please choose the organisation too."))
        return Parsed(values, reasons)

    def look(self, parsed: Parsed, chosen: int | None) -> Looked:
        """Say who it is: the same address is the same person, and so is the same name at the same organisation."""
        name, body, email = parsed["name"] or "", parsed["body"], (parsed["email"] or "").lower()
        if parsed.reasons:
            return wrong(parsed, name)
        identity = email or f"{fold(name)}|{body.id if body else ''}"
        if chosen == STAYS_OUT:
            return Looked(Verdict.LEFT_OUT, name, identity)
        if chosen and (row := self.by_id.get(chosen)):
            return self._beside(parsed, row, identity)
        namesakes = self.by_name.get(fold(name), [])
        there = [one for one in namesakes if body and any(held.organisation_id == body.id for held in one.contacts)]
        same = self.by_address.get(email) if email else None
        if same is None and len(there) == 1 and not (email and there[0].email):
            same = there[0]
        if same is not None and (fold(same.name) == fold(name) or chosen == same.id):
            return self._beside(parsed, same, identity)
        alike = [*([same] if same else []), *(one for one in namesakes if one is not same)]
        if alike and chosen != ANOTHER:
            return Looked(Verdict.ALIKE, name, identity, alike=tuple((one.id, self._who(one)) for one in alike))
        return Looked(Verdict.NEW, name, identity)

    def _who(self, row: Person) -> str:
        bodies = {one.id: one for one in self.bodies.all}
        at = [plain(bodies[held.organisation_id].name) for held in row.contacts if held.organisation_id in bodies]
        return " · ".join(one for one in (row.name, *at[:2], row.email) if one)

    def _beside(self, parsed: Parsed, row: Person, identity: str) -> Looked:
        changes = differences(self.fields, parsed, row, self._PLAIN)
        if held := self._new_function(parsed, row):
            changes = (*changes, (_("Function"), "", held))
        return Looked(Verdict.CHANGED if changes else Verdict.SAME, row.name, identity, changes=changes, row=row)

    @staticmethod
    def _new_function(parsed: Parsed, row: Person) -> str | None:
        """Return the function that the person has not yet, as a page names it."""
        body, function = parsed["body"], parsed["function"]
        held = [one for one in row.contacts if body and one.organisation_id == body.id and one.archived_at is None]
        if body is None or any(function is None or fold(one.function or "") == fold(function) for one in held):
            return None
        return ", ".join(one for one in (function, plain(body.name)) if one)

    def take(self, lines: Sequence[tuple[Parsed, Looked]]) -> list[Taken]:
        """Enter people, or change what differs."""
        by: dict[str, Any] = {"by_id": self.by.id, "now": self.by.now}
        new = people.create_people([self._values(parsed) for parsed, looked in lines if looked.row is None], **by)
        for row in new:
            self._add(row)
        made = iter(new)
        rows: list[Person] = [next(made) if looked.row is None else looked.row for _parsed, looked in lines]
        befores: list[dict[str, Any]] = []
        for row, (parsed, looked) in zip(rows, lines, strict=True):
            befores.append(before(row, parsed, self._PLAIN) if looked.row is not None else {})
            if befores[-1]:
                people.change_person(row, **{name: parsed[name] for name in befores[-1]}, **by)
        gaining = [
            place
            for place, (parsed, looked) in enumerate(lines)
            if parsed["body"] and (looked.row is None or self._new_function(parsed, looked.row))
        ]
        wanted = [(rows[place], lines[place][0]["body"].id, lines[place][0]["function"]) for place in gaining]
        for place, contact in zip(gaining, people.add_functions(wanted, **by), strict=True):
            befores[place]["contact_id"] = contact.id
        looks = [looked for _parsed, looked in lines]
        return [Taken(row, one.row is None, before) for row, one, before in zip(rows, looks, befores, strict=True)]

    def _values(self, parsed: Parsed) -> dict[str, Any]:
        """Return what a new person is made of."""
        body = parsed["body"]
        spoken = parsed["language"] or (body.language if body else None) or language_in(parsed["country"])
        values = {name: parsed[name] for name in self._PLAIN} | {"language": spoken or self.by.language}
        return {**values, "mail_rhythm": MailRhythm.WEEKLY}

    def take_back(self, row: Person, before: Mapping[str, Any]) -> None:
        """Give the person what they had before."""
        give_back(row, before)
        if held := db.session.get(Contact, before.get("contact_id", 0)):
            db.session.delete(held)

    def unmake(self, row: Person) -> None:
        """Delete the person with their functions."""
        for held in row.contacts:
            db.session.delete(held)
        db.session.flush()
        db.session.delete(row)
