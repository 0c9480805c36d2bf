"""The office and the organisations that its public page names; where a name is not known, the entry says so."""

from dataclasses import dataclass
from typing import Any

from tracker.db import Translated, db
from tracker.example.pen import Pen
from tracker.history.rules import Verb
from tracker.organisations.models import Office, Organisation, OrganisationAlias, OrganisationKind

#: Country to language and zone.
WHERE = {
    "DE": ("de", "Europe/Berlin"),
    "AT": ("de", "Europe/Vienna"),
    "IT": ("it", "Europe/Rome"),
    "HU": ("hu", "Europe/Budapest"),
    "RO": ("ro", "Europe/Bucharest"),
    "US": ("en", "America/Chicago"),
}
#: Where the municipalities lie whose names are known.
POSITIONS = {
    "Immenhausen": "51.428, 9.48",
    "Kaufungen": "51.282, 9.618",
    "Calden": "51.408, 9.402",
    "Modigliana": "44.159, 11.793",
    "Bertinoro": "44.148, 12.134",
    "Ráckeve": "47.161, 18.945",
}
UNKNOWN = "Die öffentliche Seite nennt die Zahl der Gemeindepartnerschaften, nicht jeden Namen. Bitte hier eintragen."


@dataclass(frozen=True)
class Bodies:
    """The organisations that the rest of the example speaks of."""

    kassel: Organisation
    hessen: Organisation
    energie: Organisation
    immenhausen: Organisation
    kaufungen: Organisation
    calden: Organisation
    waldviertel: Organisation
    emilia_romagna: Organisation
    region_office: Organisation
    forli_cesena: Organisation
    modigliana: Organisation
    bertinoro: Organisation
    csepel: Organisation
    rackeve: Organisation
    bistrita: Organisation
    carrier: Organisation
    wisconsin: Organisation
    dane: Organisation


def write_office(pen: Pen, kassel: Organisation) -> Office:
    """Make the district the office of this installation."""
    office = db.session.get(Office, 1) or Office(id=1, created_at=pen.now)
    office.organisation, office.name = kassel, "Landkreis Kassel"
    office.language, office.zone, office.country, office.subdivision = "de", "Europe/Berlin", "DE", "DE-HE"
    office.imprint, office.accessibility = _imprint(pen), _accessibility(pen)
    return pen.keep(office)


