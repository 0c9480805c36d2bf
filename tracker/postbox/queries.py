"""What the outbox shows, and whose address fails."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

import sqlalchemy as sa

from tracker.accounts.models import Account, Role
from tracker.db import db
from tracker.mail import queries as outbox
from tracker.mail.models import Message, MessageKind, MessageState
from tracker.people.models import Contact, Person
from tracker.people.queries import current_on
from tracker.projects.models import ProjectCoordinator, ProjectOrganisation

#: Who was refused longer ago was told of, or nobody could be told.
TOLD_WITHIN = timedelta(days=7)


def messages(
    now: datetime,
    *,
    state: MessageState | None = None,
    person: int | None = None,
    troubled: bool = False,
    late: bool = False,
) -> sa.Select[Message]:
    """Return the messages that the outbox is narrowed to."""
    query = outbox.newest_first([state] if state else None)
    if person:
        query = query.where(Message.person_id == person)
    if troubled:
        query = query.where(Message.state.in_(outbox.TROUBLED))
    return query.where(outbox.late(now)) if late else query


def names(person_ids: Iterable[int]) -> dict[int, str]:
    """Return person id to name; one query."""
    rows = db.session.execute(sa.select(Person.id, Person.name).where(Person.id.in_(list(person_ids))))
    return {id_: name for id_, name in rows}  # noqa: C416 - a row is no pair to mypy


def recipients() -> list[tuple[int, str]]:
    """Return id and name of everybody who was ever sent something, by name; one query."""
    sent = sa.select(Message.person_id)
    rows = db.session.execute(sa.select(Person.id, Person.name).where(Person.id.in_(sent)).order_by(Person.folded))
    return [(id_, name) for id_, name in rows]


# ---- addresses that fail


def refused_untold(now: datetime) -> Sequence[Person]:
    """Return those whose address was refused, and nobody was told yet."""
    about = sa.literal("person:").concat(sa.cast(Person.id, sa.String))
    told = sa.exists().where(
        Message.subject_key == about,
        Message.kind == MessageKind.NOTICE,
        Message.created_at >= Person.address_refused_at,
    )
    return db.session.scalars(sa.select(Person).where(Person.address_refused_at > now - TOLD_WITHIN, ~told)).all()


def who_looks_after(person: Person, today: date) -> Sequence[Person]:
    """Return who coordinates projects of a person's organisations, else the administrators; but for the person."""
    theirs = sa.select(Contact.organisation_id).where(Contact.person_id == person.id, current_on(today))
    coordinating = (
        sa.select(ProjectCoordinator.person_id)
        .join(ProjectOrganisation, ProjectOrganisation.project_id == ProjectCoordinator.project_id)
        .where(ProjectOrganisation.organisation_id.in_(theirs))
    )
    leading = sa.select(Account.person_id).where(Account.role == Role.ADMINISTRATOR)
    reachable = (
        Person.id != person.id,
        Person.email.is_not(None),
        Person.address_refused_at.is_(None),
        Person.locked_at.is_(None),
        Person.archived_at.is_(None),
    )
    for ids in (coordinating, leading):
        found = db.session.scalars(sa.select(Person).where(Person.id.in_(ids), *reachable).order_by(Person.id)).all()
        if found:
            return found
    return []
