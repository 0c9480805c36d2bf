"""The invented edition of Euarca that runs now: its dates are relative to today, and it says that it is invented."""

from tracker.db import PartialDate, Text, Translated
from tracker.example.attachments import attach
from tracker.example.bodies import Bodies
from tracker.example.cast import Cast
from tracker.example.chronicle import write_chronicle
from tracker.example.contributions import give_to_camp
from tracker.example.gatherings import meet_in_camp
from tracker.example.links import Links
from tracker.example.past import camp_title, enter_project
from tracker.example.pen import Pen
from tracker.example.promises import Owner, Promises
from tracker.example.roll import write_roll
from tracker.example.travelling import ask_when
from tracker.history.rules import Verb
from tracker.milestones.models import Assessment, MilestoneKind
from tracker.projects.models import Project, ProjectRole, ProjectStatus, Series

INVENTED = ("Erfundenes Beispiel.", "Invented example.")


def write_camp(pen: Pen, bodies: Bodies, cast: Cast, links: Links, series: Series) -> Project:
    """Enter the running edition with everything that is going on in it."""
    project = _project(pen, bodies, cast, links, series)
    promises = Promises(pen, project, cast.coordinator, pen.moment(-195))
    _done(pen, promises, bodies, cast)
    _late(pen, promises, bodies, cast)
    _soon(pen, promises, bodies, cast)
    _later(pen, promises, bodies, cast)
    _said(promises, cast)
    write_roll(pen, project, bodies, cast)
    meet_in_camp(pen, project, bodies, cast)
    ask_when(pen, project, cast)
    attach(pen, project, by=cast.coordinator)
    give_to_camp(pen, project, bodies, cast)
    write_chronicle(pen, project, bodies, cast)
    return project


def _month(pen: Pen, days: int) -> PartialDate:
    return PartialDate(pen.day(days).isoformat()[:7])


def _project(pen: Pen, bodies: Bodies, cast: Cast, links: Links, series: Series) -> Project:
    project = enter_project(
        pen,
        camp_title(pen, "Euarca+ 2027"),
        _summary(pen),
        status=ProjectStatus.RUNNING,
        roles=[
            (bodies.kassel, ProjectRole.LEAD),
            (bodies.kaufungen, ProjectRole.HOST),
            (bodies.waldviertel, ProjectRole.PARTNER),
            (bodies.region_office, ProjectRole.PARTNER),
            (bodies.csepel, ProjectRole.PARTNER),
            (bodies.bistrita, ProjectRole.PARTNER),
            (bodies.dane, ProjectRole.PARTNER),
        ],
        partnerships=[links.region_office, links.dane, links.csepel, links.waldviertel, links.bistrita],
        by=cast.coordinator,
        begins=_month(pen, -200),
        ends=_month(pen, 240),
        series=series,
        edition_label="2027",
        created_at=pen.moment(-200),
    )
    project.coordinators.append(cast.second_coordinator)
    pen.tell(
        Verb.PROJECT_CHANGED,
        project,
        by=cast.second_coordinator,
        at=pen.moment(-12),
        changes={"summary": [None, None]},
    )
    return project


def _summary(pen: Pen) -> Translated:
    """Return what it is for: the original says more since a few days, and the Romanian words are a machine's."""
    written, changed = pen.moment(-200), pen.moment(-12)
    german = (
        f"{INVENTED[0]} Künstleraustausch im nächsten documenta-Jahr; er läuft immer „jetzt“, seine Daten richten sich "
        "nach dem Tag, an dem das Beispiel geladen wurde. Seit Dane County teilnimmt, heißt er „Euarca+“."
    )
    english = (
        f"{INVENTED[1]} Artist exchange in the next documenta year; it always runs “now”: its dates follow the day on "
        "which the example was loaded. Since Dane County takes part it is called “Euarca+”."
    )
    return Translated(
        "de",
        {
            "de": Text(german, changed),
            "en": Text(english, changed),
            "it": Text("Esempio inventato. Scambio di artisti nel prossimo anno di documenta.", written),
            "hu": Text("Kitalált példa. Művészcsere a következő documenta évében.", written),
            "ro": Text("Exemplu inventat. Schimb de artiști în următorul an documenta.", written, by_machine=True),
        },
    )


