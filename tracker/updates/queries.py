"""What was said about projects and their milestones, and what was asked."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from tracker.accounts.models import Account, Role
from tracker.db import db, holding
from tracker.folding import fold
from tracker.mail.models import Message, MessageKind, MessageState
from tracker.milestones.models import Assessment, Milestone, MilestoneState
from tracker.organisations.models import Office, Organisation
from tracker.people.models import Contact, Person
from tracker.people.queries import current_on
from tracker.people.whereabouts import Whereabouts, whereabouts
from tracker.projects.models import Project, ProjectOrganisation
from tracker.projects.queries import visible_projects
from tracker.projects.rules import ENDED
from tracker.updates.models import StatusRequest, StatusUpdate
from tracker.updates.rules import Chain, Stage, Step, chain_of, stage_of
from tracker.web.access import OfficeSeen, Somebody

#: What a line about an update shows, without a query of its own.
SHOWN = (
    joinedload(StatusUpdate.project),
    joinedload(StatusUpdate.milestone),
    joinedload(StatusUpdate.by),
    joinedload(StatusUpdate.taken_back_by),
    joinedload(StatusUpdate.translated_by),
)
_NEWEST = (StatusUpdate.at.desc(), StatusUpdate.id.desc())
_TODAY: sa.ColumnElement[date] = sa.bindparam("today", type_=sa.Date)
#: Those whose words are the office's own.
_OFFICE = (Role.ADMINISTRATOR, Role.COORDINATOR, Role.READER)


def visible_updates(reader: Somebody) -> sa.Select[StatusUpdate]:
    """Start every query here: what was said about the projects that somebody may know of."""
    seen = visible_projects(reader).with_only_columns(Project.id)
    return sa.select(StatusUpdate).where(StatusUpdate.project_id.in_(seen)).options(*SHOWN)


def of_project(project_id: int | sa.ColumnElement[int], limit: int = 20) -> sa.Select[StatusUpdate]:
    """Return what was said about a project that somebody may see, and about its milestones, the newest first."""
    query = sa.select(StatusUpdate).where(StatusUpdate.project_id == project_id).options(*SHOWN)
    return query.order_by(*_NEWEST).limit(limit)


def news(reader: Somebody, instant: sa.ColumnElement[datetime], limit: int = 20) -> sa.Select[StatusUpdate]:
    """Return what partners said after an instant, the newest first; nobody of the office is one of them."""
    office = sa.select(Account.person_id).where(Account.role.in_(_OFFICE))
    query = visible_updates(reader).where(StatusUpdate.by_id.not_in(office), StatusUpdate.at > instant)
    return query.order_by(*_NEWEST).limit(limit)


def said_from(project: Project, instant: datetime, *, besides: StatusUpdate) -> Sequence[StatusUpdate]:
    """Return what else was said about a project and its milestones from an instant on, the oldest first."""
    later = (StatusUpdate.project_id == project.id, StatusUpdate.at >= instant, StatusUpdate.id != besides.id)
    query = sa.select(StatusUpdate).where(*later).options(*SHOWN)
    return db.session.scalars(query.order_by(StatusUpdate.at, StatusUpdate.id)).all()


def last_news(project: Project, since: datetime) -> dict[int, Message]:
    """Return person id to the newest letter about updates of a project that left since then, or is still to leave.

    Whoever asks goes on alone: two that say something at once write one letter after the other.
    """
    db.session.execute(sa.select(Project.id).where(Project.id == project.id).with_for_update())
    query = sa.select(Message).where(
        Message.subject_key == f"project:{project.id}",
        Message.kind == MessageKind.UPDATE,
        Message.send_at > since,
        Message.state.not_in((MessageState.CANCELLED, MessageState.DEAD)),
    )
    return {message.person_id: message for message in db.session.scalars(query.order_by(Message.send_at, Message.id))}


def one(reader: Somebody, update_id: int) -> StatusUpdate | None:
    """Return what somebody said, if this person may know of it."""
    return db.session.scalar(visible_updates(reader).where(StatusUpdate.id == update_id))


def last_said(milestone_ids: Iterable[int]) -> dict[int, datetime]:
    """Return milestone id to the moment of the newest update; those without one are left out."""
    query = (
        sa.select(StatusUpdate.milestone_id, sa.func.max(StatusUpdate.at))
        .where(StatusUpdate.milestone_id.in_(list(milestone_ids)), StatusUpdate.taken_back_at.is_(None))
        .group_by(StatusUpdate.milestone_id)
    )
    return {milestone_id: at for milestone_id, at in db.session.execute(query) if milestone_id is not None}


def newest_assessment(milestone: Milestone) -> Assessment | None:
    """Return how an open milestone stands by what was said last and not taken back."""
    said = (StatusUpdate.milestone_id == milestone.id, StatusUpdate.taken_back_at.is_(None))
    known = sa.select(StatusUpdate.assessment).where(*said, StatusUpdate.assessment.is_not(None))
    newest = db.session.scalar(known.order_by(*_NEWEST).limit(1))
    return None if newest is Assessment.DONE else newest


def matching(text: str, reader: Somebody) -> sa.Select[StatusUpdate]:
    """Return those that hold every word, the newest first."""
    said = visible_updates(reader).where(holding(StatusUpdate.folded, fold(text)))
    return said.order_by(StatusUpdate.at.desc(), StatusUpdate.id.desc())


# ---- what was asked


def is_over() -> sa.ColumnElement[bool]:
    """Match requests about what is done, cancelled, archived or over."""
    project = sa.exists().where(
        Project.id == StatusRequest.project_id,
        sa.or_(Project.archived_at.is_not(None), Project.status.in_(ENDED)),
    )
    milestone = sa.exists().where(
        Milestone.id == StatusRequest.milestone_id,
        sa.or_(Milestone.archived_at.is_not(None), Milestone.state != MilestoneState.OPEN),
    )
    return sa.or_(project, milestone)


def is_waiting() -> sa.ColumnElement[bool]:
    """Match requests that still want an answer."""
    return sa.and_(StatusRequest.ended_at.is_(None), ~is_over())


def visible_requests(reader: Somebody) -> sa.Select[StatusRequest]:
    """Start every query here: what was asked in the projects that somebody may know of; of a partner, what is theirs.

    Theirs is what they are asked themselves, and what somebody is asked whom they stand in for.
    """
    seen = visible_projects(reader).with_only_columns(Project.id)
    query = sa.select(StatusRequest).where(StatusRequest.project_id.in_(seen))
    return query if reader.sees_all else query.where(_asks(reader))


def _asks(reader: Somebody) -> sa.ColumnElement[bool]:
    stands_in = sa.select(Contact.person_id).where(Contact.deputy_id == reader.id, Contact.archived_at.is_(None))
    return sa.or_(StatusRequest.person_id == reader.id, StatusRequest.person_id.in_(stands_in))


def waiting(reader: Somebody, project_id: int | sa.ColumnElement[int] | None = None) -> sa.Select[StatusRequest]:
    """Return the open requests that somebody may know of, perhaps of one project alone."""
    query = visible_requests(reader).where(is_waiting())
    return query if project_id is None else query.where(StatusRequest.project_id == project_id)


def request(reader: Somebody, request_id: int) -> StatusRequest | None:
    """Return a request, open or not, with what it is about, if this person may know of it."""
    query = visible_requests(reader).where(StatusRequest.id == request_id)
    return db.session.scalar(query.options(joinedload(StatusRequest.project), joinedload(StatusRequest.milestone)))


def asked_about(reader: Somebody, project: Project, milestone: Milestone | None) -> StatusRequest | None:
    """Return the open request by which a person, or whom they stand in for, is asked about just this."""
    query = waiting(reader, project.id).where(_asks(reader), _is_about(milestone.id if milestone else None))
    first = query.options(joinedload(StatusRequest.asked_by)).order_by(StatusRequest.person_id != reader.id)
    return db.session.scalar(first.limit(1))


def by_person(query: sa.Select[StatusRequest]) -> dict[int, list[StatusRequest]]:
    """Return person id to what they are asked, with what it is about; one query."""
    found: dict[int, list[StatusRequest]] = {}
    for one in db.session.scalars(query.options(joinedload(StatusRequest.milestone)).order_by(StatusRequest.answer_by)):
        found.setdefault(one.person_id, []).append(one)
    return found


def open_about(project: Project, milestone: Milestone | None, person_id: int) -> StatusRequest | None:
    """Return the one open request to a person about a thing, held so that nobody else ends it meanwhile."""
    query = sa.select(StatusRequest).where(
        StatusRequest.ended_at.is_(None),
        StatusRequest.project_id == project.id,
        StatusRequest.person_id == person_id,
        _is_about(milestone.id if milestone else None),
    )
    return db.session.scalar(query.with_for_update().execution_options(populate_existing=True))


def answered_by(update: StatusUpdate, today: date) -> Sequence[StatusRequest]:
    """Return the open requests that an update answers.

    They are about the same thing, and to the one who said it, to somebody of their organisations, or to somebody they
    stand in for.
    """
    ours = sa.select(Contact.organisation_id).where(Contact.person_id == update.by_id, current_on(today))
    colleagues = sa.select(Contact.person_id).where(Contact.organisation_id.in_(ours), current_on(today))
    stands_in = sa.select(Contact.person_id).where(Contact.deputy_id == update.by_id, current_on(today))
    theirs = [StatusRequest.person_id == update.by_id]
    theirs += [StatusRequest.person_id.in_(people) for people in (colleagues, stands_in)]
    query = sa.select(StatusRequest).where(
        StatusRequest.ended_at.is_(None),
        StatusRequest.project_id == update.project_id,
        _is_about(update.milestone_id),
        sa.or_(*theirs),
    )
    return db.session.scalars(query.order_by(StatusRequest.id)).all()


def _is_about(milestone_id: int | None) -> sa.ColumnElement[bool]:
    return StatusRequest.milestone_id.is_(None) if milestone_id is None else StatusRequest.milestone_id == milestone_id


#: From the id of a project to the steps of asking there, as JSON; both are columns: the rules lie in a room below.
StepsIn = Callable[[sa.SQLColumnExpression[int]], sa.ColumnElement[str]]


@dataclass(frozen=True)
class Waiting:
    """An open request with the functions of the person asked, where they work, and how far the asking has gone."""

    request: StatusRequest
    contacts: tuple[Contact, ...]
    there: Whereabouts
    stage: Stage

    @property
    def organisation(self) -> Organisation | None:
        """Where they work; as first contact, if they are that anywhere."""
        return self.contacts[0].organisation if self.contacts else None

    @property
    def deputy(self) -> Person | None:
        """Who stands in for them."""
        return deputy_of(self.contacts)

    def is_asked(self, person_id: int) -> bool:
        """Whether the question has come to a person: to whom it was put, or to who stands in, once they were asked."""
        stands_in = person_id in {contact.deputy_id for contact in self.contacts}
        return self.request.person_id == person_id or (stands_in and self.stage.step in {Step.DEPUTY, Step.CALL})


def together(
    said: sa.Select[StatusUpdate] | None, asked: sa.Select[StatusRequest], steps_in: StepsIn
) -> sa.Select[*tuple[Any, ...]]:
    """Write one query for what was said and what waits for an answer; it is handed `today`.

    The pages that show both look across, and can afford few questions.
    """
    lists: list[sa.Select[Any]] = [_ids("asked", asked.with_only_columns(StatusRequest.id))]
    if said is not None:
        lists.append(_ids("said", said.with_only_columns(StatusUpdate.id)))
    listed = sa.union_all(*lists).subquery()
    return (
        sa.select(StatusUpdate, StatusRequest, Contact, steps_in(StatusRequest.project_id))
        .select_from(listed)
        .outerjoin(StatusUpdate, sa.and_(listed.c.what == "said", listed.c.id == StatusUpdate.id))
        .outerjoin(StatusRequest, sa.and_(listed.c.what == "asked", listed.c.id == StatusRequest.id))
        .outerjoin(Contact, sa.and_(Contact.person_id == StatusRequest.person_id, current_on(_TODAY)))
        .options(
            *SHOWN,
            joinedload(StatusRequest.project),
            joinedload(StatusRequest.milestone),
            joinedload(StatusRequest.person),
            joinedload(StatusRequest.asked_by),
            joinedload(Contact.organisation).joinedload(Organisation.closed_days),
            joinedload(Contact.deputy),
        )
    )


def said_and_asked(
    query: sa.Select[*tuple[Any, ...]], values: dict[str, Any], office: OfficeSeen, *, now: datetime, today: date
) -> tuple[list[StatusUpdate], list[Waiting]]:
    """Ask what `together` wrote: what was said, the newest first, and what waits for an answer, by its date."""
    updates: list[StatusUpdate] = []
    requests: dict[int, tuple[StatusRequest, str, list[Contact]]] = {}
    for update, asking, contact, steps in db.session.execute(query, {"today": today, **values}).unique():
        if update is not None:
            updates.append(update)
        if asking is not None:
            requests.setdefault(asking.id, (asking, steps, []))[2].extend(_held(contact))
    return (
        sorted(updates, key=lambda one: (one.at, one.id), reverse=True),
        sorted(
            (_waiting(asking, held, office, _chain(steps), now) for asking, steps, held in requests.values()),
            key=lambda one: (one.request.answer_by, one.request.id),
        ),
    )


def _ids(what: str, query: sa.Select[Any]) -> sa.Select[Any]:
    # What is sorted and cut needs brackets before it can be joined to another list.
    ids = query.options().subquery()
    return sa.select(sa.literal(what).label("what"), ids.c.id.label("id"))


def _held(contact: Contact | None) -> list[Contact]:
    """Return what an outer join found."""
    return [contact] if contact else []


def _chain(steps: str) -> Chain | None:
    return chain_of(json.loads(steps))


def _waiting(
    asking: StatusRequest, contacts: list[Contact], office: OfficeSeen, chain: Chain | None, now: datetime
) -> Waiting:
    held = sorted(contacts, key=lambda contact: (not contact.is_first, contact.id))
    there = whereabouts(asking.person, held, office)
    stage = stage_of(asking, now, there, chain, has_deputy=deputy_of(held) is not None)
    return Waiting(asking, tuple(held), there, stage)


def deputy_of(contacts: Iterable[Contact]) -> Person | None:
    """Return who stands in for somebody with these functions: one of them is enough."""
    named = (contact.deputy for contact in contacts if contact.deputy is not None)
    return next((deputy for deputy in named if deputy.archived_at is None), None)


# ---- who can be asked


@dataclass(frozen=True)
class Candidate:
    """A person who can be asked how a project stands, with the functions they have and where they work."""

    person: Person
    contacts: tuple[Contact, ...]
    there: Whereabouts
    #: The steps in which they would be asked; none: the rule is off.
    chain: Chain | None

    @property
    def deputy(self) -> Person | None:
        """Who stands in for them."""
        return deputy_of(self.contacts)

    def works_at(self, organisation_id: int, *, as_first: bool = False) -> bool:
        """Whether they have a function at an organisation, perhaps as the one whom one writes to."""
        return any(one.organisation_id == organisation_id and (one.is_first or not as_first) for one in self.contacts)


def candidates(project: Project, office: Office, steps_in: StepsIn, today: date) -> list[Candidate]:
    """Return who works at the partners of a project, and who is responsible for something open in it; one query.

    Of the office itself only who is responsible.
    """
    partners = sa.select(ProjectOrganisation.organisation_id).where(ProjectOrganisation.project_id == project.id)
    if office.organisation_id:
        partners = partners.where(ProjectOrganisation.organisation_id != office.organisation_id)
    there = sa.select(Contact.person_id).where(Contact.organisation_id.in_(partners), current_on(today))
    responsible = sa.select(Milestone.responsible_person_id).where(
        Milestone.project_id == project.id, Milestone.state == MilestoneState.OPEN, Milestone.archived_at.is_(None)
    )
    query = (
        sa.select(Person, Contact, steps_in(sa.literal(project.id)))
        .select_from(Person)
        .outerjoin(Contact, sa.and_(Contact.person_id == Person.id, current_on(today)))
        .where(
            sa.or_(Person.id.in_(there), Person.id.in_(responsible)),
            Person.archived_at.is_(None),
            Person.locked_at.is_(None),
        )
        .options(
            joinedload(Contact.organisation).joinedload(Organisation.closed_days),
            joinedload(Contact.deputy),
        )
        .order_by(Person.folded, Person.id)
    )
    found: dict[int, tuple[Person, str, list[Contact]]] = {}
    for person, contact, steps in db.session.execute(query).unique():
        found.setdefault(person.id, (person, steps, []))[2].extend(_held(contact))
    return [
        Candidate(
            person,
            tuple(sorted(held, key=lambda one: one.id)),
            whereabouts(person, held, office),
            _chain(steps),
        )
        for person, steps, held in found.values()
    ]


def written_to(organisation_id: int, known: Iterable[Candidate]) -> list[Candidate]:
    """Return whom one writes to at an organisation: its first contacts, else everybody who works there."""
    there = [one for one in known if one.works_at(organisation_id)]
    return [one for one in there if one.works_at(organisation_id, as_first=True)] or there


def partners_of(project: Project, office: Office) -> dict[int, Organisation]:
    """Return id to each organisation that takes part in a project, but for the office's own; one query."""
    query = (
        sa.select(Organisation)
        .join(ProjectOrganisation, ProjectOrganisation.organisation_id == Organisation.id)
        .where(ProjectOrganisation.project_id == project.id, Organisation.id != (office.organisation_id or 0))
        .order_by(Organisation.folded)
    )
    return {one.id: one for one in db.session.scalars(query).unique()}
