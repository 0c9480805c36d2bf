"""Who takes part, as far as somebody may see it, and how many from where."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from tracker.db import db
from tracker.events.models import Event
from tracker.folding import fold
from tracker.organisations.models import Organisation
from tracker.participants.models import Participant, ParticipantRole
from tracker.participants.rules import country_of, heads_of, sees_name
from tracker.people.models import Contact, Person
from tracker.people.queries import current_on
from tracker.projects.models import Project
from tracker.projects.queries import visible_projects
from tracker.web.access import Somebody

Heads = dict[tuple[str | None, ParticipantRole], int]
SHOWN = (joinedload(Participant.person), joinedload(Participant.organisation), joinedload(Participant.via))


@dataclass(frozen=True)
class Line:
    """A line of the list of a project: a name, or heads where there is none or it is not for this reader."""

    name: str | None
    person_id: int | None
    heads: int
    role: ParticipantRole
    organisation: Organisation | None
    via: Organisation | None
    country: str | None
    #: What edit and archive need; None where several stand in one line.
    participant: Participant | None


@dataclass(frozen=True)
class Totals:
    """Heads by country and role. A country that nobody knows is None."""

    #: The country with the most heads first, the unknown one last.
    countries: Sequence[str | None]
    #: In the order of the words.
    roles: Sequence[ParticipantRole]
    heads: dict[tuple[str | None, ParticipantRole], int]

    def at(self, country: str | None, role: ParticipantRole) -> int:
        """Return the heads of one cell."""
        return self.heads.get((country, role), 0)

    def of_country(self, country: str | None) -> int:
        """Return the heads from a country."""
        return sum(number for (where, _role), number in self.heads.items() if where == country)

    def of_role(self, role: ParticipantRole) -> int:
        """Return the heads in a role."""
        return sum(number for (_where, what), number in self.heads.items() if what is role)

    @property
    def total(self) -> int:
        """All heads."""
        return sum(self.heads.values())

    @classmethod
    def of(cls, heads: Heads) -> "Totals":
        """Put countries and roles in their order."""
        roles = [role for role in ParticipantRole if any(what is role for _, what in heads)]
        return cls(_by_weight(heads), roles, heads)

    @classmethod
    def together(cls, totals: Iterable["Totals"]) -> "Totals":
        """Add up several."""
        heads: Heads = {}
        for one in totals:
            for cell, number in one.heads.items():
                heads[cell] = heads.get(cell, 0) + number
        return cls.of(heads)


def visible_participants(reader: Somebody) -> sa.Select[Participant]:
    """Start every query about single rows here: partners see those whom their organisations send."""
    query = sa.select(Participant)
    if reader.sees_all:
        return query
    seen = visible_projects(reader).with_only_columns(Project.id)
    return query.where(Participant.project_id.in_(seen), Participant.organisation_id.in_(reader.organisation_ids))


def one(reader: Somebody, participant_id: int) -> Participant | None:
    """Return the participant, if this person may know of them."""
    return db.session.scalar(visible_participants(reader).where(Participant.id == participant_id).options(*SHOWN))


def of_project(project: Project, reader: Somebody) -> list[Line]:
    """Return the participants of a project that somebody may see: names where they may, else heads."""
    query = sa.select(Participant).where(Participant.project_id == project.id, Participant.archived_at.is_(None))
    rows = db.session.scalars(query.options(*SHOWN).order_by(Participant.id)).all()
    lines = [_line(row) for row in rows if sees_name(reader, row)]
    return sorted([*lines, *_without_names(row for row in rows if not sees_name(reader, row))], key=_order)


def _line(row: Participant) -> Line:
    name = row.person.name if row.person else None
    return Line(name, row.person_id, heads_of(row), row.role, row.organisation, row.via, country_of(row), row)


def _without_names(rows: Iterable[Participant]) -> list[Line]:
    """Count together who comes from the same place in the same role, so that nobody sees who stands behind a number."""
    together: dict[tuple[object, ...], Line] = {}
    for row in rows:
        key = (row.role, row.organisation_id, row.via_id, country_of(row))
        heads = heads_of(row) + (together[key].heads if key in together else 0)
        together[key] = Line(None, None, heads, row.role, row.organisation, row.via, country_of(row), None)
    return list(together.values())


def _order(line: Line) -> tuple[int, bool, str, str]:
    place = fold(str(line.organisation.name)) if line.organisation else ""
    return (list(ParticipantRole).index(line.role), line.name is None, place, fold(line.name or ""))


def by_country_and_role(project_ids: Iterable[int]) -> Totals:
    """Return the heads of projects that somebody may see, by country and role; one query."""
    return Totals.together(by_project(project_ids).values())


def by_project(project_ids: Iterable[int]) -> dict[int, Totals]:
    """Return project id to its heads by country and role; projects without participants are left out; one query."""
    country = sa.case(
        (Participant.organisation_id.is_not(None), Organisation.country),
        else_=sa.func.coalesce(Person.country, Participant.country),
    )
    number = sa.func.sum(sa.func.coalesce(Participant.heads, 1))
    query = (
        sa.select(Participant.project_id, country, Participant.role, number)
        .outerjoin(Organisation, Organisation.id == Participant.organisation_id)
        .outerjoin(Person, Person.id == Participant.person_id)
        .where(Participant.project_id.in_(list(project_ids)), Participant.archived_at.is_(None))
        .group_by(Participant.project_id, country, Participant.role)
    )
    heads: dict[int, Heads] = {}
    for project_id, where, role, many in db.session.execute(query):
        heads.setdefault(project_id or 0, {})[where, role] = int(many)
    return {project_id: Totals.of(cells) for project_id, cells in heads.items()}


def _by_weight(heads: Heads) -> list[str | None]:
    weights: dict[str | None, int] = {}
    for (where, _role), number in heads.items():
        weights[where] = weights.get(where, 0) + number
    return sorted(weights, key=lambda where: (where is None, -weights[where], where or ""))


def heads_by_project(project_ids: Iterable[int]) -> dict[int, int]:
    """Return project id to its heads; projects without participants are left out."""
    query = (
        sa.select(Participant.project_id, sa.func.sum(sa.func.coalesce(Participant.heads, 1)))
        .where(Participant.project_id.in_(list(project_ids)), Participant.archived_at.is_(None))
        .group_by(Participant.project_id)
    )
    return {project_id: int(heads) for project_id, heads in db.session.execute(query) if project_id is not None}


def takes_part(home: Project | Event, person: Person, role: ParticipantRole) -> bool:
    """Whether somebody is in the list of a project, or of an event that belongs to none, in this role."""
    here = Participant.project_id if isinstance(home, Project) else Participant.event_id
    query = sa.select(Participant.id).where(
        here == home.id,
        Participant.person_id == person.id,
        Participant.role == role,
        Participant.archived_at.is_(None),
    )
    return db.session.scalar(query.limit(1)) is not None


def people_to_send(reader: Somebody, today: date) -> list[tuple[int, str]]:
    """Return id and name of whom a partner may choose: who is at their organisations, or was sent by them before."""
    there = sa.select(Contact.person_id).where(Contact.organisation_id.in_(reader.organisation_ids), current_on(today))
    before = visible_participants(reader).with_only_columns(Participant.person_id)
    query = sa.select(Person.id, Person.name).where(
        Person.archived_at.is_(None),
        sa.or_(Person.id.in_(there), Person.id.in_(before.where(Participant.person_id.is_not(None)))),
    )
    return sorted(((id_, name) for id_, name in db.session.execute(query)), key=lambda pair: fold(pair[1]))
