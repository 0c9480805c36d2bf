"""What was said about projects and their milestones."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from tracker.accounts.models import Account, Role
from tracker.db import db, holding
from tracker.folding import fold
from tracker.mail.models import Message, MessageKind, MessageState
from tracker.projects.models import Project
from tracker.projects.queries import visible_projects
from tracker.updates.models import StatusUpdate
from tracker.web.access import Somebody

#: What a line about an update shows, without a query of its own.
SHOWN = (joinedload(StatusUpdate.project), joinedload(StatusUpdate.milestone), joinedload(StatusUpdate.by))
#: Those whose words are the office's own.
_OFFICE = (Role.ADMINISTRATOR, Role.COORDINATOR, Role.READER)


def visible_updates(reader: Somebody) -> sa.Select[StatusUpdate]:
    """Start every query here: what was said about the projects that somebody may know of."""
    seen = visible_projects(reader).with_only_columns(Project.id)
    return sa.select(StatusUpdate).where(StatusUpdate.project_id.in_(seen)).options(*SHOWN)


def newest_first(project: Project, limit: int = 20) -> Sequence[StatusUpdate]:
    """Return what was said about a project that somebody may see, and about its milestones."""
    query = sa.select(StatusUpdate).where(StatusUpdate.project_id == project.id).options(*SHOWN)
    return db.session.scalars(query.order_by(StatusUpdate.at.desc(), StatusUpdate.id.desc()).limit(limit)).all()


def since(reader: Somebody, instant: datetime | None, limit: int = 20) -> Sequence[StatusUpdate]:
    """Return what partners said after an instant (None: at any time), the newest first."""
    office = sa.select(Account.person_id).where(Account.role.in_(_OFFICE))
    query = visible_updates(reader).where(StatusUpdate.by_id.not_in(office), StatusUpdate.by_id != reader.id)
    if instant is not None:
        query = query.where(StatusUpdate.at > instant)
    return db.session.scalars(query.order_by(StatusUpdate.at.desc(), StatusUpdate.id.desc()).limit(limit)).all()


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


def last_said(milestone_ids: Iterable[int]) -> dict[int, datetime]:
    """Return milestone id to the moment of the newest update; those without one are left out."""
    query = (
        sa.select(StatusUpdate.milestone_id, sa.func.max(StatusUpdate.at))
        .where(StatusUpdate.milestone_id.in_(list(milestone_ids)))
        .group_by(StatusUpdate.milestone_id)
    )
    return {milestone_id: at for milestone_id, at in db.session.execute(query) if milestone_id is not None}


def matching(text: str, reader: Somebody) -> sa.Select[StatusUpdate]:
    """Return those that hold every word, the newest first."""
    said = visible_updates(reader).where(holding(StatusUpdate.folded, fold(text)))
    return said.order_by(StatusUpdate.at.desc(), StatusUpdate.id.desc())
