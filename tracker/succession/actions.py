"""What follows when somebody leaves: one act hands over all that is open with them."""

from datetime import date, datetime

from tracker.history.actions import record
from tracker.history.rules import Verb
from tracker.milestones.actions import change_milestone
from tracker.people.models import Person
from tracker.succession.queries import Open
from tracker.succession.rules import TIME_TO_ANSWER, check_successor
from tracker.updates.actions import ask_instead


def hand_over(what: Open, person: Person, successor: Person, *, today: date, by_id: int, now: datetime) -> int:
    """Let somebody else be asked and be responsible for what is open; return how many things that are. Raises Refused.

    Letters that wait for who was asked before find nothing to say any more; who is asked now is asked from the
    beginning.
    """
    check_successor(person, successor)
    for request in what.requests:
        ask_instead(
            request.project,
            request.milestone,
            successor.id,
            request,
            asked_by_id=request.asked_by_id,
            asked_before_id=person.id,
            answer_by=max(request.answer_by, today + TIME_TO_ANSWER),
            by_id=by_id,
            now=now,
        )
    for milestone in what.milestones:
        change_milestone(
            milestone,
            title=milestone.title,
            due_on=milestone.due_on,
            by_id=by_id,
            now=now,
            responsible_person=successor,
        )
    number = len(what.requests) + len(what.milestones)
    if number:
        record(Verb.HANDED_OVER, person, by_id=by_id, now=now, number=number)
    return number
