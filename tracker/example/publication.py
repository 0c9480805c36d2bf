"""What the office publishes: what its public page tells, with the Italian words that the rest of the example lacks."""

from collections.abc import Iterable, Mapping
from typing import TypeVar

import sqlalchemy as sa

from tracker.agreements.models import Agreement
from tracker.db import Model, Text, Translated, db
from tracker.events.models import Event
from tracker.example.pen import Pen
from tracker.log.models import LogEntry
from tracker.organisations.models import Office, Organisation
from tracker.partnerships.models import Partnership, Publicity
from tracker.projects.models import Project, Series

Row = TypeVar("Row", bound=Model)
#: How the names of those begin of whom only the number is known.
UNKNOWN = "Gemeinde im Landkreis"
#: Titles and names by their German wording.
ITALIAN: dict[str, str] = {
    "Land Hessen": "Land Assia",
    "Energie 2000 e.V.": "Energie 2000 e.V. (agenzia di consulenza energetica)",
    "Stadt Immenhausen": "Città di Immenhausen",
    "Gemeinde Kaufungen": "Comune di Kaufungen",
    "Gemeinde Calden": "Comune di Calden",
    "Waldviertel-Management": "Waldviertel-Management",
    "Gemeinden der Csepel-Insel": "Comuni dell’isola di Csepel",
    "Stadt Ráckeve": "Città di Ráckeve",
    "Kreis Bistrița-Năsăud": "Distretto di Bistrița-Năsăud",
    "Verein, der die Verbindung nach Bistrița-Năsăud betreut (Name nicht bekannt)": (
        "Associazione che cura il legame con Bistrița-Năsăud (nome non noto)"
    ),
    "Wisconsin": "Stato del Wisconsin",
    "Dane County": "Contea di Dane",
    "Hessen – Emilia-Romagna": "Assia – Emilia-Romagna",
    "Hessen – Wisconsin": "Assia – Wisconsin",
    "Landkreis Kassel – Partnerschaftsbüro der Region Emilia-Romagna": (
        "Circondario di Kassel – Ufficio partenariati della Regione Emilia-Romagna"
    ),
    "Landkreis Kassel – Provinz Forlì-Cesena": "Circondario di Kassel – Provincia di Forlì-Cesena",
    "Landkreis Kassel – Dane County": "Circondario di Kassel – Contea di Dane",
    "Landkreis Kassel – Csepel-Insel": "Circondario di Kassel – Isola di Csepel",
    "Immenhausen – Modigliana": "Immenhausen – Modigliana",
    "Kaufungen – Bertinoro": "Kaufungen – Bertinoro",
    "Calden – Ráckeve": "Calden – Ráckeve",
    "Landkreis Kassel – Waldviertel-Management": "Circondario di Kassel – Waldviertel-Management",
    "Landkreis Kassel – Bistrița-Năsăud": "Circondario di Kassel – Bistrița-Năsăud",
    "EU-Projekt Biomasse": "Progetto europeo sulla biomassa",
    "Schulmöbel für Bistrița-Năsăud": "Mobili scolastici per Bistrița-Năsăud",
    "Euarca (European Art Camp)": "Euarca (European Art Camp)",
}
#: Events that are published, by their German wording.
EVENTS: dict[str, str] = {"Ausstellung „On the run“": "Mostra «On the run»"}
#: Lines of the log that are published, by their German wording.
LINES: dict[str, str] = {
    "Delegation aus Dane County in Kassel": "Una delegazione della Contea di Dane a Kassel",
    "Delegation des Landkreises in Madison": "Una delegazione del circondario a Madison",
    "Bericht: regionale Nahverkehrsgesellschaft nach Kasseler Vorbild": (
        "Notizia: un ente regionale dei trasporti sul modello di Kassel"
    ),
    "Zwei Lastwagen mit Schulmöbeln geliefert": "Consegnati due camion di mobili scolastici",
}
INTRODUCTION = {
    "de": (
        "Der Landkreis Kassel pflegt Verbindungen zu Kreisen, Provinzen, Gemeinden und Einrichtungen in Europa und in "
        "den USA.\n\nSie verlaufen auf drei Ebenen: entlang der Partnerschaften des Landes, eingehängt in die "
        "Partnerschaften der Gemeinden und, vor allem, in gemeinsamen Projekten."
    ),
    "en": (
        "The district of Kassel keeps up links with districts, provinces, municipalities and institutions in Europe "
        "and in the USA.\n\nThey run on three levels: along the partnerships of the state, hooked into the twinnings "
        "of the municipalities and, above all, in joint projects."
    ),
    "it": (
        "Il Circondario di Kassel cura i rapporti con circondari, province, comuni ed enti in Europa e negli Stati "
        "Uniti.\n\nI rapporti si svolgono su tre livelli: lungo i partenariati del Land, innestati nei gemellaggi dei "
        "comuni e, soprattutto, in progetti comuni."
    ),
}
#: By the German title.
TEXTS: Mapping[str, Mapping[str, str]] = {
    "Hessen – Emilia-Romagna": {
        "de": "Landespartnerschaft. Unter ihr stehen die Verbindungen des Landkreises in diese Region.",
        "en": "Partnership of the states. The district’s links with this region stand under it.",
        "it": "Partenariato tra i Länder e le regioni: comprende i rapporti del circondario con questa regione.",
    },
    "Hessen – Wisconsin": {
        "de": "Landespartnerschaft. Unter ihr steht die Verbindung des Landkreises mit Dane County.",
        "en": "Partnership of the states. The district’s link with Dane County stands under it.",
        "it": "Partenariato tra gli Stati: comprende il rapporto del circondario con la Contea di Dane.",
    },
    "Landkreis Kassel – Provinz Forlì-Cesena": {
        "de": "Die Provinz besteht weiter, mit weniger Zuständigkeiten; aufgelöst wurde nichts.",
        "en": "The province still exists, with fewer powers; nothing was dissolved.",
        "it": "La provincia esiste tuttora, con meno competenze; nulla è stato sciolto.",
    },
    "Landkreis Kassel – Csepel-Insel": {
        "de": "Eingehängt in die Partnerschaften von Gemeinden des Landkreises mit Gemeinden auf der Insel.",
        "en": "Hooked into the twinnings of municipalities of the district with communes on the island.",
        "it": "Innestato nei gemellaggi tra comuni del circondario e comuni dell’isola.",
    },
    "Landkreis Kassel – Waldviertel-Management": {
        "de": "Mit dem Waldviertel schloss der Landkreis seine erste Kooperationsvereinbarung.",
        "en": "The district concluded its first cooperation agreement with the Waldviertel.",
        "it": "Con il Waldviertel il circondario concluse il suo primo accordo di cooperazione.",
    },
    "Landkreis Kassel – Bistrița-Năsăud": {
        "de": "Entstanden aus einem Künstleraustausch.",
        "en": "Founded through an exchange of artists.",
        "it": "Nato da uno scambio di artisti.",
    },
    "EU-Projekt Biomasse": {
        "de": "Gemeinsames, von der Europäischen Union gefördertes Projekt zur Biomasse, vor allem Holz.",
        "en": "A joint project on biomass, wood above all, funded by the European Union.",
        "it": "Progetto comune sulla biomassa, soprattutto il legno, finanziato dall’Unione europea.",
    },
    "Schulmöbel für Bistrița-Năsăud": {
        "de": "Den Transport übernahm ein Verein, der die Verbindung betreut.",
        "en": "An association that looks after the link did the transport.",
        "it": "Il trasporto fu curato da un’associazione che segue il legame.",
    },
    "Euarca 1998": {
        "de": "Künstleraustausch im Waldviertel, mit Kassel und Forlì-Cesena.",
        "en": "Artist exchange in the Waldviertel, with Kassel and Forlì-Cesena.",
        "it": "Scambio di artisti nel Waldviertel, con Kassel e Forlì-Cesena.",
    },
    "Euarca 2007/2008": {
        "de": "Künstleraustausch mit Bistrița-Năsăud.",
        "en": "Artist exchange with Bistrița-Năsăud.",
        "it": "Scambio di artisti con Bistrița-Năsăud.",
    },
    "Euarca 2012": {"de": "Künstleraustausch.", "en": "Artist exchange.", "it": "Scambio di artisti."},
    "Euarca 2017": {
        "de": "Thema „Auf der Flucht“. Sechs Kunstschaffende aus vier Ländern; Ausstellung ab 26. August in Kaufungen.",
        "en": "Theme “On the run”. Six artists from four countries; exhibition from 26 August in Kaufungen.",
        "it": "Tema «In fuga». Sei artisti di quattro paesi; mostra dal 26 agosto a Kaufungen.",
    },
    "Euarca 2022": {
        "de": "Thema „Momentaufnahme“. Acht Kunstschaffende aus fünf Ländern.",
        "en": "Theme “Snapshot”. Eight artists from five countries.",
        "it": "Tema «Istantanea». Otto artisti di cinque paesi.",
    },
}


