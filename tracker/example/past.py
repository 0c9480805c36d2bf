"""What really happened, with dates as far as they are known."""

from collections.abc import Sequence

from tracker.agreements.models import Agreement
from tracker.db import PartialDate, Translated
from tracker.example.bodies import Bodies
from tracker.example.cast import Cast
from tracker.example.contributions import give_furniture
from tracker.example.gatherings import meet_in_2017
from tracker.example.links import Links
from tracker.example.pen import Pen
from tracker.history.rules import Verb
from tracker.language import LANGUAGES
from tracker.log.models import LogKind
from tracker.organisations.models import Organisation
from tracker.participants.models import Participant, ParticipantRole
from tracker.partnerships.models import Partnership
from tracker.people.models import Person
from tracker.projects.models import Project, ProjectOrganisation, ProjectRole, ProjectStatus, Series

Roles = Sequence[tuple[Organisation, ProjectRole]]


def write_past(pen: Pen, bodies: Bodies, cast: Cast, links: Links, agreement: Agreement) -> Series:
    """Enter the projects of the past, one of which an agreement led to; return the series of the artist exchange."""
    _biomass(pen, bodies, cast, links, agreement)
    title = pen.german("Euarca (European Art Camp)", "Euarca (European Art Camp)")
    series = pen.keep(Series(title=title, every_years=5))
    _first_camps(pen, bodies, cast, links, series)
    _later_camps(pen, bodies, cast, series)
    _furniture(pen, bodies, cast, links)
    return series


def enter_project(
    pen: Pen,
    title: Translated,
    summary: Translated,
    *,
    status: ProjectStatus,
    roles: Roles,
    partnerships: Sequence[Partnership],
    by: Person,
    **more: object,
) -> Project:
    """Enter a project with its organisations."""
    values: dict[str, object] = {"created_at": pen.now}
    project = Project(title=title, summary=summary, status=status, **(values | more))
    project.organisations = [ProjectOrganisation(organisation=body, role=role) for body, role in roles]
    project.partnerships, project.coordinators = list(partnerships), [by]
    pen.tell(Verb.PROJECT_CREATED, pen.keep(project), by=by, at=project.created_at)
    return project


def camp_title(pen: Pen, name: str) -> Translated:
    """Return the name of the artist exchange, the same in every language."""
    return pen.text("de", **dict.fromkeys(LANGUAGES, name))


def heads(pen: Pen, project: Project, number: int, role: ParticipantRole, *, by: Person, **more: object) -> Participant:
    """Enter participants without names."""
    values: dict[str, object] = {"created_at": pen.now, "added_by_id": by.id}
    row = pen.keep(Participant(project_id=project.id, heads=number, role=role, **(values | more)))
    pen.tell(Verb.HEADS_ADDED, row, by=by, at=row.created_at, within=project, heads=number, role=role)
    return row


def _biomass(pen: Pen, bodies: Bodies, cast: Cast, links: Links, agreement: Agreement) -> None:
    project = enter_project(
        pen,
        pen.german("EU-Projekt Biomasse", "EU project on biomass"),
        pen.german(
            "Gemeinsames, von der EU gefördertes Projekt zur Biomasse, vor allem Holz. Aus ihm entstand die "
            "Energieberatungsagentur "
            "Energie 2000 e.V. Die Daten sind nicht bekannt.",
            "A joint project on biomass, wood above all, funded by the EU. It led to the energy advice agency "
            "Energie 2000 e.V. "
            "Its dates are not known.",
        ),
        status=ProjectStatus.COMPLETED,
        roles=[
            (bodies.kassel, ProjectRole.PARTNER),
            (bodies.waldviertel, ProjectRole.PARTNER),
        ],
        partnerships=[links.waldviertel],
        by=cast.coordinator,
    )
    pen.led_to(agreement, project, by=cast.coordinator)
    pen.led_to(project, bodies.energie, by=cast.coordinator)


