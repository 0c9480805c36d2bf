"""What happened in the invented edition, and what comes next."""

from tracker.example.bodies import Bodies
from tracker.example.cast import Cast
from tracker.example.pen import Pen
from tracker.log.models import LogKind
from tracker.people.models import Person
from tracker.projects.models import Project


def write_chronicle(pen: Pen, project: Project, bodies: Bodies, cast: Cast) -> None:
    """Enter what was logged."""
    _happened(pen, project, cast)
    _calls(pen, project, cast)
    _letter(pen, project, bodies, cast)


def _happened(pen: Pen, project: Project, cast: Cast) -> None:
    by, culture = cast.coordinator, cast.second_coordinator
    everybody = [cast.waldviertel, cast.region, cast.csepel, cast.bistrita, cast.dane]
    kick_off = ("Auftakt mit allen Partnern per Video", "Kick-off with all partners by video")
    theme = ("Thema festgelegt", "Theme decided")
    studios = ("Ateliers in Kaufungen angesehen", "Studios in Kaufungen seen")
    offer = ("Angebot des Spediteurs erhalten", "Offer of the carrier received")
    entries: tuple[tuple[int, LogKind, Person, tuple[str, str], list[Person]], ...] = (
        (-120, LogKind.MEETING, by, kick_off, everybody),
        (-92, LogKind.DECISION, culture, theme, []),
        (-40, LogKind.VISIT, culture, studios, [cast.kaufungen]),
        (-9, LogKind.MAIL, by, offer, [cast.bistrita]),
    )
    for days, kind, author, words, people in entries:
        at = pen.moment(days, hour=14)
        pen.log(pen.day(days), kind, pen.german(*words), by=author, at=at, project=project, people=people)


def _calls(pen: Pen, project: Project, cast: Cast) -> None:
    by, culture = cast.coordinator, cast.second_coordinator
    calls = (
        (-16, by, cast.csepel, "zur Csepel-Insel", "about Csepel Island", "Noch einmal nach dem Namen fragen", -1),
        (-6, culture, cast.kaufungen, "zu den Ateliers", "about the studios", "Zusage für die Ateliers einholen", 1),
        (-3, by, cast.region, "zur Versicherung", "about the insurance", "Muster für die Wertliste schicken", 2),
        (
            -1,
            by,
            cast.bistrita,
            "zum Transport",
            "about the transport",
            "Zweites Angebot für den Transport einholen",
            6,
        ),
    )
    for days, author, person, de, en, next_step, due in calls:
        pen.log(
            pen.day(days),
            LogKind.CALL,
            pen.german(f"Telefonat {de}", f"Call {en}"),
            by=author,
            at=pen.moment(days, hour=11),
            project=project,
            people=[person],
            next_step=next_step,
            next_step_on=pen.day(due),
        )


def _letter(pen: Pen, project: Project, bodies: Bodies, cast: Cast) -> None:
    pen.log(
        pen.day(-60),
        LogKind.LETTER,
        pen.german("Brief an alle Partner: Ablauf und Fristen", "Letter to all partners: schedule and dates"),
        by=cast.coordinator,
        at=pen.moment(-60, hour=10),
        project=project,
        organisations=[bodies.waldviertel, bodies.region_office, bodies.csepel, bodies.bistrita, bodies.dane],
        details="Mit Formblatt für Lebenslauf, Fotos und Materialien. Antworten bitte in der eigenen Sprache.",
        next_step="Formblätter zählen",
        next_step_on=pen.day(-30),
        next_step_done_at=pen.moment(-29),
    )
