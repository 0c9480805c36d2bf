"""The partnerships of the three pillars, as far as the public page names them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tracker.db import PartialDate, Translated
from tracker.example.bodies import Bodies, unknown_town
from tracker.example.cast import Cast
from tracker.example.journeys import travel
from tracker.example.pen import Pen
from tracker.history.rules import Verb
from tracker.log.models import LogKind
from tracker.organisations.models import Organisation
from tracker.partnerships.models import Partnership, PartnershipKind, PartnershipParty, PartnershipStatus, Pillar, Side
from tracker.people.models import Person

#: How many municipal twinnings the page counts with each region.
TWINNINGS = 6


@dataclass(frozen=True)
class Links:
    """The partnerships that projects stand under."""

    region_office: Partnership
    forli_cesena: Partnership
    dane: Partnership
    csepel: Partnership
    rackeve: Partnership
    waldviertel: Partnership
    bistrita: Partnership


def write_links(pen: Pen, bodies: Bodies, cast: Cast) -> Links:
    """Enter the three pillars."""
    office, forli, dane = _along_the_state(pen, bodies, cast)
    csepel, rackeve = _into_municipalities(pen, bodies, cast, forli)
    waldviertel, bistrita = _by_theme(pen, bodies, cast)
    return Links(office, forli, dane, csepel, rackeve, waldviertel, bistrita)


def _enter(
    pen: Pen,
    pillar: Pillar,
    here: Sequence[Organisation],
    there: Sequence[Organisation],
    title: Translated,
    *,
    by: Person,
    **more: Any,
) -> Partnership:
    values: dict[str, Any] = {"kind": PartnershipKind.PARTNERSHIP, "coordinator": by, "created_at": pen.now}
    partnership = Partnership(title=title, pillar=pillar, **(values | more))
    partnership.parties = [
        *(PartnershipParty(organisation=body, side=Side.HERE) for body in here),
        *(PartnershipParty(organisation=body, side=Side.THERE) for body in there),
    ]
    pen.tell(Verb.PARTNERSHIP_CREATED, pen.keep(partnership), by=by)
    return partnership


def _along_the_state(pen: Pen, bodies: Bodies, cast: Cast) -> tuple[Partnership, Partnership, Partnership]:
    by = cast.coordinator
    italy = _enter(
        pen,
        Pillar.STATE,
        [bodies.hessen],
        [bodies.emilia_romagna],
        pen.german("Hessen – Emilia-Romagna", "Hesse – Emilia-Romagna"),
        summary=pen.german(
            "Landespartnerschaft. Unter ihr stehen die Verbindungen des Landkreises in diese Region.",
            "Partnership of the states. The district's links with this region stand under it.",
        ),
        by=by,
    )
    america = _enter(
        pen,
        Pillar.STATE,
        [bodies.hessen],
        [bodies.wisconsin],
        pen.german("Hessen – Wisconsin", "Hesse – Wisconsin"),
        summary=pen.german(
            "Landespartnerschaft. Unter ihr steht die Verbindung des Landkreises mit Dane County.",
            "Partnership of the states. The district's link with Dane County stands under it.",
        ),
        by=by,
    )
    office = _enter(
        pen,
        Pillar.STATE,
        [bodies.kassel],
        [bodies.region_office],
        pen.german(
            "Landkreis Kassel – Partnerschaftsbüro der Region Emilia-Romagna",
            "District of Kassel – Partnership Office of the Emilia-Romagna Region",
        ),
        summary=pen.german(
            "Führt die Partnerschaft mit der Provinz Forlì-Cesena weiter.",
            "Continues the partnership with the Province of Forlì-Cesena.",
        ),
        umbrella=italy,
        by=by,
    )
    forli = _enter(
        pen,
        Pillar.STATE,
        [bodies.kassel],
        [bodies.forli_cesena],
        pen.german("Landkreis Kassel – Provinz Forlì-Cesena", "District of Kassel – Province of Forlì-Cesena"),
        summary=pen.german(
            "Später mit dem Partnerschaftsbüro der Region fortgesetzt. Die Provinz besteht weiter, mit weniger "
            "Zuständigkeiten; "
            "aufgelöst wurde nichts.",
            "Later continued with the region's partnership office. The province still exists, with fewer powers; "
            "nothing was dissolved.",
        ),
        status=PartnershipStatus.CONTINUED,
        continued_by=office,
        umbrella=italy,
        by=by,
    )
    return office, forli, _dane(pen, bodies, cast, america)


def _dane(pen: Pen, bodies: Bodies, cast: Cast, umbrella: Partnership) -> Partnership:
    by = cast.coordinator
    dane = _enter(
        pen,
        Pillar.STATE,
        [bodies.kassel],
        [bodies.dane],
        pen.text("de", de="Landkreis Kassel – Dane County", en="District of Kassel – Dane County"),
        summary=pen.german(
            "Im Januar 2010 berichtet der Landkreis von einer regionalen Nahverkehrsgesellschaft in Dane County "
            "nach Kasseler Vorbild.",
            "In January 2010 the district reports a regional transport authority in Dane County on the Kassel model.",
        ),
        umbrella=umbrella,
        contact_since=PartialDate("2007"),
        by=by,
    )
    visits = (
        (
            "2007",
            LogKind.VISIT,
            "Delegation aus Dane County in Kassel",
            "A delegation from Dane County comes to Kassel",
            bodies.kassel,
        ),
        (
            "2008",
            LogKind.VISIT,
            "Delegation des Landkreises in Madison",
            "A delegation of the district goes to Madison",
            bodies.dane,
        ),
        (
            "2010-01",
            LogKind.PRESS,
            "Bericht: regionale Nahverkehrsgesellschaft nach Kasseler Vorbild",
            "Report: a regional transport authority on the Kassel model",
            None,
        ),
    )
    there = [bodies.kassel, bodies.dane]
    # The lines of the log stand on the public page; what came out of the journeys is said of the events.
    *_told, report = [
        pen.log(
            when, kind, pen.german(de, en), by=by, partnership=dane, organisations=there, at_id=at.id if at else None
        )
        for when, kind, de, en, at in visits
    ]
    for journey in travel(pen, dane, bodies, by=by):
        pen.led_to(journey, report, by=by)
    return dane


def _into_municipalities(pen: Pen, bodies: Bodies, cast: Cast, forli: Partnership) -> tuple[Partnership, Partnership]:
    by = cast.second_coordinator
    csepel = _enter(
        pen,
        Pillar.MUNICIPALITY,
        [bodies.kassel],
        [bodies.csepel],
        pen.german("Landkreis Kassel – Csepel-Insel", "District of Kassel – Csepel Island"),
        summary=pen.german(
            "Eingehängt in sechs Gemeindepartnerschaften. Auf der Seite des Landkreises steht „Szepel-Insel“.",
            "Hooked into six municipal twinnings. The district's page spells it “Szepel-Insel”.",
        ),
        kind=PartnershipKind.CONTACT,
        what_we_call_them="Szepel-Insel",
        by=by,
    )
    _twin(pen, bodies.immenhausen, bodies.modigliana, "Immenhausen – Modigliana", umbrella=forli, by=by)
    _twin(
        pen,
        bodies.kaufungen,
        bodies.bertinoro,
        "Kaufungen – Bertinoro",
        umbrella=forli,
        by=by,
        contact_since=PartialDate("1995-10-16"),
    )
    rackeve = _twin(
        pen, bodies.calden, bodies.rackeve, "Calden – Ráckeve", umbrella=csepel, by=by, formal_since=PartialDate("1992")
    )
    _unknown_twins(pen, bodies, forli, csepel, by)
    return csepel, rackeve


def _unknown_twins(pen: Pen, bodies: Bodies, forli: Partnership, csepel: Partnership, by: Person) -> None:
    unknown = [("IT", bodies.forli_cesena, forli)] * (TWINNINGS - 2) + [("HU", bodies.csepel, csepel)] * (TWINNINGS - 1)
    for number, (country, region, umbrella) in enumerate(unknown, start=1):
        here = unknown_town(pen, number, country="DE", region=bodies.kassel)
        there = unknown_town(pen, number, country=country, region=region)
        words = {"IT": "Kommune in Forlì-Cesena", "HU": "Gemeinde auf der Csepel-Insel"}[country]
        english = {"IT": "commune in Forlì-Cesena", "HU": "commune on Csepel Island"}[country]
        _enter(
            pen,
            Pillar.MUNICIPALITY,
            [here],
            [there],
            pen.german(
                f"Gemeinde im Landkreis – {words} (Namen nicht bekannt, {number})",
                f"Municipality of the district – {english} (names not known, {number})",
            ),
            umbrella=umbrella,
            by=by,
        )


def _twin(
    pen: Pen,
    here: Organisation,
    there: Organisation,
    title: str,
    *,
    umbrella: Partnership,
    by: Person,
    **dates: PartialDate,
) -> Partnership:
    return _enter(
        pen, Pillar.MUNICIPALITY, [here], [there], pen.german(title, title), umbrella=umbrella, by=by, **dates
    )


def _by_theme(pen: Pen, bodies: Bodies, cast: Cast) -> tuple[Partnership, Partnership]:
    waldviertel = _enter(
        pen,
        Pillar.THEME,
        [bodies.kassel],
        [bodies.waldviertel],
        pen.german("Landkreis Kassel – Waldviertel-Management", "District of Kassel – Waldviertel Management"),
        summary=pen.german(
            "Die erste Kooperationsvereinbarung des Landkreises; ihr Datum ist nicht bekannt. Aus ihr entstand ein "
            "gemeinsames EU-Projekt "
            "zur Biomasse, vor allem Holz, und daraus die Energieberatungsagentur Energie 2000 e.V. im Landkreis "
            "Kassel.",
            "The district's first cooperation agreement; its date is not known. It led to a joint EU project on "
            "biomass, wood above all, "
            "and that to the energy advice agency Energie 2000 e.V. in the district of Kassel.",
        ),
        kind=PartnershipKind.PROJECT_PARTNERSHIP,
        by=cast.coordinator,
    )
    bistrita = _enter(
        pen,
        Pillar.THEME,
        [bodies.kassel],
        [bodies.bistrita],
        pen.text(
            "de",
            de="Landkreis Kassel – Bistrița-Năsăud",
            en="District of Kassel – Bistrița-Năsăud",
            ro="Districtul Kassel – Bistrița-Năsăud",
        ),
        summary=pen.german(
            "Entstanden aus dem Künstleraustausch Euarca 2007/2008.",
            "Founded through the artist exchange Euarca of 2007/2008.",
        ),
        kind=PartnershipKind.PROJECT_PARTNERSHIP,
        contact_since=PartialDate("2007"),
        by=cast.coordinator,
    )
    return waldviertel, bistrita
