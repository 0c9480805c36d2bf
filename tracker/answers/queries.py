"""What a link in a letter is about, and what was done through it. The link itself is the permission: it is signed."""

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from tracker.accounts.queries import who_left
from tracker.answers.links import AnswerLink
from tracker.answers.rules import DAY, Standing, is_gone, standing_of
from tracker.db import db
from tracker.folding import fold
from tracker.mail.models import Message, MessageKind
from tracker.milestones.models import Milestone
from tracker.organisations.queries import office
from tracker.people.models import Contact, Person
from tracker.people.queries import current_on, zone_of
from tracker.projects.models import Project
from tracker.reminders.matters import Matter
from tracker.reminders.subjects import matters_of
from tracker.updates.models import StatusRequest, StatusUpdate
from tracker.updates.queries import SHOWN, visible_updates
from tracker.web.access import Somebody
from tracker.workdays.rules import local_day


@dataclass(frozen=True)
class Question:
    """What a link asks of whom, and what became of it."""

    link: AnswerLink
    person: Person
    project: Project
    milestone: Milestone | None
    #: Who asks and by when, in the words of letters; None: there is nothing to be said about it any more.
    matter: Matter | None
    #: What was said through it and stands, and what was taken back last.
    said: StatusUpdate | None
    taken_back: StatusUpdate | None
    #: The question that somebody else is asked instead.
    passed_on: StatusRequest | None
    deputy: Person | None
    #: Whether the person may do nothing any more.
    is_gone: bool
    standing: Standing
    #: The date that it is where they are.
    today: date

    @property
    def request_id(self) -> int | None:
        """The status request it is, if it is one."""
        kind, _colon, number = self.link.subject.partition(":")
        return int(number) if kind == "request" else None


def question(link: AnswerLink, now: datetime) -> Question | None:
    """Return what a link asks, or None if that was never there."""
    person, about, seen = db.session.get(Person, link.person_id), _about(link.subject), office()
    if person is None or about is None or seen is None:
        return None
    today = local_day(now, zone_of(person, now.date()) or seen.zone)
    matter = matters_of([link.subject], today).get(link.subject)
    through = _all_said_through(link)
    said = next((one for one in through if one.taken_back_at is None), None)
    passed_on = passed_on_through(link)
    gone = is_gone(person, has_left=bool(who_left([person.id], today)))
    return Question(
        link=link,
        person=person,
        project=about[0],
        milestone=about[1],
        matter=matter,
        said=said,
        taken_back=next((one for one in through if one.taken_back_at is not None), None),
        passed_on=passed_on,
        deputy=deputy_of(person, today),
        is_gone=gone,
        standing=standing_of(link, person, matter, gone=gone, said=said, passed_on=passed_on, today=today),
        today=today,
    )


def _about(subject: str) -> tuple[Project, Milestone | None] | None:
    kind, _colon, number = subject.partition(":")
    if kind == "milestone":
        milestone = db.session.get(Milestone, int(number))
        return (milestone.project, milestone) if milestone else None
    request = db.session.get(StatusRequest, int(number))
    return (request.project, request.milestone) if request else None


def said_through(link: AnswerLink) -> StatusUpdate | None:
    """Return what was said through a link and stands."""
    return next((one for one in _all_said_through(link) if one.taken_back_at is None), None)


def passed_on_through(link: AnswerLink) -> StatusRequest | None:
    """Return the question that was passed on through a link, to whomever it went."""
    return db.session.scalar(sa.select(StatusRequest).where(StatusRequest.link == link.key))


def _all_said_through(link: AnswerLink) -> list[StatusUpdate]:
    """Return what was said through a link, the newest first."""
    query = sa.select(StatusUpdate).where(StatusUpdate.link == link.key).options(*SHOWN)
    return list(db.session.scalars(query.order_by(StatusUpdate.id.desc())))


def hold(person: Person) -> None:
    """Let nobody else do anything through links of the same person until this unit ends."""
    db.session.execute(sa.select(Person.id).where(Person.id == person.id).with_for_update())


def deputy_of(person: Person, today: date) -> Person | None:
    """Return who stands in for somebody and can be written to."""
    query = (
        sa.select(Person)
        .join(Contact, Contact.deputy_id == Person.id)
        .where(Contact.person_id == person.id, current_on(today), Person.id != person.id)
        .where(Person.archived_at.is_(None), Person.locked_at.is_(None), Person.email.is_not(None))
        .order_by(Contact.is_first.desc(), Contact.id)
        .limit(1)
    )
    return db.session.scalar(query)


def with_address(address: str) -> list[Person]:
    """Return everybody with a mail address, whoever may know of them: only whether to write there is asked."""
    return list(db.session.scalars(sa.select(Person).where(sa.func.lower(Person.email) == address.lower())))


def is_called(person: Person, name: str) -> bool:
    """Whether a name is a person's, in whichever order and spelling."""
    return sorted(fold(person.name).split()) == sorted(fold(name).split())


def number_passed_on(person_id: int, now: datetime) -> int:
    """Return how many questions somebody passed on by links within a day."""
    passed_on = (StatusRequest.asked_before_id == person_id, StatusRequest.link.is_not(None))
    query = sa.select(sa.func.count()).where(*passed_on, StatusRequest.asked_at > now - DAY)
    return db.session.scalar(query) or 0


def number_given(address: str, now: datetime) -> int:
    """Return how many questions came to an address by links within a day."""
    query = (
        sa.select(sa.func.count(StatusRequest.id))
        .join(Person, Person.id == StatusRequest.person_id)
        .where(sa.func.lower(Person.email) == address.lower())
        .where(StatusRequest.link.is_not(None), StatusRequest.asked_at > now - DAY)
    )
    return db.session.scalar(query) or 0


def number_of_new_links(person_id: int, now: datetime) -> int:
    """Return how many new links somebody was sent within a day."""
    sent = (Message.person_id == person_id, Message.kind == MessageKind.LINK, Message.created_at > now - DAY)
    return db.session.scalar(sa.select(sa.func.count()).where(*sent)) or 0


def update(reader: Somebody, update_id: int) -> StatusUpdate | None:
    """Return what somebody said, if this person may know of it."""
    query = visible_updates(reader).where(StatusUpdate.id == update_id)
    return db.session.scalar(query.options(joinedload(StatusUpdate.taken_back_by)))
