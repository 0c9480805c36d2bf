"""Organisations and persons of a large invented office: numbered, so that nobody takes them for real ones."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from tracker.accounts.models import Account, Role
from tracker.accounts.passwords import hash_password
from tracker.db import Translated, db
from tracker.example.bodies import WHERE
from tracker.example.cast import Printed
from tracker.example.passwords import easy_password
from tracker.organisations.models import Office, Organisation, OrganisationKind
from tracker.people.models import Contact, Person

#: Country to subdivision, kind, name of a body, given names, surname.
COUNTRIES = {
    "AT": ("AT-3", OrganisationKind.AGENCY, "Beispielregion", ("Theres", "Franz", "Resi", "Alois"), "Musterer"),
    "DE": ("DE-HE", OrganisationKind.MUNICIPALITY, "Mustergemeinde", ("Gesa", "Konrad", "Lene", "Eike"), "Beispiel"),
    "HU": (None, OrganisationKind.MUNICIPALITY, "Minta község", ("Márta", "Gábor", "Ilona", "Béla"), "Minta"),
    "IT": ("IT-FC", OrganisationKind.PROVINCE, "Provincia di Esempio", ("Maria", "Paolo", "Chiara", "Luca"), "Esempio"),
    "RO": ("RO-BN", OrganisationKind.COUNTY, "Județul Exemplu", ("Radu", "Ioana", "Mihai", "Elena"), "Exemplu"),
    "US": ("US-WI", OrganisationKind.COUNTY, "Sample County", ("Sam", "Jordan", "Robin", "Casey"), "Sample"),
}
#: Who works in the office itself.
STAFF = (Role.ADMINISTRATOR, Role.COORDINATOR, Role.COORDINATOR, Role.COORDINATOR, Role.READER)


@dataclass
class Crowd:
    """The office's own people, and the partners' by organisation."""

    office: Organisation
    staff: list[Person]
    partners: list[Organisation]
    people: dict[int, list[Person]]
    printed: list[Printed]

    @property
    def coordinators(self) -> list[Person]:
        """Those who enter and change things."""
        return [person for person, role in zip(self.staff, STAFF, strict=True) if role is Role.COORDINATOR]

    def everybody_abroad(self) -> list[Person]:
        """Return the partners' persons in turn: the first of each organisation, the second of each, and so on."""
        most = max(len(people) for people in self.people.values())
        return [people[place] for place in range(most) for people in self.people.values() if place < len(people)]


def gather(dice: random.Random, *, organisations: int, people: int, now: datetime) -> Crowd:
    """Enter the office, its staff, and partners in six countries with so many persons in all."""
    long_ago = now - timedelta(days=400)
    office = _organisation("Beispielkreis", "Example District", "DE", OrganisationKind.DISTRICT, long_ago)
    partners = [_partner(number, long_ago) for number in range(1, organisations + 1)]
    db.session.add_all([office, *partners])
    db.session.flush()
    db.session.add(_office(office, long_ago))
    staff = [_person("Karla", f"Muster {number}", office, long_ago) for number in range(1, len(STAFF) + 1)]
    crowd: dict[int, list[Person]] = {body.id: [] for body in partners}
    for number in range(max(people, organisations)):
        body = partners[number % organisations]
        *_rest, names, surname = COUNTRIES[body.country]
        crowd[body.id].append(_person(dice.choice(names), f"{surname} {number + 1}", body, long_ago))
    everybody = [*staff, *(person for people in crowd.values() for person in people)]
    db.session.add_all(everybody)
    db.session.flush()
    printed = _accounts(staff, partners, crowd, long_ago)
    return Crowd(office, staff, partners, crowd, printed)


def _organisation(
    own: str, english: str, country: str, kind: OrganisationKind, at: datetime, *, subdivision: str | None = "DE-HE"
) -> Organisation:
    language, zone = WHERE[country]
    return Organisation(
        name=Translated.of(language, at, **({"en": english} | {language: own})),
        kind=kind,
        country=country,
        subdivision=subdivision,
        language=language,
        zone=zone,
        created_at=at,
    )


def _partner(number: int, at: datetime) -> Organisation:
    country = list(COUNTRIES)[number % len(COUNTRIES)]
    subdivision, kind, name, *_names = COUNTRIES[country]
    return _organisation(f"{name} {number}", f"Example partner {number}", country, kind, at, subdivision=subdivision)


def _office(organisation: Organisation, at: datetime) -> Office:
    office = db.session.get(Office, 1) or Office(id=1, created_at=at)
    office.organisation, office.name, office.language = organisation, "Beispielkreis (erfunden)", "de"
    office.zone, office.country, office.subdivision = "Europe/Berlin", "DE", "DE-HE"
    return office


def _person(given: str, surname: str, at: Organisation, now: datetime) -> Person:
    words = f"{surname} {given}" if at.language == "hu" else f"{given} {surname}"
    number = surname.rpartition(" ")[2]
    person = Person(name=words, language=at.language, email=f"{at.country.lower()}{number}@example.org", created_at=now)
    if at.kind is OrganisationKind.DISTRICT:
        person.email = f"office{number}@example.org"
    person.contacts = [Contact(organisation_id=at.id, is_first=surname.endswith(" 1"), created_at=now)]
    return person


def _accounts(
    staff: list[Person], partners: list[Organisation], people: dict[int, list[Person]], now: datetime
) -> list[Printed]:
    """Give everybody an account; one for each role and partner's language has a password."""
    holders = [*zip(staff, STAFF, strict=True)]
    holders += [(person, Role.PARTNER) for body in partners for person in people[body.id]]
    printed: dict[tuple[Role, str], Printed] = {}
    for person, role in holders:
        account = Account(person_id=person.id, email=str(person.email), role=role, created_at=now)
        if (role, person.language) not in printed:
            password = easy_password()
            account.password_hash = hash_password(password)
            printed[role, person.language] = Printed(role.value, person.language, account.email, password)
        db.session.add(account)
    db.session.flush()
    return list(printed.values())
