"""The journeys to and from Dane County: events of which one knows the year, and not how many came."""

from tracker.db import PartialDate
from tracker.events.models import Delegation, Event, EventKind, EventStatus
from tracker.example.bodies import Bodies
from tracker.example.pen import Pen
from tracker.history.rules import Verb
from tracker.organisations.models import Organisation
from tracker.partnerships.models import Partnership
from tracker.people.models import Person


def travel(pen: Pen, partnership: Partnership, bodies: Bodies, *, by: Person) -> list[Event]:
    """Enter the delegation that came in 2007, and the one that went in 2008."""
    unknown = pen.german("Wie viele kamen, ist nicht bekannt.", "How many came is not known.")
    journeys = (
        (
            "2007",
            "Delegation aus Dane County in Kassel",
            "A delegation from Dane County comes to Kassel",
            bodies.kassel,
        ),
        ("2008", "Delegation des Landkreises in Madison", "A delegation of the district goes to Madison", bodies.dane),
    )
    events = []
    for year, de, en, host in journeys:
        event = pen.keep(
            Event(
                partnership=partnership,
                kind=EventKind.VISIT,
                title=pen.german(de, en),
                summary=unknown,
                status=EventStatus.HELD,
                begins_on=PartialDate(year),
                zone=host.zone,
                place=host.place,
                host=host,
                created_at=pen.now,
            )
        )
        pen.tell(Verb.EVENT_CREATED, event, by=by, within=partnership, title=event.title)
        _send(pen, event, bodies.dane if host is bodies.kassel else bodies.kassel, by=by)
        events.append(event)
    return events


def _send(pen: Pen, event: Event, guests: Organisation, *, by: Person) -> None:
    delegation = pen.keep(Delegation(event=event, organisation=guests, created_at=pen.now))
    pen.tell(Verb.DELEGATION_ADDED, delegation, by=by, within=event, title=event.title)
