"""Invented visits and gifts: who was whose guest, and what was brought along."""

from collections.abc import Sequence

from tracker.db import PartialDate
from tracker.example.bodies import Bodies
from tracker.example.cast import Cast
from tracker.example.links import Links
from tracker.example.pen import Pen
from tracker.log.models import LogEntry, LogKind
from tracker.organisations.models import Organisation
from tracker.partnerships.models import Partnership
from tracker.people.models import Person

#: When, what it was, in German and in English, and whether it was with us.
Story = Sequence[tuple[str, LogKind, str, str, bool]]


def write_guests(pen: Pen, bodies: Bodies, cast: Cast, links: Links) -> None:
    """Enter what was given on the journeys to and from Dane County, and two visits with the Waldviertel."""
    america = (
        ("2007", LogKind.GIFT_RECEIVED, "Holzente aus Wisconsin", "A wooden duck from Wisconsin", True),
        ("2007", LogKind.GIFT_GIVEN, "Bildband über den Landkreis", "A picture book of the district", True),
        ("2008", LogKind.GIFT_GIVEN, "Märchen der Brüder Grimm", "The tales of the Brothers Grimm", False),
    )
    _tell(pen, links.dane, america, [bodies.kassel, bodies.dane], by=cast.coordinator, people=[])
    before, lately = (PartialDate.of(pen.day(days)).text for days in (-420, -45))
    austria = (
        (before, LogKind.VISIT, "Zu Gast im Waldviertel", "Guests in the Waldviertel", False),
        (before, LogKind.GIFT_GIVEN, "Ahle Wurst aus Nordhessen", "“Ahle Wurst” from North Hesse", False),
        (lately, LogKind.GIFT_RECEIVED, "Mohnzelten für das Büro", "Poppy seed cakes for the office", True),
        (lately, LogKind.VISIT, "Gegenbesuch im Kreishaus", "Return visit at the district's house", True),
    )
    there = [bodies.kassel, bodies.waldviertel]
    *_others, visit = _tell(pen, links.waldviertel, austria, there, by=cast.coordinator, people=[cast.waldviertel])
    visit.next_step, visit.next_step_on = "Bilder vom Gegenbesuch schicken (erfunden)", pen.day(12)


def _tell(
    pen: Pen, partnership: Partnership, story: Story, sides: list[Organisation], *, by: Person, people: list[Person]
) -> list[LogEntry]:
    here, there = sides
    return [
        pen.log(
            on,
            kind,
            pen.german(f"{de} (erfunden)", f"{en} (invented)"),
            by=by,
            partnership=partnership,
            at_id=here.id if is_with_us else there.id,
            organisations=sides,
            people=people,
        )
        for on, kind, de, en, is_with_us in story
    ]
