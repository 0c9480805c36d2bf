"""The events of the artist exchange: the camp and the exhibition of 2017, and those of the invented edition."""

from datetime import date, time

import sqlalchemy as sa

from tracker.attendance.models import Answer, Attendance
from tracker.db import PartialDate, Translated, db
from tracker.events.models import Delegation, Event, EventKind, EventStatus, ProgrammeItem
from tracker.example.bodies import Bodies
from tracker.example.cast import Cast
from tracker.example.pen import Pen
from tracker.guests.models import Consent, GuestConsent, GuestNeeds
from tracker.history.rules import Verb
from tracker.hosting.models import HostOffer
from tracker.organisations.models import Organisation
from tracker.participants.models import Participant, ParticipantRole
from tracker.people.models import Person
from tracker.projects.models import Project

_CAMP_DAYS = 14
#: So many days from today the invented camp begins.
_CAMP_IN = 60


def meet_in_2017(pen: Pen, project: Project, bodies: Bodies, *, by: Person) -> None:
    """Enter the camp of 2017 and its exhibition, with the six artists."""
    about = {"project": project, "host": bodies.kassel, "status": EventStatus.HELD, "zone": "Europe/Berlin"}
    camp = _enter(
        pen,
        EventKind.CAMP,
        pen.german("Künstlercamp „On the run“", "Artists’ camp “On the run”"),
        by=by,
        begins_on=PartialDate("2017-08-12"),
        ends_on=PartialDate("2017-08-27"),
        summary=pen.text(
            "de",
            de="Sechs Kunstschaffende aus vier Ländern. Aus welchen Ländern wie viele kamen, ist erfunden.",
            en="Six artists from four countries. From which countries how many came is invented.",
            it="Sei artisti da quattro paesi. Da quali paesi e quanti siano venuti è inventato.",
        ),
        **about,
    )
    exhibition = _enter(
        pen,
        EventKind.EXHIBITION,
        pen.german("Ausstellung „On the run“", "Exhibition “On the run”"),
        by=by,
        begins_on=PartialDate("2017-08-26"),
        place="Kaufungen",
        **about,
    )
    for event in (camp, exhibition):
        _all_come(pen, event, project, Answer.CAME)


def meet_in_camp(pen: Pen, project: Project, bodies: Bodies, cast: Cast) -> None:
    """Enter the invented camp with its programme, its delegations and who comes."""
    first, by = pen.day(_CAMP_IN), cast.coordinator
    last = pen.day(_CAMP_IN + _CAMP_DAYS)
    camp = _enter(
        pen,
        EventKind.CAMP,
        pen.text(
            "de",
            de="Künstlercamp (erfundenes Beispiel)",
            en="Artists’ camp (invented example)",
            it="Campo d’artisti (esempio inventato)",
            hu="Művésztábor (kitalált példa)",
            ro="Tabără de artiști (exemplu inventat)",
        ),
        by=by,
        project=project,
        host=bodies.kaufungen,
        on_the_spot=cast.kaufungen,
        status=EventStatus.CONFIRMED,
        begins_on=PartialDate.of(first),
        begins_at=time(14),
        ends_on=PartialDate.of(last),
        ends_at=time(12),
        place="Kaufungen",
        address="Beispielstraße 1",
        zone="Europe/Berlin",
        places=20,
        asks_needs=True,
    )
    _programme(pen, camp, first, last)
    for organisation, heads in (
        (bodies.waldviertel, 1),
        (bodies.bistrita, 3),
        (bodies.region_office, 1),
        (bodies.dane, 1),
    ):
        _send(pen, camp, organisation, heads, by=by)
    _all_come(pen, camp, project, Answer.COMING, besides=(ParticipantRole.HOST, ParticipantRole.VOLUNTEER))
    _some_have_answered(pen, camp)
    _take_in(pen, camp, bodies, cast)