def write_bodies(pen: Pen) -> Bodies:
    """Enter all organisations that have a name."""
    kassel = _district(pen)
    hessen = _enter(pen, OrganisationKind.STATE, "DE", pen.german("Land Hessen", "State of Hesse"), subdivision="DE-HE")
    region = _enter(
        pen,
        OrganisationKind.REGION,
        "IT",
        pen.text("it", it="Regione Emilia-Romagna", de="Region Emilia-Romagna", en="Emilia-Romagna Region"),
        subdivision="IT-45",
        place="Bologna",
    )
    forli = _enter(
        pen,
        OrganisationKind.PROVINCE,
        "IT",
        pen.text("it", it="Provincia di Forlì-Cesena", de="Provinz Forlì-Cesena", en="Province of Forlì-Cesena"),
        aliases=("Forli-Cesena", "Forlì", "Cesena"),
        subdivision="IT-FC",
        place="Forlì",
        notes="Besteht weiter, mit weniger Zuständigkeiten als früher.",
        part_of=region,
    )
    csepel = _csepel(pen)
    state = _enter(
        pen, OrganisationKind.STATE, "US", pen.text("en", en="State of Wisconsin", de="Wisconsin"), subdivision="US-WI"
    )
    return Bodies(
        kassel=kassel,
        hessen=hessen,
        energie=_enter(
            pen,
            OrganisationKind.ASSOCIATION,
            "DE",
            pen.german("Energie 2000 e.V.", "Energie 2000 (energy advice agency)"),
            aliases=("Energie 2000", "Energieberatungsagentur"),
            subdivision="DE-HE",
        ),
        immenhausen=_town(pen, "Immenhausen", "DE", kassel),
        kaufungen=_town(pen, "Kaufungen", "DE", kassel),
        calden=_town(pen, "Calden", "DE", kassel),
        waldviertel=_enter(
            pen,
            OrganisationKind.AGENCY,
            "AT",
            pen.german("Waldviertel-Management", "Waldviertel Management"),
            aliases=("Waldviertel", "Waldviertelmanagement"),
            subdivision="AT-3",
        ),
        emilia_romagna=region,
        region_office=_enter(
            pen,
            OrganisationKind.AGENCY,
            "IT",
            pen.text(
                "it",
                it="Ufficio partenariati della Regione Emilia-Romagna",
                de="Partnerschaftsbüro der Region Emilia-Romagna",
                en="Partnership Office of the Emilia-Romagna Region",
            ),
            subdivision="IT-45",
            place="Bologna",
            part_of=region,
        ),
        forli_cesena=forli,
        modigliana=_town(pen, "Modigliana", "IT", forli),
        bertinoro=_town(pen, "Bertinoro", "IT", forli),
        csepel=csepel,
        rackeve=_town(pen, "Ráckeve", "HU", csepel),
        bistrita=_bistrita(pen),
        carrier=_enter(
            pen,
            OrganisationKind.ASSOCIATION,
            "DE",
            pen.german(
                "Verein, der die Verbindung nach Bistrița-Năsăud betreut (Name nicht bekannt)",
                "Association that looks after the link with Bistrița-Năsăud (name not known)",
            ),
            notes="Sitz nicht bekannt; hier mit dem Land der Dienststelle eingetragen.",
        ),
        wisconsin=state,
        dane=_enter(
            pen,
            OrganisationKind.COUNTY,
            "US",
            pen.text("en", en="Dane County", de="Dane County"),
            aliases=("Dane County, Wisconsin", "Dane"),
            subdivision="US-WI",
            place="Madison",
            part_of=state,
        ),
    )


def unknown_town(pen: Pen, number: int, *, country: str, region: Organisation) -> Organisation:
    """Enter a municipality of which only the existence is known."""
    where = {
        "DE": ("im Landkreis Kassel", "in the district of Kassel"),
        "IT": ("in Forlì-Cesena", "in Forlì-Cesena"),
        "HU": ("auf der Csepel-Insel", "on Csepel Island"),
    }[country]
    name = pen.german(
        f"Gemeinde {where[0]}, Name nicht bekannt ({number})", f"Municipality {where[1]}, name not known ({number})"
    )
    subdivision = {"DE": "DE-HE", "HU": "HU-PE", "IT": "IT-FC"}.get(country)
    return _enter(
        pen, OrganisationKind.MUNICIPALITY, country, name, subdivision=subdivision, part_of=region, notes=UNKNOWN
    )


def _enter(
    pen: Pen,
    kind: OrganisationKind,
    country: str,
    name: Translated,
    *,
    aliases: tuple[str, ...] = (),
    **more: Any,
) -> Organisation:
    language, zone = WHERE[country]
    body = Organisation(
        name=name, kind=kind, country=country, **({"language": language, "zone": zone, "created_at": pen.now} | more)
    )
    body.aliases = [OrganisationAlias(text=text) for text in aliases]
    pen.tell(Verb.ORGANISATION_CREATED, pen.keep(body), by=None)
    return body


def _district(pen: Pen) -> Organisation:
    name = pen.text(
        "de",
        de="Landkreis Kassel",
        en="District of Kassel",
        it="Circondario di Kassel",
        hu="Kassel járás",
        ro="Districtul Kassel",
    )
    aliases = ("Kreis Kassel", "Kassel District")
    return _enter(pen, OrganisationKind.DISTRICT, "DE", name, aliases=aliases, subdivision="DE-HE", place="Kassel")


