"""What was signed in a partnership, what led to what, its events, visits and documents, in one question."""

import json
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from tracker.agreements.models import Agreement
from tracker.agreements.queries import visible_agreements
from tracker.db import PartialDate, Translated, TranslatedType, db
from tracker.documents import queries as documents
from tracker.documents.rules import Subject
from tracker.events.models import Event
from tracker.events.queries import visible_events
from tracker.exchange import queries as exchange
from tracker.exchange.rules import Visits
from tracker.history.rules import key_of
from tracker.lineage import queries as lineage
from tracker.lineage.rules import Line
from tracker.overview import gathered
from tracker.overview.gathered import Occasion
from tracker.partnerships.models import Partnership
from tracker.web.access import Somebody
from tracker.web.statements import written_once

_PAPER, _ARCHIVED = "paper", "archived paper"


@dataclass(frozen=True)
class Paper:
    """An agreement, as far as a line about it needs."""

    id: int
    title: Translated
    signed_on: PartialDate | None
    place: str | None
    valid_until: PartialDate | None
    languages: tuple[str, ...]
    is_archived: bool


@dataclass(frozen=True)
class Papers:
    """The agreements of a partnership, the newest first."""

    kept: tuple[Paper, ...]
    archived: tuple[Paper, ...]

    @property
    def first_dated(self) -> Paper | None:
        """The earliest of which one knows when it was signed: since then a partnership may be formal."""
        return min((one for one in self.kept if one.signed_on), key=lambda one: str(one.signed_on), default=None)


@dataclass(frozen=True)
class Around:
    """What lies around a partnership."""

    papers: Papers
    line: Line
    #: Its own events.
    events: list[Occasion]
    visits: Visits
    documents: list[documents.Line]


def around(partnership: Partnership, reader: Somebody, today: date) -> Around:
    """Return the agreements of a partnership, what led to what, its events, visits and documents; one query."""
    here = key_of(partnership)
    rows = db.session.execute(_asked(reader), {"partnership_id": partnership.id, "here": here}).all()
    found = sorted((_paper(row) for row in rows if row.what in {_PAPER, _ARCHIVED}), key=_newest, reverse=True)
    kept, archived = (tuple(one for one in found if one.is_archived is there) for there in (False, True))
    line, events = lineage.line_in(here, rows), gathered.among(rows, "languages")
    return Around(Papers(kept, archived), line, events, exchange.among(rows, today), documents.among(rows))


@written_once
def _asked(reader: Somebody) -> sa.CompoundSelect[*tuple[Any, ...]]:
    agreements = visible_agreements(reader).where(Agreement.partnership_id == sa.bindparam("partnership_id"))
    papers = agreements.with_only_columns(
        sa.case((Agreement.archived_at.is_(None), _PAPER), else_=_ARCHIVED).label("what"),
        Agreement.id.label("id"),
        sa.type_coerce(Agreement.title, TranslatedType()).label("title"),
        sa.cast(Agreement.place, sa.String(200)).label("label"),
        sa.cast(Agreement.signed_on, sa.String(10)).label("begins"),
        sa.cast(Agreement.valid_until, sa.String(10)).label("status"),
        sa.cast(Agreement.languages, sa.Text).label("languages"),
    )
    led = (part.add_columns(sa.cast(sa.null(), sa.Text)) for part in lineage.parts(reader))
    own = visible_events(reader).where(Event.partnership_id == sa.bindparam("partnership_id"))
    attended = gathered.part(own, sa.cast(gathered.heads(), sa.Text))
    hung = documents.part(reader, Subject.PARTNERSHIP, lineage.HERE, sa.bindparam("partnership_id"))
    attached = hung.add_columns(sa.cast(sa.null(), sa.Text))
    return sa.union_all(papers, attended, attached, exchange.part(), *led)


def _paper(row: Any) -> Paper:  # noqa: ANN401 - a row of several joined selects
    return Paper(
        row.id,
        row.title,
        PartialDate(row.begins) if row.begins else None,
        row.label,
        PartialDate(row.status) if row.status else None,
        tuple(json.loads(row.languages)),
        is_archived=row.what == _ARCHIVED,
    )


def _newest(one: Paper) -> tuple[str, int]:
    """Sort by when it was signed; what has no date comes last."""
    return str(one.signed_on or ""), one.id
