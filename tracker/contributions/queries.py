"""What was given, as far as somebody may see it, and what it comes to."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload

from tracker.contributions.models import Contribution, ContributionKind
from tracker.contributions.rules import sees_all
from tracker.db import db, holding
from tracker.folding import fold
from tracker.language import translated
from tracker.organisations.models import Organisation
from tracker.people.models import Contact, Person
from tracker.projects.models import Project
from tracker.projects.queries import visible_projects
from tracker.web.access import Somebody


@dataclass(frozen=True)
class Sum:
    """What contributions of one kind come to: amounts of different currencies are never added."""

    kind: ContributionKind
    currency: str | None
    #: None: nobody knows what any of them is worth.
    amount: Decimal | None
    number: int
    #: How many of them nobody was thanked for yet.
    not_thanked: int


@dataclass(frozen=True)
class Given:
    """What several contributions come to, by kind and currency."""

    sums: Sequence[Sum]

    @classmethod
    def of(cls, sums: Iterable[Sum]) -> "Given":
        """Add up what can be added, in the order of the kinds."""
        together: dict[tuple[ContributionKind, str | None], Sum] = {}
        for one in sums:
            key = (one.kind, one.currency)
            before = together.get(key, Sum(*key, None, 0, 0))
            amounts = [amount for amount in (before.amount, one.amount) if amount is not None]
            together[key] = Sum(
                *key,
                sum(amounts, Decimal(0)) if amounts else None,
                before.number + one.number,
                before.not_thanked + one.not_thanked,
            )
        kinds = list(ContributionKind)
        return cls(sorted(together.values(), key=lambda one: (kinds.index(one.kind), one.currency or "~")))

    @property
    def number(self) -> int:
        """How many contributions there are."""
        return sum(one.number for one in self.sums)

    @property
    def not_thanked(self) -> int:
        """For how many of them nobody was thanked yet."""
        return sum(one.not_thanked for one in self.sums)


def visible_contributions(reader: Somebody) -> sa.Select[Contribution]:
    """Start every query here: partners see what their own organisations gave to projects they may know of."""
    seen = visible_projects(reader).with_only_columns(Project.id)
    query = sa.select(Contribution).where(Contribution.project_id.in_(seen))
    return query if sees_all(reader) else query.where(Contribution.organisation_id.in_(reader.organisation_ids))


def matching(text: str, reader: Somebody) -> sa.Select[Contribution]:
    """Return those that hold every word in what they were."""
    shown = (
        Contribution.archived_at.is_(None),
        Project.archived_at.is_(None),
        holding(Contribution.folded, fold(text)),
    )
    return visible_contributions(reader).join(Contribution.project).where(*shown)


def one(reader: Somebody, contribution_id: int) -> Contribution | None:
    """Return the contribution with who gave it, if this person may know of it."""
    shown = (joinedload(Contribution.organisation), joinedload(Contribution.person))
    query = visible_contributions(reader).where(Contribution.id == contribution_id)
    return db.session.scalar(query.options(*shown))


#: What the list can be sorted by.
SORTS = {
    "date": (Contribution.given_on.is_not(None), Contribution.given_on, Contribution.id),
    "organisation": (Organisation.folded, Contribution.given_on, Contribution.id),
    "kind": (Contribution.kind, Contribution.given_on, Contribution.id),
    "thanked": (Contribution.thanked_on.is_not(None), Contribution.thanked_on, Contribution.id),
}


def listed(
    reader: Somebody,
    project: Project,
    *,
    organisation: int | None = None,
    kind: ContributionKind | None = None,
    not_thanked: bool = False,
    archived: bool = False,
) -> sa.Select[Contribution]:
    """Return the contributions to a project that its list is narrowed to."""
    query = to(project.id, reader, archived=archived)
    if organisation:
        query = query.where(Contribution.organisation_id == organisation)
    if kind:
        query = query.where(Contribution.kind == kind)
    if not_thanked:
        query = query.where(Contribution.thanked_on.is_(None))
    shown = (
        contains_eager(Contribution.organisation).load_only(Organisation.name, Organisation.former_names),
        joinedload(Contribution.person).load_only(Person.name),
    )
    return query.join(Contribution.organisation).options(*shown)


def givers(reader: Somebody, project: Project) -> list[tuple[int, str]]:
    """Return id and name of those who ever gave to a project, by name, as far as somebody may see that."""
    who = visible_contributions(reader).where(Contribution.project_id == project.id)
    query = sa.select(Organisation.id, Organisation.name).where(
        Organisation.id.in_(who.with_only_columns(Contribution.organisation_id))
    )
    named = ((id_, str(translated(name))) for id_, name in db.session.execute(query))
    return sorted(named, key=lambda pair: fold(pair[1]))


def given_to(project: Project, reader: Somebody) -> Given:
    """Return what was given to a project, as far as somebody may see it; one query."""
    query = summed(to(project.id, reader))
    return Given.of(Sum(*row) for row in db.session.execute(query))


def was_at(person_id: int, organisation_id: int) -> bool:
    """Whether somebody has or had a function at an organisation."""
    query = sa.select(Contact.id).where(
        Contact.person_id == person_id, Contact.organisation_id == organisation_id, Contact.archived_at.is_(None)
    )
    return db.session.scalar(query.limit(1)) is not None


def to(project_id: int | sa.ColumnElement[int], reader: Somebody, *, archived: bool = False) -> sa.Select[Contribution]:
    """Return what was given to a project."""
    kept = Contribution.archived_at.is_not(None) if archived else Contribution.archived_at.is_(None)
    return visible_contributions(reader).where(Contribution.project_id == project_id, kept)


def by(organisation: Organisation, reader: Somebody) -> sa.Select[Contribution]:
    """Return what an organisation gave."""
    query = visible_contributions(reader).where(Contribution.organisation_id == organisation.id)
    return query.where(Contribution.archived_at.is_(None))


def summed(query: sa.Select[Contribution], *columns: Any) -> sa.Select[Any]:
    """Return what contributions come to as columns like the fields of `Sum`, and perhaps for each of other columns."""
    number, thanked = sa.func.count(Contribution.id), sa.func.count(Contribution.thanked_on)
    sums: tuple[Any, ...] = (
        Contribution.kind,
        Contribution.currency,
        sa.func.sum(Contribution.amount).label("amount"),
        number.label("number"),
        (number - thanked).label("not_thanked"),
    )
    return query.with_only_columns(*sums, *columns).group_by(Contribution.kind, Contribution.currency, *columns)
