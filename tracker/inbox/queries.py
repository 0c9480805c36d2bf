"""What came in and waits, whom it is from, and how it stands with the mailbox."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import defer, joinedload, selectinload

from tracker.db import db
from tracker.inbox.models import IncomingFile, IncomingMail, IncomingState, Mailbox, MailSort
from tracker.people.models import Person
from tracker.projects.models import Project

#: Of what somebody wrote, and nobody has seen to.
_FROM_PEOPLE = (IncomingMail.state == IncomingState.WAITING, IncomingMail.sort == MailSort.PERSON)
_SHOWN = (
    defer(IncomingMail.text),
    defer(IncomingMail.quoted),
    joinedload(IncomingMail.project),
    selectinload(IncomingMail.files),
)
#: What the page shows of what waits for nobody, the newest.
_MOST = 50
SORTS = {"sent": (IncomingMail.sent_at, IncomingMail.id)}


def waiting() -> sa.Select[IncomingMail]:
    """Select what waits for somebody to look at it."""
    return sa.select(IncomingMail).where(*_FROM_PEOPLE).options(*_SHOWN)


def set_aside() -> Sequence[IncomingMail]:
    """Return what was discarded, and what machines wrote, until it is erased; the newest first."""
    aside = sa.or_(
        IncomingMail.state == IncomingState.DISCARDED,
        sa.and_(IncomingMail.state == IncomingState.WAITING, IncomingMail.sort != MailSort.PERSON),
    )
    query = sa.select(IncomingMail).where(aside, IncomingMail.blanked_at.is_(None)).options(*_SHOWN)
    return db.session.scalars(query.order_by(IncomingMail.arrived_at.desc(), IncomingMail.id.desc()).limit(_MOST)).all()


def one(mail_id: int, *, to_settle: bool = False) -> IncomingMail | None:
    """Return a mail with its files, if it was not erased; `to_settle`: of two who want to, one after the other."""
    query = sa.select(IncomingMail).where(IncomingMail.id == mail_id, IncomingMail.blanked_at.is_(None))
    if to_settle:
        return db.session.scalar(query.with_for_update())
    return db.session.scalar(query.options(joinedload(IncomingMail.project), selectinload(IncomingMail.files)))


def logged_as(mail_id: int) -> int | None:
    """Return the log entry that a mail became."""
    return db.session.scalar(sa.select(IncomingMail.log_entry_id).where(IncomingMail.id == mail_id))


def file(mail_id: int, file_id: int) -> IncomingFile | None:
    """Return a file that came along and is kept."""
    query = sa.select(IncomingFile).where(
        IncomingFile.id == file_id, IncomingFile.mail_id == mail_id, IncomingFile.file_id.is_not(None)
    )
    return db.session.scalar(query.options(joinedload(IncomingFile.file)))


def is_known(digest: str) -> bool:
    """Whether a mail came in before."""
    return db.session.scalar(sa.select(IncomingMail.id).where(IncomingMail.digest == digest)) is not None


def project_with(key: str | None) -> int | None:
    """Return the project that an address names."""
    return db.session.scalar(sa.select(Project.id).where(Project.mail_key == key)) if key else None


def people_with(addresses: Iterable[str]) -> dict[str, list[Person]]:
    """Return address in small letters to those who have it; several persons may share one. One query."""
    found: dict[str, list[Person]] = {address.lower(): [] for address in addresses}
    query = sa.select(Person).where(sa.func.lower(Person.email).in_(found), Person.archived_at.is_(None))
    for person in db.session.scalars(query.order_by(Person.id)) if found else ():
        found[str(person.email).lower()].append(person)
    return found


def mailbox() -> Mailbox | None:
    """Return how far the mailbox was read."""
    return db.session.get(Mailbox, 1)


def failing_since() -> datetime | None:
    """Return since when the mailbox cannot be read."""
    return db.session.scalar(sa.select(Mailbox.failing_since))
