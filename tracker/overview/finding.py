"""Search over all rooms: what each of them finds for the same words."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from tracker.agreements import queries as agreements
from tracker.agreements.models import Agreement
from tracker.contributions import queries as contributions
from tracker.contributions.models import Contribution
from tracker.db import db
from tracker.documents import queries as documents
from tracker.documents.models import Document
from tracker.events import queries as events
from tracker.events.models import Event
from tracker.folding import fold
from tracker.log import queries as log
from tracker.log.models import LogEntry
from tracker.milestones import queries as milestones
from tracker.milestones.models import Milestone
from tracker.organisations import queries as organisations
from tracker.organisations.models import Organisation
from tracker.overview.queries import first_of
from tracker.overview.rules import FOUND, SHORTEST_QUESTION
from tracker.partnerships import queries as partnerships
from tracker.partnerships.models import Partnership
from tracker.people import queries as people
from tracker.people.models import Person
from tracker.projects import queries as projects
from tracker.projects.models import Project
from tracker.updates import queries as updates
from tracker.updates.models import StatusUpdate
from tracker.web.access import Somebody


@dataclass(frozen=True)
class Group:
    """What one room found: the first rows, and whether there are more."""

    room: str
    rows: Sequence[Any]
    more: bool


_NEWEST_GIVEN = (Contribution.given_on.desc().nulls_last(),)


def is_too_short(words: str) -> bool:
    """Whether a question would find nearly everything: no word of it has two letters."""
    return not any(len(word) >= SHORTEST_QUESTION for word in fold(words).split())


def search(words: str, reader: Somebody) -> list[Group]:
    """Ask every room, in the order of the navigation; rooms that find nothing are left out. One query a room."""
    questions: tuple[tuple[str, sa.Select[Any]], ...] = (
        ("projects", _first(projects.matching(words, reader), Project.begins.desc().nulls_last(), Project.folded)),
        ("events", _first(events.matching(words, reader), Event.begins_on.desc(), Event.id)),
        ("partnerships", _first(partnerships.matching(words, reader), Partnership.folded)),
        ("agreements", _of_partnership(agreements.matching(words, reader))),
        ("organisations", _first(organisations.matching(words, reader), Organisation.folded)),
        ("people", _first(people.matching(words, reader), Person.folded)),
        ("milestones", _with(Milestone, milestones.matching(words, reader), Milestone.due_on.desc())),
        ("contributions", _with(Contribution, contributions.matching(words, reader), *_NEWEST_GIVEN)),
        ("updates", _with(StatusUpdate, updates.matching(words, reader), StatusUpdate.at.desc(), by=True)),
        ("documents", _first(documents.matching(words, reader), Document.created_at.desc(), Document.id.desc())),
        ("log", _with(LogEntry, log.matching(words, reader), LogEntry.happened_on.desc())),
    )
    groups = []
    for room, query in questions:
        rows = db.session.scalars(query).all()
        if rows:
            groups.append(Group(room, rows[:FOUND], len(rows) > FOUND))
    return groups


def _first(query: sa.Select[Any], *order: Any) -> sa.Select[Any]:
    """Return the first lines, and one more to know whether there are more."""
    return query.order_by(*order).limit(FOUND + 1)


def _of_partnership(query: sa.Select[Any]) -> sa.Select[Any]:
    """Return the first agreements, the newest first, with their partnership."""
    newest = (Agreement.signed_on.desc().nulls_last(), Agreement.folded, Agreement.id)
    return first_of(Agreement, query, newest, joinedload(Agreement.partnership), limit=FOUND + 1)


def _with(model: type[Any], query: sa.Select[Any], *order: Any, by: bool = False) -> sa.Select[Any]:
    """Return the first lines with their project, and with who said it."""
    shown = [joinedload(model.project), *([joinedload(model.by)] if by else [])]
    return first_of(model, query, (*order, model.id), *shown, limit=FOUND + 1)
