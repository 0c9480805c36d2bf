"""What people do through a link in a letter: answer, take it back, pass the question on, ask for a new link."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa

from tracker.answers import mails, queries
from tracker.answers.queries import Question
from tracker.answers.rules import GIVEN_A_DAY, NEW_LINKS_A_DAY, can_be_taken_back, check_passing_on, is_gone
from tracker.db import db, insert_new
from tracker.history.actions import record
from tracker.history.models import HistoryLine
from tracker.history.rules import Verb, key_of
from tracker.language import _
from tracker.mail.models import MessageKind
from tracker.mail.outbox import enqueue
from tracker.milestones.actions import reopen_milestone, take_back_move
from tracker.milestones.models import Assessment, Milestone, MilestoneState
from tracker.organisations.models import Office
from tracker.people.actions import create_person
from tracker.people.models import Person
from tracker.people.queries import zone_of
from tracker.refusal import Refused
from tracker.reminders import queries as reminders
from tracker.reminders.mails import compose
from tracker.reminders.matters import Expected, Matter
from tracker.reminders.models import Reminder, ReminderState
from tracker.reminders.review import Look, Topic
from tracker.reminders.rules import expected
from tracker.reminders.subjects import matters_of
from tracker.updates.actions import ask_instead, submit_update, tell
from tracker.updates.models import EndedBecause, StatusRequest, StatusUpdate
from tracker.updates.queries import newest_assessment, open_about
from tracker.updates.rules import Said
from tracker.workdays.rules import local_day, next_sending_moment, workdays_after

DAY = timedelta(days=1)
#: Whoever is asked instead has so many days at least.
TIME_TO_ANSWER = timedelta(days=7)
#: The first letter of a question leaves within these days.
_SOON = timedelta(days=14)
#: What makes a milestone another than it was left by an answer.
_CHANGES = (
    Verb.MILESTONE_MOVED,
    Verb.MILESTONE_DONE,
    Verb.MILESTONE_CANCELLED,
    Verb.MILESTONE_REOPENED,
    Verb.MILESTONE_ARCHIVED,
    Verb.MILESTONE_RESTORED,
)


# ---- answering


def answer(
    question: Question, said: Said, *, office: Office, public_url: str, now: datetime, today: date
) -> StatusUpdate:
    """Keep what somebody says through a link, under their name; return what stands. Raises Refused.

    Safe to run twice at once: a link says one thing until that is taken back.
    """
    queries.hold(question.person)
    earlier = queries.said_through(question.link)
    if earlier is not None:
        return earlier
    return submit_update(
        question.project,
        question.milestone,
        said,
        office=office,
        public_url=public_url,
        by_id=question.person.id,
        now=now,
        today=today,
        link=question.link.key,
    )


# ---- taking back


@dataclass(frozen=True)
class TakenBack:
    """Whether an answer was taken back just now, and whether what followed from it stays."""

    is_news: bool
    stays: bool = False


def take_back(update: StatusUpdate, *, office: Office, public_url: str, by_id: int, now: datetime) -> TakenBack:
    """Let what was said through a link count for nothing any more. It stays where it is, marked.

    What followed from it is undone, unless something has happened to the milestone since; what it answered is open
    again. Safe to run twice. Raises Refused when it is too late.
    """
    queries.hold(update.by)
    db.session.refresh(update)
    if update.taken_back_at is not None:
        return TakenBack(is_news=False)
    if not can_be_taken_back(update, now):
        raise Refused(_("This can no longer be taken back. Please say anew how it stands."))
    update.taken_back_at, update.taken_back_by_id = now, by_id
    db.session.flush()
    milestone = update.milestone
    verb = Verb.UPDATE_TAKEN_BACK if milestone is None else Verb.UPDATE_TAKEN_BACK_ON_MILESTONE
    facts = {} if milestone is None else {"title": milestone.title}
    record(verb, update, by_id=by_id, now=now, within=update.project, **facts)
    stays = milestone is not None and not _undo(update, milestone, by_id=by_id, now=now)
    _open_again(update)
    tell(update, office, public_url=public_url, now=now)
    return TakenBack(is_news=True, stays=stays)


def _undo(update: StatusUpdate, milestone: Milestone, *, by_id: int, now: datetime) -> bool:
    """Undo what an answer did to a milestone; return False where something has happened to it since."""
    if update.new_due_on is not None or update.assessment is Assessment.DONE:
        changes = _changes(milestone)
        if update.at in changes and changes[0] != update.at:
            return False
        if milestone.state is MilestoneState.DONE and update.at in changes:
            reopen_milestone(milestone, by_id=by_id, now=now)
        if milestone.moves and milestone.moves[-1].at == update.at:
            take_back_move(milestone, by_id=by_id, now=now)
    if milestone.state is MilestoneState.OPEN:
        milestone.assessment = newest_assessment(milestone)
    return True


def _changes(milestone: Milestone) -> list[datetime]:
    """Return when a milestone became another than it was, the last time first."""
    changed = (HistoryLine.subject == key_of(milestone), HistoryLine.verb.in_([verb.name for verb in _CHANGES]))
    return list(db.session.scalars(sa.select(HistoryLine.at).where(*changed).order_by(HistoryLine.id.desc())))


def _open_again(update: StatusUpdate) -> None:
    """Open again what was ended by an answer; not where somebody has asked anew since."""
    ended = (StatusRequest.ended_at == update.at, StatusRequest.project_id == update.project_id)
    because = StatusRequest.ended_because.in_((EndedBecause.ANSWERED, EndedBecause.CLOSED))
    about = StatusRequest.milestone_id == update.milestone_id
    about = StatusRequest.milestone_id.is_(None) if update.milestone_id is None else about
    for request in db.session.scalars(sa.select(StatusRequest).where(*ended, because, about)):
        if open_about(update.project, update.milestone, request.person_id) is None:
            request.ended_at = request.ended_because = None
            db.session.flush()


# ---- passing on


def pass_on_to_deputy(
    question: Question, deputy: Person, *, office: Office, public_url: str, now: datetime
) -> StatusRequest:
    """Let the deputy be asked instead."""
    return _pass_on(question, deputy, office=office, is_new=False, public_url=public_url, now=now)


def pass_on(
    question: Question, *, name: str, address: str, language: str, office: Office, public_url: str, now: datetime
) -> StatusRequest:
    """Let somebody else be asked instead, whom the office knows or will get to know. Raises Refused."""
    queries.hold(question.person)
    there = queries.with_address(address)
    if any(is_gone(person) for person in there):
        raise Refused(_("Nobody can be asked at this address. Please tell the office whom to ask."))
    known = next((person for person in there if queries.is_called(person, name)), None)
    if known is not None and known.id == question.person.id:
        raise Refused(_("This is yourself. Please say who else can be asked."))
    check_passing_on(
        is_known=question.person.unconfirmed_since is None,
        passed_on_today=queries.number_passed_on(question.person.id, now),
        given_today=queries.number_given(address, now),
    )
    person = known or _newcomer(question.person, name=name, address=address, language=language, office=office, now=now)
    return _pass_on(question, person, office=office, is_new=known is None, public_url=public_url, now=now)


def _newcomer(before: Person, *, name: str, address: str, language: str, office: Office, now: datetime) -> Person:
    """Enter somebody by the word of another person; whoever coordinates says whether it is right."""
    where = {"zone": zone_of(before, local_day(now, office.zone)), "country": before.country}
    return create_person(
        name=name,
        email=address,
        language=language,
        subdivision=before.subdivision,
        unconfirmed_since=now,
        by_id=before.id,
        now=now,
        **where,
    )


def _pass_on(
    question: Question, person: Person, *, office: Office, is_new: bool, public_url: str, now: datetime
) -> StatusRequest:
    queries.hold(question.person)
    earlier = queries.passed_on_through(question.link)
    if earlier is not None:
        return earlier
    db.session.flush()
    sender, coordinators = reminders.sender(), question.project.coordinators
    today = local_day(now, sender.zone)
    before = db.session.get(StatusRequest, question.request_id) if question.request_id else None
    due_on = question.matter.due_on if question.matter else today
    request = ask_instead(
        question.project,
        question.milestone,
        person.id,
        before,
        asked_by_id=before.asked_by_id if before else next((one.id for one in coordinators), question.person.id),
        asked_before_id=question.person.id,
        answer_by=max(due_on, workdays_after(today + TIME_TO_ANSWER, 0, sender.calendar)),
        link=question.link.key,
        by_id=question.person.id,
        now=now,
    )
    if queries.number_given(person.email or "", now) <= GIVEN_A_DAY:
        # More of them wait for the letter of the next morning, which gathers them.
        write_at_once(request, public_url=public_url, now=now)
    mails.tell_who_is_asked_now(request, coordinators, office, is_new=is_new, public_url=public_url, now=now)
    return request


def write_at_once(request: StatusRequest, *, public_url: str, now: datetime) -> None:
    """Write the first letter of a question without waiting for their morning; within working hours all the same.

    It stands for the first reminder of the chain, so that they get it once.
    """
    sender, rules = reminders.sender(), reminders.rules_that_stand()
    day = local_day(now, sender.zone)
    matter = matters_of([f"request:{request.id}"], day)[f"request:{request.id}"]
    people = reminders.recipients(matter.people_ids, day, sender)
    wanted = expected(rules, matter, people, until=day + _SOON)
    first = next((one for one in wanted if one.recipient.person_id == request.person_id), None)
    if first is None or first.occurrence.state is not ReminderState.PLANNED or first.recipient.address is None:
        # The rule is off, or nothing can be sent to them: whoever coordinates sees that where it is asked.
        return
    recipient = first.recipient
    send_at = next_sending_moment(now, recipient.zone, recipient.calendar)
    today = local_day(send_at, recipient.zone)
    topic = Topic(matter, first.subject, first.why, today)
    reply_to = Look.now(rules, {matter.key: matter}, people, day).reply_to([topic], recipient)
    letter = compose(recipient, [topic], sender, today=today, public_url=public_url, reply_to=reply_to)
    message = enqueue(
        key=f"letter|{matter.key}|{recipient.person_id}|{today.isoformat()}",
        kind=MessageKind.LETTER,
        person_id=recipient.person_id,
        address=first.recipient.address,
        language=recipient.language,
        zone=recipient.zone,
        subject=letter.subject,
        text=letter.text,
        html=letter.html,
        now=now,
        send_at=send_at,
        subject_key=matter.key,
        reply_to=reply_to,
    )
    _note(first, message.id, now)


def _note(first: Expected, message_id: int, now: datetime) -> None:
    """Write down that the first reminder is in a letter, before planning finds it missing."""
    values = {
        "rule_id": first.rule.id,
        "subject": first.matter.key,
        "person_id": first.recipient.person_id,
        "local_date": first.occurrence.local_date,
        "step": first.occurrence.step,
        "due_on": first.due_on,
        "state": ReminderState.IN_LETTER,
        "message_id": message_id,
        "created_at": now,
    }
    insert_new(Reminder, values)


# ---- a new link


def send_new_link(question: Question, matter: Matter, *, public_url: str, now: datetime) -> None:
    """Send the question once more to the same person; silently not, where they got enough of them today."""
    queries.hold(question.person)
    sent = queries.number_of_new_links(question.person.id, now)
    if sent >= NEW_LINKS_A_DAY:
        return
    sender = reminders.sender()
    day = local_day(now, sender.zone)
    people = reminders.recipients({*matter.people_ids, question.person.id}, day, sender)
    recipient = people[question.person.id]
    today = local_day(now, recipient.zone)
    coordinators = [people[one] for one in matter.reply_ids or matter.coordinator_ids if one in people]
    reply_to = next((one.address for one in coordinators if one.unreachable is None), None)
    mails.send_new_link(
        question.link,
        matter,
        recipient,
        sender,
        number=sent,
        today=today,
        public_url=public_url,
        reply_to=reply_to,
        now=now,
    )
