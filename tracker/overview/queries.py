"""What the pages of one project, partnership, organisation or person bring together, in few questions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import aliased, contains_eager, defer, joinedload, load_only
from sqlalchemy.orm.interfaces import ORMOption

from tracker.contributions import queries as contributions
from tracker.contributions.models import Contribution, ContributionKind
from tracker.contributions.queries import Given, Sum
from tracker.db import Amount, Model, PartialDate, Translated, TranslatedType, db
from tracker.documents import queries as documents
from tracker.documents.rules import Subject
from tracker.events import queries as events
from tracker.events.models import Event
from tracker.history.models import HistoryLine
from tracker.history.rules import Verb, key_of
from tracker.history.telling import Told, told
from tracker.language import Word
from tracker.lineage import queries as lineage
from tracker.lineage.rules import Line as LineOfDescent
from tracker.log import queries as log
from tracker.log.models import LogEntry, LogEntryOrganisation, LogEntryPerson
from tracker.milestones import queries as milestones
from tracker.milestones.models import Milestone
from tracker.organisations.models import Organisation
from tracker.organisations.queries import became, visible_organisations
from tracker.overview import gathered
from tracker.overview.gathered import Occasion
from tracker.participants.models import Participant, ParticipantRole
from tracker.participants.queries import Line, Totals
from tracker.partnerships.models import Partnership, PartnershipParty, PartnershipStatus
from tracker.partnerships.queries import people_on, visible_partnerships
from tracker.people.models import Contact, Person
from tracker.projects import queries as projects
from tracker.projects.models import (
    Project,
    ProjectCoordinator,
    ProjectOrganisation,
    ProjectPartnership,
    ProjectStatus,
)
from tracker.projects.queries import visible_projects
from tracker.reminders import requests
from tracker.updates import queries as updates
from tracker.updates.models import StatusUpdate
from tracker.updates.queries import Waiting
from tracker.web.access import OfficeSeen, Somebody, people_met
from tracker.web.statements import written_once

Row = TypeVar("Row", bound=Model)
OneWord = TypeVar("OneWord", bound=Word)
#: Told to the office alone: the other end may be something that a partner may not know of.
OF_THE_OFFICE = tuple(
    verb.name for verb in (Verb.ORIGIN_NOTED, Verb.ORIGIN_TAKEN_BACK, Verb.OUTCOME_NOTED, Verb.OUTCOME_TAKEN_BACK)
)
#: Lines of the log and of the history that a page begins with.
LINES = 12
#: The project or the partnership that a page is about, as statements that are written once are handed it.
THIS: sa.ColumnElement[int] = sa.bindparam("project_id", type_=sa.Integer)
THIS_PARTNERSHIP: sa.ColumnElement[int] = sa.bindparam("partnership_id", type_=sa.Integer)
#: Of each organisation on the page of a partnership.
MOST_PEOPLE = 8


#: What lines show, each in the query of the lines themselves: pages that look across ask many rooms. Of what a line
#: is about or names they show the name alone, and hundreds of columns less are read.
PROJECT_NAMED = load_only(Project.title)
PARTNERSHIP_NAMED = load_only(Partnership.title)
ORGANISATION_NAMED = load_only(Organisation.name, Organisation.former_names)
PERSON_NAMED = load_only(Person.name)
PERSON_MET = load_only(Person.name, Person.form_of_address, Person.language, Person.phone, Person.archived_at)
MILESTONE_SHOWN = (
    defer(Milestone.folded),
    joinedload(Milestone.project).options(PROJECT_NAMED),
    joinedload(Milestone.responsible_organisation).options(ORGANISATION_NAMED),
    joinedload(Milestone.responsible_person).options(PERSON_NAMED),
    joinedload(Milestone.moves),
)
ENTRY_SHOWN = (
    defer(LogEntry.folded),
    joinedload(LogEntry.project).options(PROJECT_NAMED),
    joinedload(LogEntry.partnership).options(PARTNERSHIP_NAMED),
    joinedload(LogEntry.organisation).options(ORGANISATION_NAMED),
    joinedload(LogEntry.at).options(ORGANISATION_NAMED),
    contains_eager(LogEntry.people).options(PERSON_NAMED),
    contains_eager(LogEntry.organisations).options(ORGANISATION_NAMED),
)


def first_of(
    model: type[Row],
    query: sa.Select[Row],
    order: Sequence[Any],
    *shown: ORMOption,
    limit: int | None = None,
) -> sa.Select[Row]:
    """Return the first rows of another room's query with what a page shows of them, all in one query.

    The rooms' own lists load collections one by one, which costs queries that a page of many rooms cannot afford.
    """
    ids = query.with_only_columns(model.id).order_by(None).order_by(*order).limit(limit).subquery()
    return sa.select(model).join(ids, ids.c.id == model.id).options(*shown).order_by(*order)


def history(page: Model, reader: Somebody, limit: int = LINES) -> list[Told]:
    """Return the newest lines about a row and all within it, each with who did it; one query.

    A partner reads the names of those they meet in their projects, and their own.
    """
    values = {"page": key_of(page), "limit": limit}
    return [told(line, name) for line, name in db.session.execute(_history(reader), values)]


@written_once
def _history(reader: Somebody) -> sa.Select[HistoryLine, str]:
    page = sa.bindparam("page", type_=sa.String(60))
    known = Person.id == HistoryLine.by_id
    hidden: tuple[str, ...] = ()
    if not reader.sees_all:
        hidden = OF_THE_OFFICE
        known = sa.and_(known, sa.or_(Person.id == reader.id, Person.id.in_(people_met(reader))))
    return (
        sa.select(HistoryLine, Person.name)
        .outerjoin(Person, known)
        .where(
            sa.or_(HistoryLine.subject == page, HistoryLine.within == page),
            HistoryLine.verb.not_in(hidden),
        )
        .order_by(HistoryLine.id.desc())
        .limit(sa.bindparam("limit", type_=sa.Integer))
    )


# ---- a project


def project(reader: Somebody, project_id: int) -> Project | None:
    """Return the project with its organisations, its series and who coordinates it; one query."""
    return db.session.scalars(_project(reader), {"project_id": project_id}).unique().one_or_none()


@written_once
def _project(reader: Somebody) -> sa.Select[Project]:
    return (
        visible_projects(reader)
        .where(Project.id == THIS)
        .options(
            joinedload(Project.series),
            joinedload(Project.organisations).joinedload(ProjectOrganisation.organisation).options(*became(reader)),
            joinedload(Project.coordinators),
        )
    )


@dataclass(frozen=True)
class Link:
    """Another partnership or edition, as far as a line about it needs."""

    id: int
    title: Translated
    label: str | None
    begins: PartialDate | None
    status: Word


@dataclass(frozen=True)
class Around:
    """The partnerships a project stands under, its other editions, the newest first, its gifts, and its line."""

    partnerships: tuple[Link, ...]
    editions: tuple[Link, ...]
    given: Given
    line: LineOfDescent
    events: list[Occasion]
    documents: list[documents.Line]


def around(project: Project, reader: Somebody) -> Around:
    """Return what a project belongs to, what was given to it and its events; one query.

    Partners meet its partnerships by name.
    """
    values = {"project_id": project.id, "series_id": project.series_id or 0, "here": key_of(project)}
    rows: Sequence[Any] = db.session.execute(_around(reader), values).all()
    return Around(
        tuple(_link(row, _word(PartnershipStatus, row.status)) for row in rows if row.what == "above"),
        tuple(
            sorted(
                (_link(row, _word(ProjectStatus, row.status)) for row in rows if row.what == "edition"),
                key=lambda link: str(link.begins or link.label or ""),
                reverse=True,
            )
        ),
        Given.of(
            Sum(_word(ContributionKind, row.status), row.label, row.amount, row.number, not_thanked=row.id)
            for row in rows
            if row.what == "given"
        ),
        lineage.line_in(key_of(project), rows),
        gathered.among(rows, "number"),
        documents.among(rows),
    )


@written_once
def _around(reader: Somebody) -> sa.CompoundSelect[*tuple[Any, ...]]:
    nothing: tuple[Any, ...] = (
        sa.literal(0).label("number"),
        sa.type_coerce(sa.cast(sa.null(), sa.BigInteger), Amount()).label("amount"),
    )
    partnerships = (
        sa.select(
            sa.literal("above").label("what"),
            Partnership.id,
            sa.type_coerce(Partnership.title, TranslatedType()).label("title"),
            sa.null().label("label"),
            sa.null().label("begins"),
            sa.cast(Partnership.status, sa.String(40)).label("status"),
            *nothing,
        )
        .join(ProjectPartnership, ProjectPartnership.partnership_id == Partnership.id)
        .where(ProjectPartnership.project_id == sa.bindparam("project_id"))
    )
    others = visible_projects(reader).where(
        Project.series_id == sa.bindparam("series_id"),
        Project.id != sa.bindparam("project_id"),
        Project.archived_at.is_(None),
    )
    editions = others.with_only_columns(
        sa.literal("edition"),
        Project.id,
        sa.type_coerce(Project.title, TranslatedType()),
        Project.edition_label,
        sa.cast(Project.begins, sa.String(10)),
        sa.cast(Project.status, sa.String(40)),
        *nothing,
    )
    sums = contributions.summed(contributions.to(sa.bindparam("project_id"), reader)).subquery()
    given = sa.select(
        sa.literal("given"),
        sums.c.not_thanked,
        sa.type_coerce(sa.cast(sa.null(), sa.JSON), TranslatedType()),
        sums.c.currency,
        sa.null(),
        sa.cast(sums.c.kind, sa.String(40)),
        sums.c.number,
        sums.c.amount,
    )
    own = events.visible_events(reader).where(Event.project_id == sa.bindparam("project_id"))
    attended = gathered.part(own, gathered.heads(), nothing[1])
    led = (part.add_columns(*nothing) for part in lineage.parts(reader))
    hung = documents.part(reader, Subject.PROJECT, lineage.HERE, THIS).add_columns(*nothing)
    return sa.union_all(partnerships, editions, given, attended, hung, *led)


def hung(row: Model, reader: Somebody) -> tuple[LineOfDescent, list[documents.Line]]:
    """Return what led to what around something, and its documents; one query."""
    here = key_of(row)
    kind = Subject(row.__tablename__)
    rows = db.session.execute(_hung(reader, kind), {"here": here, "thing_id": row.id}).all()
    return lineage.line_in(here, rows), documents.among(rows)


@written_once
def _hung(reader: Somebody, kind: Subject) -> sa.CompoundSelect[*tuple[Any, ...]]:
    this: sa.ColumnElement[int] = sa.bindparam("thing_id", type_=sa.Integer)
    return sa.union_all(documents.part(reader, kind, lineage.HERE, this), *lineage.parts(reader))


def _word(words: type[OneWord], key: str) -> OneWord:
    return next(word for word in words if word.value == key)


def _link(row: Any, status: Word) -> Link:  # noqa: ANN401 - a row of two joined selects
    begins = PartialDate(row.begins) if row.begins else None
    return Link(row.id, row.title, row.label, begins, status)


def milestones_of(project: Project, reader: Somebody) -> Sequence[Milestone]:
    """Return its milestones with who is responsible and how they moved, the earliest first; one query."""
    return db.session.scalars(_milestones_of(reader), {"project_id": project.id}).unique().all()


@written_once
def _milestones_of(reader: Somebody) -> sa.Select[Milestone]:
    query = milestones.visible_milestones(reader).where(Milestone.project_id == THIS, Milestone.archived_at.is_(None))
    return first_of(Milestone, query, (Milestone.due_on, Milestone.id), *MILESTONE_SHOWN)


def said_of(
    project: Project, reader: Somebody, office: OfficeSeen, *, now: datetime, today: date
) -> tuple[list[StatusUpdate], list[Waiting]]:
    """Return what was said about a project and what is asked about it; one query."""
    return updates.said_and_asked(_said_of(reader), {"project_id": project.id}, office, now=now, today=today)


@written_once
def _said_of(reader: Somebody) -> sa.Select[*tuple[Any, ...]]:
    return updates.together(updates.of_project(THIS, LINES), updates.waiting(reader, THIS), requests.steps_in)


def totals(lines: Sequence[Line]) -> Totals:
    """Count the participants of one project by country and role, from the lines that are shown anyway."""
    heads: dict[tuple[str | None, ParticipantRole], int] = {}
    weights: dict[str | None, int] = {}
    for line in lines:
        heads[line.country, line.role] = heads.get((line.country, line.role), 0) + line.heads
        weights[line.country] = weights.get(line.country, 0) + line.heads
    countries = sorted(weights, key=lambda country: (country is None, -weights[country], country or ""))
    roles = [role for role in ParticipantRole if any(line.role is role for line in lines)]
    return Totals(countries, roles, heads)


def projects_in(reader: Somebody, partnership: Partnership | None = None) -> Sequence[Project]:
    """Return the projects that are not in the archive, perhaps those of a partnership, the newest first; one query."""
    values = {"partnership_id": partnership.id} if partnership else {}
    return db.session.scalars(_projects_in(reader, partnership is not None), values).all()


@written_once
def _projects_in(reader: Somebody, of_one: bool) -> sa.Select[Project]:  # noqa: FBT001 - a shape of the statement
    query = visible_projects(reader).where(Project.archived_at.is_(None))
    if of_one:
        under = sa.select(ProjectPartnership.project_id)
        query = query.where(Project.id.in_(under.where(ProjectPartnership.partnership_id == THIS_PARTNERSHIP)))
    # Lists and lines about projects tell nothing of what is in them.
    shown = (defer(Project.folded), defer(Project.summary))
    return first_of(Project, query, (Project.begins.desc().nulls_last(), Project.id.desc()), *shown)


def logged(about: Project | Partnership | Organisation, reader: Somebody) -> Sequence[LogEntry]:
    """Return the newest entries on something, with who was there; one query."""
    return db.session.scalars(_logged(reader, type(about)), {"about": about.id}).unique().all()


@written_once
def _logged(reader: Somebody, kind: type[Model]) -> sa.Select[LogEntry]:
    about = sa.bindparam("about", type_=sa.Integer)
    on: sa.ColumnElement[bool] = LogEntry.project_id == about
    if kind is not Project:
        on = log.on_partnership(about) if kind is Partnership else log.on_organisation(about)
    query = log.visible_entries(reader).where(on, LogEntry.archived_at.is_(None))
    newest = (LogEntry.happened_on.desc(), LogEntry.id.desc())
    # Joined table by table: SQLite would first put together all who ever were anywhere.
    return (
        first_of(LogEntry, query, newest, *ENTRY_SHOWN, limit=LINES)
        .outerjoin(LogEntryPerson, LogEntryPerson.log_entry_id == LogEntry.id)
        .outerjoin(Person, Person.id == LogEntryPerson.person_id)
        .outerjoin(LogEntryOrganisation, LogEntryOrganisation.log_entry_id == LogEntry.id)
        .outerjoin(Organisation, Organisation.id == LogEntryOrganisation.organisation_id)
        .order_by(Person.id, Organisation.id)
    )


# ---- a partnership


@dataclass(frozen=True)
class Present:
    """Who has a function at an organisation, the first contact first, and how many more there are."""

    contacts: tuple[Contact, ...] = ()
    more: int = 0


@dataclass(frozen=True)
class Joined:
    """A partnership, those that stand under it, those that it continues, and who is at its parties."""

    partnership: Partnership
    below: list[Partnership]
    continued: list[Partnership]
    #: By the party's id as an organisation; where nobody is known it is missing.
    people: dict[int, Present]


def partnership(reader: Somebody, partnership_id: int, day: date) -> Joined | None:
    """Return a partnership with its parties, what stands around it, and who is there on a day; one query."""
    values = {"partnership_id": partnership_id, "day": day}
    rows: dict[int, Partnership] = {}
    people: dict[int, list[tuple[Contact, int]]] = {}
    for row, contact, number in db.session.execute(_partnership(reader), values).unique():
        rows[row.id] = row
        if contact is not None:
            people.setdefault(contact.organisation_id, []).append((contact, number))
    if partnership_id not in rows:
        return None
    return Joined(
        rows[partnership_id],
        [row for row in rows.values() if row.umbrella_id == partnership_id],
        [row for row in rows.values() if row.continued_by_id == partnership_id],
        {
            id_: Present(tuple(contact for contact, _number in held), held[0][1] - len(held))
            for id_, held in people.items()
        },
    )


@written_once
def _partnership(reader: Somebody) -> sa.Select[Partnership, Contact, int]:
    here: sa.ColumnElement[int] = sa.bindparam("partnership_id", type_=sa.Integer)
    near = sa.or_(Partnership.umbrella_id == here, Partnership.continued_by_id == here)
    there = people_on(here, sa.bindparam("day", type_=sa.Date))
    held = sa.and_(
        Partnership.id == here,
        there.c.organisation_id == PartnershipParty.organisation_id,
        there.c.place <= MOST_PEOPLE,
    )
    return (
        visible_partnerships(reader)
        .add_columns(Contact, there.c.number)
        .where(sa.or_(Partnership.id == here, sa.and_(near, Partnership.archived_at.is_(None))))
        .outerjoin(Partnership.parties)
        .outerjoin(PartnershipParty.organisation)
        .outerjoin(there, held)
        .outerjoin(Contact, Contact.id == there.c.id)
        .options(
            joinedload(Partnership.umbrella).options(PARTNERSHIP_NAMED),
            joinedload(Partnership.continued_by).options(PARTNERSHIP_NAMED),
            joinedload(Partnership.coordinator).options(PERSON_NAMED),
            contains_eager(Partnership.parties)
            .contains_eager(PartnershipParty.organisation)
            .options(defer(Organisation.notes), defer(Organisation.folded), *became(reader)),
            joinedload(Contact.person).options(PERSON_MET),
            joinedload(Contact.deputy).options(PERSON_MET),
        )
        .order_by(Partnership.folded, PartnershipParty.side, PartnershipParty.id, there.c.place)
    )


# ---- an organisation


def organisation(
    reader: Somebody, organisation_id: int
) -> tuple[Organisation | None, Organisation | None, list[Organisation]]:
    """Return an organisation with its names and closed days, what it belongs to and what belongs to it; one query.

    A reader learns only of those around it that they may know of.
    """
    here = Organisation.id == organisation_id
    below = sa.and_(Organisation.part_of_id == organisation_id, Organisation.archived_at.is_(None))
    part = aliased(Organisation)
    above = Organisation.id == sa.select(part.part_of_id).where(part.id == organisation_id).scalar_subquery()
    query = (
        visible_organisations(reader)
        .where(sa.or_(here, below, above))
        .options(
            joinedload(Organisation.aliases),
            joinedload(Organisation.closed_days),
            *became(reader),
        )
        .order_by(Organisation.folded)
    )
    rows = db.session.scalars(query).unique().all()
    one = next((row for row in rows if row.id == organisation_id), None)
    whole = next((row for row in rows if one and row.id == one.part_of_id), None)
    return one, whole, [row for row in rows if row.part_of_id == organisation_id]


@dataclass(frozen=True)
class GivenTo:
    """What an organisation gave to a project."""

    project: Project
    given: Given


def projects_with(organisation: Organisation, reader: Somebody) -> tuple[list[Project], list[GivenTo]]:
    """Return the projects an organisation takes part in, and what it gave to which, the newest first; one query."""
    sums = contributions.summed(contributions.by(organisation, reader), Contribution.project_id).subquery()
    taking_part = projects.listed(reader, organisation=organisation.id).with_only_columns(Project.id)
    takes_part = Project.id.in_(taking_part.options())
    query = (
        visible_projects(reader)
        .add_columns(takes_part, sums.c.kind, sums.c.currency, sums.c.amount, sums.c.number, sums.c.not_thanked)
        .outerjoin(sums, sums.c.project_id == Project.id)
        .where(Project.archived_at.is_(None), sa.or_(takes_part, sums.c.number > 0))
        .order_by(Project.begins.desc().nulls_last(), Project.id.desc())
    )
    there: dict[Project, None] = {}
    given: dict[Project, list[Sum]] = {}
    for row, is_there, *sum_of in db.session.execute(query):
        if is_there:
            there[row] = None
        if sum_of[0]:
            given.setdefault(row, []).append(Sum(*sum_of))
    return list(there), [GivenTo(row, Given.of(some)) for row, some in given.items()]


# ---- a person


@dataclass(frozen=True)
class TakenPart:
    """A project, and as what somebody had to do with it."""

    project: Project
    coordinates: bool
    is_responsible: bool
    roles: tuple[Word, ...]


def projects_of(person: Person, reader: Somebody) -> list[TakenPart]:
    """Return the projects that somebody coordinates, answers for or took part in, the newest first; one query.

    A partner reads of those only whom their own organisations sent.
    """
    coordinates = sa.exists().where(
        ProjectCoordinator.project_id == Project.id, ProjectCoordinator.person_id == person.id
    )
    responsible = sa.exists().where(
        Milestone.project_id == Project.id,
        Milestone.responsible_person_id == person.id,
        Milestone.archived_at.is_(None),
    )
    part = sa.and_(
        Participant.project_id == Project.id, Participant.person_id == person.id, Participant.archived_at.is_(None)
    )
    if not reader.sees_all:
        part = sa.and_(part, Participant.organisation_id.in_(reader.organisation_ids))
    query = (
        visible_projects(reader)
        .add_columns(coordinates, responsible, Participant.role)
        .outerjoin(Participant, part)
        .where(sa.or_(coordinates, responsible, Participant.id.is_not(None)), Project.archived_at.is_(None))
        .order_by(Project.begins.desc().nulls_last(), Project.id.desc())
    )
    found: dict[int, TakenPart] = {}
    for row, does, answers, role in db.session.execute(query):
        before = found.get(row.id)
        roles = (*(before.roles if before else ()), *((role,) if role else ()))
        found[row.id] = TakenPart(row, bool(does), bool(answers), tuple(dict.fromkeys(roles)))
    return list(found.values())