def _csepel(pen: Pen) -> Organisation:
    name = pen.text(
        "hu", hu="Csepel-szigeti települések", de="Gemeinden der Csepel-Insel", en="Communes on Csepel Island"
    )
    aliases = ("Szepel-Insel", "Csepel-Insel", "Csepel-sziget", "Csepel Island")
    return _enter(pen, OrganisationKind.REGION, "HU", name, aliases=aliases, subdivision="HU-PE")


def _bistrita(pen: Pen) -> Organisation:
    name = pen.text("ro", ro="Județul Bistrița-Năsăud", de="Kreis Bistrița-Năsăud", en="Bistrița-Năsăud County")
    aliases = ("Bistritz-Nassod", "Bistritz", "Nösen", "Bistrita-Nasaud", "Beszterce-Naszód")
    return _enter(pen, OrganisationKind.COUNTY, "RO", name, aliases=aliases, subdivision="RO-BN", place="Bistrița")


def _town(pen: Pen, town: str, country: str, region: Organisation) -> Organisation:
    words = {
        "DE": pen.german(f"Stadt {town}" if town == "Immenhausen" else f"Gemeinde {town}", f"Municipality of {town}"),
        "IT": pen.text("it", it=f"Comune di {town}", de=f"Gemeinde {town}", en=f"Municipality of {town}"),
        "HU": pen.text("hu", hu=f"{town} Város Önkormányzata", de=f"Stadt {town}", en=f"Town of {town}"),
    }
    subdivision = {"DE": "DE-HE", "HU": "HU-PE", "IT": "IT-FC"}.get(country)
    return _enter(
        pen,
        OrganisationKind.MUNICIPALITY,
        country,
        words[country],
        subdivision=subdivision,
        place=town,
        position=POSITIONS[town],
        part_of=region,
    )


def _imprint(pen: Pen) -> Translated:
    return pen.german(
        "Beispielinstallation.\n\nDiese Seite ist kein Angebot des Landkreises Kassel. Sie zeigt an öffentlich "
        "bekannten Tatsachen, wie das "
        "Programm benutzt wird. Personen, Anschriften und alles, was als „Erfundenes Beispiel“ bezeichnet ist, "
        "sind erfunden.\n\n"
        "Wer das Programm betreibt, trägt hier Name, Anschrift, Vertretung, Telefon und E-Mail-Adresse der "
        "Dienststelle ein.",
        "Example installation.\n\nThis site is not run by the district of Kassel. It shows with publicly known "
        "facts how the program is used. "
        "Persons, addresses and everything called an “invented example” are invented.\n\n"
        "Whoever runs the program enters the office's name, address, representative, telephone and e-mail address "
        "here.",
    )


def _accessibility(pen: Pen) -> Translated:
    return pen.german(
        "Diese Seite soll für alle benutzbar sein: mit Tastatur, Vorlesehilfe, Vergrößerung, am Telefon und ohne "
        "Skripte. Maßstab ist "
        "EN 301 549 (WCAG 2.1, Stufe AA).\n\nStand: Beispielinstallation. Sie ist mit Prüfprogrammen untersucht "
        "worden, aber noch nicht von "
        "Menschen mit Behinderungen. Eine Bewertung nach BITV 2.0 liegt nicht vor.\n\nBarriere gefunden? Die "
        "Dienststelle nennt hier, wer "
        "sich darum kümmert und welche Schlichtungsstelle zuständig ist.",
        "This site is meant to be usable by everybody: with a keyboard, a screen reader, magnification, on a phone "
        "and without scripts. The "
        "measure is EN 301 549 (WCAG 2.1, level AA).\n\nState: example installation. It was examined by checking "
        "programs, not yet by people "
        "with disabilities. There is no formal assessment.\n\nFound a barrier? The office names here who looks "
        "after it, and which "
        "arbitration body is responsible.",
    )
