"""The invented contact of a twinning on Csepel Island, which grew rare and ended: somebody has to look after it."""

from tracker.example.bodies import Bodies
from tracker.example.cast import Cast
from tracker.example.links import Links
from tracker.example.pen import Pen
from tracker.log.models import LogKind

#: Days before today, what it was, in German and in English.
HEARD = (
    (-3370, LogKind.CALL, "Besuch in Calden abgesprochen", "Visit to Calden arranged"),
    (-3290, LogKind.VISIT, "Delegation aus Ráckeve in Calden", "Delegation from Ráckeve in Calden"),
    (-3270, LogKind.LETTER, "Dank aus Ráckeve", "Thanks from Ráckeve"),
    (-2930, LogKind.CALL, "Gegenbesuch abgesprochen", "Return visit arranged"),
    (-2890, LogKind.MAIL, "Programm aus Ráckeve", "Programme from Ráckeve"),
    (-2840, LogKind.VISIT, "Delegation aus Calden in Ráckeve", "Delegation from Calden in Ráckeve"),
    (-2480, LogKind.CALL, "Jugendfeuerwehren ins Gespräch gebracht", "Youth fire brigades brought together"),
    (-2200, LogKind.LETTER, "Neujahrsgruß", "New Year's greetings"),
    (-1830, LogKind.LETTER, "Neujahrsgruß", "New Year's greetings"),
    (-1480, LogKind.CALL, "Nach der langen Pause gesprochen", "Talked after the long break"),
    (-1420, LogKind.MEETING, "Video mit beiden Rathäusern", "Video with both town halls"),
    (-1100, LogKind.MAIL, "Einladung zum Stadtfest", "Invitation to the town festival"),
    (-620, LogKind.CALL, "Wieder einmal angerufen", "Called once more"),
)


def write_lapse(pen: Pen, bodies: Bodies, cast: Cast, links: Links) -> None:
    """Enter what was heard of Ráckeve, and by when it ended."""
    places = {-3290: bodies.calden.id, -2840: bodies.rackeve.id}
    for days, kind, de, en in HEARD:
        pen.log(
            pen.day(days),
            kind,
            pen.german(f"{de} (erfunden)", f"{en} (invented)"),
            by=cast.second_coordinator,
            partnership=links.rackeve,
            people=[cast.rackeve],
            organisations=[bodies.calden, bodies.rackeve],
            at_id=places.get(days),
        )
