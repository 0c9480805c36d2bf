"""What an organisation leaves behind that is open, and what is open under a partnership that another continues."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from tracker.db import db
from tracker.history.rules import key_of
from tracker.language import _
from tracker.log.models import LogEntry
from tracker.milestones.models import Milestone, MilestoneState
from tracker.organisations.models import Office, Organisation
from tracker.partnerships.models import Partnership, PartnershipParty, PartnershipStatus
from tracker.people.models import Contact, Person
from tracker.projects.models import Project, ProjectOrganisation, ProjectPartnership
from tracker.projects.rules import ENDED
from tracker.refusal import Refused
from tracker.succession.rules import can_be_within, can_stand_under

#: What can go over from one to another.
Row = Office | Contact | Project | Milestone | Partnership | Organisation | LogEntry
Heir = Organisation | Partnership
#: Stands in a form between a thing and to whom it goes.
TO = ">"


@dataclass(frozen=True)
class Piece:
    """One open thing, and the ids of those to whom it can go."""

    row: Row
    to: tuple[int, ...]

    @property
    def key(self) -> str:
        """Return what it is called in a form: "project:12"."""
        return key_of(self.row)


def chosen_pieces(
    things: Iterable[str], offered: Mapping[str, Piece], heirs: Sequence[Heir]
) -> list[tuple[Piece, Heir]]:
    """Return which pieces are to go to whom, from what a form says: "project:12>3". Raises Refused.

    What is offered no more was done, changed or carried over meanwhile: then nothing goes over.
    """
    known = {str(heir.id): heir for heir in heirs}
    chosen: dict[str, tuple[Piece, Heir]] = {}
    for thing in things:
        key, _sign, to = thing.partition(TO)
        if not thing:
            continue
        piece, heir = offered.get(key), known.get(to)
        if piece is None or heir is None or heir.id not in piece.to:
            raise Refused(
                _("Something of this was done, changed or carried over meanwhile. Please look at the list once more.")
            )
        if key in chosen:
            raise Refused(_("Each thing can go to one successor only."))
        chosen[key] = (piece, heir)
    if not chosen:
        raise Refused(_("Please choose at least one thing."))
    return list(chosen.values())


def left_by(organisation: Organisation, heirs: Sequence[Organisation], today: date) -> list[Piece]:
    """Return what is open with an organisation, sort by sort; eight queries, however much it is."""
    ids = tuple(heir.id for heir in heirs)
    return [
        *(Piece(row, ids) for row in _offices(organisation)),
        *(Piece(row, ids) for row in _functions(organisation, today)),
        *(Piece(row, to) for row in _partnerships(organisation) if (to := _beside(row, organisation, ids))),
        *(Piece(row, ids) for row in _projects(ProjectOrganisation, organisation_id=organisation.id)),
        *(Piece(row, ids) for row in _milestones(organisation)),
        *(
            Piece(row, to)
            for row in _parts(organisation)
            if (to := tuple(heir.id for heir in heirs if can_be_within(row, heir)))
        ),
    ]


def open_under(partnership: Partnership) -> list[Piece]:
    """Return what is open under a partnership that another one continues; five queries, however much it is."""
    heir = partnership.continued_by
    if heir is None:
        return []
    return [
        *(Piece(row, (heir.id,)) for row in _twinnings(partnership) if can_stand_under(row, heir)),
        *(Piece(row, (heir.id,)) for row in _projects(ProjectPartnership, partnership_id=partnership.id)),
        *(Piece(row, (heir.id,)) for row in _steps(partnership)),
    ]


def _beside(partnership: Partnership, organisation: Organisation, heirs: Iterable[int]) -> tuple[int, ...]:
    """Return those who can stand in a partnership in its place: not those who stand on the other side."""
    sides = {party.organisation_id: party.side for party in partnership.parties}
    own = sides[organisation.id]
    return tuple(heir for heir in heirs if sides.get(heir, own) is own)


def _offices(organisation: Organisation) -> Sequence[Office]:
    """Return the office itself, if it is this organisation."""
    return db.session.scalars(sa.select(Office).where(Office.organisation_id == organisation.id)).all()


def _functions(organisation: Organisation, today: date) -> Sequence[Contact]:
    lasting = sa.or_(Contact.until_on.is_(None), Contact.until_on >= today)
    query = (
        sa.select(Contact)
        .join(Contact.person)
        .where(Contact.organisation_id == organisation.id, Contact.archived_at.is_(None), lasting)
        .where(Person.archived_at.is_(None))
        .options(contains_eager(Contact.person))
    )
    return db.session.scalars(query.order_by(Contact.is_first.desc(), Person.folded, Contact.id)).all()


def _partnerships(organisation: Organisation) -> Sequence[Partnership]:
    query = sa.select(Partnership).where(
        Partnership.parties.any(PartnershipParty.organisation_id == organisation.id),
        Partnership.status.in_((PartnershipStatus.ACTIVE, PartnershipStatus.DORMANT)),
        Partnership.archived_at.is_(None),
    )
    return db.session.scalars(query.options(selectinload(Partnership.parties)).order_by(Partnership.folded)).all()


def _projects(link: type[ProjectOrganisation | ProjectPartnership], **through: int) -> Sequence[Project]:
    there = sa.select(link.project_id).filter_by(**through)
    query = sa.select(Project).where(Project.id.in_(there), Project.status.not_in(ENDED), Project.archived_at.is_(None))
    shown = (selectinload(Project.organisations), selectinload(Project.partnerships))
    return db.session.scalars(query.options(*shown).order_by(Project.folded, Project.id)).all()


def _milestones(organisation: Organisation) -> Sequence[Milestone]:
    query = (
        sa.select(Milestone)
        .join(Milestone.project)
        .where(
            Milestone.responsible_organisation_id == organisation.id,
            Milestone.state == MilestoneState.OPEN,
            Milestone.archived_at.is_(None),
            Project.status.not_in(ENDED),
            Project.archived_at.is_(None),
        )
        .options(contains_eager(Milestone.project))
    )
    return db.session.scalars(query.order_by(Milestone.due_on, Milestone.id)).all()


def _parts(organisation: Organisation) -> Sequence[Organisation]:
    query = sa.select(Organisation).where(
        Organisation.part_of_id == organisation.id,
        Organisation.archived_at.is_(None),
        Organisation.ended_on.is_(None),
    )
    return db.session.scalars(query.order_by(Organisation.folded)).all()


def _twinnings(partnership: Partnership) -> Sequence[Partnership]:
    query = sa.select(Partnership).where(
        Partnership.umbrella_id == partnership.id,
        Partnership.status.in_((PartnershipStatus.ACTIVE, PartnershipStatus.DORMANT)),
        Partnership.archived_at.is_(None),
    )
    return db.session.scalars(query.options(selectinload(Partnership.parties)).order_by(Partnership.folded)).all()


def _steps(partnership: Partnership) -> Sequence[LogEntry]:
    query = sa.select(LogEntry).where(
        LogEntry.partnership_id == partnership.id,
        LogEntry.next_step.is_not(None),
        LogEntry.next_step_done_at.is_(None),
        LogEntry.archived_at.is_(None),
    )
    return db.session.scalars(
        query.options(joinedload(LogEntry.by)).order_by(LogEntry.next_step_on.nulls_last(), LogEntry.id)
    ).all()
