"""What people do with who comes."""

from datetime import datetime
from typing import Any

from tracker.attendance.models import Answer, Attendance
from tracker.attendance.queries import elsewhere, heads_there, of
from tracker.attendance.rules import THERE, check_heads, clash, heads_of, places_left
from tracker.db import db
from tracker.events.models import Event
from tracker.events.rules import check_stay, too_few_places
from tracker.history.actions import change, record
from tracker.history.rules import Verb
from tracker.language import _, translated
from tracker.participants.models import Participant
from tracker.refusal import Refused


def invite(
    event: Event,
    participant: Participant,
    *,
    by_id: int,
    now: datetime,
    answer: Answer = Answer.INVITED,
    anyway: bool = False,
) -> Attendance:
    """Put a participant on the list of an event; who was taken off it before comes back. Raises Refused.

    `anyway`: somebody knows that they are at two events on one day.
    """
    if event.project_id is not None and participant.project_id != event.project_id:
        raise Refused(_("They do not take part in the project that this event belongs to."))
    attendance = of(event, participant)
    if attendance is None:
        attendance = Attendance(event=event, participant=participant, answer=answer, created_at=now)
        db.session.add(attendance)
    elif attendance.archived_at is None:
        return attendance
    else:
        attendance.archived_at, attendance.answer = None, answer
    db.session.flush()
    _check(attendance, answer, anyway=anyway)
    record(Verb.ATTENDANCE_ADDED, attendance, by_id=by_id, now=now, within=event)
    return attendance


def change_attendance(
    attendance: Attendance, *, answer: Answer, by_id: int | None, now: datetime, anyway: bool = False, **values: Any
) -> bool:
    """Change what differs; return whether anything did. Raises Refused, also for somebody who is elsewhere then."""
    check_stay(attendance.event, values.get("arrives_on"), values.get("leaves_on"), None)
    check_heads(attendance, values.get("heads"))
    changes = change(attendance, {"answer": answer, **values})
    if not changes:
        return False
    if set(changes) - {"room"}:
        _check(attendance, answer, anyway=anyway)
    record(Verb.ATTENDANCE_CHANGED, attendance, by_id=by_id, now=now, within=attendance.event, changes=changes)
    return True


def take_off(attendance: Attendance, *, by_id: int, now: datetime) -> None:
    """Take somebody off the list of an event; they still take part in the project."""
    attendance.archived_at = now
    record(Verb.ATTENDANCE_ARCHIVED, attendance, by_id=by_id, now=now, within=attendance.event)


def _check(attendance: Attendance, answer: Answer, *, anyway: bool) -> None:
    """Raise Refused if more would come than there are places for, or a person would be in two places at once."""
    event, person_id = attendance.event, attendance.participant.person_id
    if answer is Answer.COMING:
        # Who came, came.
        left = places_left(event, heads_there(event, besides=attendance.id))
        if left is not None and left < heads_of(attendance):
            raise Refused(too_few_places(event, left), "answer")
    if answer not in THERE or person_id is None or anyway:
        return
    others = elsewhere([person_id], event).get(person_id, ())
    if other := clash(event, attendance.arrives_on, attendance.leaves_on, others):
        title = str(translated(other.title))
        raise Refused(_("On these days they are at “%(title)s”.", title=title), "anyway")
