"""Who can see a project and why, who signed in when, and what somebody did."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload

from tracker.accounts.models import Account, Role, SignIn
from tracker.db import Model, Translated, db
from tracker.history.models import HistoryLine
from tracker.organisations.models import Organisation, OrganisationChange, OrganisationSuccessor
from tracker.oversight.rules import SEE_EVERYTHING
from tracker.partnerships.models import Partnership
from tracker.people.models import Contact, Person
from tracker.people.queries import current_on
from tracker.projects.models import Project, ProjectOrganisation, ProjectRole

# ---- who can see a project


@dataclass
class Through:
    """The function through which somebody sees a project."""

    organisation: Organisation
    function: str | None
    from_on: date | None
    #: As what the organisation takes part.
    roles: list[ProjectRole] = field(default_factory=list)
    #: The organisation that takes part, where it is one that this one succeeds.
    predecessor: Organisation | None = None


@dataclass
class Seeing:
    """Somebody who can see a project."""

    person_id: int
    name: str
    role: Role
    since: datetime
    last_sign_in_at: datetime | None
    #: Empty for those who see every project.
    through: dict[tuple[int, int], Through] = field(default_factory=dict)


def who_sees(project: Project, today: date) -> list[Seeing]:
    """Return everybody who can see a project, the office first, then by name; one query."""
    ways = _ways_in(project)
    query = (
        sa.select(Account, Contact, ProjectOrganisation)
        .join(Account.person)
        .outerjoin(
            Contact,
            sa.and_(
                Contact.person_id == Account.person_id,
                current_on(today),
                Contact.organisation_id.in_(sa.select(ways.c.heir_id)),
                Account.role.not_in(SEE_EVERYTHING),
            ),
        )
        .outerjoin(ways, ways.c.heir_id == Contact.organisation_id)
        .outerjoin(
            ProjectOrganisation,
            sa.and_(
                ProjectOrganisation.organisation_id == ways.c.organisation_id,
                ProjectOrganisation.project_id == project.id,
            ),
        )
        .where(
            Person.locked_at.is_(None),
            Person.archived_at.is_(None),
            sa.or_(Account.role.in_(SEE_EVERYTHING), Contact.id.is_not(None)),
        )
        .options(
            contains_eager(Account.person),
            joinedload(Contact.organisation),
            joinedload(ProjectOrganisation.organisation),
        )
        .order_by(Person.folded, Contact.id, ProjectOrganisation.id)
    )
    found: dict[int, Seeing] = {}
    for account, contact, taking_part in db.session.execute(query):
        seeing = found.setdefault(
            account.id,
            Seeing(account.person_id, account.person.name, account.role, account.created_at, account.last_sign_in_at),
        )
        if contact is not None:
            own = taking_part.organisation_id == contact.organisation_id
            before = None if own else taking_part.organisation
            function = Through(contact.organisation, contact.function, contact.from_on, predecessor=before)
            way = (contact.id, taking_part.organisation_id)
            seeing.through.setdefault(way, function).roles.append(taking_part.role)
    order = list(Role)
    return sorted(found.values(), key=lambda one: order.index(one.role))


def _ways_in(project: Project) -> sa.CTE:
    """Return the organisations of a project, each with itself and with all that succeed it."""
    part, successor, change = ProjectOrganisation, OrganisationSuccessor, OrganisationChange
    ways = (
        sa.select(part.organisation_id.label("organisation_id"), part.organisation_id.label("heir_id"))
        .where(part.project_id == project.id)
        .cte("ways", recursive=True)
    )
    return ways.union(
        sa.select(ways.c.organisation_id, successor.organisation_id)
        .join(change, change.organisation_id == ways.c.heir_id)
        .join(successor, successor.change_id == change.id)
    )


# ---- who signed in, and what they did


def sign_ins(person: int | None = None) -> sa.Select[SignIn]:
    """Return the sign-ins that are still kept, perhaps of one person, each with the person."""
    query = sa.select(SignIn).join(SignIn.account).join(Account.person)
    if person:
        query = query.where(Account.person_id == person)
    return query.options(contains_eager(SignIn.account).contains_eager(Account.person))


def with_an_account() -> list[tuple[int, str]]:
    """Return id and name of everybody who has an account, by name."""
    query = sa.select(Person.id, Person.name).join(Account, Account.person_id == Person.id).order_by(Person.folded)
    return [(id_, name) for id_, name in db.session.execute(query)]


def acts(person: int | None = None) -> sa.Select[HistoryLine]:
    """Return what people did, perhaps one of them alone; what the program did itself is left out."""
    query = sa.select(HistoryLine)
    return query.where(HistoryLine.by_id == person if person else HistoryLine.by_id.is_not(None))


#: What has a page of its own, and what it is called.
_PAGES: tuple[tuple[type[Model], sa.SQLColumnExpression[Translated] | sa.SQLColumnExpression[str]], ...] = (
    (Project, Project.title),
    (Partnership, Partnership.title),
    (Organisation, Organisation.name),
    (Person, Person.name),
)


def named(lines: Sequence[HistoryLine]) -> dict[str, Translated | str]:
    """Return key ("project:3") to the name of all that lines are about or lie within; one query for each kind."""
    keys = {key for line in lines for key in (line.within, line.subject) if key}
    found: dict[str, Translated | str] = {}
    for model, name in _PAGES:
        kind = str(model.__tablename__)
        ids = sorted(_ids(kind, keys))
        for id_, called in db.session.execute(sa.select(model.id, name).where(model.id.in_(ids))):
            found[f"{kind}:{id_}"] = called
    return found


def _ids(kind: str, keys: Iterable[str]) -> set[int]:
    """Return the ids in keys of one kind."""
    return {int(number) for what, _colon, number in (key.partition(":") for key in keys) if what == kind}


def people(ids: Iterable[int | None]) -> dict[int, str]:
    """Return person id to name; one query."""
    rows = db.session.execute(sa.select(Person.id, Person.name).where(Person.id.in_([id_ for id_ in ids if id_])))
    return {id_: name for id_, name in rows}  # noqa: C416 - a row is no pair to mypy