def _take_in(pen: Pen, camp: Event, bodies: Bodies, cast: Cast) -> None:
    """Enter two hosts; the rooms of the second are gone before the camp is over, which the page says."""
    coming = sa.select(Attendance).where(Attendance.event_id == camp.id, Attendance.answer == Answer.COMING)
    first, second, *_others = db.session.scalars(coming.order_by(Attendance.id)).all()
    gone = pen.day(_CAMP_IN + _CAMP_DAYS - 2)
    for values, guest in (
        ({"person": cast.kaufungen, "places": 2, "conditions": "Zwei Katzen, dritter Stock (erfunden)"}, first),
        ({"organisation": bodies.kaufungen, "places": 6, "until_on": gone}, second),
    ):
        offer = HostOffer(event=camp, language="de", created_at=pen.now, **values)
        offer.guests = [guest]
        pen.tell(Verb.HOST_ENTERED, pen.keep(offer), by=cast.coordinator, within=camp)


def _enter(pen: Pen, kind: EventKind, title: Translated, *, by: Person, **values: object) -> Event:
    event = pen.keep(Event(kind=kind, title=title, created_at=pen.now, **values))
    pen.tell(Verb.EVENT_CREATED, event, by=by, within=event.project or event.partnership, title=title)
    return event


def _programme(pen: Pen, camp: Event, first: date, last: date) -> None:
    points = (
        (first, time(14), time(16), pen.german("Ankunft und Zimmer", "Arrival and rooms"), "Beispielstraße 1"),
        (first, time(18), None, pen.german("Begrüßung durch die Gemeinde", "Welcome by the municipality"), "Rathaus"),
        (
            pen.day(_CAMP_IN + 1),
            time(10),
            time(17),
            pen.german("Erster Tag in den Werkstätten", "First day in the workshops"),
            None,
        ),
        (last, time(10), time(12), pen.german("Eröffnung der Ausstellung", "Opening of the exhibition"), "Rathaus"),
    )
    for on, begins_at, ends_at, title, place in points:
        pen.keep(ProgrammeItem(event_id=camp.id, on=on, begins_at=begins_at, ends_at=ends_at, title=title, place=place))


def _send(pen: Pen, camp: Event, organisation: Organisation, heads: int, *, by: Person) -> None:
    values = {"planned": heads, "nights": _CAMP_DAYS, "created_at": pen.now}
    row = pen.keep(Delegation(event=camp, organisation=organisation, **values))
    pen.tell(Verb.DELEGATION_ADDED, row, by=by, within=camp, title=camp.title)


def _all_come(
    pen: Pen, event: Event, project: Project, answer: Answer, *, besides: tuple[ParticipantRole, ...] = ()
) -> None:
    """Put everybody who takes part in the project on the list, but for some roles."""
    rows = db.session.scalars(
        sa.select(Participant)
        .where(Participant.project_id == project.id, Participant.role.not_in(besides))
        .order_by(Participant.id)
    )
    for participant in rows.all():
        pen.keep(Attendance(event=event, participant=participant, answer=answer, created_at=pen.now))


def _some_have_answered(pen: Pen, camp: Event) -> None:
    """Let one guest have said what she needs and agrees to, and two not have answered yet."""
    named = db.session.scalars(
        sa.select(Attendance)
        .join(Attendance.participant)
        .where(Attendance.event_id == camp.id, Participant.person_id.is_not(None))
    )
    rows = {row.participant.person.name: row for row in named if row.participant.person}
    for name in ("Ioana Exemplu", "Jordan Sample"):
        rows[name].answer = Answer.INVITED
    said, at = rows["Chiara Esempio"], pen.moment(-4)
    needs = {
        "languages": "Italiano, English (esempio inventato)",
        "diet": "Niente carne (esempio inventato)",
        "emergency": "Anna Esempio, +39 000 000000",
    }
    pen.keep(GuestNeeds(attendance_id=said.id, given_at=at, **needs))
    for consent in (Consent.NAME_ON_WEB, Consent.PICTURES_ON_WEB):
        pen.keep(GuestConsent(attendance_id=said.id, consent=consent, given_at=at))
    for verb in (Verb.NEEDS_GIVEN, Verb.CONSENTS_CHANGED):
        pen.tell(verb, said, by=said.participant.person, within=camp, at=at)