def _first_camps(pen: Pen, bodies: Bodies, cast: Cast, links: Links, series: Series) -> None:
    enter_project(
        pen,
        camp_title(pen, "Euarca 1998"),
        pen.german(
            "Künstleraustausch im Waldviertel, mit Kassel und Forlì-Cesena.",
            "Artist exchange in the Waldviertel, with Kassel and Forlì-Cesena.",
        ),
        status=ProjectStatus.COMPLETED,
        roles=[
            (bodies.waldviertel, ProjectRole.HOST),
            (bodies.kassel, ProjectRole.PARTNER),
            (bodies.forli_cesena, ProjectRole.PARTNER),
        ],
        partnerships=[links.waldviertel, links.forli_cesena],
        by=cast.second_coordinator,
        begins=PartialDate("1998"),
        ends=PartialDate("1998"),
        series=series,
        edition_label="1998",
    )
    project = enter_project(
        pen,
        camp_title(pen, "Euarca 2007/2008"),
        pen.german(
            "Künstleraustausch mit Bistrița-Năsăud. Mit ihm begann die Verbindung dorthin.",
            "Artist exchange with Bistrița-Năsăud. The link with the county began with it.",
        ),
        status=ProjectStatus.COMPLETED,
        roles=[(bodies.kassel, ProjectRole.PARTNER), (bodies.bistrita, ProjectRole.PARTNER)],
        partnerships=[links.bistrita],
        by=cast.second_coordinator,
        begins=PartialDate("2007"),
        ends=PartialDate("2008"),
        series=series,
        edition_label="2007/2008",
    )
    summary = pen.text(
        "de",
        de="Aus dem Künstleraustausch entsteht die Verbindung mit Bistrița-Năsăud",
        en="The artist exchange founds the link with Bistrița-Năsăud",
        ro="Schimbul de artiști pune bazele legăturii cu Bistrița-Năsăud",
    )
    pen.log("2007", LogKind.NOTE, summary, by=cast.second_coordinator, project=project, partnership=links.bistrita)
    pen.led_to(project, links.bistrita, by=cast.second_coordinator)


def _later_camps(pen: Pen, bodies: Bodies, cast: Cast, series: Series) -> None:
    by = cast.second_coordinator

    def camp(label: str, begins: str, ends: str, summary: Translated) -> Project:
        return enter_project(
            pen,
            camp_title(pen, f"Euarca {label}"),
            summary,
            status=ProjectStatus.COMPLETED,
            roles=[(bodies.kassel, ProjectRole.PARTNER)],
            partnerships=[],
            by=by,
            begins=PartialDate(begins),
            ends=PartialDate(ends),
            series=series,
            edition_label=label,
        )

    camp("2012", "2012", "2012", pen.german("Künstleraustausch.", "Artist exchange."))
    flight = pen.german(
        "Künstleraustausch zum Thema „On the run“ (Auf der Flucht). Sechs Kunstschaffende aus vier Ländern; "
        "Ausstellung ab 26. August in Kaufungen. Aus welchen Ländern wie viele kamen, ist erfunden.",
        "Artist exchange on the theme “On the run”. Six artists from four countries; exhibition from 26 August in "
        "Kaufungen. From which countries how many came is invented.",
    )
    project = camp("2017", "2017-08-12", "2017-08-27", flight)
    # Six from four countries is known; from which four, and how many from each, is invented, and the camp says so.
    for country, number in (("DE", 2), ("RO", 2), ("AT", 1), ("IT", 1)):
        heads(pen, project, number, ParticipantRole.ARTIST, by=by, country=country)
    meet_in_2017(pen, project, bodies, by=by)
    opening = pen.german("Die Ausstellung beginnt in Kaufungen", "The exhibition begins in Kaufungen")
    pen.log("2017-08-26", LogKind.NOTE, opening, by=by, project=project, organisations=[bodies.kaufungen])
    snapshot = pen.german(
        "Künstleraustausch zum Thema „Snapshot“ (Momentaufnahme). Acht Kunstschaffende aus fünf Ländern.",
        "Artist exchange on the theme “Snapshot”. Eight artists from five countries.",
    )
    heads(pen, camp("2022", "2022", "2022", snapshot), 8, ParticipantRole.ARTIST, by=by)


def _furniture(pen: Pen, bodies: Bodies, cast: Cast, links: Links) -> None:
    by = cast.coordinator
    project = enter_project(
        pen,
        pen.text(
            "de",
            de="Schulmöbel für Bistrița-Năsăud",
            en="School furniture for Bistrița-Năsăud",
            ro="Mobilier școlar pentru Bistrița-Năsăud",
        ),
        pen.german(
            "Zwei Lastwagen mit Schulmöbeln; den Transport übernimmt ein Verein, der die Verbindung betreut.",
            "Two lorries of school furniture; an association that looks after the link does the transport.",
        ),
        status=ProjectStatus.COMPLETED,
        roles=[
            (bodies.kassel, ProjectRole.PARTNER),
            (bodies.bistrita, ProjectRole.PARTNER),
            (bodies.carrier, ProjectRole.INTERMEDIARY),
        ],
        partnerships=[links.bistrita],
        by=by,
        begins=PartialDate("2010-04"),
        ends=PartialDate("2010-04"),
    )
    summary = pen.german("Zwei Lastwagen mit Schulmöbeln geliefert", "Two lorries of school furniture delivered")
    there = [bodies.kassel, bodies.bistrita, bodies.carrier]
    give_furniture(pen, project, bodies, by)
    pen.log("2010-04", LogKind.DELIVERY, summary, by=by, project=project, organisations=there)
