"""What became of an organisation, and what stands against saying more."""

from typing import Any

import sqlalchemy as sa

from tracker.db import PartialDate, db
from tracker.history.models import HistoryLine
from tracker.history.rules import Verb, key_of
from tracker.language import translated
from tracker.organisations.models import Organisation, OrganisationChange
from tracker.projects.models import Project, ProjectOrganisation


def change(change_id: int, organisation: Organisation) -> OrganisationChange | None:
    """Return one of the changes of an organisation."""
    return next((one for one in organisation.changes if one.id == change_id), None)


def was_carried_over(change: OrganisationChange) -> bool:
    """Whether what was open has gone to a successor since a change was entered."""
    line = sa.select(HistoryLine.id).where(
        HistoryLine.subject == key_of(change.organisation),
        HistoryLine.verb == Verb.CARRIED_OVER.name,
        HistoryLine.at >= change.created_at,
    )
    return db.session.scalar(line.limit(1)) is not None


def last_to_end(organisation: Organisation) -> tuple[str, PartialDate] | None:
    """Return title and end of the project of an organisation that ends last, as far as ends are known."""
    there = sa.select(ProjectOrganisation.project_id).where(ProjectOrganisation.organisation_id == organisation.id)
    query = sa.select(Project.title, Project.ends).where(
        Project.id.in_(there), Project.ends.is_not(None), Project.archived_at.is_(None)
    )
    row: Any = db.session.execute(query.order_by(Project.ends.desc(), Project.id).limit(1)).one_or_none()
    return (str(translated(row.title)), row.ends) if row else None
