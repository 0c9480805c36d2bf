"""What is open with somebody, and who could take it over."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from tracker.db import db
from tracker.milestones import queries as milestones
from tracker.milestones.models import Milestone, MilestoneState
from tracker.people.models import Contact, Person
from tracker.people.queries import current_on
from tracker.updates import queries as updates
from tracker.updates.models import StatusRequest
from tracker.web.access import Somebody


@dataclass(frozen=True)
class Open:
    """What waits for one person."""

    requests: Sequence[StatusRequest]
    milestones: Sequence[Milestone]

    def __bool__(self) -> bool:
        """Whether there is anything."""
        return bool(self.requests or self.milestones)


def open_with(reader: Somebody, person: Person) -> Open:
    """Return what is open with a person in the projects that somebody may know of, by date; of a milestone once."""
    asked = updates.waiting(reader).where(StatusRequest.person_id == person.id).order_by(StatusRequest.answer_by)
    about = (joinedload(StatusRequest.project), joinedload(StatusRequest.milestone))
    promised = milestones.visible_milestones(reader).where(
        Milestone.responsible_person_id == person.id,
        Milestone.state == MilestoneState.OPEN,
        Milestone.archived_at.is_(None),
    )
    return Open(
        db.session.scalars(asked.options(*about)).all(),
        db.session.scalars(promised.order_by(Milestone.due_on, Milestone.id)).all(),
    )


def deputies_of(person: Person) -> Sequence[int]:
    """Return who stands in for somebody, or did in their last function."""
    query = sa.select(Contact.deputy_id).where(Contact.person_id == person.id, Contact.deputy_id.is_not(None))
    newest = (Contact.until_on.is_(None).desc(), Contact.until_on.desc(), Contact.id.desc())
    return [one for one in db.session.scalars(query.order_by(*newest)) if one is not None]


def successors(person: Person, today: date) -> Sequence[Person]:
    """Return who could take over, by name: colleagues, deputies, and whom they have named themselves."""
    places = sa.select(Contact.organisation_id).where(Contact.person_id == person.id, Contact.archived_at.is_(None))
    there = sa.select(Contact.person_id).where(Contact.organisation_id.in_(places), current_on(today))
    named = sa.select(StatusRequest.person_id).where(StatusRequest.asked_before_id == person.id)
    query = sa.select(Person).where(
        sa.or_(*(Person.id.in_(some) for some in (there, deputies_of(person), named))),
        Person.id != person.id,
        Person.archived_at.is_(None),
        Person.locked_at.is_(None),
    )
    return db.session.scalars(query.order_by(Person.folded, Person.id)).all()
