"""Invented persons: each has a function and an address at example.org, and no private life."""

from dataclasses import dataclass
from datetime import timedelta

from tracker.accounts.models import Account, Role
from tracker.accounts.passwords import hash_password
from tracker.example.bodies import Bodies
from tracker.example.passwords import easy_password
from tracker.example.pen import Pen
from tracker.folding import fold
from tracker.history.rules import Verb
from tracker.organisations.models import Organisation
from tracker.people.models import Contact, Person


@dataclass(frozen=True)
class Printed:
    """What one needs to sign in as somebody of the example. The password is nowhere else."""

    role: str
    language: str
    address: str
    password: str


@dataclass(frozen=True)
class Cast:
    """Who does something in the example, by function."""

    coordinator: Person
    second_coordinator: Person
    administrator: Person
    reader: Person
    waldviertel: Person
    energie: Person
    region: Person
    csepel: Person
    rackeve: Person
    bistrita: Person
    dane: Person
    kaufungen: Person


def write_cast(pen: Pen, bodies: Bodies) -> tuple[Cast, list[Printed]]:
    """Enter the persons, with one account for each role and one partner's for each language."""
    coordinator = _person(pen, "Karla Muster", bodies.kassel, "Partnerschaftsbüro", greeting="Frau Muster")
    second = _person(pen, "Konrad Muster", bodies.kassel, "Kultur und Öffentlichkeitsarbeit", greeting="Herr Muster")
    administrator = _person(pen, "Anton Beispiel", bodies.kassel, "Informationstechnik", greeting="Herr Beispiel")
    reader = _person(
        pen, "Lene Beispiel", bodies.kassel, "Büro der Landrätin oder des Landrats", greeting="Frau Beispiel"
    )
    waldviertel = _person(pen, "Theres Musterer", bodies.waldviertel, "Projektbetreuung", greeting="Frau Musterer")
    region = _person(pen, "Maria Esempio", bodies.region_office, "Ufficio partenariati", greeting="Maria Esempio")
    csepel = _person(pen, "Minta Márta", bodies.csepel, "kapcsolattartó", greeting="Minta Márta")
    rackeve = _person(pen, "Példa Ilona", bodies.rackeve, "testvérvárosi kapcsolatok", greeting="Példa Ilona")
    bistrita = _person(pen, "Radu Exemplu", bodies.bistrita, "relații internaționale", greeting="domnule Exemplu")
    dane = _person(pen, "Sam Sample", bodies.dane, "international relations", greeting="Sam Sample")
    # A number that is kept for invented people.
    dane.phone = "+1 608 555 0134"
    energie = _person(pen, "Eike Beispiel", bodies.energie, "Energieberatung")
    kaufungen = _person(pen, "Gesa Muster", bodies.kaufungen, "Kulturamt")
    for first, deputy in ((coordinator, second), (second, coordinator)):
        first.contacts[0].deputy = deputy
    second.contacts[0].is_first = administrator.contacts[0].is_first = reader.contacts[0].is_first = False
    roles = (
        (administrator, Role.ADMINISTRATOR),
        (coordinator, Role.COORDINATOR),
        (reader, Role.READER),
        (waldviertel, Role.PARTNER),
        (dane, Role.PARTNER),
        (region, Role.PARTNER),
        (csepel, Role.PARTNER),
        (bistrita, Role.PARTNER),
    )
    printed = [_account(pen, person, role, by=administrator) for person, role in roles]
    cast = Cast(
        coordinator=coordinator,
        second_coordinator=second,
        administrator=administrator,
        reader=reader,
        waldviertel=waldviertel,
        energie=energie,
        region=region,
        csepel=csepel,
        rackeve=rackeve,
        bistrita=bistrita,
        dane=dane,
        kaufungen=kaufungen,
    )
    return cast, printed


def artist(pen: Pen, name: str, language: str, country: str, *, zone: str) -> Person:
    """Enter an invented artist, who belongs to no organisation."""
    person = Person(
        name=name, language=language, country=country, zone=zone, email=_address(name, language), created_at=pen.now
    )
    pen.tell(Verb.PERSON_CREATED, pen.keep(person), by=None)
    return person


def _person(pen: Pen, name: str, at: Organisation, function: str, *, greeting: str | None = None) -> Person:
    person = Person(
        name=name,
        language=at.language,
        email=_address(name, at.language),
        form_of_address=greeting,
        notes="Erfundene Person.",
        created_at=pen.now,
    )
    person.contacts = [Contact(organisation_id=at.id, function=function, is_first=True, created_at=pen.now)]
    pen.tell(Verb.PERSON_CREATED, pen.keep(person), by=None)
    return person


def _address(name: str, language: str) -> str:
    words = fold(name).split()
    if language == "hu":
        words.reverse()
    return f"{'.'.join(words)}@example.org"


def _account(pen: Pen, person: Person, role: Role, *, by: Person) -> Printed:
    password = easy_password()
    account = Account(
        person=person, email=str(person.email), role=role, password_hash=hash_password(password), created_at=pen.now
    )
    # What partners said in the last days is news at the first sign-in.
    account.seen_until = account.last_sign_in_at = pen.now - timedelta(days=5)
    pen.keep(account)
    pen.tell(Verb.ACCOUNT_INVITED, person, by=by, role=role)
    return Printed(role.value, person.language, account.email, password)