def write_publication(pen: Pen, office: Office) -> None:
    """Publish what really is on the office's page; what is invented stays inside."""
    office.public_page, office.introduction = True, pen.text("de", **INTRODUCTION)
    for partnership in _all(Partnership):
        title = _german(partnership.title)
        partnership.publicity = Publicity.COUNTED if title.startswith(UNKNOWN) else Publicity.NAMED
        partnership.public_text = _text(pen, title)
        partnership.title = _in_italian(pen, partnership.title)
    for project in _all(Project):
        if _german(project.title) in TEXTS:
            project.published, project.public_text = True, _text(pen, _german(project.title))
            project.title = _in_italian(pen, project.title)
    for organisation in _all(Organisation):
        organisation.name = _in_italian(pen, organisation.name)
    for series in _all(Series):
        series.title = _in_italian(pen, series.title)
    for agreement in _all(Agreement):
        agreement.title = _in_italian(pen, agreement.title)
    for event in _all(Event):
        event.published = _german(event.title) in EVENTS
        event.title = _in_italian(pen, event.title)
    for entry in _all(LogEntry):
        entry.published = _german(entry.summary) in LINES
        entry.summary = _in_italian(pen, entry.summary)
    db.session.flush()


def _all(model: type[Row]) -> Iterable[Row]:
    return db.session.scalars(sa.select(model)).unique().all()


def _german(text: Translated) -> str:
    return str(text.texts.get("de", text))


def _text(pen: Pen, title: str) -> Translated | None:
    return pen.text("de", **TEXTS[title]) if title in TEXTS else None


def _in_italian(pen: Pen, text: Translated) -> Translated:
    """Return a text with its Italian wording, if it has none yet and one is listed."""
    words = (ITALIAN | EVENTS | LINES).get(_german(text))
    if words is None or "it" in text.texts:
        return text
    return Translated(text.original, {**text.texts, "it": Text(words, pen.now)})
