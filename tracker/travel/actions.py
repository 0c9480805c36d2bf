"""What people do with questions when one can travel."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

from sqlalchemy.orm.attributes import flag_modified

from tracker.db import Translated, db
from tracker.history.actions import change, record
from tracker.history.rules import Verb
from tracker.language import _
from tracker.organisations.models import Office
from tracker.partnerships.models import Partnership
from tracker.people.models import Contact, Person
from tracker.projects.models import Project
from tracker.refusal import Refused
from tracker.travel import mails
from tracker.travel.models import Fit, TravelAnswer, TravelAsked, TravelPeriod, TravelQuestion
from tracker.travel.rules import Span, can_be_written_to, check_until, is_open


@dataclass(frozen=True)
class Post:
    """What letters need."""

    office: Office
    public_url: str


def ask(
    home: Project | Partnership,
    contacts: Iterable[Contact],
    spans: Sequence[Span],
    *,
    title: Translated,
    answer_until: date,
    by: Person,
    post: Post,
    now: datetime,
    today: date,
) -> TravelQuestion:
    """Ask these people which of some periods suit them, each by a letter. Raises Refused."""
    check_until(answer_until, today, spans)
    question = TravelQuestion(
        project=home if isinstance(home, Project) else None,
        partnership=home if isinstance(home, Partnership) else None,
        title=title,
        by=by,
        asked_at=now,
        answer_until=answer_until,
    )
    question.periods = [TravelPeriod(first_on=one.first_on, last_on=one.last_on) for one in spans]
    people = {contact.person_id: contact for contact in contacts}
    question.asked = [
        TravelAsked(person=contact.person, organisation=contact.organisation, by_link=False)
        for contact in people.values()
    ]
    db.session.add(question)
    record(Verb.TRAVEL_ASKED, question, by_id=by.id, now=now, within=home, title=title)
    write_again(question, question.asked, by_id=by.id, post=post, now=now, is_first=True)
    return question


def write_again(
    question: TravelQuestion,
    people: Iterable[TravelAsked],
    *,
    by_id: int,
    post: Post,
    now: datetime,
    is_first: bool = False,
) -> int:
    """Send those who were asked their link; return how many letters are new. Safe to run twice: one a day."""
    sent = 0
    for asked in people:
        if can_be_written_to(asked.person):
            message = mails.ask(asked, post.office, public_url=post.public_url, now=now)
            sent += message.created_at == now
    if sent and not is_first:
        record(Verb.TRAVEL_ASKED_AGAIN, question, by_id=by_id, now=now, within=question.home, title=question.title)
    return sent


def change_question(
    question: TravelQuestion, *, title: Translated, answer_until: date, by_id: int, now: datetime, today: date
) -> bool:
    """Change what differs; return whether anything did. A later last day lets people answer again. Raises Refused."""
    if answer_until != question.answer_until:
        check_until(answer_until, today, question.periods)
    changes = change(question, {"title": question.title.revised(title), "answer_until": answer_until})
    if not changes:
        return False
    record(
        Verb.TRAVEL_CHANGED,
        question,
        by_id=by_id,
        now=now,
        within=question.home,
        title=question.title,
        changes=changes,
    )
    return True


def answer(
    asked: TravelAsked,
    fits: Mapping[int, Fit],
    remark: str | None,
    *,
    by_link: bool = False,
    entered_by: Person | None = None,
    post: Post,
    now: datetime,
    today: date,
) -> bool:
    """Keep which periods suit somebody; return whether anything changed. Nothing at all takes it back. Raises Refused.

    `fits`: period id to what was said of it. `entered_by`: who heard them say it, by phone.
    """
    question = asked.question
    if not is_open(question, today):
        raise Refused(_("Nobody can answer any more. Please write to the office."))
    if asked.fits == fits and asked.remark == remark:
        return False
    kept = {one.period_id: one for one in asked.answers}
    for period in question.periods:
        said, row = fits.get(period.id), kept.get(period.id)
        if row is not None and said is None:
            asked.answers.remove(row)
        elif row is not None and said is not None:
            row.fit = said
        elif said is not None:
            asked.answers.append(TravelAnswer(period_id=period.id, fit=said))
    stands = bool(fits) or remark is not None
    asked.remark, asked.by_link, asked.answered_at = remark, by_link, now if stands else None
    asked.entered_by = entered_by if stands else None
    # What is said of periods stands in rows of its own: the version counts it too, for another tab.
    flag_modified(asked, "remark")
    db.session.flush()
    tell = partial(record, now=now, within=question.home, title=question.title)
    if entered_by is None:
        verb = Verb.TRAVEL_ANSWERED if stands else Verb.TRAVEL_ANSWER_TAKEN_BACK
        tell(verb, question, by_id=asked.person_id)
    else:
        verb = Verb.TRAVEL_ANSWER_ENTERED if stands else Verb.TRAVEL_ANSWER_REMOVED
        tell(verb, question, by_id=entered_by.id, person=asked.person.name)
    if question.by is not entered_by:
        mails.tell_of_answer(asked, post.office, public_url=post.public_url, now=now)
    return True


def join(question: TravelQuestion, person: Person, organisation_id: int) -> TravelAsked:
    """Let a partner answer whom nobody asked."""
    asked = TravelAsked(question=question, person=person, organisation_id=organisation_id, by_link=False)
    db.session.add(asked)
    db.session.flush()
    return asked


def choose(question: TravelQuestion, period: TravelPeriod, *, by_id: int, post: Post, now: datetime) -> bool:
    """Choose the days, and tell everybody who was asked; return whether that is news. Raises Refused.

    Safe to run twice: the second time nothing happens.
    """
    if question.chosen is period:
        return False
    if question.chosen is not None:
        raise Refused(_("Somebody has chosen other days. Please reopen the question first."))
    period.chosen_at = question.closed_at = now
    db.session.flush()
    record(
        Verb.TRAVEL_CHOSEN,
        question,
        by_id=by_id,
        now=now,
        within=question.home,
        title=question.title,
        first_on=period.first_on,
        last_on=period.last_on,
    )
    for asked in question.asked:
        if can_be_written_to(asked.person):
            mails.tell_of_choice(asked, period, post.office, public_url=post.public_url, now=now)
    return True


def close(question: TravelQuestion, *, by_id: int, now: datetime) -> None:
    """Let nobody answer any more."""
    question.closed_at = now
    record(Verb.TRAVEL_CLOSED, question, by_id=by_id, now=now, within=question.home, title=question.title)


def reopen(question: TravelQuestion, *, by_id: int, now: datetime) -> None:
    """Let people answer again; what was chosen is chosen no more."""
    question.closed_at = None
    for period in question.periods:
        period.chosen_at = None
    record(Verb.TRAVEL_REOPENED, question, by_id=by_id, now=now, within=question.home, title=question.title)
