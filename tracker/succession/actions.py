"""What follows when somebody leaves, an organisation ends or a partnership is continued: what is open goes over."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from tracker.db import PartialDate, db
from tracker.history.actions import change, record
from tracker.history.rules import Verb
from tracker.log.actions import log_entry, tick_off
from tracker.log.models import LogEntry, LogKind
from tracker.milestones.actions import change_milestone
from tracker.milestones.models import Milestone
from tracker.organisations.actions import follow
from tracker.organisations.models import Office, Organisation
from tracker.partnerships.actions import change_partnership
from tracker.partnerships.models import Partnership, Side
from tracker.people.actions import add_function, change_function
from tracker.people.models import Contact, Person
from tracker.people.queries import first_contact
from tracker.projects.actions import change_project
from tracker.projects.models import Project
from tracker.succession import estate
from tracker.succession.estate import Heir, Piece
from tracker.succession.queries import Open
from tracker.succession.rules import (
    TIME_TO_ANSWER,
    check_successor,
    first_day,
)
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


# ---- what goes over


def carry_over(
    predecessor: Heir,
    chosen: Sequence[tuple[Piece, Heir]],
    *,
    since: PartialDate,
    today: date,
    by_id: int,
    now: datetime,
) -> None:
    """Let what was chosen go to a successor, and nothing else. Raises Refused."""
    for piece, heir in chosen:
        row = piece.row
        if isinstance(heir, Organisation):
            _to_organisation(row, predecessor.id, heir, begins=first_day(since, today), today=today, by=(by_id, now))
        else:
            _to_partnership(row, predecessor.id, heir, today=today, by=(by_id, now))
    record(Verb.CARRIED_OVER, predecessor, by_id=by_id, now=now, number=len(chosen))


def _to_organisation(
    row: estate.Row, before: int, heir: Organisation, *, begins: date, today: date, by: tuple[int, datetime]
) -> None:
    by_id, now = by
    match row:
        case Office():
            ended = db.session.get_one(Organisation, before)
            follow(row, heir, ended.name, by_id=by_id, now=now)
        case Contact():
            _begin_anew(row, heir, begins=begins, today=today, by_id=by_id, now=now)
        case Partnership():
            there = {side: [one.organisation_id for one in row.parties if one.side is side] for side in Side}
            places = {
                side: list(dict.fromkeys(heir.id if id_ == before else id_ for id_ in there[side])) for side in Side
            }
            _change_partnership(row, by_id=by_id, now=now, here=places[Side.HERE], there=places[Side.THERE])
        case Project():
            roles = dict.fromkeys(
                (heir.id if one.organisation_id == before else one.organisation_id, one.role)
                for one in row.organisations
            )
            change_project(row, title=row.title, summary=row.summary, roles=list(roles), by_id=by_id, now=now)
        case Milestone():
            change_milestone(
                row, title=row.title, due_on=row.due_on, by_id=by_id, now=now, responsible_organisation=heir
            )
        case Organisation():
            changes = change(row, {"part_of": heir})
            record(Verb.ORGANISATION_CHANGED, row, by_id=by_id, now=now, changes=changes)


def _begin_anew(contact: Contact, heir: Organisation, *, begins: date, today: date, by_id: int, now: datetime) -> None:
    """End a function and let it go on at a successor. One that began only after the change was the successor's anyway.

    Whom one writes to at the successor stays.
    """
    is_first = contact.is_first and first_contact(heir.id, today) is None
    deputy_id, from_on, until_on = contact.deputy_id, contact.from_on, contact.until_on
    if from_on is not None and from_on >= begins:
        dates = {"deputy_id": deputy_id, "from_on": from_on, "until_on": until_on}
        change_function(contact, by_id=by_id, now=now, organisation_id=heir.id, is_first=is_first, **dates)
        return
    ended = {"deputy_id": deputy_id, "from_on": from_on, "until_on": begins - timedelta(days=1)}
    change_function(contact, by_id=by_id, now=now, **ended)
    add_function(
        contact.person,
        organisation_id=heir.id,
        function=contact.function,
        from_on=begins,
        until_on=until_on,
        is_first=is_first,
        deputy_id=deputy_id,
        by_id=by_id,
        now=now,
    )


def _to_partnership(row: estate.Row, before: int, heir: Partnership, *, today: date, by: tuple[int, datetime]) -> None:
    by_id, now = by
    match row:
        case Project():
            under = [one for one in row.partnerships if one.id not in {before, heir.id}]
            roles = [(one.organisation_id, one.role) for one in row.organisations]
            change_project(
                row,
                title=row.title,
                summary=row.summary,
                roles=roles,
                by_id=by_id,
                now=now,
                partnerships=[*under, heir],
            )
        case Partnership():
            there = {side: [one.organisation_id for one in row.parties if one.side is side] for side in Side}
            _change_partnership(
                row, by_id=by_id, now=now, here=there[Side.HERE], there=there[Side.THERE], umbrella=heir
            )
        case LogEntry():
            _take_step(row, heir, today=today, by_id=by_id, now=now)


def _change_partnership(
    partnership: Partnership,
    *,
    here: Sequence[int],
    there: Sequence[int],
    umbrella: Partnership | None = None,
    by_id: int,
    now: datetime,
) -> None:
    change_partnership(
        partnership,
        title=partnership.title,
        summary=partnership.summary,
        status=partnership.status,
        umbrella=umbrella or partnership.umbrella,
        continued_by=partnership.continued_by,
        here=here,
        there=there,
        by_id=by_id,
        now=now,
    )


def _take_step(entry: LogEntry, heir: Partnership, *, today: date, by_id: int, now: datetime) -> None:
    """Let a next step stand with the partnership that goes on, as a note of today; what happened stays where it was."""
    note = log_entry(
        happened_on=PartialDate.of(today),
        kind=LogKind.NOTE,
        summary=entry.summary,
        partnership=heir,
        language=entry.language,
        next_step=entry.next_step,
        next_step_on=entry.next_step_on,
        by_id=by_id,
        now=now,
        today=today,
    )
    note.by_id = entry.by_id
    tick_off(entry, by_id=by_id, now=now)
