"""Which documents there are, and on what they hang, as far as somebody may know of it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from tracker.agreements import queries as agreements
from tracker.agreements.models import Agreement
from tracker.db import Translated, TranslatedType, db, holding
from tracker.documents.models import Document, StoredFile
from tracker.documents.rules import Subject
from tracker.events import queries as events
from tracker.events.models import Delegation, Event
from tracker.events.rules import may_send
from tracker.folding import fold
from tracker.history.rules import key_of
from tracker.log import queries as log
from tracker.log.models import LogEntry
from tracker.milestones import queries as milestones
from tracker.milestones.models import Milestone
from tracker.milestones.rules import may_report
from tracker.partnerships import queries as partnerships
from tracker.partnerships.models import Partnership
from tracker.people.models import Person
from tracker.projects import queries as projects
from tracker.projects.models import Project
from tracker.web.access import Somebody, row_id

#: Documents that the page of something shows; the others have a page of their own.
FIRST = 6
#: What they are called where things are asked for together.
DOCUMENT = "document"
#: A sign that no form takes.
_BETWEEN = "\x1f"
#: Removed ones that can be brought back, the newest.
MOST_REMOVED = 50
_NEWEST = (Document.created_at.desc(), Document.id.desc())
#: What the list can be sorted by.
SORTS = {"date": (Document.created_at, Document.id), "name": (Document.folded, Document.id)}


# ---- on what they hang


@dataclass(frozen=True)
class Thing:
    """What documents hang on."""

    kind: Subject
    row: Any
    title: Translated
    may_attach: bool

    @property
    def key(self) -> str:
        """How the history names it: "project:12"."""
        return key_of(self.row)


def _delegation(reader: Somebody, delegation_id: int) -> Delegation | None:
    """Return a delegation, whose attendance list names people: partners see that of their own organisation."""
    row = events.delegation(reader, delegation_id)
    is_theirs = row is not None and (reader.sees_all or row.organisation_id in reader.organisation_ids)
    return row if is_theirs else None


_LOOK: dict[Subject, Callable[[Somebody, int], Any]] = {
    Subject.PROJECT: projects.one,
    Subject.MILESTONE: milestones.one,
    Subject.PARTNERSHIP: partnerships.one,
    Subject.AGREEMENT: agreements.one,
    Subject.EVENT: events.one,
    Subject.DELEGATION: _delegation,
    Subject.LOG_ENTRY: log.one,
}


def thing(reader: Somebody, key: str) -> Thing | None:
    """Return what a key names, if this person may know of it."""
    kind, _colon, number = key.partition(":")
    if kind not in set(Subject) or not (number.isascii() and number.isdigit()) or number.startswith("0"):
        return None
    try:
        row = _LOOK[Subject(kind)](reader, row_id(number))
    except ValueError:
        return None
    return _thing(reader, Subject(kind), row) if row is not None else None


def _thing(reader: Somebody, kind: Subject, row: Any) -> Thing:  # noqa: ANN401 - a row of any of these
    may_attach = reader.is_coordinator
    if kind is Subject.DELEGATION:
        may_attach = may_send(reader, row.organisation_id)
    elif kind is Subject.MILESTONE:
        may_attach = may_report(reader, row)
    titles = {Subject.DELEGATION: lambda: row.organisation.name, Subject.LOG_ENTRY: lambda: row.summary}
    title = titles.get(kind, lambda: row.title)()
    return Thing(kind, row, title, may_attach=may_attach and row.archived_at is None)


# ---- documents


def visible_documents(reader: Somebody) -> sa.Select[Document]:
    """Start every query here: who sees a thing sees what hangs on it, unless it is for coordinators only."""
    query = sa.select(Document)
    if reader.is_coordinator:
        return query
    query = query.where(Document.coordinators_only.is_(False))
    return query if reader.sees_all else query.where(sa.or_(*(Document.subject.in_(keys) for keys in _known(reader))))


def _known(reader: Somebody) -> list[sa.Select[Any]]:
    """Return the keys of all that a partner may know of."""
    known: tuple[tuple[Subject, Any, Any], ...] = (
        (Subject.PROJECT, Project, projects.visible_projects(reader)),
        (Subject.MILESTONE, Milestone, milestones.visible_milestones(reader)),
        (Subject.PARTNERSHIP, Partnership, partnerships.visible_partnerships(reader)),
        (Subject.AGREEMENT, Agreement, agreements.visible_agreements(reader)),
        (Subject.EVENT, Event, events.visible_events(reader)),
        (Subject.DELEGATION, Delegation, _sent(reader)),
        (Subject.LOG_ENTRY, LogEntry, log.visible_entries(reader)),
    )
    return [_keys(kind, model, query) for kind, model, query in known]


def _sent(reader: Somebody) -> sa.Select[Delegation]:
    """Return the delegations whose attendance lists somebody sees: they name people."""
    query = events.visible_delegations(reader)
    return query if reader.sees_all else query.where(Delegation.organisation_id.in_(reader.organisation_ids))


def _keys(kind: Subject, model: Any, query: sa.Select[Any]) -> sa.Select[Any]:  # noqa: ANN401 - one of the tables
    key = sa.literal(f"{kind.value}:") + sa.cast(model.id, sa.String)
    return query.with_only_columns(key)


def one(reader: Somebody, document_id: int) -> Document | None:
    """Return the document with its file, if this person may know of it."""
    query = visible_documents(reader).where(Document.id == document_id)
    return db.session.scalar(query.options(joinedload(Document.file)))


def hanging_on(reader: Somebody, key: str, *, archived: bool = False) -> sa.Select[Document]:
    """Return what hangs on a thing that somebody sees, and on what belongs to it and has no page of its own."""
    kind, _colon, number = key.partition(":")
    kept = Document.archived_at.is_not(None) if archived else Document.archived_at.is_(None)
    shown = (joinedload(Document.file), joinedload(Document.by).load_only(Person.name))
    return _on(reader, Subject(kind), key, int(number)).where(kept).options(*shown)


def _on(reader: Somebody, kind: Subject, key: Any, id_: Any) -> sa.Select[Document]:  # noqa: ANN401 - values, or to be handed over
    on = [Document.subject == key, *(Document.subject.in_(keys) for keys in _within(reader, kind, id_))]
    query = sa.select(Document).where(sa.or_(*on))
    return query if reader.is_coordinator else query.where(Document.coordinators_only.is_(False))


def _within(reader: Somebody, kind: Subject, id_: Any) -> Iterable[sa.Select[Any]]:  # noqa: ANN401 - see above
    """Return the keys of what is shown on the page of something else."""
    match kind:
        case Subject.PROJECT:
            promised = sa.select(Milestone).where(Milestone.project_id == id_, Milestone.archived_at.is_(None))
            logged = sa.select(LogEntry).where(LogEntry.project_id == id_, LogEntry.archived_at.is_(None))
            return (_keys(Subject.MILESTONE, Milestone, promised), _keys(Subject.LOG_ENTRY, LogEntry, logged))
        case Subject.PARTNERSHIP:
            logged = sa.select(LogEntry).where(LogEntry.partnership_id == id_, LogEntry.archived_at.is_(None))
            return (_keys(Subject.LOG_ENTRY, LogEntry, logged),)
        case Subject.EVENT:
            sent = _sent(reader).where(Delegation.event_id == id_, Delegation.archived_at.is_(None))
            return (_keys(Subject.DELEGATION, Delegation, sent),)
        case _:
            return ()


# ---- on the page of a thing


@dataclass(frozen=True)
class Line:
    """A document as a page shows it that has no time to look for rows."""

    id: int
    subject: str
    name: str
    description: Translated | None
    language: str | None
    media_type: str
    size_bytes: int
    is_picture: bool
    coordinators_only: bool
    created_at: datetime
    by: str | None

    @classmethod
    def of(cls, document: Document) -> "Line":
        """Return the line of a document."""
        file = document.file
        return cls(
            document.id,
            document.subject,
            document.name,
            document.description,
            document.language,
            file.media_type,
            file.size_bytes,
            file.width is not None,
            document.coordinators_only,
            document.created_at,
            document.by.name if document.by else None,
        )


def part(reader: Somebody, kind: Subject, key: Any, id_: Any) -> sa.Select[Any]:  # noqa: ANN401 - see above
    """Return what to ask for those, all at once and with more in the shape of lineage: see `lineage.queries.parts`.

    What has no column there stands in one.
    """
    newest = _on(reader, kind, key, id_).where(Document.archived_at.is_(None)).order_by(*_NEWEST).limit(FIRST + 1)
    one = newest.subquery()
    packed: tuple[Any, ...] = (
        one.c.subject,
        one.c.name,
        StoredFile.media_type,
        sa.cast(StoredFile.size_bytes, sa.String),
        sa.case((StoredFile.width.is_(None), ""), else_="y"),
        sa.case((one.c.coordinators_only.is_(True), "y"), else_=""),
        sa.func.coalesce(one.c.language, ""),
        sa.func.coalesce(Person.name, ""),
    )
    lines = packed[0]
    for column in packed[1:]:
        lines = lines + sa.literal(_BETWEEN) + column
    return (
        sa.select(
            sa.literal(DOCUMENT).label("what"),
            one.c.id.label("id"),
            sa.type_coerce(one.c.description, TranslatedType()).label("title"),
            sa.cast(one.c.created_at, sa.String(60)).label("label"),
            sa.cast(sa.null(), sa.String(10)).label("begins"),
            lines.label("status"),
        )
        .select_from(one)
        .join(StoredFile, StoredFile.id == one.c.file_id)
        .outerjoin(Person, Person.id == one.c.by_id)
    )


def among(rows: Iterable[Any]) -> list[Line]:
    """Return the documents among what `part` asked for, the newest first; rows of other sorts are left alone."""
    lines = [_line(row) for row in rows if row.what == DOCUMENT]
    return sorted(lines, key=lambda line: (line.created_at, line.id), reverse=True)


def _line(row: Any) -> Line:  # noqa: ANN401 - a row of several joined selects
    subject, name, media_type, size_bytes, picture, hidden, language, by = row.status.split(_BETWEEN)
    at = datetime.fromisoformat(row.label)
    return Line(
        row.id,
        subject,
        name,
        row.title,
        language or None,
        media_type,
        int(size_bytes),
        bool(picture),
        bool(hidden),
        at if at.tzinfo else at.replace(tzinfo=UTC),
        by or None,
    )


# ---- finding, and what is there already


def matching(words: str, reader: Somebody) -> sa.Select[Document]:
    """Return those that hold every word in what they are called or in what they are."""
    return visible_documents(reader).where(Document.archived_at.is_(None), holding(Document.folded, fold(words)))


def attached(key: str, file_id: int) -> bool:
    """Whether a file hangs on a thing already."""
    query = sa.select(Document.id).where(
        Document.subject == key, Document.file_id == file_id, Document.archived_at.is_(None)
    )
    return db.session.scalar(query.limit(1)) is not None


# ---- files


def kept_bytes() -> int:
    """Return the bytes of all files together."""
    return int(db.session.scalar(sa.select(sa.func.coalesce(sa.func.sum(StoredFile.size_bytes), 0))) or 0)


def stored(hashes: Iterable[str]) -> dict[str, StoredFile]:
    """Return hash to file, of those that have a row."""
    rows = db.session.scalars(sa.select(StoredFile).where(StoredFile.sha256.in_(list(hashes))))
    return {row.sha256: row for row in rows}


def all_files() -> Sequence[StoredFile]:
    """Return every file there has to be."""
    return db.session.scalars(sa.select(StoredFile).order_by(StoredFile.id)).all()


def called(file_id: int) -> str:
    """Return the name of a document that a file is kept for."""
    query = sa.select(Document.name).where(Document.file_id == file_id).order_by(Document.id)
    return db.session.scalar(query.limit(1)) or ""
