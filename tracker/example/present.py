"""Smaller invented projects that run now or are planned; each says that it is invented."""

from tracker.db import PartialDate
from tracker.example.bodies import Bodies
from tracker.example.camp import INVENTED
from tracker.example.cast import Cast
from tracker.example.links import Links
from tracker.example.past import enter_project, heads
from tracker.example.pen import Pen
from tracker.example.promises import Owner, Promises
from tracker.log.models import LogKind
from tracker.milestones.models import Assessment, MilestoneKind
from tracker.participants.models import ParticipantRole
from tracker.projects.models import ProjectRole, ProjectStatus


def write_present(pen: Pen, bodies: Bodies, cast: Cast, links: Links) -> None:
    """Enter what else is going on."""
    _youth(pen, bodies, cast, links)
    _transport(pen, bodies, cast, links)
    _wood(pen, bodies, cast, links)


def _youth(pen: Pen, bodies: Bodies, cast: Cast, links: Links) -> None:
    by = cast.second_coordinator
    project = enter_project(
        pen,
        pen.text(
            "de",
            de="Jugendbegegnung auf der Csepel-Insel",
            en="Youth meeting on Csepel Island",
            hu="Ifjúsági találkozó a Csepel-szigeten",
        ),
        pen.text(
            "de",
            de=f"{INVENTED[0]} Zehn Tage am Wasser mit Jugendlichen aus beiden Regionen.",
            en=f"{INVENTED[1]} Ten days by the water with young people from both regions.",
            hu="Kitalált példa. Tíz nap a víz mellett, fiatalokkal mindkét térségből.",
        ),
        status=ProjectStatus.PLANNED,
        roles=[
            (bodies.kassel, ProjectRole.LEAD),
            (bodies.csepel, ProjectRole.HOST),
            (bodies.calden, ProjectRole.PARTNER),
            (bodies.rackeve, ProjectRole.PARTNER),
        ],
        partnerships=[links.csepel],
        by=by,
        begins=PartialDate(pen.day(150).isoformat()[:7]),
        created_at=pen.moment(-80),
    )
    promises = Promises(pen, project, by, pen.moment(-78))
    here, there = Owner(by, bodies.kassel), Owner(cast.csepel, bodies.csepel)
    promises.promise(pen.german("Zahl der Plätze vereinbart", "Number of places agreed"), here, due=-20, done=-22)
    lodging = pen.text("de", de="Unterkunft reserviert", en="Lodging reserved", hu="Szállás lefoglalva")
    promises.promise(lodging, there, due=9)
    programme = pen.text("de", de="Programm im Entwurf", en="Draft of the programme", hu="Programtervezet")
    promises.promise(programme, there, due=40, kind=MilestoneKind.DELIVERABLE)
    grant = pen.german("Antrag auf Förderung gestellt", "Application for a grant handed in")
    promises.promise(grant, here, due=16, kind=MilestoneKind.DELIVERABLE)
    entered: dict[str, object] = {"created_at": pen.moment(-15)}
    heads(pen, project, 12, ParticipantRole.YOUTH, by=by, organisation=bodies.kassel, via=bodies.calden, **entered)
    heads(
        pen, project, 2, ParticipantRole.GROUP_LEADER, by=by, organisation=bodies.kassel, via=bodies.calden, **entered
    )
    heads(
        pen,
        project,
        14,
        ParticipantRole.YOUTH,
        by=cast.csepel,
        organisation=bodies.csepel,
        via=bodies.rackeve,
        **entered,
    )
    answer = promises.say(
        cast.csepel, "A szállás árajánlata megérkezett, jövő héten döntünk.", days=-4, assessment=Assessment.ON_TRACK
    )
    promises.ask(cast.csepel, days=-9, by_day=5, answer=answer)


def _transport(pen: Pen, bodies: Bodies, cast: Cast, links: Links) -> None:
    by = cast.coordinator
    project = enter_project(
        pen,
        pen.german("Nahverkehr: voneinander lernen", "Public transport: learning from each other"),
        pen.german(
            f"{INVENTED[0]} Fachleute aus Dane County und Kassel treffen sich viermal im Jahr per Video.",
            f"{INVENTED[1]} Experts from Dane County and Kassel meet four times a year by video.",
        ),
        status=ProjectStatus.RUNNING,
        roles=[(bodies.kassel, ProjectRole.LEAD), (bodies.dane, ProjectRole.PARTNER)],
        partnerships=[links.dane],
        by=by,
        begins=PartialDate(pen.day(-300).isoformat()[:7]),
        created_at=pen.moment(-300),
    )
    promises = Promises(pen, project, by, pen.moment(-298))
    here, there = Owner(by, bodies.kassel), Owner(cast.dane, bodies.dane)
    for number, due in enumerate((-210, -120, -30), start=1):
        promises.promise(pen.german(f"{number}. Gespräch", f"Meeting {number}"), here, due=due, done=due)
    figures = promises.promise(
        pen.german("Zahlen zu den Fahrgästen", "Passenger figures"), there, due=-7, kind=MilestoneKind.DELIVERABLE
    )
    # So long ago that nobody is asked by mail any more: now one calls.
    promises.ask(cast.dane, days=-40, by_day=-26, about=figures)
    promises.promise(pen.german("4. Gespräch", "Meeting 4"), here, due=26)
    promises.say(
        cast.dane,
        "The figures come from another office; I have asked them twice.",
        days=-6,
        assessment=Assessment.AT_RISK,
    )
    heads(pen, project, 5, ParticipantRole.SPEAKER, by=by, organisation=bodies.dane, created_at=pen.moment(-200))
    heads(pen, project, 7, ParticipantRole.DELEGATE, by=by, organisation=bodies.kassel, created_at=pen.moment(-200))
    talk = pen.german("3. Gespräch: Fahrscheine und Preise", "Meeting 3: tickets and fares")
    pen.log(
        pen.day(-30), LogKind.MEETING, talk, by=by, at=pen.moment(-30, hour=16), project=project, people=[cast.dane]
    )


def _wood(pen: Pen, bodies: Bodies, cast: Cast, links: Links) -> None:
    by = cast.coordinator
    project = enter_project(
        pen,
        pen.german("Holzenergie in Schulen", "Energy from wood in schools"),
        pen.german(
            f"{INVENTED[0]} Eine Idee: was aus dem Biomasse-Projekt heute in Schulen nützt.",
            f"{INVENTED[1]} An idea: what of the biomass project is of use in schools today.",
        ),
        status=ProjectStatus.IDEA,
        roles=[
            (bodies.kassel, ProjectRole.LEAD),
            (bodies.waldviertel, ProjectRole.PARTNER),
            (bodies.energie, ProjectRole.PARTNER),
        ],
        partnerships=[links.waldviertel],
        by=by,
        created_at=pen.moment(-50),
    )
    promises = Promises(pen, project, by, pen.moment(-48))
    promises.promise(
        pen.german("Skizze von zwei Seiten", "Outline of two pages"), Owner(cast.energie, bodies.energie), due=13
    )
    talk = pen.german("Telefonat: Energie 2000 schreibt eine Skizze", "Call: Energie 2000 writes an outline")
    pen.log(
        pen.day(-8),
        LogKind.CALL,
        talk,
        by=by,
        at=pen.moment(-8, hour=15),
        project=project,
        people=[cast.energie],
        next_step="Skizze mit dem Waldviertel besprechen",
        next_step_on=pen.day(14),
    )