def _owners(bodies: Bodies, cast: Cast) -> dict[str, Owner]:
    return {
        "kassel": Owner(cast.coordinator, bodies.kassel),
        "culture": Owner(cast.second_coordinator, bodies.kassel),
        "kaufungen": Owner(cast.kaufungen, bodies.kaufungen),
        "at": Owner(cast.waldviertel, bodies.waldviertel),
        "it": Owner(cast.region, bodies.region_office),
        "hu": Owner(cast.csepel, bodies.csepel),
        "ro": Owner(cast.bistrita, bodies.bistrita),
        "us": Owner(cast.dane, bodies.dane),
    }


def _done(pen: Pen, promises: Promises, bodies: Bodies, cast: Cast) -> None:
    who = _owners(bodies, cast)
    call = pen.german("Aufruf an Kunstschaffende veröffentlicht", "Call for artists published")
    promises.promise(call, who["kassel"], due=-170, done=-172)
    named = {"it": "Artista nominata", "hu": "Művész megnevezve", "ro": "Artist desemnat"}
    for key, place, due, done in (
        ("at", "Waldviertel", -140, -141),
        ("ro", "Bistrița-Năsăud", -140, -133),
        ("it", "Emilia-Romagna", -140, -140),
        ("us", "Dane County", -140, -138),
    ):
        title = pen.text(
            "de",
            de=f"Künstlerin oder Künstler aus {place} benannt",
            en=f"Artist from {place} named",
            **({key: named[key]} if key in named else {}),
        )
        promises.promise(title, who[key], due=due, done=done)
    theme = pen.german("Thema festgelegt", "Theme decided")
    promises.promise(theme, who["culture"], due=-90, done=-92, kind=MilestoneKind.DECISION)
    report = pen.german("Erster Bericht an den Kulturausschuss", "First report to the committee on culture")
    promises.promise(report, who["kassel"], due=-30, done=-28, kind=MilestoneKind.REPORT)


def _late(pen: Pen, promises: Promises, bodies: Bodies, cast: Cast) -> None:
    who = _owners(bodies, cast)
    named = pen.text(
        "de",
        de="Künstlerin oder Künstler von der Csepel-Insel benannt",
        en="Artist from Csepel Island named",
        hu="A Csepel-szigeti művész megnevezve",
    )
    milestone = promises.promise(named, who["hu"], due=-60)
    promises.say(
        cast.csepel,
        "Két jelölt is van, a bizottság csak a következő ülésen dönt. Kérünk még egy kis időt.",
        days=-61,
        about=milestone,
        assessment=Assessment.DELAYED,
        new_due=-30,
    )
    promises.say(
        cast.csepel,
        "Az ülés elmaradt, új időpontot kaptunk.",
        days=-31,
        about=milestone,
        assessment=Assessment.DELAYED,
        new_due=-12,
    )
    insurance = pen.text(
        "de",
        de="Versicherung der Kunstwerke bestätigt",
        en="Insurance of the works confirmed",
        it="Assicurazione delle opere confermata",
    )
    insured = promises.promise(insurance, who["it"], due=-4, kind=MilestoneKind.DELIVERABLE)
    promises.ask(
        cast.region, days=-6, by_day=-1, about=insured, question="Welche Versicherung übernimmt es, und bis wann?"
    )
    rooms = pen.german("Ateliers zugesagt", "Studios promised")
    promises.promise(rooms, who["kaufungen"], due=-2)


