"""What the office says of its three pillars, and what was signed."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from tracker.agreements.models import Agreement, AgreementParty
from tracker.db import PartialDate, Translated
from tracker.example.bodies import Bodies
from tracker.example.camp import INVENTED
from tracker.example.cast import Cast
from tracker.example.links import Links
from tracker.example.pen import Pen
from tracker.history.rules import Verb
from tracker.organisations.models import Organisation
from tracker.partnerships.models import Partnership, Pillar, PillarText
from tracker.people.models import Person

#: An invented agreement ends so soon that somebody is reminded of it.
ENDS_IN = timedelta(days=170)


def write_papers(pen: Pen, bodies: Bodies, cast: Cast, links: Links) -> Agreement:
    """Enter the texts of the pillars and two agreements; return the first that the district ever signed."""
    for pillar, words in _introductions(pen).items():
        row = pen.keep(PillarText(pillar=pillar, introduction=words))
        pen.tell(Verb.PILLAR_DESCRIBED, row, by=cast.coordinator, pillar=pillar)
    first = _sign(
        pen,
        links.waldviertel,
        [bodies.kassel, bodies.waldviertel],
        pen.text("de", de="Kooperationsvereinbarung", en="Cooperation agreement", it="Accordo di cooperazione"),
        pen.text(
            "de",
            de="Die erste Kooperationsvereinbarung des Landkreises. Ihr Datum ist nicht bekannt.",
            en="The district’s first cooperation agreement. Its date is not known.",
            it="Il primo accordo di cooperazione del circondario. La data non è nota.",
        ),
        languages=["de"],
        by=cast.coordinator,
    )
    pen.led_to(links.waldviertel, first, by=cast.coordinator)
    _sign(
        pen,
        links.bistrita,
        [bodies.kassel, bodies.bistrita],
        pen.text(
            "de",
            de="Rahmenvereinbarung über Jugend und Kultur (erfundenes Beispiel)",
            en="Framework agreement on youth and culture (invented example)",
            it="Accordo quadro su gioventù e cultura (esempio inventato)",
        ),
        pen.text(
            "de",
            de=f"{INVENTED[0]} Sie endet bald: die Erinnerung daran kommt sechs und zwei Monate vorher.",
            en=f"{INVENTED[1]} It ends soon: the reminder of it comes six and two months before.",
            it="Esempio inventato. Scade presto: il promemoria arriva sei e due mesi prima.",
        ),
        languages=["de", "ro"],
        place="Bistrița",
        signed_on=PartialDate(str(pen.today.year - 5)),
        valid_until=PartialDate.of(pen.today + ENDS_IN),
        by=cast.coordinator,
    )
    return first


def _sign(
    pen: Pen,
    partnership: Partnership,
    parties: Sequence[Organisation],
    title: Translated,
    summary: Translated,
    *,
    by: Person,
    **more: Any,
) -> Agreement:
    agreement = Agreement(partnership=partnership, title=title, summary=summary, created_at=pen.now, **more)
    agreement.parties = [AgreementParty(organisation=body) for body in parties]
    pen.tell(Verb.AGREEMENT_ENTERED, pen.keep(agreement), by=by, within=partnership, title=title)
    return agreement


def _introductions(pen: Pen) -> dict[Pillar, Translated]:
    return {
        Pillar.STATE: pen.text(
            "de",
            de="Entlang der Partnerschaften des Landes Hessen mit der Emilia-Romagna und mit Wisconsin arbeitet der "
            "Landkreis mit der Provinz Forlì-Cesena, heute über das Partnerschaftsbüro der Region, und mit Dane "
            "County.",
            en="Along the partnerships of the State of Hesse with Emilia-Romagna and with Wisconsin the district works "
            "with the Province of Forlì-Cesena, today through the region’s partnership office, and with Dane County.",
            it="Lungo i partenariati del Land Assia con l’Emilia-Romagna e con il Wisconsin il circondario collabora "
            "con la provincia di Forlì-Cesena, oggi tramite l’ufficio partenariati della regione, e con la contea di "
            "Dane.",
        ),
        Pillar.MUNICIPALITY: pen.text(
            "de",
            de="Eingehängt in die Partnerschaften der Gemeinden: sechs Städte und Gemeinden des Landkreises sind mit "
            "Kommunen in Forlì-Cesena verbunden, sechs mit ungarischen Gemeinden auf der Csepel-Insel. Auf Kreisebene "
            "fehlt, was solche Verbindungen auf Dauer trägt: das freiwillige Engagement von Vereinen, Bürgerinnen und "
            "Bürgern.",
            en="Hooked into the twinnings of municipalities: six towns of the district are twinned with communes in "
            "Forlì-Cesena, six with Hungarian communes on Csepel Island. What makes such relations last is missing at "
            "district level: the voluntary commitment of clubs and citizens.",
            it="Inserito nei gemellaggi dei comuni: sei città e comuni del circondario sono gemellati con comuni nella "
            "provincia di Forlì-Cesena, sei con comuni ungheresi dell’isola di Csepel. A livello di circondario manca "
            "ciò che rende duraturi questi legami: l’impegno volontario di associazioni, cittadine e cittadini.",
        ),
        Pillar.THEME: pen.text(
            "de",
            de="Am wichtigsten ist die Zusammenarbeit in Projekten über Kreis- und Landesgrenzen hinweg. Die erste "
            "Vereinbarung, mit dem Waldviertel-Management in Österreich, führte über ein gemeinsames EU-Projekt zur "
            "Biomasse zur Energieberatungsagentur Energie 2000 e.V.; aus dem Künstleraustausch Euarca 2007/2008 "
            "entstand die Verbindung mit Bistrița-Năsăud in Rumänien. Euarca findet meist in documenta-Jahren statt "
            "und heißt „Euarca+“, seit Dane County teilnimmt.",
            en="Most important is the work on projects across district and nation. The first agreement, with "
            "Waldviertel-Management in Austria, led through a joint EU project on biomass to the energy advice agency "
            "Energie 2000 e.V.; the artist exchange Euarca of 2007/2008 founded the link with Bistrița-Năsăud in "
            "Romania. Euarca is mostly held in documenta years, and is called “Euarca+” since Dane County takes part.",
            it="La cosa più importante è la collaborazione in progetti oltre i confini del circondario e del Paese. Il "
            "primo accordo, con il Waldviertel-Management in Austria, ha portato, attraverso un progetto europeo "
            "comune sulla biomassa, all’agenzia di consulenza energetica Energie 2000 e.V.; dallo scambio di artisti "
            "Euarca del 2007/2008 è nato il legame con Bistrița-Năsăud in Romania. Euarca si tiene per lo più negli "
            "anni di documenta e si chiama «Euarca+» da quando vi partecipa la contea di Dane.",
        ),
    }
