"""Who takes part in the invented edition: artists by name, the others as heads."""

from tracker.example.bodies import Bodies
from tracker.example.cast import Cast, artist
from tracker.example.past import heads
from tracker.example.pen import Pen
from tracker.history.rules import Verb
from tracker.organisations.models import Organisation
from tracker.participants.models import Participant, ParticipantRole
from tracker.people.models import Person
from tracker.projects.models import Project


def write_roll(pen: Pen, project: Project, bodies: Bodies, cast: Cast) -> None:
    """Enter the participants."""
    by = cast.coordinator
    named = (
        ("Franz Musterer", "Europe/Vienna", bodies.waldviertel),
        ("Ioana Exemplu", "Europe/Bucharest", bodies.bistrita),
        ("Chiara Esempio", "Europe/Rome", bodies.region_office),
        ("Jordan Sample", "America/Chicago", bodies.dane),
        ("Jule Muster", "Europe/Berlin", bodies.kassel),
    )
    for name, zone, sender in named:
        person = artist(pen, name, sender.language, sender.country, zone=zone)
        _by_name(pen, project, person, ParticipantRole.ARTIST, sender=sender, by=by)
    _by_name(pen, project, cast.kaufungen, ParticipantRole.HOST, sender=bodies.kaufungen, by=by)
    found_there: dict[str, object] = {
        "organisation": bodies.kassel,
        "via": bodies.kaufungen,
        "created_at": pen.moment(-20),
    }
    heads(pen, project, 4, ParticipantRole.HOST, by=by, **found_there)
    heads(pen, project, 6, ParticipantRole.VOLUNTEER, by=by, **found_there)
    at = pen.moment(-18)
    heads(pen, project, 2, ParticipantRole.DELEGATE, by=cast.bistrita, organisation=bodies.bistrita, created_at=at)


def _by_name(
    pen: Pen, project: Project, person: Person, role: ParticipantRole, *, sender: Organisation, by: Person
) -> None:
    row = Participant(project_id=project.id, person=person, role=role, organisation=sender, added_by_id=by.id)
    row.created_at = pen.moment(-35)
    pen.tell(Verb.PARTICIPANT_ADDED, pen.keep(row), by=by, at=row.created_at, within=project, role=role)