def _soon(pen: Pen, promises: Promises, bodies: Bodies, cast: Cast) -> None:
    """Let something fall due on every day of the coming week."""
    who = _owners(bodies, cast)
    titles = (
        ("at", {"de": "Liste der benötigten Materialien", "en": "List of materials needed"}),
        (
            "ro",
            {
                "de": "Reisedaten der Künstlerin",
                "en": "Travel dates of the artist",
                "ro": "Datele de călătorie ale artistei",
            },
        ),
        (
            "it",
            {
                "de": "Lebenslauf und Fotos für den Katalog",
                "en": "CV and photos for the catalogue",
                "it": "Biografia e foto per il catalogo",
            },
        ),
        ("us", {"de": "Flug gebucht", "en": "Flight booked"}),
        (
            "hu",
            {
                "de": "Text über die Csepel-Insel für den Katalog",
                "en": "Text about Csepel Island for the catalogue",
                "hu": "Szöveg a Csepel-szigetről a katalógusba",
            },
        ),
        ("kaufungen", {"de": "Ausstellungsraum besichtigt", "en": "Exhibition room inspected"}),
        ("ro", {"de": "Text für den Katalog", "en": "Text for the catalogue", "ro": "Text pentru catalog"}),
        ("culture", {"de": "Einladung zur Eröffnung im Entwurf", "en": "Draft of the invitation to the opening"}),
    )
    for days, (key, words) in enumerate(titles):
        promises.promise(pen.text("de", **words), who[key], due=days, kind=MilestoneKind.DELIVERABLE)


def _later(pen: Pen, promises: Promises, bodies: Bodies, cast: Cast) -> None:
    who = _owners(bodies, cast)
    transport = pen.text(
        "de",
        de="Transport der Werke vereinbart",
        en="Transport of the works agreed",
        ro="Transportul lucrărilor stabilit",
    )
    moved = promises.promise(transport, who["ro"], due=10)
    promises.say(
        cast.bistrita,
        "Firma de transport poate confirma abia la sfârșitul lunii. Vă rugăm să ne mai dați două săptămâni.",
        days=-2,
        about=moved,
        assessment=Assessment.DELAYED,
        new_due=24,
    )
    steps = (
        ("kassel", 12, MilestoneKind.REPORT, "Zwischenbericht an die Förderstelle", "Interim report to the funder"),
        ("at", 18, MilestoneKind.MILESTONE, "Helferinnen und Helfer gefunden", "Volunteers found"),
        ("us", 21, MilestoneKind.DELIVERABLE, "Grußwort aus Dane County", "Welcoming words from Dane County"),
        ("culture", 28, MilestoneKind.DELIVERABLE, "Katalog im Druck", "Catalogue in print"),
        ("kaufungen", 45, MilestoneKind.MILESTONE, "Unterkünfte bestätigt", "Lodging confirmed"),
        ("kassel", 90, MilestoneKind.MILESTONE, "Anreise der Kunstschaffenden", "Arrival of the artists"),
        ("kaufungen", 104, MilestoneKind.MILESTONE, "Eröffnung der Ausstellung", "Opening of the exhibition"),
        (
            "kassel",
            150,
            MilestoneKind.DECISION,
            "Entscheidung über die nächste Auflage",
            "Decision on the next edition",
        ),
        ("kassel", 210, MilestoneKind.REPORT, "Abschlussbericht und Abrechnung", "Final report and accounts"),
    )
    for key, due, kind, de, en in steps:
        promises.promise(pen.german(de, en), who[key], due=due, kind=kind)


def _said(promises: Promises, cast: Cast) -> None:
    promises.say(
        cast.dane,
        "Our artist is looking forward to it. The flight will be booked this week.",
        days=-3,
        assessment=Assessment.ON_TRACK,
    )
    promises.say(
        cast.region,
        "L'assicurazione chiede ancora il valore delle opere. Ci potete aiutare con un modello?",
        days=-1,
        assessment=Assessment.NEEDS_HELP,
    )
    promises.say(
        cast.waldviertel,
        "Die Materialliste ist fast fertig, es fehlt nur noch das Holz.",
        days=-1,
        assessment=Assessment.ON_TRACK,
    )
    promises.say(cast.csepel, "A bizottság tegnap döntött, a nevet hamarosan küldjük.", days=0)
