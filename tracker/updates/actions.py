"""What people do when they say how things stand, or ask for it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from tracker.db import db, insert_new
from tracker.history.actions import record
from tracker.history.rules import Verb
from tracker.language import _
from tracker.milestones.actions import finish_milestone, move_milestone
from tracker.milestones.models import Assessment, Milestone
from tracker.milestones.rules import check_open
from tracker.organisations.models import Office
from tracker.projects.models import Project
from tracker.refusal import Refused
from tracker.updates import queries
from tracker.updates.mails import GATHERED_FOR, tell_coordinators
from tracker.updates.models import EndedBecause, StatusRequest, StatusUpdate
from tracker.updates.rules import Said, check, check_asking


def submit_update(
    project: Project,
    milestone: Milestone | None,
    said: Said,
    *,
    office: Office,
    public_url: str,
    by_id: int,
    now: datetime,
    today: date,
    link: str | None = None,
) -> StatusUpdate:
    """Keep what was said, do what follows from it, and tell the coordinators. Raises Refused.

    A new date moves the milestone, "done" marks it as done, and its newest assessment stays on it. `link` is what the
    mailed link stood for through which it was said.
    """
    check(said, milestone, today=today)
    update = StatusUpdate(
        project=project,
        milestone=milestone,
        assessment=said.assessment,
        new_due_on=said.new_due_on,
        text=said.text,
        language=said.language,
        at=now,
        by_id=by_id,
        link=link,
    )
    db.session.add(update)
    db.session.flush()
    _record(update, by_id=by_id, now=now)
    if milestone is not None:
        if said.assessment is not None:
            milestone.assessment = said.assessment
        if said.assessment is Assessment.DONE:
            finish_milestone(milestone, done_on=today, by_id=by_id, now=now)
        if said.new_due_on is not None:
            move_milestone(milestone, to_on=said.new_due_on, by_id=by_id, now=now)
    _end_what_is_answered(update, today, now)
    tell(update, office, public_url=public_url, now=now)
    return update


def translate(update: StatusUpdate, translation: str, language: str, *, by_id: int, now: datetime) -> None:
    """Put a translation beside what somebody wrote, or a better one in its place. Raises Refused for its language."""
    if language == update.language:
        raise Refused(_("This is the language it was written in. Please choose another one."))
    update.translation, update.translation_language = translation, language
    update.translated_by_id, update.translated_at = by_id, now
    verb = Verb.UPDATE_TRANSLATED if update.milestone is None else Verb.UPDATE_TRANSLATED_ON_MILESTONE
    facts = {} if update.milestone is None else {"title": update.milestone.title}
    record(verb, update, by_id=by_id, now=now, within=update.project, **facts)


def tell(update: StatusUpdate, office: Office, *, public_url: str, now: datetime) -> None:
    """Tell those who coordinate the project; what was said within the same hour comes in one letter."""
    earlier = queries.last_news(update.project, now - GATHERED_FOR)
    first = min((message.created_at for message in earlier.values()), default=update.at)
    said = [*queries.said_from(update.project, first, besides=update), update]
    tell_coordinators(said, update.project.coordinators, office, earlier=earlier, public_url=public_url, now=now)


def _end_what_is_answered(update: StatusUpdate, today: date, now: datetime) -> None:
    """End the questions it answers, and where the milestone is done, those that nobody needs to answer any more."""
    for request in queries.answered_by(update, today):
        request.ended_at, request.ended_because = now, EndedBecause.ANSWERED
    db.session.flush()
    if update.assessment is Assessment.DONE and update.milestone is not None:
        db.session.execute(_ending(EndedBecause.CLOSED, now).where(StatusRequest.milestone_id == update.milestone.id))


def _record(update: StatusUpdate, *, by_id: int, now: datetime) -> None:
    """Write the line; a new date alone is told by the move itself."""
    if update.assessment is None and update.text is None:
        return
    facts: dict[str, object] = {}
    verb = Verb.COMMENTED if update.milestone is None else Verb.COMMENTED_ON_MILESTONE
    if update.assessment is not None:
        verb = Verb.UPDATE_SUBMITTED if update.milestone is None else Verb.UPDATE_SUBMITTED_ON_MILESTONE
        facts["assessment"] = update.assessment
    if update.milestone is not None:
        facts["title"] = update.milestone.title
    record(verb, update, by_id=by_id, now=now, within=update.project, **facts)


# ---- asking


@dataclass(frozen=True)
class Asked:
    """The questions that are new, and those that were open already and got a new date."""

    new: tuple[StatusRequest, ...]
    renewed: tuple[StatusRequest, ...]


def ask(
    project: Project,
    milestone: Milestone | None,
    person_ids: Sequence[int],
    *,
    answer_by: date,
    question: str | None,
    language: str,
    by_id: int,
    now: datetime,
    today: date,
) -> Asked:
    """Ask people how a project or one of its milestones stands. Raises Refused.

    Safe to run twice at once: the database keeps one open question per person and thing. Who was asked already is asked
    anew, with the new date: their steps begin again.
    """
    check_asking(people=len(person_ids), answer_by=answer_by, today=today)
    if milestone is not None:
        check_open(milestone)
    new: list[StatusRequest] = []
    renewed: list[StatusRequest] = []
    for person_id in dict.fromkeys(person_ids):
        values = {"asked_by_id": by_id, "asked_at": now, "answer_by": answer_by}
        values |= {"question": question, "language": language}
        request, is_new = _new_or_open(project, milestone, person_id, values)
        if not is_new:
            for name, value in values.items():
                setattr(request, name, value)
        (new if is_new else renewed).append(request)
        _record_request(Verb.REQUEST_MADE if is_new else Verb.REQUEST_RENEWED, request, by_id, now, answer_by=answer_by)
    return Asked(tuple(new), tuple(renewed))


def _new_or_open(
    project: Project, milestone: Milestone | None, person_id: int, values: Mapping[str, Any]
) -> tuple[StatusRequest, bool]:
    """Return the one open question to a person about a thing, and whether it is new. Nobody else ends it meanwhile."""
    thing = {"project_id": project.id, "milestone_id": milestone.id if milestone else None, "person_id": person_id}
    while True:
        is_new = insert_new(StatusRequest, {**thing, **values})
        request = queries.open_about(project, milestone, person_id)
        if request is not None:
            return request, is_new
        # It was there and has ended just now: the next turn asks anew.


def ask_instead(
    project: Project,
    milestone: Milestone | None,
    person_id: int,
    before: StatusRequest | None,
    *,
    asked_by_id: int,
    asked_before_id: int,
    answer_by: date,
    by_id: int,
    now: datetime,
    link: str | None = None,
) -> StatusRequest:
    """Put a question to somebody else, in the words it was put in; whoever was asked before is asked no more."""
    if before is not None and before.ended_at is None:
        before.ended_at, before.ended_because = now, EndedBecause.PASSED_ON
        db.session.flush()
    values = {
        "asked_by_id": asked_by_id,
        "asked_at": now,
        "answer_by": answer_by,
        "question": before.question if before else None,
        "language": before.language if before else project.title.original,
        "asked_before_id": asked_before_id,
        "link": link,
    }
    request, is_new = _new_or_open(project, milestone, person_id, values)
    if not is_new:
        for name, value in values.items():
            setattr(request, name, value)
    db.session.flush()
    _record_request(Verb.REQUEST_PASSED_ON, request, by_id, now)
    return request


def withdraw(request: StatusRequest, *, by_id: int, now: datetime) -> bool:
    """Take a question back; return whether it was still open."""
    return _end(request, EndedBecause.WITHDRAWN, Verb.REQUEST_WITHDRAWN, by_id, now)


def settle(request: StatusRequest, *, by_id: int, now: datetime) -> bool:
    """Note that a question was answered in another way, such as on the phone; return whether it was still open."""
    return _end(request, EndedBecause.ANSWERED, Verb.REQUEST_SETTLED, by_id, now)


def _end(request: StatusRequest, because: EndedBecause, verb: Verb, by_id: int, now: datetime) -> bool:
    if request.ended_at is not None:
        return False
    request.ended_at, request.ended_because = now, because
    _record_request(verb, request, by_id, now)
    return True


def close_what_is_over(now: datetime) -> int:
    """End the questions about what is done, cancelled, archived or over meanwhile; return how many.

    Safe to run twice, late, or on two machines. Without it, what is opened again would ask again by itself.
    """
    ended = db.session.execute(_ending(EndedBecause.CLOSED, now).where(queries.is_over()))
    return int(ended.rowcount)  # type: ignore[attr-defined] # an UPDATE has it


def _ending(because: EndedBecause, now: datetime) -> sa.Update:
    ended = {"ended_at": now, "ended_because": because}
    return (
        sa.update(StatusRequest)
        .where(StatusRequest.ended_at.is_(None))
        .values(**ended)
        .execution_options(synchronize_session=False)
    )


def _record_request(verb: Verb, request: StatusRequest, by_id: int, now: datetime, **facts: object) -> None:
    if request.milestone is not None:
        verb = Verb[f"{verb.name}_ON_MILESTONE"]
        facts["title"] = request.milestone.title
    record(verb, request, by_id=by_id, now=now, within=request.project, **facts)
